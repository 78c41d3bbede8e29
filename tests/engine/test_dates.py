"""Partial dates, and calendar months that clamp to the end of a month."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.dates import (
    Duration,
    Span,
    Unit,
    add,
    add_months,
    completed_months,
    day_before,
    days_since,
    earliest_within,
    latest_ago,
    month_of,
    months_since,
    on,
    year_of,
)

FIRST, LAST = date.min, date.max


@pytest.mark.parametrize(
    ("start", "months", "expected", "why"),
    [
        ("2025-08-31", 6, "2026-02-28", "31 August and six months is the end of February"),
        ("2023-08-31", 6, "2024-02-29", "and of a leap year's February"),
        ("2025-08-30", 6, "2026-02-28", "30 August too"),
        ("2025-08-28", 6, "2026-02-28", "28 August by itself"),
        ("2024-02-29", 12, "2025-02-28", "a leap day a year on"),
        ("2024-02-29", 48, "2028-02-29", "a leap day four years on"),
        ("2025-01-31", 1, "2025-02-28", "one month from the end of January"),
        ("2025-03-31", 1, "2025-04-30", "a month of 30 days"),
        ("2025-12-15", 1, "2026-01-15", "over the turn of the year"),
        ("2025-12-31", 12, "2026-12-31", "a whole year"),
        ("2025-05-15", 0, "2025-05-15", "no months"),
        ("2025-03-31", -1, "2025-02-28", "backwards clamps too"),
        ("2025-01-15", -1, "2024-12-15", "backwards over the turn of the year"),
        ("0001-01-31", -1, "0001-01-01", "held at the beginning of the calendar"),
        ("0001-02-28", -1, "0001-01-28", "the first month is still there"),
        ("9999-12-01", 1, "9999-12-31", "held at the end of the calendar"),
        ("9999-11-30", 1, "9999-12-30", "the last month is still there"),
    ],
)
def test_add_months(start: str, months: int, expected: str, why: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(expected), why


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        (date(2026, 2, 15), 14, "days", date(2026, 3, 1)),
        (date(2024, 2, 15), 14, "days", date(2024, 2, 29)),
        (date(2026, 1, 31), 1, "months", date(2026, 2, 28)),
        (LAST, 1, "days", LAST),
        (FIRST, -1, "days", FIRST),
        (LAST, 1, "months", LAST),
    ],
)
def test_add(day: date, count: int, unit: Unit, expected: date) -> None:
    assert add(day, Duration(count, unit)) == expected


def test_day_before() -> None:
    assert day_before(date(2024, 3, 1), 1) == date(2024, 2, 29)
    assert day_before(FIRST, 1) == FIRST


@pytest.mark.parametrize(
    ("start", "day", "expected", "why"),
    [
        ("2025-09-01", "2026-03-01", 6, "the very day"),
        ("2025-09-01", "2026-02-28", 5, "the day before it"),
        ("2025-09-02", "2026-03-01", 5, "a day short"),
        ("2025-08-31", "2026-02-28", 6, "clamped: the month is complete"),
        ("2025-08-31", "2026-02-27", 5, "a day before the clamped end"),
        ("2024-02-29", "2025-02-28", 12, "a leap day's year is complete on the 28th"),
        ("2024-02-29", "2025-02-27", 11, "and not before"),
        ("2026-03-01", "2026-03-01", 0, "the same day"),
        ("2026-03-02", "2026-03-01", -1, "tomorrow lies in the month before zero"),
        ("2026-04-01", "2026-03-01", -1, "a month ahead"),
        ("2026-04-02", "2026-03-01", -2, "and a day"),
    ],
)
def test_completed_months(start: str, day: str, expected: int, why: str) -> None:
    assert completed_months(date.fromisoformat(start), date.fromisoformat(day)) == expected, why


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_a_month_is_complete_on_the_day_it_ends_and_not_before(start: date, months: int) -> None:
    end = add_months(start, months)
    assert completed_months(start, end) == months
    assert completed_months(start, day_before(end, 1)) == months - 1


@settings(deadline=None)
@given(st.dates(), st.dates(), st.integers(-24, 24))
def test_adding_months_keeps_the_order_of_days(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)


@pytest.mark.parametrize(
    ("span", "precision", "exact", "shown"),
    [
        (on(date(2025, 3, 15)), "day", True, "2025-03-15"),
        (month_of(2025, 3), "month", False, "2025-03"),
        (month_of(2024, 2), "month", False, "2024-02"),
        (year_of(2025), "year", False, "2025"),
        (Span(date(2025, 3, 1), date(2026, 3, 31)), "year", False, "2025"),
    ],
)
def test_a_span_says_how_much_is_known(span: Span, precision: str, exact: bool, shown: str) -> None:
    assert (span.precision, span.exact, str(span)) == (precision, exact, shown)


def test_month_and_year_spans_hold_their_first_and_last_day() -> None:
    assert month_of(2024, 2) == Span(date(2024, 2, 1), date(2024, 2, 29))
    assert month_of(2025, 2).latest == date(2025, 2, 28)
    assert month_of(9999, 12).latest == LAST
    assert year_of(2025) == Span(date(2025, 1, 1), date(2025, 12, 31))
    assert year_of(1).earliest == FIRST


@pytest.mark.parametrize("bad", [lambda: month_of(2025, 13), lambda: month_of(2025, 0), lambda: year_of(0), lambda: year_of(10_000)])
def test_what_is_not_in_the_calendar_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"month|year"):
        bad()  # type: ignore[operator]


def test_ages_of_a_span_are_a_range() -> None:
    assert days_since(month_of(2026, 2), date(2026, 3, 1)) == (1, 28)
    assert days_since(on(date(2026, 3, 1)), date(2026, 3, 1)) == (0, 0)
    assert months_since(month_of(2025, 8), date(2026, 3, 1)) == (6, 7)
    assert months_since(year_of(2026), date(2026, 3, 1)) == (-10, 2)


@pytest.mark.parametrize(
    ("count", "unit", "shown"), [(1, "days", "1 day"), (14, "days", "14 days"), (1, "months", "1 month"), (0, "months", "0 months")]
)
def test_a_duration_reads_as_people_say_it(count: int, unit: Unit, shown: str) -> None:
    assert str(Duration(count, unit)) == shown


@pytest.mark.parametrize(
    ("day", "length", "earliest", "latest"),
    [
        (date(2026, 3, 1), Duration(14, "days"), date(2026, 2, 15), date(2026, 2, 15)),
        (date(2026, 3, 15), Duration(6, "months"), date(2025, 9, 15), date(2025, 9, 15)),
        (date(2026, 8, 31), Duration(6, "months"), date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 2, 28), Duration(6, "months"), date(2025, 8, 28), date(2025, 8, 31)),
    ],
)
def test_the_ends_of_a_window(day: date, length: Duration, earliest: date, latest: date) -> None:
    assert earliest_within(day, length) == earliest
    assert add(earliest, length) >= day > add(earliest - timedelta(days=1), length)
    assert latest_ago(day, length) == latest
    assert add(latest, length) <= day < add(latest + timedelta(days=1), length)
