"""Many-valued findings: every value present lately, minus the values recorded absent later."""

from dataclasses import dataclass
from datetime import timedelta

from service.engine.answers import Answer
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import counts, evidence, unreadable, unusable
from service.fhir.pickers.presence import latest_of
from service.fhir.pickers.series import days
from service.fhir.pickers.values import ABSENT, absent_problem, holder_of
from service.fhir.scene import Scene


@dataclass(frozen=True, slots=True)
class Held:
    """The values that stand, the readings behind them, and what could not be read."""

    words: frozenset[str]
    readings: tuple[Reading, ...]
    lost: tuple[Reading, ...]


def held_words(scene: Scene, spec: FactSpec, finding: str, length: int) -> Held:
    """Values of `finding` in the last `length` days, after the operation. A value with interpretation NEG is recorded absent."""
    told: dict[str, list[tuple[Reading, Answer]]] = {}
    lost: list[Reading] = []
    for reading in scene.chart.of([finding], ("Observation",)):
        if _counts(scene, spec, reading, length):
            _tell(scene, finding, reading, told, lost)
    standing = {word: latest_of(readings, scene) for word, readings in told.items()}
    words = frozenset(word for word, latest in standing.items() if all(answer is Answer.YES for _, answer in latest))
    return Held(words, tuple(r for latest in standing.values() for r, _ in latest), tuple(lost))


def _counts(scene: Scene, spec: FactSpec, reading: Reading, length: int) -> bool:
    if reading.problem:
        return True
    recent = reading.when is not None and reading.when.span.latest >= scene.as_of - timedelta(days=length)
    return recent and counts(spec, reading) and scene.index.order(reading.when) is Order.AFTER


def _tell(scene: Scene, finding: str, reading: Reading, told: dict[str, list[tuple[Reading, Answer]]], lost: list[Reading]) -> None:
    holder = holder_of(reading)
    if reading.problem or holder is None:
        lost.append(reading)
        return
    values = scene.codes.codes_in(holder.value_codeable_concept, f"value-{finding}")
    absent = any(ABSENT in scene.codes.names(concept) for concept in holder.interpretation)
    for word in values:
        told.setdefault(word, []).append((reading, Answer.NO if absent else Answer.YES))
    problem = "" if values else absent_problem(holder, reading)
    if problem:
        lost.append(unusable(reading, "its value is not one of the known answers"))


def words_held(scene: Scene, spec: FactSpec) -> list[Item]:
    """The set of values that stand, as one item."""
    held = held_words(scene, spec, spec.codes[0], days(spec, "fresh"))
    items = [] if not held.readings else [Item(value=held.words, saw=tuple(dict.fromkeys(evidence(r) for r in held.readings)))]
    return items + unreadable(scene, spec, held.lost)
