"""Medicines that are active: orders and statements alike."""

from service.engine.answers import Answer
from service.engine.facts import Item
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.items import item_of, unreadable
from service.fhir.scene import Scene

TYPES = ("MedicationRequest", "MedicationStatement")


def medication(scene: Scene, spec: FactSpec) -> list[Item]:
    """Every active order or statement of the fact's ingredients."""
    readings = scene.chart.of(spec.codes, TYPES)
    active = [item_of(scene, spec, r, Answer.YES, "active") for r in readings if not r.problem and r.standing == "used"]
    lost = [r for r in readings if r.problem and r.matches]
    return [item for item in active if item is not None] + unreadable(scene, spec, lost)
