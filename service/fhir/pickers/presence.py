"""Findings and diagnoses: present, recorded absent, or unknown. Per finding code and side the latest reading decides."""

from collections.abc import Iterable
from datetime import datetime

from service.engine.answers import Answer, Gap
from service.engine.dates import on
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.codes import Match
from service.fhir.pickers.items import counts, item_of, unreadable, unusable
from service.fhir.pickers.values import presence
from service.fhir.scene import Scene
from service.fhir.shapes import Condition
from service.fhir.sites import level_given, perineal, side_of
from service.fhir.times import When, from_span

NEARBY_DAYS = 90


def present(scene: Scene, spec: FactSpec) -> list[Item]:
    """Every deciding finding and every diagnosis of the fact's codes."""
    return findings(scene, spec, spec.codes) + diagnoses(scene, spec, spec.codes)


def findings(scene: Scene, spec: FactSpec, concepts: Iterable[str]) -> list[Item]:
    """The latest reading of each finding code and side, with what could not be read and is not surely older."""
    concepts = tuple(concepts)
    readings = [r for r in scene.chart.of(concepts, ("Observation",)) if r.problem or (counts(spec, r) and _placed(r, concepts))]
    told, lost = _tell(scene, spec, readings)
    items: list[Item] = []
    deciding: list[When] = []
    for group in _groups(told, concepts).values():
        latest = latest_of(group, scene)
        deciding.extend(_when(reading, scene) for reading, _ in latest)
        items.extend(_decided(scene, spec, latest))
    newest = newest_of(deciding)
    return items + unreadable(scene, spec, [r for r in lost if not followed(r.when, newest)])


Told = tuple[Reading, Answer]


def _tell(scene: Scene, spec: FactSpec, readings: list[Reading]) -> tuple[list[Told], list[Reading]]:
    """Split readings into those with an answer and those that cannot be read; honest silence falls away."""
    told: list[Told] = []
    lost: list[Reading] = []
    for reading in readings:
        if reading.problem:
            lost.append(reading)
            continue
        said = presence(reading, scene.codes)
        if said.problem:
            lost.append(unusable(reading, said.problem))
        elif said.both:  # like two readings of one moment that disagree
            told.extend([(reading, Answer.YES), (reading, Answer.NO)])
        elif said.answer is not None and not (reading.when is None and spec.undated == "never"):
            told.append((reading, said.answer))
    return told, lost


def _placed(reading: Reading, concepts: tuple[str, ...]) -> bool:
    """A numbness code counts as a saddle finding only with a perineal site."""
    return any(m.concept in concepts and _site_fits(m, reading) for m in reading.matches)


def _site_fits(match: Match, reading: Reading) -> bool:
    return match.qualifier != "saddle-only-with-perineal-site" or perineal(reading.resource)


def _groups(told: list[Told], concepts: tuple[str, ...]) -> dict[tuple[str, str], list[Told]]:
    groups: dict[tuple[str, str], list[Told]] = {}
    for reading, answer in told:
        name = min(f"{m.concept}/{m.code}" for m in reading.matches if m.concept in concepts)
        groups.setdefault((name, side_of(reading.resource, reading.matches)), []).append((reading, answer))
    return groups


def _when(reading: Reading, scene: Scene) -> When:
    """An undated reading is taken as of today when the latest is looked for."""
    return reading.when or from_span(on(scene.as_of), scene.zone)


def latest_of(told: list[Told], scene: Scene) -> list[Told]:
    """Those that no other one surely follows."""
    whens = [_when(reading, scene) for reading, _ in told]
    newest = newest_of(whens)
    return [one for one, when in zip(told, whens, strict=True) if not followed(when, newest)]


def newest_of(whens: Iterable[When | None]) -> datetime | None:
    """The latest start among them. To compare every one with every other would take hours for a long chart; this says the same."""
    return max((when.start for when in whens if when is not None), default=None)


def followed(when: When | None, newest: datetime | None) -> bool:
    """True when some of those whose `newest_of` is given lies surely after `when`."""
    return when is not None and newest is not None and when.end < newest


def _decided(scene: Scene, spec: FactSpec, latest: list[Told]) -> list[Item]:
    """Readings of one moment that disagree: present wins for alarms, otherwise the finding is unknown."""
    answers = {answer for _, answer in latest}
    if len(answers) == 1:
        made = (item_of(scene, spec, reading, answer, _word(answer)) for reading, answer in latest)
    elif spec.for_alarms:
        made = (item_of(scene, spec, r, a, _word(a)) for r, a in latest if a is Answer.YES)
    else:
        made = (item_of(scene, spec, r, Answer.UNKNOWN, _word(a), note="recorded both present and absent") for r, a in latest)
    return [item for item in made if item is not None]


def _word(answer: Answer) -> str:
    return "present" if answer is Answer.YES else "absent"


def diagnoses(scene: Scene, spec: FactSpec, concepts: Iterable[str]) -> list[Item]:
    """Every diagnosis of the given value sets as an item of its own."""
    concepts = tuple(concepts)
    items = []
    for reading in scene.chart.of(concepts, ("Condition",)):
        match = next((m for m in reading.matches if m.concept in concepts), None)
        item = _diagnosis(scene, spec, reading, match)
        if item is not None:
            items.append(item)
    return items


def _diagnosis(scene: Scene, spec: FactSpec, reading: Reading, match: Match | None) -> Item | None:
    if reading.problem:
        return item_of(scene, spec, reading, Answer.UNKNOWN)
    if not any(m.concept in spec.codes and _qualified(scene, m, reading) for m in reading.matches):
        return None
    if reading.standing == "refuted":
        return item_of(scene, spec, reading, Answer.NO, "refuted")
    if reading.standing == "history" or (match and match.sequela):
        return item_of(scene, spec, reading, Answer.NO, "past")
    if reading.standing == "possible" and not spec.for_alarms:
        return _possible(item_of(scene, spec, reading, Answer.UNKNOWN, "possible"))
    return item_of(scene, spec, reading, Answer.YES, "possible" if reading.standing == "possible" else "active")


def _possible(item: Item | None) -> Item | None:
    """A provisional diagnosis is no evidence either way outside the alarms: like silence."""
    if item is None:
        return None
    return Item(item.answer, item.value, item.when, item.order, item.side, Gap.SILENT, item.fresh, item.saw, "only a possible diagnosis")


def _qualified(scene: Scene, match: Match, reading: Reading) -> bool:
    """The condition a code counts under."""
    resource = reading.resource
    if not isinstance(resource, Condition):
        return True
    if match.qualifier == "needs-lumbar-site":
        return level_given(resource, reading.matches)
    if match.qualifier == "needs-lumbar-site-or-within-90-days":
        return level_given(resource, reading.matches) or _soon_after_operation(scene, reading)
    if match.qualifier == "saddle-only-with-perineal-site":
        return perineal(resource)
    return match.qualifier != "needs-onset-after-index" or scene.index.order(reading.when) is not Order.BEFORE


def _soon_after_operation(scene: Scene, reading: Reading) -> bool:
    if reading.when is None or scene.index.operation is None:
        return reading.when is None
    day = scene.day_of(reading.when.span.earliest)
    return day is not None and day <= NEARBY_DAYS and scene.index.order(reading.when) is not Order.BEFORE


def active_diagnoses(scene: Scene, concepts: Iterable[str]) -> list[Reading]:
    """Diagnoses that stand: active and not only possible."""
    return [r for r in scene.chart.of(concepts, ("Condition",)) if not r.problem and r.standing == "present" and not _late(r)]


def _late(reading: Reading) -> bool:
    return all(match.sequela for match in reading.matches)
