"""When the time for judging is over: cards so far, and a notice that names every alarm that was not judged. Never silence."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.engine.evaluate import OutOfTime, alarms_first, decider, evaluate, in_reading_order
from service.evaluation import Outcome, Question, evaluate_bundle
from service.web.app import build, make_deps
from service.web.settings import Settings
from tests.engine.build import criterion, face, facts, rule
from tests.faults import corpus
from tests.stories.chart import chart, finding, fusion, grade, nrs, temperature
from tests.stories.replay import book

AT = datetime(2025, 4, 4, 9, tzinfo=UTC)
NOTICES = {"rule-failed", "data-unreadable"}
ILL = chart(
    fusion("2025-03-15"), temperature(39.5, "2025-04-04"), finding("saddle-sensory-change", True, "2025-04-04"),
    nrs(6, "2025-04-01", region="leg"), grade(5, "2025-03-28"), grade(3, "2025-04-03"),
)  # fmt: skip
CALM = chart(fusion("2025-03-15"), nrs(3, "2025-04-01", region="leg"))
NOTHING = chart()
ALARMS = {"red-flag-cauda-equina", "red-flag-infection", "red-flag-motor-deficit"}


def clock(looks: int, then: float = 0.0) -> Callable[[], float]:
    """All the time there is for so many looks; from then on this share of it."""
    looked = count(1)
    return lambda: 1.0 if next(looked) <= looks else then


def judged(body: bytes, left: Callable[[], float], told: list[tuple[str, str]] | None = None) -> Outcome:
    def report(name: str, error: Exception) -> None:
        if told is not None:
            told.append((name, type(error).__name__))

    return evaluate_bundle(body, Question(as_of=AT, zone=ZoneInfo("UTC"), left=left, report=report), book())


def rules_of(outcome: Outcome) -> set[str]:
    return {card["extension"]["org.postfusion"]["rule"] for card in outcome.cards}


def missed(outcome: Outcome) -> str:
    """The texts of the notices."""
    return " ".join(card["detail"] for card in outcome.cards if card["extension"]["org.postfusion"]["rule"] in NOTICES)


def concern(rule_id: str) -> str:
    return book().versions[rule_id][0].concern


@pytest.mark.parametrize("then", [0.0, 0.1], ids=["over", "facts no more"])
@pytest.mark.parametrize("body", [ILL, CALM, NOTHING], ids=["ill", "calm", "nothing"])
def test_whenever_time_runs_out(body: bytes, then: float) -> None:
    """After every look at the clock in turn: an alarm is shown or named, and what is shown is what there is with time."""
    whole = judged(body, lambda: 1.0)
    for looks in count():
        told: list[tuple[str, str]] = []
        outcome = judged(body, clock(looks, then), told)
        shown = rules_of(outcome)
        for alarm in ALARMS & rules_of(whole):
            assert alarm in shown or concern(alarm) in missed(outcome), (looks, alarm)
        if not told:
            assert shown == rules_of(whole)
            break
        assert {error for _, error in told} == {"OutOfTime"}
        assert len(told) <= 2, "one line of log for the facts, one for the rules, and not one for each"
        assert shown & NOTICES or shown == rules_of(whole), looks
    assert looks > 3


def test_with_no_time_at_all_every_alarm_is_named() -> None:
    outcome = judged(NOTHING, lambda: 0.0)
    (card,) = outcome.cards
    assert card["indicator"] == "warning"
    alarms = {one[0].concern for name, one in book().versions.items() if one[0].family == "alarm"}
    assert len(alarms) > 5
    assert {alarm for alarm in alarms if alarm and alarm not in card["detail"]} == set()
    assert not outcome.nothing_judged or outcome.cards


def test_alarms_have_the_first_turn() -> None:
    """Nothing stands before the last alarm but alarms and what they ask."""
    ordered = [one.rule for one in book().release(AT.date()).deciders]
    front = ordered[: max(n for n, one in enumerate(ordered) if one.family == "alarm") + 1]
    asked = {name for one in front for name in one.reads()}
    assert [one.id for one in front if one.family != "alarm" and asked.isdisjoint((one.id, f"family:{one.family}"))] == []
    assert len(front) < len(ordered) / 2


def test_what_an_alarm_asks_comes_with_it() -> None:
    asked = [criterion("x", "answers", ("yes",), rule="z-asked")]
    rules = [rule("a-first"), rule("z-asked"), rule("m-alarm", asked, family="alarm"), rule("b-family", family="joint")]
    by_family = [criterion("y", "answers", ("yes",), family="joint")]
    ordered = alarms_first(in_reading_order([*rules, rule("n-alarm", by_family, family="alarm")]))
    assert [one.id for one in ordered] == ["b-family", "z-asked", "m-alarm", "n-alarm", "a-first"]


def test_rules_still_to_come_fail_but_for_the_notices() -> None:
    broken = criterion("broken", fact="rule_failed")
    rules = [rule("a", family="alarm"), rule("b"), rule("c"), rule("notice", [broken], face=face("warning"))]
    told: list[tuple[str, Exception]] = []
    spent = iter([False, True])
    verdicts = evaluate(map(decider, rules), {"1.0.0": facts()}, lambda *one: told.append(one), lambda: next(spent))
    assert [(v.rule.id, str(v.answer), v.failed) for v in verdicts] == [
        ("a", "yes", False), ("b", "unknown", True), ("c", "unknown", True), ("notice", "yes", False),
    ]  # fmt: skip
    assert [(name, type(error)) for name, error in told] == [("b", OutOfTime)]


@pytest.mark.parametrize("path", ["/evaluate", corpus.HOOK])
def test_over_http(path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The first look at the clock starts the time, all later ones find it over."""
    looks: Any = iter([100.0])
    monkeypatch.setattr("service.web.asking.ticks", lambda: next(looks, 100.6))
    client = build(make_deps(Settings(time_budget_ms=500), book=book(), clock=lambda: AT)).test_client()
    response = client.post(path, json=corpus.valid(path))
    assert response.status_code == 200
    cards = response.get_json()["cards"]
    assert [card["extension"]["org.postfusion"]["rule"] for card in cards] == ["rule-failed"]
    assert concern("red-flag-infection") in cards[0]["detail"]
    assert {getattr(one, "error", "") for one in caplog.records if one.name == "postfusion.evaluation"} == {"OutOfTime"}


def test_time_enough_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.web.asking.ticks", lambda: 100.0)
    client = build(make_deps(Settings(time_budget_ms=50), book=book(), clock=lambda: AT)).test_client()
    cards = client.post("/evaluate", json=corpus.chart()).get_json()["cards"]
    assert [card["extension"]["org.postfusion"]["rule"] for card in cards] == ["red-flag-infection"]
