"""Tricky cases, one line each. Unless said otherwise a lumbar fusion was done on 2025-03-15.

A case names the cards that must be shown, loud ones in their order, as rule:indicator, and answers that show on no card.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.stories.chart import (
    CAUDA_EQUINA,
    INCONTINENCE,
    RETENTION,
    Resource,
    chart,
    choice,
    condition,
    finding,
    fusion,
    judge,
    nrs,
    odi,
    temperature,
)

INDEX = fusion("2025-03-15")
CES, CES_EARLY, CES_OPEN = "red-flag-cauda-equina", "red-flag-early-retention", "red-flag-cauda-equina-uncleared"
INFECTION, WATCH, UNIT = "red-flag-infection", "watch-infection", "data-unit-unusable"
INFLAMED = "cause-nerve-inflammation"
FBSS, NO_GAIN, PLATEAU = "fbss-time-criteria", "no-improvement-months-3-6", "plateau-months-2-3"
SIX_MONTHS = (nrs(6, "2025-06-10"), nrs(6, "2025-09-10"), odi(44, "2025-09-01"))
NEAR_DAY_42 = nrs(6, "2025-05-01")
BURNING = (
    choice("pain-quality", "burning", "2025-05-03"), choice("pain-distribution", "L5", "2025-05-03"),
    nrs(7, "2025-04-01", region="leg"), nrs(5, "2025-04-20", region="leg"), nrs(4, "2025-05-04", region="leg"),
)  # fmt: skip
CLAMPED = (nrs(6, "2025-11-10"), nrs(6, "2026-02-20"), odi(44, "2026-02-20"))


@dataclass(frozen=True)
class Case:
    """What is recorded, when it is judged, and what must come of it. `stage` and `answers` are looked at where given."""

    id: str
    as_of: str
    given: tuple[Resource, ...]
    cards: list[str]
    answers: dict[str, str] = field(default_factory=dict)
    stage: str = ""
    index: Resource | None = field(default_factory=lambda: INDEX)


DAY_20 = "2025-04-04"


def warm(value: float, unit: str) -> tuple[Resource, ...]:
    """One temperature, on day 20."""
    return (temperature(value, DAY_20, unit),)


def saddle(present: bool, when: str, **more: Any) -> Resource:
    """A saddle finding, or its absence."""
    return finding("saddle-sensory-change", present, when, **more)


CASES = [
    Case("1 a day before six months, no score near week 6", "2025-09-14", SIX_MONTHS, [],
         {FBSS: "no", NO_GAIN: "unknown"}, "months-3-6"),
    Case("1 a day before six months, with a score near week 6", "2025-09-14", (NEAR_DAY_42, *SIX_MONTHS), [f"{NO_GAIN}:warning"],
         {FBSS: "no", NO_GAIN: "yes"}, "months-3-6"),
    Case("2 six months to the day", "2025-09-15", SIX_MONTHS, [f"{FBSS}:warning"], {FBSS: "yes", NO_GAIN: "no"}, "months-6-12"),
    Case("2 six months to the day, with a score near week 6", "2025-09-15", (NEAR_DAY_42, *SIX_MONTHS), [f"{FBSS}:warning"],
         {FBSS: "yes", NO_GAIN: "no"}, "months-6-12"),
    Case("3 31 August and six months end on 28 February", "2026-02-28", CLAMPED, [f"{FBSS}:warning"], {FBSS: "yes"}, "months-6-12",
         fusion("2025-08-31")),
    Case("3 a day earlier it is still the stage before", "2026-02-27", CLAMPED, [], {FBSS: "no"}, "months-3-6", fusion("2025-08-31")),
    Case("4 day 51 lies between weeks 6 and 8", "2025-05-05", BURNING,
         ["stage-weeks-6-8:info", "cause-nerve-inflammation:info", "care-physical-therapy:info"],
         {INFLAMED: "yes", PLATEAU: "no", "stage-weeks-1-6": "no", "stage-months-2-3": "no", "worsening-weeks-1-8": "no"}, "weeks-6-8"),
    Case("4 day 55 is the last day of early inflammation", "2025-05-09", BURNING,
         ["stage-weeks-6-8:info", "cause-nerve-inflammation:info", "care-physical-therapy:info"], {INFLAMED: "yes"}),
    Case("4 day 56 is past it", "2025-05-10", BURNING, ["stage-weeks-6-8:info"], {INFLAMED: "no"}),
    Case("5 101.0 degF does not exceed 101 degF", DAY_20, warm(101.0, "[degF]"), [f"{WATCH}:warning"], {INFECTION: "no"}, "weeks-1-6"),
    Case("5 101.1 degF does", DAY_20, warm(101.1, "[degF]"), [f"{INFECTION}:critical"], {INFECTION: "yes"}),
    Case("6 38.3 Cel is 100.94 degF", DAY_20, warm(38.3, "Cel"), [f"{WATCH}:warning"], {INFECTION: "no"}),
    Case("6 38.4 Cel is 101.12 degF", DAY_20, warm(38.4, "Cel"), [f"{INFECTION}:critical"], {INFECTION: "yes"}),
    Case("7 101.5 Cel is no number but a possible fever", DAY_20, warm(101.5, "Cel"), [f"{WATCH}:warning", f"{UNIT}:info"],
         {INFECTION: "no", WATCH: "yes", UNIT: "yes"}),
    Case("7 101.5 without a unit is read as degF", DAY_20, warm(101.5, ""), [f"{INFECTION}:critical", f"{UNIT}:info"],
         {INFECTION: "yes", UNIT: "yes"}),
    Case("8 a saddle finding that a later one takes back", "2025-09-01",
         (saddle(True, "2025-08-29"), saddle(False, "2025-08-31")), [], {CES: "no", CES_OPEN: "no"}),
    Case("8 both answers at the same instant: present wins for an alarm", "2025-09-01",
         (saddle(True, "2025-08-31T08:00:00Z"), saddle(False, "2025-08-31T08:00:00Z")), [f"{CES}:critical"], {CES: "yes"}),
    Case("9 a saddle finding of 40 days ago that nothing cleared", "2025-09-01", (saddle(True, "2025-07-23"),), [f"{CES_OPEN}:warning"],
         {CES: "no", CES_OPEN: "yes"}),
    Case("10 incontinence since long before the fusion", "2025-10-05", (condition(INCONTINENCE, "2019"),), [], {CES: "no", CES_OPEN: "no"}),
    Case("10 incontinence since four days", "2025-10-05", (condition(INCONTINENCE, "2025-10-01"),), [f"{CES}:critical"], {CES: "yes"}),
    Case("11 retention on day 1, saddle feeling normal", "2025-03-16",
         (condition(RETENTION, "2025-03-16"), saddle(False, "2025-03-16")), [f"{CES_EARLY}:warning"], {CES: "no"}, "first-72-hours"),
    Case("11 retention on day 1 with a saddle finding", "2025-03-16",
         (condition(RETENTION, "2025-03-16"), saddle(True, "2025-03-16")), [f"{CES}:critical"], {CES: "yes"}),
    Case("12 cauda equina refuted", "2025-09-01", (condition(CAUDA_EQUINA, "2025-08-30", verification="refuted"),), [], {CES: "no"}),
    Case("12 cauda equina entered in error", "2025-09-01",
         (condition(CAUDA_EQUINA, "2025-08-30", clinical=None, verification="entered-in-error"),), [], {CES: "no"}),
    Case("12 cauda equina resolved in 2024", "2025-09-01",
         (condition(CAUDA_EQUINA, "2024-02-01", clinical="resolved", abatementDateTime="2024-06-01"),), [], {CES: "no"}),
    Case("12 cauda equina provisional since today", "2025-09-01", (condition(CAUDA_EQUINA, "2025-09-01", verification="provisional"),),
         [f"{CES}:critical"], {CES: "yes"}),
]  # fmt: skip


def loud_first(cards: list[str]) -> tuple[list[str], set[str]]:
    """Warnings and worse in their order; information in any."""
    return [card for card in cards if not card.endswith(":info")], {card for card in cards if card.endswith(":info")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    answer = judge(chart(*((case.index,) if case.index else ()), *case.given), case.as_of)
    assert loud_first([f"{rule}:{indicator}" for rule, indicator in answer.loud]) == loud_first(case.cards)
    assert {rule: answer.answer(rule) for rule in case.answers} == case.answers
    assert case.stage in ("", answer.index.get("stage"))


def test_the_trace_names_the_finding_that_took_the_other_back() -> None:
    given = (saddle(True, "2025-08-29", id="then"), saddle(False, "2025-08-31", id="later"))
    steps = {step["criterion"]: step for step in judge(chart(INDEX, *given), "2025-09-01").verdict(CES)["steps"]}
    assert steps["saddle"]["answer"] == "no"
    assert [seen["resource"] for seen in steps["saddle"]["saw"]] == ["Observation/later"]


def test_a_guessed_unit_is_named_on_its_card() -> None:
    answer = judge(chart(INDEX, temperature(101.5, "2025-04-04", "", id="guessed")), "2025-04-04")
    assert "Observation/guessed" in answer.card(UNIT)["detail"]


def test_a_score_more_than_14_days_from_week_6_is_not_near_it() -> None:
    near = judge(chart(INDEX, nrs(6, "2025-05-10"), *SIX_MONTHS), "2025-09-14")  # day 56
    far = judge(chart(INDEX, nrs(6, "2025-05-11"), *SIX_MONTHS), "2025-09-14")
    assert (near.answer(NO_GAIN), far.answer(NO_GAIN)) == ("yes", "unknown")
