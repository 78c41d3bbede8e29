"""Imprecise dates as closed intervals of days, and calendar-month arithmetic that clamps to the end of a month."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Precision = Literal["day", "month", "year"]
Unit = Literal["days", "months"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A date known to lie between `earliest` and `latest`, both included. One day when both are equal."""

    earliest: date
    latest: date

    @property
    def exact(self) -> bool:
        """True when the day itself is known."""
        return self.earliest == self.latest

    @property
    def precision(self) -> Precision:
        """How much of the date is known, as FHIR says it."""
        if self.exact:
            return "day"
        return "month" if (self.earliest.year, self.earliest.month) == (self.latest.year, self.latest.month) else "year"

    def __str__(self) -> str:
        return self.earliest.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as rules state it: whole days, or calendar months."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


def on(day: date) -> Span:
    """The interval that holds one day."""
    return Span(day, day)


def month_of(year: int, month: int) -> Span:
    """The interval of a whole month. Raises ValueError for a month that does not exist."""
    first = date(year, month, 1)
    return Span(first, first.replace(day=calendar.monthrange(year, month)[1]))


def year_of(year: int) -> Span:
    """The interval of a whole year. Raises ValueError outside 1 to 9999."""
    return Span(date(year, 1, 1), date(year, 12, 31))


def add_months(day: date, months: int) -> date:
    """`day` moved by calendar months, clamped to the end of the month: 31 Aug + 6 months = 28 or 29 Feb."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    if year < 1:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add(day: date, length: Duration) -> date:
    """`day` moved forward by `length`, held inside the calendar."""
    if length.unit == "months":
        return add_months(day, length.count)
    ordinal = day.toordinal() + length.count
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def completed_months(start: date, day: date) -> int:
    """Whole calendar months from `start` to `day`; negative when `day` lies before `start`."""
    months = (day.year - start.year) * 12 + day.month - start.month
    return months if add_months(start, months) <= day else months - 1


def days_since(span: Span, day: date) -> tuple[int, int]:
    """Least and most days from the date in `span` to `day`."""
    return (day - span.latest).days, (day - span.earliest).days


def months_since(span: Span, day: date) -> tuple[int, int]:
    """Least and most completed months from the date in `span` to `day`."""
    return completed_months(span.latest, day), completed_months(span.earliest, day)


def day_before(day: date, days: int) -> date:
    """The day that lies `days` before `day`, held inside the calendar."""
    return add(day, Duration(-days, "days"))


def earliest_within(day: date, length: Duration) -> date:
    """The earliest day that lies at most `length` before `day`: 28 Feb is more than 6 months before 31 Aug, 1 Mar is not."""
    start = add(day, Duration(-length.count, length.unit))
    while add(start, length) < day:
        start += timedelta(days=1)
    return start


def latest_ago(day: date, length: Duration) -> date:
    """The latest day that lies at least `length` before `day`: 31 Aug lies 6 months before 28 Feb."""
    end = add(day, Duration(-length.count, length.unit))
    while add(end + timedelta(days=1), length) <= day:
        end += timedelta(days=1)
    return end
