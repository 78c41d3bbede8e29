"""When each kind of resource happened, by the element that says it."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import UNSET

from service.engine.dates import Span, add_months
from service.fhir.shapes import Clinical, Condition, DiagnosticReport, MedicationRequest, Observation, Period, Procedure
from service.fhir.times import When, from_span, parse

ONSET_NOT_RECORDED = "onset not recorded"


class Undatable(Exception):
    """A date element is there but cannot be read; the message is constant."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date with a remark about where it came from."""

    when: When | None
    note: str = ""


def dated(resource: Clinical, zone: ZoneInfo, birth: Span | None) -> Dated:
    """The date of a resource; `when` None when it has none. Raises Undatable."""
    if isinstance(resource, Condition):
        return _condition(resource, zone, birth)
    if isinstance(resource, Procedure):
        return _procedure(resource, zone)
    if isinstance(resource, MedicationRequest):
        return Dated(_read(resource.authored_on, zone))
    return _effective(resource, zone)


def _effective(resource: Clinical, zone: ZoneInfo) -> Dated:
    effective = resource.effective_date_time if not isinstance(resource, Condition | Procedure | MedicationRequest) else None
    if isinstance(resource, Observation):
        effective = effective or resource.effective_instant
    if effective:
        return Dated(_read(effective, zone))
    period = _period(getattr(resource, "effective_period", None), zone)
    if period:
        return Dated(period)
    issued = resource.issued if isinstance(resource, Observation | DiagnosticReport) else getattr(resource, "date_asserted", None)
    return Dated(_read(issued, zone))


def _period(period: Period | None, zone: ZoneInfo) -> When | None:
    """A period counts at its end, else at its start."""
    return _read(period.end or period.start, zone) if period else None


def _procedure(procedure: Procedure, zone: ZoneInfo) -> Dated:
    if procedure.performed_date_time:
        return Dated(_read(procedure.performed_date_time, zone))
    period = _period(procedure.performed_period, zone)
    return Dated(period)


def _condition(condition: Condition, zone: ZoneInfo, birth: Span | None) -> Dated:
    if condition.onset_date_time:
        return Dated(_read(condition.onset_date_time, zone))
    if condition.onset_period and (condition.onset_period.start or condition.onset_period.end):
        return Dated(_read(condition.onset_period.start or condition.onset_period.end, zone))
    if condition.onset_age is not None:
        return Dated(from_span(_at_age(condition, birth), zone))
    if condition.onset_string is not None or condition.onset_range is not UNSET:
        raise Undatable("the onset is not a date")
    return Dated(_read(condition.recorded_date, zone), ONSET_NOT_RECORDED)


def _at_age(condition: Condition, birth: Span | None) -> Span:
    age = condition.onset_age
    if birth is None or age is None or age.value is None or (age.code or age.unit) not in ("a", "year", "years"):
        raise Undatable("the onset is an age that cannot be placed")
    months = int(age.value) * 12
    return Span(add_months(birth.earliest, months), add_months(birth.latest, months + 12) - timedelta(days=1))


def _read(text: str | None, zone: ZoneInfo) -> When | None:
    if not text:
        return None
    try:
        return parse(text, zone)
    except (ValueError, OverflowError):
        raise Undatable("a date cannot be read") from None


def in_the_future(when: When | None, as_of: date) -> bool:
    """True when the date lies after the day that follows `as_of`: one day of clock difference is allowed."""
    return when is not None and as_of < date.max and when.span.earliest > as_of + timedelta(days=1)
