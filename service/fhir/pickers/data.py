"""The data itself: units that had to be guessed, and what could not be looked at."""

from datetime import timedelta

from service.engine.facts import Evidence, Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import evidence
from service.fhir.pickers.series import days
from service.fhir.pickers.values import number
from service.fhir.scene import Scene

SLOW = frozenset({"obs-odi", "obs-pain-vas"})


def unit_problem(scene: Scene, spec: FactSpec) -> list[Item]:
    """Recent measurements whose unit is missing, unknown or impossible. Pain and function scores speak for longer."""
    items = []
    for concept in spec.codes:
        length = days(spec, "slow" if concept in SLOW else "fresh")
        for reading in scene.chart.of([concept], ("Observation",)):
            note = _unit_note(scene, reading, concept, length)
            if note:
                items.append(Item(saw=(evidence(reading, note),), note=note))
    return items


def _unit_note(scene: Scene, reading: Reading, concept: str, length: int) -> str:
    if reading.problem or not _lately(scene, reading, length):
        return ""
    measured = number(reading, concept)
    return measured.unit_problem if measured else ""


def _lately(scene: Scene, reading: Reading, length: int) -> bool:
    if scene.index.order(reading.when) is Order.BEFORE:
        return False
    return reading.when is None or reading.when.span.latest >= scene.as_of - timedelta(days=length)


def lookup_incomplete(scene: Scene, _: FactSpec) -> list[Item]:
    """Everything set aside that a rule could have used. Optional input matters only to a patient with a lumbar fusion."""
    fused = scene.index.operation or scene.index.hints or scene.index.lost
    aside = [a for a in scene.chart.aside if a.relevant and (fused or not _optional(a.place))]
    return [Item(saw=(Evidence(a.place, a.reason),)) for a in aside]


def _optional(place: str) -> bool:
    return place in ("prefetch.medications", "prefetch.reports")


def told_by_engine(_: Scene, __: FactSpec) -> list[Item]:
    """Filled by the engine once the other rules have answered."""
    return []
