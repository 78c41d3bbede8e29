"""The index operation: which lumbar fusion starts the clock, which operations lie ahead, and what only hints at one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from service.engine.facts import Order
from service.fhir.chart import Chart, Reading
from service.fhir.codes import Match
from service.fhir.dating import ONSET_NOT_RECORDED
from service.fhir.shapes import Condition, Procedure
from service.fhir.sites import is_lumbar_spine, lumbar_by_second_coding
from service.fhir.times import When, parse

FUSION, EXCLUDED, STATUS_CODES = "lumbar-fusion-procedure", "fusion-procedure-excluded", "fusion-status-condition"
HINTS = ("fbss-dx", "hardware-failure-dx")
_ARTHRODESIS = "Z981"
AHEAD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Operation:
    """A lumbar operation with its date and the resource that tells it."""

    when: When
    source: str
    to_sacrum: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """What the chart tells about the lumbar fusion.

    `operation` is the dated fusion, `hints` what proves one without a date, `ahead` one still to come, `lost` readings
    that might have been one but cannot be read.
    """

    operation: Operation | None = None
    hints: tuple[Reading, ...] = ()
    ahead: Operation | None = None
    lost: tuple[Reading, ...] = ()

    def order(self, when: When | None) -> Order:
        """Where a reading lies relative to the operation. Without a dated one, and undated: after."""
        if self.operation is None or when is None:
            return Order.AFTER
        return _order(when, self.operation.when)


def _order(when: When, operation: When) -> Order:
    if when.timed and operation.timed:
        return Order.BEFORE if when.surely_before(operation) else Order.AFTER
    if when.span.latest < operation.span.earliest:
        return Order.BEFORE
    if when.span.earliest > operation.span.latest:
        return Order.AFTER
    return Order.SAME_DAY if when.span.exact and operation.span.exact else Order.UNSETTLED


def find_index(chart: Chart, as_of: date, zone: ZoneInfo) -> Index:
    """Procedure, else `index-fusion-date`, else an arthrodesis status code with a lumbar site and an onset; the most recent wins."""
    procedures = _fusions(chart)
    told_by = [*procedures, *chart.of(["index-fusion-date"], ("Observation",)), *_arthrodeses(chart)]
    lost = [r for r in told_by if r.problem]
    done = [_operation(r) for r in procedures if not r.problem and r.standing == "used" and r.when]
    told, unreadable = _told_dates(chart, zone)
    status = _status_conditions(chart)
    ahead = [_operation(r) for r in procedures if not r.problem and r.when] + told
    past = [_past(found, as_of) for found in (done, told, [_operation(r) for r in status if r.when and r.note != ONSET_NOT_RECORDED])]
    return Index(
        operation=next((_latest(found) for found in past if found), None),
        hints=tuple(_hints(chart, procedures, status)),
        ahead=_next(ahead, as_of),
        lost=tuple([*lost, *unreadable]),
    )


def _past(operations: Iterable[Operation], as_of: date) -> list[Operation]:
    return [o for o in operations if o.when.span.earliest <= as_of]


def _latest(operations: list[Operation]) -> Operation:
    """The most recent; operations of one staged fusion fall together here, since the later date is used anyway."""
    return max(operations, key=lambda o: (o.when.span.latest, o.when.end, o.when.timed, o.source))


def _next(operations: list[Operation], as_of: date) -> Operation | None:
    limit = as_of + timedelta(days=AHEAD_DAYS)
    ahead = [o for o in operations if as_of < o.when.span.earliest <= limit]
    return min(ahead, key=lambda o: (o.when.start, o.source)) if ahead else None


def _fusions(chart: Chart) -> list[Reading]:
    found = chart.of([FUSION], ("Procedure",))
    return [r for r in found if r.problem or _is_lumbar_fusion(r)]


def _is_lumbar_fusion(reading: Reading) -> bool:
    return any(m.concept == FUSION and _level_known(m, reading) for m in reading.matches)


def _level_known(match: Match, reading: Reading) -> bool:
    if match.qualifier != "needs-lumbar-site":
        return True
    return isinstance(reading.resource, Procedure) and is_lumbar_spine(reading.resource.body_site)


def _operation(reading: Reading) -> Operation:
    assert reading.when is not None  # noqa: S101  (callers keep dated readings only)
    sacral = any(m.qualifier == "to-sacrum" for m in reading.matches)
    return Operation(reading.when, reading.reference, sacral, reading.place)


def _told_dates(chart: Chart, zone: ZoneInfo) -> tuple[list[Operation], list[Reading]]:
    """Dates told by the local finding `index-fusion-date`, and those whose value is no date."""
    told, lost = [], []
    for reading in chart.of(["index-fusion-date"], ("Observation",)):
        if reading.problem or reading.standing != "used":
            continue
        text = _date_value(reading)
        try:
            told.append(Operation(parse(text or "", zone), reading.reference, place=reading.place))
        except (ValueError, OverflowError):
            lost.append(_unread(reading))
    return told, lost


def _date_value(reading: Reading) -> str | None:
    holder = reading.component or reading.resource
    return getattr(holder, "value_date_time", None)


def _unread(reading: Reading) -> Reading:
    return Reading(reading.type, reading.place, reading.reference, matches=reading.matches, problem="its value is not a date")


def _status_conditions(chart: Chart) -> list[Reading]:
    """Arthrodesis status with a lumbar site. Only Z98.1 among the status codes speaks of a fusion."""
    return [r for r in _arthrodeses(chart) if r.standing != "refuted" and _lumbar_condition(r)]


def _arthrodeses(chart: Chart) -> list[Reading]:
    found = chart.of([STATUS_CODES], ("Condition",))
    return [r for r in found if any(m.concept == STATUS_CODES and m.code == _ARTHRODESIS for m in r.matches)]


def _lumbar_condition(reading: Reading) -> bool:
    resource = reading.resource
    return isinstance(resource, Condition) and (is_lumbar_spine(resource.body_site) or lumbar_by_second_coding(reading.matches))


def _hints(chart: Chart, procedures: list[Reading], status: list[Reading]) -> Iterable[Reading]:
    """What makes a lumbar fusion certain without dating it."""
    yield from (r for r in procedures if not r.problem and r.standing == "used" and r.when is None)
    yield from status
    for reading in chart.of(HINTS, ("Condition",)):
        if not reading.problem and reading.standing in ("present", "history") and _names_the_spine(reading):
            yield reading


def _names_the_spine(reading: Reading) -> bool:
    """An implant complication without a level may be anywhere on the body."""
    return any(m.concept in HINTS and (m.qualifier != "needs-lumbar-site" or _lumbar_condition(reading)) for m in reading.matches)
