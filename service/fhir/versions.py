"""Several copies of one resource: the newest stands for all, whatever the order they were sent in."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from service.fhir.decode import Parsed
from service.fhir.times import parse

# what is left when nothing tells which copy is newer: a status that can only come later
_STATUS = {"registered": 0, "preliminary": 0, "amended": 2, "corrected": 2, "appended": 2, "entered-in-error": 3}
_FINAL = 1
_UTC = ZoneInfo("UTC")
_NEVER = datetime.min.replace(tzinfo=UTC)

Rank = tuple[datetime, datetime, int, int]


def newest(entries: Iterable[Parsed]) -> list[Parsed]:
    """Keep the newest copy of each type and id; entries without an id are all kept.

    Copies that differ and cannot be ranked are all kept: dropping one by chance could drop an alarm.
    """
    entries = list(entries)
    named = [(entry.kind, entry.identity) for entry in entries if entry.identity]
    if len(set(named)) == len(named):
        return entries
    groups: dict[tuple[str, str], list[Parsed]] = {}
    for number, entry in enumerate(entries):
        groups.setdefault((entry.kind, entry.identity or f"#{number}"), []).append(entry)
    return [one for copies in groups.values() for one in _best(copies)]


def _best(copies: list[Parsed]) -> list[Parsed]:
    if len(copies) == 1:
        return copies
    unique = {entry.raw: entry for entry in reversed(copies)}  # the first of equal copies stands
    top = max(map(_rank, unique.values()))
    return [entry for entry in reversed(unique.values()) if _rank(entry) == top]


def _rank(entry: Parsed) -> Rank:
    """Newer first by the server's own marks, then by issue date, then by status."""
    meta = getattr(entry.resource, "meta", None)
    version = meta.version_id if meta else None
    number = int(version) if version and version.isascii() and version.isdigit() and len(version) < 10 else 0
    issued = getattr(entry.resource, "issued", None) or getattr(entry.resource, "recorded_date", None)
    status = _STATUS.get(getattr(entry.resource, "status", None) or "", _FINAL)
    return _moment(meta.last_updated if meta else None), _moment(issued), number, status


def _moment(text: str | None) -> datetime:
    try:
        return parse(text, _UTC).end if text else _NEVER
    except (ValueError, OverflowError):
        return _NEVER
