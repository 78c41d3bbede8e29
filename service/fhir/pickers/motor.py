"""Motor grades per myotome and side: a quick fall, a slow fall, a newly low grade, and findings on both sides.

The latest grade after the operation is compared with the last one before it of the same myotome and side. Without an
earlier grade since the operation, a low grade is excused only by one as low right before surgery.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import Literal

from service.engine.answers import Answer, Gap
from service.engine.dates import Duration
from service.engine.facts import Bounds, Item, Order
from service.engine.vocabulary import FactSpec
from service.engine.words import within
from service.fhir.chart import Reading
from service.fhir.pickers.items import counts, item_of, unreadable, unusable
from service.fhir.pickers.presence import diagnoses, findings, latest_of
from service.fhir.pickers.values import has_value, number
from service.fhir.scene import Scene
from service.fhir.shapes import Component, Observation
from service.fhir.sites import side_of
from service.fhir.times import When

MYOTOMES, GRADE = "value-myotome", "motor-grade"
NO_MYOTOME = "myotome not recorded"
Kind = Literal["alarm", "slow", "none"]


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade, 0 to 5, of one myotome and side."""

    reading: Reading
    myotome: str
    side: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Judged:
    """The latest grade of a myotome and side, what it means, and what it was compared with."""

    grade: Grade
    kind: Kind
    before: Grade | None = None


def grades_of(scene: Scene, spec: FactSpec) -> tuple[list[Grade], list[Reading]]:
    """Every usable grade, and the readings that hold an unusable one."""
    grades: list[Grade] = []
    lost: list[Reading] = []
    for reading in scene.chart.of([GRADE], ("Observation",)):
        if reading.problem:
            lost.append(reading)
        elif counts(spec, reading):
            _collect(scene, reading, grades, lost)
    return grades, lost


def _collect(scene: Scene, reading: Reading, grades: list[Grade], lost: list[Reading]) -> None:
    resource = reading.resource
    parts = resource.component if isinstance(resource, Observation) else []
    held = [(part, name) for part in parts for name in scene.codes.codes_in(part.code, MYOTOMES)]
    for part, name in held:
        _read(_as_component(reading, part), name, grades, lost)
    if not held:
        _read(reading, NO_MYOTOME, grades, lost)
        lost.extend(unusable(reading, "its myotome is not a known one") for part in parts if has_value(part))


def _as_component(reading: Reading, part: Component) -> Reading:
    return Reading(
        reading.type,
        reading.place,
        reading.reference,
        reading.resource,
        part,
        reading.matches,
        reading.when,
        reading.standing,
        note=reading.note,
    )


def _read(reading: Reading, myotome: str, grades: list[Grade], lost: list[Reading]) -> None:
    measured = number(reading, GRADE)
    if measured is None:
        return
    value = _exact(measured.bounds)
    if value is None:
        lost.append(unusable(reading, measured.problem or "a motor grade needs an exact number"))
    else:
        grades.append(Grade(reading, myotome, side_of(reading.resource, ()), value))


def _exact(bounds: Bounds | None) -> Decimal | None:
    return bounds.low if bounds is not None and bounds.low is not None and bounds.low == bounds.high else None


def judged(scene: Scene, spec: FactSpec) -> tuple[list[Judged], list[Reading]]:
    """The latest grade of every myotome and side, judged."""
    grades, lost = grades_of(scene, spec)
    groups: dict[tuple[str, str], list[Grade]] = {}
    for grade in grades:
        groups.setdefault((grade.myotome, grade.side), []).append(grade)
    found = [_judge(scene, spec, group) for group in groups.values()]
    return [one for one in found if one is not None], lost


def _judge(scene: Scene, spec: FactSpec, group: list[Grade]) -> Judged | None:
    after = [g for g in group if scene.index.order(g.reading.when) is not Order.BEFORE]
    if not after:
        return None
    past, last = _Past(after), _weakest(_latest(after, scene))
    while (earlier := past.latest_before(last)) and _strongest(earlier).value == last.value:
        last = _weakest(earlier)  # the same grade again is no news: the first of its run dates the change
    if earlier:
        return _compared(spec, last, _strongest(earlier))
    preceding = [g for g in group if scene.index.order(g.reading.when) is Order.BEFORE]
    return _alone(spec, last, _strongest(_latest(preceding, scene)) if preceding else None)


class _Past:
    """Dated grades by their ends, so that a long run of equal ones is walked back without looking at all of them at each step."""

    def __init__(self, grades: list[Grade]) -> None:
        dated = [(g.reading.when, g) for g in grades if g.reading.when is not None]
        dated.sort(key=lambda one: one[0].end)
        self._grades = [grade for _, grade in dated]
        self._ends = [when.end for when, _ in dated]
        self._newest = list(accumulate((when.start for when, _ in dated), max))

    def latest_before(self, last: Grade) -> list[Grade]:
        """Of the grades surely before `last` those that no other one of them surely follows; before an undated one lie all."""
        when = last.reading.when
        count = len(self._ends) if when is None else bisect_left(self._ends, when.start)
        return self._grades[bisect_left(self._ends, self._newest[count - 1], 0, count) : count] if count else []


