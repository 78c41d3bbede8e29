"""What has been looked at since the operation: infection screen, imaging, piriformis."""

from datetime import timedelta

from service.engine.answers import Answer
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.items import computed, item_of, unreadable
from service.fhir.pickers.numbers import latest_numbers, numbers
from service.fhir.pickers.presence import findings
from service.fhir.pickers.series import days, setting
from service.fhir.pickers.words import held_words
from service.fhir.scene import Scene


def _after(items: list[Item]) -> list[Item]:
    return [item for item in items if item.order is Order.AFTER]


def excluded_infection(scene: Scene, spec: FactSpec) -> list[Item]:
    """The work-up finding, or a latest CRP of `norm` or less in the last `fresh` days."""
    done = _after(findings(scene, spec, ("workup-infection-screen",)))
    found = numbers(scene, spec, ("lab-crp",))
    limit = scene.as_of - timedelta(days=days(spec, "fresh"))
    after = [one for one in found.usable if scene.index.order(one.reading.when) is Order.AFTER]
    fresh = [one for one in latest_numbers(scene, after) if one.reading.when and one.reading.when.span.latest >= limit]
    normal = [one for one in fresh if one.bounds.high is not None and one.bounds.high <= setting(spec, "norm")]
    return done + [computed(Answer.YES, [one.reading], text=f"CRP {one.bounds} mg/L") for one in normal]


def imaging_done(scene: Scene, spec: FactSpec) -> list[Item]:
    """The work-up finding, or a final report or completed procedure with an imaging code, after the operation."""
    local = tuple(code for code in spec.codes if code.startswith("workup-"))
    coded = tuple(code for code in spec.codes if code not in local)
    reports = scene.chart.of(coded, ("DiagnosticReport", "Procedure"))
    done = [r for r in reports if not r.problem and r.standing == "used" and r.when and r.when.span.earliest <= scene.as_of]
    lost = [r for r in reports if r.problem and r.matches]
    items = [item_of(scene, spec, reading, Answer.YES, "reported") for reading in done]
    return _after([*findings(scene, spec, local), *(i for i in items if i is not None), *unreadable(scene, spec, lost)])


def excluded_piriformis(scene: Scene, spec: FactSpec) -> list[Item]:
    """The work-up finding, or all three features recorded lately and not all of them present."""
    done = _after(findings(scene, spec, ("workup-piriformis",)))
    return done + _features(scene, spec)


def _features(scene: Scene, spec: FactSpec) -> list[Item]:
    sitting = _lately(scene, spec, findings(scene, spec, ("pain-worse-sitting",)))
    rotation = _lately(scene, spec, findings(scene, spec, ("pain-worse-hip-internal-rotation",)))
    where = held_words(scene, spec, "pain-distribution", days(spec, "fresh"))
    if not (sitting and rotation and where.readings):
        return []
    distribution = bool(where.words & {"buttock-only", "non-dermatomal"})
    present = distribution and all(any(i.answer is Answer.YES for i in items) for items in (sitting, rotation))
    unclear = any(i.answer is Answer.UNKNOWN for i in [*sitting, *rotation])
    if present or unclear:
        return []
    saw = tuple(dict.fromkeys(e for item in [*sitting, *rotation] for e in item.saw))
    return [Item(saw=saw, note="its three features are recorded and not all present")]


def _lately(scene: Scene, spec: FactSpec, items: list[Item]) -> list[Item]:
    limit = scene.as_of - timedelta(days=days(spec, "fresh"))
    return [i for i in _after(items) if i.when is not None and i.when.latest >= limit]
