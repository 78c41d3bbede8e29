"""What is new: findings not present before the operation, diagnoses that began later, radicular pain elsewhere than before."""

from service.engine.answers import Answer, from_bool
from service.engine.dates import add_months
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import computed, item_of, unreadable
from service.fhir.pickers.presence import active_diagnoses, findings
from service.fhir.pickers.series import days, setting
from service.fhir.pickers.values import presence
from service.fhir.pickers.words import held_words, words_of
from service.fhir.scene import Scene
from service.fhir.sites import side_of

DERMATOMES = frozenset({"L4", "L5", "S1"})


def newly_present(scene: Scene, spec: FactSpec) -> list[Item]:
    """As findings, but one that was present on that side before the operation is not new."""
    known = _sides_before(scene, spec)
    return [
        _not_new(item) if item.answer is Answer.YES and _known(item.side, known) else item for item in findings(scene, spec, spec.codes)
    ]


def _sides_before(scene: Scene, spec: FactSpec) -> set[str]:
    """Sides on which the finding was ever present before the operation."""
    before = [r for r in scene.chart.of(spec.codes, ("Observation",)) if not r.problem and scene.index.order(r.when) is Order.BEFORE]
    return {side_of(r.resource) for r in before if presence(r, scene.codes).answer is Answer.YES}


def _known(side: str, known: set[str]) -> bool:
    return bool(known) and (side in known or not side or bool(known & {"", "both"}))


def _not_new(item: Item) -> Item:
    return Item(Answer.NO, item.value, item.when, item.order, item.side, None, item.fresh, item.saw, "present before surgery as well")


def onset_after_months(scene: Scene, spec: FactSpec) -> list[Item]:
    """Active diagnoses as begun at least `from` completed months after the operation, or earlier; unknown when dates do not settle it."""
    items = [_late(scene, spec, reading) for reading in active_diagnoses(scene, spec.codes)]
    lost = [r for r in scene.chart.of(spec.codes, ("Condition",)) if r.problem]
    return [item for item in items if item is not None] + unreadable(scene, spec, lost)


def _late(scene: Scene, spec: FactSpec, reading: Reading) -> Item | None:
    answer = _began_late(scene, reading, int(setting(spec, "from")))
    return None if answer is None else item_of(scene, spec, reading, answer, "active")


def _began_late(scene: Scene, reading: Reading, months: int) -> Answer | None:
    """None without a dated operation; unknown for an undated diagnosis."""
    operation = scene.index.operation
    if operation is None:
        return None
    if reading.when is None:
        return Answer.UNKNOWN
    early, late = (add_months(day, months) for day in (operation.when.span.earliest, operation.when.span.latest))
    if reading.when.span.earliest >= late:
        return Answer.YES
    return Answer.NO if reading.when.span.latest < early else Answer.UNKNOWN


def radicular_new(scene: Scene, spec: FactSpec) -> list[Item]:
    """Radicular pain from `from` months on, on a side or at a level where an earlier record shows none. Nothing earlier: no comparison."""
    months = int(setting(spec, "from"))
    found = [_late_side(scene, months, spec), _late_level(scene, months, spec)]
    return [item for item in found if item is not None]


def _late_side(scene: Scene, months: int, spec: FactSpec) -> Item | None:
    diagnoses = [r for r in scene.chart.of(["radicular-dx"], ("Condition",)) if not r.problem and r.standing in ("present", "history")]
    late = [r for r in diagnoses if r.standing == "present" and _began_late(scene, r, months) is Answer.YES]
    earlier = [r for r in diagnoses if _began_late(scene, r, months) is Answer.NO]
    if not late or not earlier:
        return None
    known = {side_of(r.resource, r.matches) for r in earlier}
    new = [r for r in late if not _known(side_of(r.resource, r.matches), known)]
    return computed(from_bool(bool(new)), new or late, text="radicular pain")


def _late_level(scene: Scene, months: int, spec: FactSpec) -> Item | None:
    told = words_of(scene, spec, "pain-distribution").told
    earlier = {w for (w, _), found in told.items() for r, a in found if a is Answer.YES and _began_late(scene, r, months) is Answer.NO}
    recorded = any(_began_late(scene, r, months) is Answer.NO for found in told.values() for r, _ in found)
    now = held_words(scene, spec, "pain-distribution", days(spec, "fresh"))
    late = [r for r in now.readings if _began_late(scene, r, months) is Answer.YES]
    if not recorded or not late:
        return None
    return computed(from_bool(bool((now.words & DERMATOMES) - earlier)), late, text="pain distribution")
