"""Every question word on both sides of its boundary, with the reason why each row is there."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.engine.answers import Answer
from service.engine.dates import Duration, Span, month_of, on, year_of
from service.engine.facts import Bounds, Item
from service.engine.words import WORDS, ago, within
from tests.engine.build import DAY, NO, UNKNOWN, YES, present

SIX_MONTHS = Duration(6, "months")
TWO_WEEKS = Duration(14, "days")


def bounds(low: str | None, high: str | None) -> Bounds:
    """A number between two others; None leaves an end open."""
    return Bounds(None if low is None else Decimal(low), None if high is None else Decimal(high))


NUMBERS = [
    # low, high, at_least 4, more_than 4, at_most 4, less_than 4, between 4 and 7, why
    ("3", "3", NO, NO, YES, YES, NO, "below"),
    ("3.9", "3.9", NO, NO, YES, YES, NO, "just below"),
    ("4", "4", YES, NO, YES, NO, YES, "on the limit, which between includes"),
    ("4.0", "4.0", YES, NO, YES, NO, YES, "the same number, written otherwise"),
    ("4.1", "4.1", YES, YES, NO, NO, YES, "just above"),
    ("6.9", "6.9", YES, YES, NO, NO, YES, "just below the upper limit"),
    ("7", "7", YES, YES, NO, NO, NO, "on the upper limit, which between leaves out"),
    ("3", "5", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "a range over the limit"),
    ("3", "4", UNKNOWN, NO, YES, UNKNOWN, UNKNOWN, "a range that ends on the limit"),
    ("4", "5", YES, UNKNOWN, UNKNOWN, NO, YES, "a range that begins on the limit"),
    ("5", "7", YES, YES, NO, NO, UNKNOWN, "a range that ends on the upper limit"),
    ("7", "9", YES, YES, NO, NO, NO, "a range that begins on the upper limit"),
    ("1", "9", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "a range over both limits"),
    ("5", None, YES, YES, NO, NO, UNKNOWN, "at least 5: how much more is not known"),
    ("7", None, YES, YES, NO, NO, NO, "at least 7"),
    ("3", None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "at least 3"),
    (None, "3", NO, NO, YES, YES, NO, "at most 3"),
    (None, "4", UNKNOWN, NO, YES, UNKNOWN, UNKNOWN, "at most 4"),
    (None, "5", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "at most 5"),
    (None, None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "nothing is known"),
]
COMPARING = ("at_least", "more_than", "at_most", "less_than", "between")


@pytest.mark.parametrize(("row"), NUMBERS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_numbers(row: tuple[Any, ...]) -> None:
    item = present(value=bounds(row[0], row[1]))
    limits: dict[str, Any] = {word: Decimal(4) for word in COMPARING} | {"between": (Decimal(4), Decimal(7))}
    assert tuple(WORDS[word].test(item, limits[word], DAY) for word in COMPARING) == row[2:7], row[7]


@pytest.mark.parametrize("word", COMPARING)
def test_a_number_without_a_value_is_unknown(word: str) -> None:
    limit: Any = (Decimal(4), Decimal(7)) if word == "between" else Decimal(4)
    assert WORDS[word].test(present(), limit, DAY) is UNKNOWN


DATES = [
    # span, at least 6 months ago, within the last 6 months, why
    (on(date(2025, 9, 1)), YES, YES, "the very day is both: long enough ago, and the last day of the window"),
    (on(date(2025, 8, 31)), YES, NO, "a day more: clamped, 31 August and six months is 28 February"),
    (on(date(2025, 9, 2)), NO, YES, "a day less"),
    (on(DAY), NO, YES, "today"),
    (on(date(2026, 4, 1)), NO, YES, "ahead"),
    (month_of(2025, 8), YES, NO, "all of August is long enough ago"),
    (month_of(2025, 9), UNKNOWN, YES, "only the first of September is"),
    (Span(date(2025, 8, 31), date(2025, 9, 1)), YES, UNKNOWN, "its last day is the last of the window"),
    (month_of(2025, 10), NO, YES, "no day of October is"),
    (year_of(2025), UNKNOWN, UNKNOWN, "a year that holds the limit"),
    (year_of(2024), YES, NO, "a year before it"),
]


@pytest.mark.parametrize(("span", "long_ago", "lately", "why"), DATES)
def test_dates(span: Span, long_ago: Answer, lately: Answer, why: str) -> None:
    item = present(value=span)
    assert WORDS["happened_at_least_ago"].test(item, SIX_MONTHS, DAY) is long_ago, why
    assert WORDS["happened_within"].test(item, SIX_MONTHS, DAY) is lately, why
    assert (ago(span, SIX_MONTHS, DAY), within(span, SIX_MONTHS, DAY)) == (long_ago, lately)


@pytest.mark.parametrize(
    ("day", "expected", "why"),
    [
        (date(2026, 2, 15), YES, "the fourteenth day counts"),
        (date(2026, 2, 14), NO, "the fifteenth does not"),
        (DAY, YES, "today counts"),
    ],
)
def test_within_days(day: date, expected: Answer, why: str) -> None:
    assert within(on(day), TWO_WEEKS, DAY) is expected, why


def test_a_leap_day_makes_a_window_of_months_longer() -> None:
    assert within(on(date(2023, 8, 31)), SIX_MONTHS, date(2024, 2, 29)) is YES
    assert within(on(date(2023, 8, 31)), SIX_MONTHS, date(2024, 3, 1)) is NO


@pytest.mark.parametrize("word", ["happened_at_least_ago", "happened_within"])
def test_a_date_without_a_value_is_unknown(word: str) -> None:
    assert WORDS[word].test(present(), TWO_WEEKS, DAY) is UNKNOWN


@pytest.mark.parametrize(
    ("word", "value", "expected", "why"),
    [
        ("one_of", "buttock-only", YES, "the first of the words"),
        ("one_of", "l5", YES, "another of them"),
        ("one_of", "s1", NO, "none of them"),
        ("one_of", None, NO, "no word at all"),
        ("has_any_of", frozenset({"l5", "s1"}), YES, "one in common"),
        ("has_any_of", frozenset({"s1"}), NO, "none in common"),
        ("has_any_of", frozenset(), NO, "an empty set"),
        ("has_any_of", "l5", NO, "a single word is no set"),
    ],
)
def test_words(word: str, value: Any, expected: Answer, why: str) -> None:
    assert WORDS[word].test(present(value=value), ("buttock-only", "l5"), DAY) is expected, why


@pytest.mark.parametrize("answer", [YES, NO, UNKNOWN])
def test_presence_is_taken_from_the_item(answer: Answer) -> None:
    item = Item(answer)
    assert WORDS["is"].test(item, True, DAY) is answer
    assert WORDS["count_at_least"].test(item, 1, DAY) is answer
    assert WORDS["recorded"].test(item, True, DAY) is YES


def test_every_word_says_what_it_fits_takes_and_means() -> None:
    assert len(WORDS) == 12
    assert all(word.fits and word.takes and word.meaning for word in WORDS.values())
    assert {name for name, word in WORDS.items() if "number" in word.fits} == {*COMPARING, "recorded"}