def _latest(grades: list[Grade], scene: Scene) -> list[Grade]:
    told = latest_of([(g.reading, Answer.YES) for g in grades], scene)
    kept = {id(reading) for reading, _ in told}
    return [g for g in grades if id(g.reading) in kept]


def _weakest(grades: list[Grade]) -> Grade:
    return min(grades, key=lambda g: (g.value, g.reading.place))


def _strongest(grades: list[Grade]) -> Grade:
    return max(grades, key=lambda g: (g.value, g.reading.place))


def _compared(spec: FactSpec, last: Grade, before: Grade) -> Judged:
    """A fall that is quick or ends low is an alarm; another fall is slow."""
    if before.value - last.value < _number(spec, "fall"):
        return Judged(last, "none", before)
    quick = _days(before.reading.when, last.reading.when) <= int(_number(spec, "apart"))
    return Judged(last, "alarm" if quick or last.value <= _number(spec, "low") else "slow", before)


def _alone(spec: FactSpec, last: Grade, preceding: Grade | None) -> Judged:
    """A low grade is new unless the last grade before surgery was as low."""
    low = last.value <= _number(spec, "low")
    excused = preceding is not None and preceding.value <= last.value
    return Judged(last, "alarm" if low and not excused else "none", preceding)


def _days(before: When | None, last: When | None) -> int:
    if before is None or last is None:
        return 0  # an undated grade counts as of today: the graver reading
    return (last.span.earliest - before.span.latest).days


def _number(spec: FactSpec, name: str) -> Decimal:
    value = spec.settings[name]
    return value if isinstance(value, Decimal) else Decimal(str(value))


def motor_alarm(scene: Scene, spec: FactSpec) -> list[Item]:
    """Grades that fell quickly, fell to a low grade, or are newly low."""
    return _items(scene, spec, "alarm")


def motor_slow_fall(scene: Scene, spec: FactSpec) -> list[Item]:
    """Grades that fell slowly and are not low."""
    return _items(scene, spec, "slow")


def _items(scene: Scene, spec: FactSpec, kind: Kind) -> list[Item]:
    found, lost = judged(scene, spec)
    items = [_item(scene, spec, one, Answer.YES if one.kind == kind else Answer.NO) for one in found]
    return [item for item in items if item is not None] + unreadable(scene, spec, lost)


def _item(scene: Scene, spec: FactSpec, one: Judged, answer: Answer) -> Item | None:
    grade = one.grade
    text = f"grade {grade.value} ({grade.myotome})" + (f", before {one.before.value}" if one.before else "")
    return item_of(scene, spec, grade.reading, answer, text)


def motor_both_sides(scene: Scene, spec: FactSpec) -> list[Item]:
    """One item: new motor findings of the last days stand on both sides (or on one that means both)."""
    known = diagnoses(scene, replace(spec, undated="never"), (_DEFICIT,))  # an undated one is asked about, not acted on
    items = [*findings(scene, spec, (_FOOT_DROP, _STRENGTH)), *known, *_items(scene, spec, "alarm")]
    fresh = [item for item in items if _new(scene, spec, item)]
    sides = {item.side for item in fresh if item.answer is Answer.YES}
    if {"left", "right"} <= sides or "both" in sides:
        return [_both(Answer.YES, [i for i in fresh if i.answer is Answer.YES and i.side])]
    lost = [item for item in fresh if item.gap is Gap.UNREADABLE]
    if lost:
        return [_both(Answer.UNKNOWN, lost)]
    return [_both(Answer.NO, fresh)] if fresh else []


_FOOT_DROP, _STRENGTH, _DEFICIT = "foot-drop-new", "leg-strength-sudden-loss", "motor-deficit"


def _new(scene: Scene, spec: FactSpec, item: Item) -> bool:
    length = spec.settings["within"]
    assert isinstance(length, Duration)  # noqa: S101  (facts.yaml gives a length of time)
    recent = item.when is None or within(item.when, length, scene.as_of) is not Answer.NO
    return recent and item.order is not Order.BEFORE


def _both(answer: Answer, items: list[Item]) -> Item:
    seen = dict.fromkeys(e for item in items for e in item.saw)
    # a finding of one side is no evidence for both: its own word ("present") would contradict the answer
    saw = tuple(replace(e, value="not on both sides") if answer is Answer.NO else e for e in seen)
    return Item(answer=answer, gap=Gap.UNREADABLE if answer is Answer.UNKNOWN else None, saw=saw)
