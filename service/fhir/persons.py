"""Who the patient is, as far as rules ask: birth and death, out of one Patient resource or several copies of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.engine.dates import Span
from service.fhir.chart import Aside, Person
from service.fhir.decode import Parsed
from service.fhir.shapes import Patient
from service.fhir.times import parse

_A_DAY = timedelta(days=1)  # clocks may differ by as much
UNREADABLE_DEATH = "a date of death that cannot be read"


def person(patient: str, copies: tuple[Patient, ...], as_of: datetime, zone: ZoneInfo) -> Person:
    """Birth date and death as of the evaluation; a birth date that cannot be counts as unknown.

    Copies of one Patient that disagree leave the birth date unknown, and none of them alone can make the patient dead:
    both would silence rules.
    """
    births = {_birth(resource, as_of, zone) for resource in copies}
    deaths = [_deceased(resource, as_of, zone) for resource in copies]
    birth = next(iter(births)) if len(births) == 1 else None
    agreed = len(deaths) == 1 or (deaths and all(dead for dead, _ in deaths))
    return Person(patient, birth, *(deaths[0] if agreed else (False, None)))


def doubts(persons: list[Parsed], zone: ZoneInfo) -> Iterator[Aside]:
    """What of the Patient cannot be read: the whole, which leaves the age unknown; or a date of death, which then silences nothing."""
    for entry in persons:
        if entry.problem:
            yield Aside(entry.place, entry.problem, code="structure")
        elif isinstance(entry.resource, Patient) and entry.resource.deceased_date_time and _death(entry.resource, zone) is None:
            yield Aside(f"{entry.place}.deceasedDateTime", UNREADABLE_DEATH, relevant=True, code="value")


def _birth(resource: Patient, as_of: datetime, zone: ZoneInfo) -> Span | None:
    """A day, month or year. One that is still to come is none: it would make every patient a child."""
    try:
        born = parse(resource.birth_date, zone) if resource.birth_date else None
    except (ValueError, OverflowError):
        return None
    return None if born is None or born.timed or born.span.earliest > as_of.astimezone(zone).date() + _A_DAY else born.span


def _deceased(resource: Patient, as_of: datetime, zone: ZoneInfo) -> tuple[bool, datetime | None]:
    """A date of death after the evaluation does not count yet; one that cannot be read does not count at all, and is told."""
    if resource.deceased_date_time:
        died = _death(resource, zone)
        return died is not None and died <= as_of, died
    return bool(resource.deceased_boolean), None


def _death(resource: Patient, zone: ZoneInfo) -> datetime | None:
    try:
        return parse(resource.deceased_date_time or "", zone).start
    except (ValueError, OverflowError):
        return None
