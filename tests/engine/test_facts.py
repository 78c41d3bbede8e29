"""Facts, numbers with bounds, and verdicts as plain data."""

from decimal import Decimal

import pytest

from service.engine.facts import SILENT, Bounds, Facts, exactly
from service.engine.rule import Way
from service.engine.verdict import Step
from tests.engine.build import DAY, NO, UNKNOWN, YES, criterion, rule, verdict


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("5", "5", "5"),
        ("5.50", "5.5", "5.5"),
        ("100", "100", "100"),
        ("-1", "-1", "-1"),
        ("0.0", "0", "0"),
        ("8.0", "9", "8 to 9"),
        ("600", None, "at least 600"),
        (None, "5.0", "at most 5"),
        (None, None, "unknown"),
        ("1e19", "1e19", "1" + "0" * 19),
        ("1e20", "1e20", "1E+20"),
        ("1e-30", "1", "1E-30 to 1"),
    ],
)
def test_bounds_read_as_people_say_them(low: str | None, high: str | None, shown: str) -> None:
    assert str(Bounds(None if low is None else Decimal(low), None if high is None else Decimal(high))) == shown


def test_exactly_takes_any_way_to_write_a_number() -> None:
    assert exactly(5) == exactly("5") == exactly(Decimal(5)) == Bounds(Decimal(5), Decimal(5))


def test_a_fact_that_is_not_held_is_silent() -> None:
    assert Facts(DAY)["anything"] is SILENT


def test_a_verdict_knows_what_said_yes() -> None:
    steps = [Step("a", "", YES), Step("b", "", NO), Step("c", "", UNKNOWN)]
    told = verdict("r", steps=steps, ways=["quick"])
    assert [name for name in ("a", "b", "c", "quick", "slow") if told.said_yes(name)] == ["a", "quick"]
    assert not verdict("r", NO, ways=["quick"]).said_yes("quick")


def test_a_verdict_finds_its_steps_and_open_checks() -> None:
    steps = [Step("a", "", YES), Step("b", "", NO), Step("c", "", UNKNOWN)]
    told = verdict("r", steps=steps, checks=tuple(steps))
    assert told.step("b") is steps[1]
    assert told.step("z") is None
    assert told.outstanding() == (steps[1], steps[2])


def test_a_way_names_all_its_criteria() -> None:
    assert Way("w", all=("a",), any=("b",), none=("c",), at_least_of=(1, ("d", "e"))).criteria() == ("a", "b", "c", "d", "e")
    assert Way("w").criteria() == ()


def test_a_rule_says_which_rules_and_families_it_reads() -> None:
    asked = [criterion("a", rule="first"), criterion("b")]
    checks = {"c": criterion("c", family="alarm"), "d": criterion("d", rule="second")}
    assert rule("r", asked, checks=checks).reads() == {"first", "second", "family:alarm"}
    assert rule("r", [criterion("b")]).reads() == frozenset()
