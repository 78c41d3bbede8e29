"""/evaluate: the query, the two kinds of body, and the answer."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.evaluation import Refused
from service.library import NoRulesInForce, PinError
from tests.web.conftest import CARD, MARKER, NOW, VERDICT, Judge, Post, refused

BUNDLE = {"resourceType": "Bundle", "type": "collection"}


def test_the_answer(ask: Post) -> None:
    body = ask(BUNDLE).json
    assert body["cards"] == [CARD]
    assert body["verdicts"] == [VERDICT]
    assert body["asOf"] == NOW.isoformat()
    assert body["release"] == {"digest": "sha256:release"}
    assert "indexFusion" not in body


def test_the_clock_decides_when_nothing_is_asked(ask: Post, judge: Judge) -> None:
    ask(BUNDLE)
    question = judge.question
    assert question is not None
    assert (question.as_of, question.rules_as_of, question.pins, question.patient, question.hook) == (NOW, None, (), None, "patient-view")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
        ("2026-02-03T10:00:00Z", datetime(2026, 2, 3, 10, tzinfo=UTC)),
        ("2026-02-03T10:00:00.5+02:00", datetime(2026, 2, 3, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-02-03T10:00:00 02:00", datetime(2026, 2, 3, 8, tzinfo=UTC)),
        ("1900-01-01", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2200-12-31", datetime(2200, 12, 31, tzinfo=UTC)),
    ],
)
def test_as_of(ask: Post, judge: Judge, text: str, instant: datetime) -> None:
    assert ask(BUNDLE, {"asOf": text}).status_code == 200
    assert judge.question is not None
    assert judge.question.as_of == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        MARKER,
        "2026",
        "2026-02",
        "2026-02-30",
        "2026-2-3",
        "2026-02-03T10:00:00",
        "2026-02-03T25:00:00Z",
        "2026-02-03T10:00Z",
        "1899-12-31",
        "2201-01-01",
        "0001-01-01",
        "9999-12-31T23:59:59-14:00",
        "2026-02-03T10:00:00+99:00",
        "20260203",
        "\u0662\u0660\u0662\u0666-01-01",
    ],
)
def test_a_bad_as_of(ask: Post, text: str) -> None:
    refused(ask(BUNDLE, {"asOf": text}), 400, "value", "asOf")


def test_rules_as_of(ask: Post, judge: Judge) -> None:
    ask(BUNDLE, {"rulesAsOf": "2025-01-01"})
    assert judge.question is not None
    assert judge.question.rules_as_of == date(2025, 1, 1)
    for text in ("2025", "2025-13-01", "2025-01-01T00:00:00Z", "1700-01-01"):
        refused(ask(BUNDLE, {"rulesAsOf": text}), 400, "value", "rulesAsOf")


def test_pins_and_patient(ask: Post, judge: Judge) -> None:
    ask(BUNDLE, [("pin", "a@1.0.0"), ("pin", "b@1.0.0"), ("patient", "p2")])
    assert judge.question is not None
    assert judge.question.pins == ("a@1.0.0", "b@1.0.0")
    assert judge.question.patient == "p2"
    refused(ask(BUNDLE, {"patient": "Patient/p2"}), 400, "value", "patient")
    refused(ask(BUNDLE, [("pin", "a@1.0.0")] * 65), 400, "value", "pin")


def test_pins_and_days_the_book_does_not_know(ask: Post, judge: Judge) -> None:
    judge.raises = PinError("a pin names a rule that does not exist; did you mean some-rule?")
    assert "did you mean some-rule?" in refused(ask(BUNDLE, {"pin": "sme-rule@1.0.0"}), 422, "not-found", "pin")["diagnostics"]
    judge.raises = NoRulesInForce(date(1950, 1, 1))
    refused(ask(BUNDLE, {"asOf": "1950-01-01"}), 422, "business-rule", "rulesAsOf")


@pytest.mark.parametrize("query", [{"asof": "2026-01-01"}, {"as_of": "2026-01-01"}, {MARKER: "1"}])
def test_a_misspelt_parameter_is_not_passed_over(ask: Post, query: dict[str, str]) -> None:
    issue = refused(ask(BUNDLE, query), 400, "value", "query")
    assert ("Did you mean asOf?" in issue["diagnostics"]) is (MARKER not in query)


def test_a_parameter_given_twice(ask: Post) -> None:
    refused(ask(BUNDLE, [("asOf", "2026-01-01"), ("asOf", "2026-01-02")]), 400, "value", "asOf")


def test_explain(ask: Post, judge: Judge) -> None:
    """How far is asked of the judge; what each of them gives stands in test_explain.py."""
    for far, values in (("steps", ("yes", "true", "1")), ("answers", ("no", "false", "0")), ("full", ("full",))):
        for value in values:
            assert ask(BUNDLE, {"explain": value}).json["verdicts"] == [VERDICT]
            assert judge.question is not None and judge.question.told == far
    refused(ask(BUNDLE, {"explain": "perhaps"}), 400, "value", "explain")


def test_a_whole_call(ask: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    body = ask(hook_body, {"asOf": "2026-01-01", "pin": "a@1.0.0"}).json
    assert body["patient"] == "p1"
    assert set(judge.prefetch) == set(hook_body["prefetch"])
    assert judge.question is not None
    assert judge.question.pins == ("a@1.0.0",)
    assert judge.question.as_of.date() == date(2026, 1, 1)
    assert not judge.bundles


def test_a_call_follows_the_same_table(ask: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    refused(ask(hook_body | {"hook": "no-such-hook"}), 400, "value", "hook")
    refused(ask(hook_body, {"patient": "p2"}), 422, "conflict", "patient")
    assert ask(hook_body, {"patient": "p1"}).status_code == 200
    judge.raises = Refused(412, "incomplete", "A needed key was not sent.", ("prefetch.patient",))
    refused(ask(hook_body), 412, "incomplete", "prefetch.patient")
