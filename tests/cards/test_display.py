"""What placeholders become."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.cards.display import about, fill
from service.cards.text import plain
from service.engine.answers import Gap
from service.engine.dates import month_of, on, year_of
from service.engine.facts import Bounds, Evidence, Fact, Item
from tests.cards.build import card_of
from tests.engine.build import absent, ago, criterion, decide, face, facts, number, present, rule, seen, unreadable

ASKING = rule("asking", [criterion("a", "at_least", Decimal(100)), criterion("found")])


def told(template: str, the_rule: Any = ASKING, **held: Any) -> str:
    """The template filled from these facts."""
    given = facts(**held)
    return fill(template, decide(the_rule, given), given, plain)


@pytest.mark.parametrize(
    ("item", "expected", "why"),
    [
        (number(8), "8", "a whole number"),
        (number("8.50"), "8.5", "no trailing zeros"),
        (number(100), "100", "zeros that count stay"),
        (number(8, 9), "about 8 to 9", "a partial date leaves a range"),
        (present(value=Bounds(Decimal(600), None)), "at least 600", "a comparator leaves a bound"),
        (present(value=Bounds(None, Decimal("5.0"))), "at most 5", "the other way"),
        (present(value=Bounds(None, None)), "unknown", "nothing is known"),
        (number("1e999999"), "1E+999999", "a huge number is not written out"),
        (present(value=on(date(2025, 3, 15))), "2025-03-15", "a day"),
        (present(value=month_of(2025, 3)), "about 2025-03", "a month"),
        (present(value=year_of(2025)), "about 2025", "a year"),
        (present(value="burning"), "burning", "a word"),
        (present(value=frozenset({"sharp", "burning"})), "burning, sharp", "words, always in one order"),
        (present(saw=seen("Observation/o1", "left")), "left", "presence tells its evidence"),
        (present(saw=seen("Observation/o1")), "Observation/o1", "evidence without a value names its resource"),
        (present(saw=seen("rule/red-flag")), "red-flag", "a rule goes by its id"),
        (present(), "not recorded", "presence without evidence"),
        (unreadable(value=frozenset({"sharp"})), "not recorded", "a value that was not read is not told"),
    ],
)
def test_a_fact_is_told(item: Item, expected: str, why: str) -> None:
    assert told("{shown}", shown=item) == expected, why


def test_silence_is_told() -> None:
    assert told("{nothing} and {shown}", shown=()) == "not recorded and not recorded"


def test_the_latest_reading_is_told() -> None:
    readings = (number(3, when=ago(9)), number(5, when=ago(1)), number(4, when=None), number(9, when=ago(4)))
    assert told("{shown}", shown=readings) == "5"
    assert told("{shown}", shown=(number(4, when=None), number(5, when=None))) == "4"


def test_the_reading_that_met_the_question_goes_before_a_later_one() -> None:
    high = number(103, when=ago(3), saw=seen("Observation/high"))
    low = number(98, when=ago(1), saw=seen("Observation/low"))
    assert told("{a}", a=(high, low)) == "103"
    assert told("{a}", a=(low,)) == "98"


def test_evidence_of_the_questions_asked_goes_before_the_rest() -> None:
    items = (present(saw=seen(value="now")), absent(saw=seen(value="not then")))
    assert told("{found}", found=items) == "now"
    assert told("{other}", other=items) == "now, not then"


def test_alarms_that_could_not_be_judged_are_joined_once_each() -> None:
    concerns = ["cauda equina syndrome", "new leg weakness", "cauda equina syndrome"]
    items = tuple(Item(saw=(Evidence(f"rule/r{i}", concern),)) for i, concern in enumerate(concerns))
    notice = rule("notice", [criterion("alarm_unreadable")], face=face(summary="{alarm_unreadable} may be missed"))
    assert card_of(notice, {"alarm_unreadable": Fact(items)})["summary"] == "Cauda equina syndrome, new leg weakness may be missed"


def test_many_pieces_of_evidence_end_in_their_number() -> None:
    items = tuple(present(saw=seen(value=str(i))) for i in range(8))
    assert told("{found}", found=items) == "0, 1, 2, 3, 4, and 3 more"


def test_outstanding_checks_are_joined() -> None:
    checks = {name: criterion(name, open=f"open {name}") for name in ("mri", "ct", "sij")}
    asking = rule("r", [criterion("c")], checks=checks)
    assert told("Open: {outstanding}.", asking, ct=present(), sij=absent()) == "Open: open mri, open sij."
    assert told("Open: {outstanding}.", asking, ct=present(), sij=present(), mri=present()) == "Open: nothing."


def test_a_gate_is_not_taken_for_a_question_about_a_fact() -> None:
    assert told("{adult_and_alive}") == "not recorded"


@pytest.mark.parametrize(
    ("when", "expected"), [("2025", "about 2025"), ("2025-03", "about 2025-03"), ("2025-03-15", "2025-03-15"), ("", ""), ("20250", "20250")]
)
def test_partial_dates_say_about(when: str, expected: str) -> None:
    assert about(when) == expected


def test_a_summary_begins_with_a_capital() -> None:
    late = rule("late", [criterion("months", "at_least", Decimal(6))], face=face(summary="{months} months after surgery"))
    assert card_of(late, {"months": number(8, 9)})["summary"] == "About 8 to 9 months after surgery"


def test_an_unreadable_reading_beside_a_good_one_is_not_told() -> None:
    items = (number(5, when=ago(3)), present(answer="unknown", gap=Gap.UNREADABLE, value=Bounds(Decimal(9), Decimal(9))))
    assert told("{shown}", shown=items) == "5"
