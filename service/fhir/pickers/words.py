"""Many-valued findings: each value with its own latest record. A value with interpretation NEG is that value recorded absent."""

from dataclasses import dataclass
from datetime import date, timedelta

from service.engine.answers import Answer
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import counts, evidence, unreadable, unusable
from service.fhir.pickers.presence import latest_of
from service.fhir.pickers.series import days
from service.fhir.pickers.values import ABSENT, absent_problem, holder_of
from service.fhir.scene import Scene
from service.fhir.sites import side_of

Key = tuple[str, str]
Told = tuple[Reading, Answer]


@dataclass(frozen=True, slots=True)
class Words:
    """Every record of a finding by value and side, and what could not be read."""

    told: dict[Key, list[Told]]
    lost: list[Reading]


def words_of(scene: Scene, spec: FactSpec, finding: str) -> Words:
    """Gather the records of one finding."""
    words = Words({}, [])
    for reading in scene.chart.of([finding], ("Observation",)):
        if reading.problem:
            words.lost.append(reading)
        elif counts(spec, reading):
            _tell(scene, finding, reading, words)
    return words


def _tell(scene: Scene, finding: str, reading: Reading, words: Words) -> None:
    holder = holder_of(reading)
    values = scene.codes.codes_in(holder.value_codeable_concept, f"value-{finding}") if holder else frozenset()
    if holder is None or not values:
        problem = absent_problem(holder, reading) if holder else "it has no value"
        if problem:
            words.lost.append(unusable(reading, "its value is not one of the known answers"))
        return
    absent = any(ABSENT in scene.codes.names(concept) for concept in holder.interpretation)
    side = side_of(reading.resource)
    for word in sorted(values):
        words.told.setdefault((word, side), []).append((reading, Answer.NO if absent else Answer.YES))


def words_held(scene: Scene, spec: FactSpec) -> list[Item]:
    """One item: the set of values that stand by records of the last `fresh` days after the operation."""
    return _as_item(scene, spec, frozenset())


def words_new(scene: Scene, spec: FactSpec) -> list[Item]:
    """As words_held, without the values that any record before the operation has as present."""
    told = words_of(scene, spec, spec.codes[0]).told
    before = {word for (word, _), found in told.items() for r, a in found if a is Answer.YES and _order(scene, r) is Order.BEFORE}
    return _as_item(scene, spec, frozenset(before))


def _order(scene: Scene, reading: Reading) -> Order:
    return scene.index.order(reading.when)


def _as_item(scene: Scene, spec: FactSpec, without: frozenset[str]) -> list[Item]:
    """Something recorded lately and nothing standing is an item with the empty set: a no, not silence."""
    finding, length = spec.codes[0], days(spec, "fresh")
    held = held_words(scene, spec, finding, length)
    saw = tuple(dict.fromkeys(evidence(reading, ", ".join(sorted(held.words))) for reading in held.readings))
    items = [Item(value=held.words - without, saw=saw)] if held.readings else []
    limit = scene.as_of - timedelta(days=length)
    lost = [r for r in words_of(scene, spec, finding).lost if r.when is None or _since(r, limit)]
    return items + unreadable(scene, spec, lost)


@dataclass(frozen=True, slots=True)
class Held:
    """The values that stand, and the readings behind them."""

    words: frozenset[str]
    readings: tuple[Reading, ...]


def held_words(scene: Scene, spec: FactSpec, finding: str, length: int) -> Held:
    """Values of `finding` that stand by records of the last `length` days after the operation."""
    limit = scene.as_of - timedelta(days=length)
    latest = {key: latest_of(told, scene) for key, told in words_of(scene, spec, finding).told.items()}
    recent = {key: found for key, found in latest.items() if all(_after(scene, r) and _since(r, limit) for r, _ in found)}
    words = frozenset(word for (word, _), found in recent.items() if all(a is Answer.YES for _, a in found))
    return Held(words, tuple(r for found in recent.values() for r, _ in found))


def _after(scene: Scene, reading: Reading) -> bool:
    return reading.when is not None and _order(scene, reading) is Order.AFTER


def _since(reading: Reading, limit: date) -> bool:
    return reading.when is not None and reading.when.span.latest >= limit
