"""Dates and instants as callers write them in a query: a FHIR date, or a FHIR dateTime with its zone."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from service.web.problems import problem

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")
_LOST_PLUS: Final = re.compile(r" (?=\d{2}:\d{2}$)")
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 12, 31)


def read_instant(text: str, zone: ZoneInfo, where: str) -> datetime:
    """The instant `text` names; a date is the start of that day in `zone`. Raises Problem 400 at `where`.

    A plus sign in a query string that was not written %2B arrives as a blank; it is put back.
    """
    text = _LOST_PLUS.sub("+", text)
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            instant = datetime(day.year, day.month, day.day, tzinfo=zone)
        elif _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text)
        else:
            raise ValueError
    except ValueError:
        raise problem(400, "value", "A FHIR date (2026-03-01) or dateTime with its zone (2026-03-01T08:00:00Z) is wanted.", where) from None
    _refuse_far_away(instant.date(), where)
    return instant


def read_day(text: str, where: str) -> date:
    """The day `text` names. Raises Problem 400 at `where`."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise problem(400, "value", "A date such as 2026-03-01 is wanted.", where) from None
    _refuse_far_away(day, where)
    return day


def _refuse_far_away(day: date, where: str) -> None:
    if not EARLIEST <= day <= LATEST:
        raise problem(400, "value", f"A date from {EARLIEST} to {LATEST} is wanted.", where)
