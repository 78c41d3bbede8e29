"""Whatever fails inside an evaluation: 500 or a card that says so, never 200 without a word, and nothing of the exception told."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.faults import corpus
from tests.faults.corpus import HOOK, SERVICES
from tests.stories.asking import SECRET

RUN = "service.evaluation.run"
ROOMS = [
    f"{RUN}.{name}"
    for name in (
        "set_scene", "facts_of", "evaluate", "arrange", "sort_out", "cited", "invalid", "index_of", "facts_asked", "read_once",
        "make_cards", "CardContext", "index_json", "outcome_json", "verdict_json", "series_json", "release_digest", "_beside", "_set_aside", "_said",
    )
]  # fmt: skip
DEEPER = [
    "service.evaluation.reading.read_bundle", "service.evaluation.reading.read_prefetch", "service.web.asking.check_text", "service.web.asking.check_members", "service.web.asking.split", "service.web.asking.check_bundle",
    "service.web.asking.read_hook_call", "service.web.asking.made_whole", "service.web.asking._question",
    "service.web.hooks.read_body", "service.web.evaluate.read_body", "service.web.evaluate.read_query", "service.web.evaluate.as_json",
    "service.fhir.bundle.open_bundle", "service.fhir.prefetch.open_bundle", "service.fhir.prefetch.parse_resource", "service.fhir.bundle.choose", "service.fhir.bundle.require",
    "service.fhir.bundle.person", "service.fhir.bundle.newest", "service.fhir.bundle.near_misses", "service.fhir.bundle.quiet_places", "service.fhir.bundle.refuse_repeats", "service.fhir.bundle.cabinet_of",
    "service.fhir.bundle.dated", "service.fhir.bundle.standing", "service.fhir.bundle.sort_out", "service.fhir.decode._take",
    "service.engine.evaluate.decide_one", "service.engine.evaluate.with_notices", "service.engine.evaluate.notices",
    "service.engine.precedence.Showing", "service.cards.cards.make_detail", "service.web.evaluate.json_answer", "service.web.hooks.json_answer",
]  # fmt: skip
KINDS = [RuntimeError, ValueError, KeyError, RecursionError, MemoryError, AssertionError, TypeError, UnicodeError, OSError]
PATHS = ("/evaluate", HOOK, f"/cds-services/{SERVICES['order-sign']}")


class Nth:
    """A function that raises at its n-th call."""

    def __init__(self, true: Any, n: int, kind: type[Exception]) -> None:
        self.true, self.n, self.kind, self.calls = true, n, kind, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == self.n:
            raise self.kind(f"{SECRET} 39.5 Patient/p1")
        return self.true(*args, **kwargs)


def _planted(monkeypatch: pytest.MonkeyPatch, target: str, n: int, kind: type[Exception] = RuntimeError) -> Nth:
    module, name = target.rsplit(".", 1)
    room = __import__(module, fromlist=[name])
    nth = Nth(getattr(room, name), n, kind)
    monkeypatch.setattr(room, name, nth)
    return nth


def _never_silent(response: Any, lines: list[str]) -> None:
    text = response.get_data(as_text=True)
    assert SECRET not in text + "".join(lines)
    assert "Traceback" not in text + "".join(lines)
    if response.status_code == 200:
        shown = {card["extension"]["org.postfusion"]["rule"] for card in json.loads(text)["cards"]}
        assert shown & {"rule-failed", "data-unreadable", "data-incomplete"}, shown
        return
    assert response.status_code == 500, text
    issue = json.loads(text)["issue"][0]
    assert (issue["severity"], issue["code"]) == ("error", "exception")
    assert "Nothing was judged" in issue["diagnostics"]
    assert any(response.headers["X-Request-Id"] in line for line in lines), "the log knows the answer by its reference"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("target", ROOMS + DEEPER)
def test_a_room_that_throws(open_service: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines: list[str], target: str, path: str) -> None:
    planted = _planted(monkeypatch, target, 1)
    response = open_service.post(path, json=corpus.valid(path))
    if not planted.calls:
        pytest.skip("this room is not needed for this call")
    _never_silent(response, lines)


@pytest.mark.parametrize("target", ["facts_of", "verdict_json", "index_of", "facts_asked"])
def test_the_nth_call_that_throws(open_service: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines: list[str], target: str) -> None:
    for n in range(1, 100):
        with monkeypatch.context() as patch:
            planted = _planted(patch, f"{RUN}.{target}", n)
            response = open_service.post("/evaluate", json=corpus.chart())
        if planted.calls < n:
            assert response.status_code == 200
            return
        _never_silent(response, lines)
    raise AssertionError("it never ends")


@pytest.mark.parametrize("n", [1, 2, 5, 10, 20, 40])
def test_the_nth_rule_that_throws_costs_only_itself(
    open_service: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines: list[str], n: int
) -> None:
    from service.engine import evaluate as engine

    true, calls = engine.decide_one, iter(range(1, 10_000))

    def failing(one: Any, facts: Any, said: Any, report: Any) -> Any:
        if next(calls) != n:
            return true(one, facts, said, report)
        return true(engine.Decider(one.rule, Nth(one.decide, 1, RuntimeError)), facts, said, report)

    monkeypatch.setattr(engine, "decide_one", failing)
    response = open_service.post("/evaluate", json=corpus.chart())
    assert response.status_code == 200
    answer = response.get_json()
    failed = [verdict["rule"] for verdict in answer["verdicts"] if verdict.get("failed")]
    shown = {card["extension"]["org.postfusion"]["rule"] for card in answer["cards"]}
    assert len(failed) <= 1
    if failed and failed != ["rule-failed"]:
        assert "rule-failed" in shown, (failed, shown)
    assert SECRET not in response.get_data(as_text=True) + "".join(lines)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["service.evaluation.reading.read_bundle", f"{RUN}.evaluate", f"{RUN}.make_cards", f"{RUN}.facts_of"])
def test_whatever_is_thrown(
    open_service: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines: list[str], target: str, kind: type[Exception]
) -> None:
    planted = _planted(monkeypatch, target, 1, kind)
    response = open_service.post("/evaluate", json=corpus.chart())
    assert planted.calls
    _never_silent(response, lines)
