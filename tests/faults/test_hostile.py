"""The hostile corpus: never 5xx, never silence about a fever that was in the bytes, nothing quoted, and quickly."""

import gc
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.assurance import record
from tests.faults import corpus, strange
from tests.faults.corpus import ASIDE, CLEAN, HEARD, HOOK, REFUSED, USED, Hostile
from tests.stories.asking import CES, FEVER, SECRET

FULL = os.environ.get("POSTFUSION_FULL") == "1"
TRACED = 4 if "coverage" in sys.modules else 1  # a run that measures coverage takes that much longer
SLOW_CPU = 1.0 * TRACED  # seconds of processor time, since the machine may be shared
NOTICES = {"data-unreadable", "data-incomplete", "rule-failed", "data-fusion-date-missing"}
BATCH = 40
_QUOTED = re.compile(SECRET, re.IGNORECASE)


def send(client: FlaskClient, case: Hostile) -> tuple[Any, float]:
    """The answer, and the seconds of processor time it took once the body was there."""
    body = case.body()
    headers = {name: value for name, value in case.headers.items()}
    more = {"environ_overrides": case.environ} if case.environ else {}
    begun = time.process_time()
    response = client.open(case.path, method=case.method, data=body, content_type=case.kind or None, headers=headers, **more)
    return response, time.process_time() - begun


def bad(case: Hostile, response: Any, took: float) -> str:
    """What is wrong with an answer; empty when nothing is."""
    text = response.get_data(as_text=True)
    if response.status_code >= 500:
        return f"{response.status_code}"
    if _QUOTED.search(text) or _QUOTED.search(str(response.headers)) or "Traceback" in text or "root:x:" in text:
        return "quotes what it was sent"
    if took > SLOW_CPU:
        return f"took {took:.2f} s"
    if response.status_code >= 400:
        return _bad_refusal(text) or (f"too strict: {text[:200]}" if case.want == USED else "")
    return _bad_answer(case, response.status_code, text)


def _bad_refusal(text: str) -> str:
    try:
        body = json.loads(text)
        issue = body["issue"][0]
        good = body["resourceType"] == "OperationOutcome" and issue["severity"] == "error" and issue["code"] and issue["diagnostics"]
    except (ValueError, LookupError, TypeError):
        good = False
    return "" if good else f"a refusal that is no OperationOutcome: {text[:80]}"


def _bad_answer(case: Hostile, status: int, text: str) -> str:
    if case.want == CLEAN:
        return ""
    if case.path == "/validate" and case.want in (REFUSED, HEARD):
        issues = json.loads(text)["issue"]
        return "" if case.want == HEARD or any(one["severity"] == "error" for one in issues) else "found nothing wrong"
    if case.want == REFUSED:
        return f"{status} instead of a refusal"
    rules = {card["extension"]["org.postfusion"]["rule"] for card in json.loads(text)["cards"]}
    if case.want == ASIDE:
        return "used another patient's fever" if FEVER in rules else "" if rules & NOTICES else "set aside without a word"
    if case.want == USED:
        return "" if FEVER in rules and not rules & NOTICES else f"too strict: {sorted(rules)}"
    return "" if rules & (NOTICES | {FEVER}) else f"silent: {sorted(rules)}"


def asked(client: FlaskClient, cases: list[Hostile]) -> list[str]:
    """What was answered badly. As in the server, what was there before a request is not looked through while one is answered."""
    found = []
    gc.collect()
    gc.freeze()
    for case in cases:
        wrong = bad(case, *send(client, case))
        if wrong:
            found.append(f"{case.name}: {wrong}")
    gc.unfreeze()
    return found


def _sampled(make: Callable[[], Iterator[Hostile]], one_in: int) -> list[Hostile]:
    """Every n-th case, in a fixed order; all of them with POSTFUSION_FULL=1."""
    return list(itertools.islice(make(), 0, None, 1 if FULL else one_in))


def test_there_are_enough_and_each_has_its_name() -> None:
    names = [case.name for case in strange.all_cases()]
    assert len(names) == len(set(names))
    assert len(names) > 1300


def test_the_chart_of_the_corpus_is_good(open_service: FlaskClient) -> None:
    """Otherwise every refusal below would prove nothing."""
    for path in corpus.EVERYWHERE:
        response = open_service.post(path, json=corpus.valid(path))
        assert response.status_code == 200, (path, response.get_data(as_text=True))
    for path in ("/evaluate", HOOK):
        rules = [
            card["extension"]["org.postfusion"]["rule"] for card in open_service.post(path, json=corpus.valid(path)).get_json()["cards"]
        ]
        assert FEVER in rules
        assert CES not in rules
        assert not NOTICES & set(rules)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "one_in"),
    [
        (corpus.byte_cases, 2),
        (corpus.repeated_cases, 1),
        (corpus.shape_cases, 3),
        (corpus.text_cases, 3),
        (corpus.subject_cases, 1),
        (corpus.around_cases, 2),
        (corpus.wide_cases, 2),
        (strange.type_cases, 1),
        (strange.whose_cases, 1),
        (strange.date_cases, 2),
        (strange.place_cases, 1),
        (strange.beside_cases, 1),
        (strange.allowed_cases, 1),
        (strange.validated_cases, 5),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_hostile_input(open_service: FlaskClient, lines: list[str], make: Callable[[], Iterator[Hostile]], one_in: int) -> None:
    cases = _sampled(make, one_in)
    wrong = asked(open_service, cases)
    record("hostile-inputs", f"{len(wrong)} answered badly of {len(cases):,}", make.__name__.replace("_", " "))
    assert not wrong, "\n".join([f"{len(wrong)} answered badly", *wrong[:BATCH]])
    assert not [line for line in lines if _QUOTED.search(line)]


@pytest.mark.slow
def test_hostile_input_with_tokens(guarded_service: FlaskClient) -> None:
    """Every address asks, and every call brings its token: the verdicts are the same."""
    cases = [case for case in strange.all_cases() if "Authorization" not in case.headers and case.name.find("million") < 0]
    cases = cases[:: 1 if FULL else 17]
    wrong = asked(guarded_service, cases)
    record("hostile-inputs", f"{len(wrong)} answered badly of {len(cases):,}", "with tokens")
    assert not wrong, "\n".join([f"{len(wrong)} answered badly", *wrong[:BATCH]])


TOKENS = ["", "Bearer", "Bearer x", "Basic eDp5", f"Bearer {SECRET}", "bearer  ", "Bearer \xff", "Bearer a.b.c"]


@pytest.mark.parametrize("path", corpus.EVERYWHERE)
def test_without_its_token_nothing_is_read(guarded_service: FlaskClient, path: str) -> None:
    """401 before any byte of the body is looked at, in the same words for all, on every address that reads one."""
    seen = set()
    for body, token in itertools.product((b"", b"{", b"\xff", b"[" * 100_000, corpus.text(corpus.valid(path))), TOKENS):
        response = guarded_service.post(path, data=body, content_type="text/plain", headers={"Authorization": token})
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        seen.add(response.get_data())
    assert len(seen) == 1
    assert not _QUOTED.search(seen.pop().decode())
