"""FHIR dates and times, as an interval of instants to compare and an interval of calendar days in the configured zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.engine.dates import Span, month_of, on, year_of

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:\d{2})?\Z", re.ASCII)
_END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class When:
    """A point in time as precisely as it is known: instants from `start` to `end`, days in `span`; `timed` when it has a time of day."""

    start: datetime
    end: datetime
    span: Span
    timed: bool

    def surely_before(self, other: "When") -> bool:
        """True when all of this lies before all of `other`."""
        return self.end < other.start

    def __str__(self) -> str:
        return str(self.span)


def parse(text: str, zone: ZoneInfo) -> When:
    """Read a FHIR date, dateTime or instant. A time without an offset is taken in `zone`. Raises ValueError."""
    timed = _TIME.match(text)
    return _instant(timed, zone) if timed else _days(text, zone)


def _instant(match: re.Match[str], zone: ZoneInfo) -> When:
    day, clock, fraction, offset = match.groups()
    clock = clock if len(clock) > 5 else f"{clock}:00"
    leap = clock.endswith(":60")  # a leap second is legal FHIR and unknown to Python
    text = f"{day}T{clock[:6]}59" if leap else f"{day}T{clock}"
    moment = datetime.fromisoformat(text + (fraction or "")[:7] + _offset(offset))
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    return When(moment, moment, on(moment.astimezone(zone).date()), timed=True)


def _offset(offset: str | None) -> str:
    return "" if offset is None else "+00:00" if offset == "Z" else offset


def _days(text: str, zone: ZoneInfo) -> When:
    match = _DATE.match(text)
    if not match:
        raise ValueError("not a FHIR date")
    year, month, day = (int(part) if part else None for part in match.groups())
    return from_span(_span(year or 0, month, day), zone)


def _span(year: int, month: int | None, day: int | None) -> Span:
    if month is None:
        return year_of(year)
    return month_of(year, month) if day is None else on(date(year, month, day))


def from_span(span: Span, zone: ZoneInfo) -> When:
    """The instants covered by whole calendar days in `zone`, held inside the calendar."""
    start = datetime.combine(span.earliest, time(), tzinfo=zone)
    end = datetime.combine(span.latest, time(), tzinfo=zone)
    return When(_utc(start), _utc(end) + (_END_OF_DAY if span.latest < date.max else timedelta()), span, timed=False)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar in a zone beyond UTC
        return moment.replace(tzinfo=UTC)
