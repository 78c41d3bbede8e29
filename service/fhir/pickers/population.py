"""Who the patient is and where in time the index operation lies."""

from decimal import Decimal

from service.engine.answers import Answer, Gap
from service.engine.dates import Span, add_months, days_since, months_since
from service.engine.facts import Bounds, Evidence, Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.index import Operation
from service.fhir.pickers.items import evidence
from service.fhir.pickers.presence import findings
from service.fhir.scene import Scene
from service.fhir.shapes import Procedure
from service.fhir.sites import LUMBAR_SPINE, site_codes, sites_of
from service.fhir.stages import stage_of

ADULT_MONTHS = 18 * 12


def alive(scene: Scene, _: FactSpec) -> list[Item]:
    """Not recorded as deceased by the moment of the evaluation."""
    return [Item(Answer.NO if scene.chart.person.deceased else Answer.YES)]


def adult(scene: Scene, _: FactSpec) -> list[Item]:
    """Alive and 18 or over. An unknown or unsettled age counts as adult."""
    person = scene.chart.person
    if person.deceased:
        return [Item(Answer.NO, note="the patient is recorded as deceased")]
    if person.birth is None:
        return [Item(Answer.YES, note="age not recorded, taken as adult")]
    minor = add_months(person.birth.earliest, ADULT_MONTHS) > scene.as_of
    return [Item(Answer.NO, note="the patient is under 18") if minor else Item(Answer.YES)]


def _told(operation: Operation) -> tuple[Evidence, ...]:
    return (Evidence(operation.source, "lumbar fusion", str(operation.when)),)


def _lost(scene: Scene) -> list[Item]:
    """Readings that might have been the operation: its absence cannot be told."""
    return [Item(Answer.UNKNOWN, gap=Gap.UNREADABLE, saw=(evidence(reading),)) for reading in scene.index.lost]


def fusion_on_record(scene: Scene, _: FactSpec) -> list[Item]:
    """A dated lumbar fusion, or what makes one certain without a date."""
    operation = scene.index.operation
    if operation:
        return [Item(saw=_told(operation))]
    return [Item(saw=(evidence(reading),)) for reading in scene.index.hints] or _lost(scene)


def fusion_dated(scene: Scene, _: FactSpec) -> list[Item]:
    """Yes with a dated fusion; unknown with only a hint of one."""
    operation = scene.index.operation
    if operation:
        return [Item(saw=_told(operation))]
    hinted = [Item(Answer.UNKNOWN, gap=Gap.SILENT, saw=(evidence(r),), note="date not recorded") for r in scene.index.hints]
    return _lost(scene) or hinted


def fusion_date_missing(scene: Scene, _: FactSpec) -> list[Item]:
    """Hints of a fusion and no dated one."""
    if scene.index.operation:
        return []
    return [Item(saw=(evidence(reading),)) for reading in scene.index.hints]


def fusion_stage_unsettled(scene: Scene, _: FactSpec) -> list[Item]:
    """A partial date whose two ends lie in different stages."""
    operation = scene.index.operation
    if operation is None or operation.when.span.exact or stage_of(operation.when.span, scene.as_of):
        return []
    return [Item(saw=_told(operation))]


def index_date(scene: Scene, _: FactSpec) -> list[Item]:
    """The date of the index fusion."""
    operation = scene.index.operation
    return _dated(operation) if operation else _lost(scene)


def _dated(operation: Operation) -> list[Item]:
    return [Item(value=operation.when.span, when=operation.when.span, saw=_told(operation))]


def last_operation(scene: Scene, spec: FactSpec) -> list[Item]:
    """The index fusion, or a decompression done later. A decompression coded at another site does not count."""
    operation = scene.index.operation
    if operation is None:
        return _lost(scene)
    later = [o for o in _decompressions(scene, spec) if _follows(o, operation, scene)]
    last = max(later, key=lambda o: (o.when.span.latest, o.source), default=operation)
    if last is operation:
        return _dated(operation)
    return [Item(value=last.when.span, when=last.when.span, saw=(Evidence(last.source, "lumbar decompression", str(last.when)),))]


def _follows(operation: Operation, index: Operation, scene: Scene) -> bool:
    return index.when.span.latest < operation.when.span.latest <= scene.as_of


def _decompressions(scene: Scene, spec: FactSpec) -> list[Operation]:
    found = scene.chart.of(spec.codes, ("Procedure",))
    done = [r for r in found if not r.problem and r.standing == "used" and r.when and _lumbar_or_unstated(r)]
    return [Operation(r.when, r.reference) for r in done if r.when]


def _lumbar_or_unstated(reading: Reading) -> bool:
    sites = site_codes(sites_of(reading.resource)) if isinstance(reading.resource, Procedure) else frozenset()
    return not sites or LUMBAR_SPINE in sites


def index_age(scene: Scene, spec: FactSpec) -> list[Item]:
    """Days or completed months since the index fusion; an interval when its date is partial."""
    operation = scene.index.operation
    if operation is None:
        return _lost(scene)
    low, high = _age(operation.when.span, scene, str(spec.settings["unit"]))
    return [Item(value=Bounds(Decimal(max(low, 0)), Decimal(max(high, 0))), when=operation.when.span, saw=_told(operation))]


def _age(span: Span, scene: Scene, unit: str) -> tuple[int, int]:
    return days_since(span, scene.as_of) if unit == "days" else months_since(span, scene.as_of)


def fused_to_sacrum(scene: Scene, spec: FactSpec) -> list[Item]:
    """The operation is coded to reach the sacrum, or the local finding says so."""
    operation = scene.index.operation
    coded = [Item(saw=_told(operation), order=Order.AFTER)] if operation and operation.to_sacrum else []
    return coded or findings(scene, spec, spec.codes)
