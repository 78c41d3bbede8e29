"""Measured values: every reading, or the latest one, as numbers in the fact's unit."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.engine.answers import Answer
from service.engine.facts import Bounds, Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import counts, item_of, unreadable, unusable
from service.fhir.pickers.presence import followed, latest_of, newest_of
from service.fhir.pickers.values import number
from service.fhir.quantities import Measured
from service.fhir.scene import Scene


@dataclass(frozen=True, slots=True)
class Number:
    """One reading that holds a usable number."""

    reading: Reading
    bounds: Bounds
    measured: Measured


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the readings of some codes hold: numbers, what cannot be read, and suspects with an impossible unit."""

    usable: list[Number]
    lost: list[Reading]
    suspects: list[tuple[Reading, Measured]]


def numbers(scene: Scene, spec: FactSpec, concepts: Iterable[str]) -> Numbers:
    """Measure every reading of the given value sets."""
    concepts = tuple(concepts)
    found = Numbers([], [], [])
    for reading in scene.chart.of(concepts, ("Observation",)):
        if reading.problem:
            found.lost.append(reading)
        elif counts(spec, reading) and not (reading.when is None and spec.undated == "never"):
            _sort(found, reading, number(reading, min(reading.concepts() & set(concepts))))
    return found


def _sort(found: Numbers, reading: Reading, measured: Measured | None) -> None:
    if measured is None:
        return
    if measured.problem:
        found.lost.append(unusable(reading, measured.problem))
    elif measured.bounds is not None:
        found.usable.append(Number(reading, measured.bounds, measured))
    else:
        found.suspects.append((reading, measured))


def number_item(scene: Scene, spec: FactSpec, one: Number) -> Item | None:
    """A number as an item, with the remark that its unit was assumed."""
    text = f"{one.bounds} {spec.unit}".strip()
    return item_of(scene, spec, one.reading, Answer.YES, text, one.bounds, one.measured.unit_problem)


def readings(scene: Scene, spec: FactSpec) -> list[Item]:
    """Every reading as an item: a question of the highest one is a question whether any is that high."""
    found = numbers(scene, spec, spec.codes)
    items = [number_item(scene, spec, one) for one in found.usable]
    return [item for item in items if item is not None] + unreadable(scene, spec, found.lost)


def latest(scene: Scene, spec: FactSpec) -> list[Item]:
    """The latest reading after the operation; readings of one moment all count. Unreadable ones that may be later stand beside it."""
    found = numbers(scene, spec, spec.codes)
    last = latest_numbers(scene, [one for one in found.usable if scene.index.order(one.reading.when) is not Order.BEFORE])
    items = [number_item(scene, spec, one) for one in last]
    return [item for item in items if item is not None] + unreadable(scene, spec, perhaps_later(found.lost, last))


def latest_numbers(scene: Scene, found: list[Number]) -> list[Number]:
    """Those that no other one surely follows."""
    told = latest_of([(one.reading, Answer.YES) for one in found], scene)
    places = {reading.place for reading, _ in told}
    return [one for one in found if one.reading.place in places]


def perhaps_later(lost: list[Reading], last: list[Number]) -> list[Reading]:
    """Those of the unreadable readings that no usable one surely follows."""
    newest = newest_of(one.reading.when for one in last)
    return [reading for reading in lost if not followed(reading.when, newest)]
