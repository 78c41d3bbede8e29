"""The last weeks: has pain risen or fallen, when did it first come back, and is strength steady on the side of a symptom."""

from datetime import timedelta
from decimal import Decimal

from service.engine.answers import Answer, from_bool
from service.engine.dates import completed_months, on
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.items import evidence, unreadable
from service.fhir.pickers.motor import Grade, grades_of
from service.fhir.pickers.pain import seen, verdict_item
from service.fhir.pickers.presence import findings, followed, latest_of
from service.fhir.pickers.series import Score, Series, baseline, days, improved, pain_of, setting
from service.fhir.pickers.words import words_of
from service.fhir.scene import Scene

WORDS = ("pain-quality", "pain-distribution")


def _ends(scene: Scene, series: Series, length: int) -> tuple[Score, Score] | None:
    """First and last score of the last `length` days since the operation; None with fewer than two."""
    limit = scene.as_of - timedelta(days=length)
    recent = [s for s in series.after() if s.day >= limit]
    return (recent[0], recent[-1]) if len(recent) > 1 else None


def pain_worse_lately(scene: Scene, spec: FactSpec) -> list[Item]:
    """One item per region that can be compared: has pain risen by `mcid`?"""
    ends = [_ends(scene, series, days(spec, "days")) for series in pain_of(scene).series]
    points = setting(spec, "mcid")
    return [verdict_item(from_bool(pair[1].value - pair[0].value >= points), list(pair)) for pair in ends if pair]


def pain_falling_lately(scene: Scene, spec: FactSpec) -> list[Item]:
    """One item per region that can be compared: has pain improved?"""
    ends = [_ends(scene, series, days(spec, "days")) for series in pain_of(scene).series]
    points, drop = setting(spec, "mcid"), setting(spec, "drop")
    return [verdict_item(from_bool(improved(pair[0].value, pair[1].value, points, drop)), list(pair)) for pair in ends if pair]


def pain_returned_between(scene: Scene, spec: FactSpec) -> list[Item]:
    """Per region: the first score that is worse again after an improved one, when it fell in [from, until) months."""
    found = [_return(scene, spec, series) for series in pain_of(scene).series]
    return [item for item in found if item is not None]


def _return(scene: Scene, spec: FactSpec, series: Series) -> Item | None:
    scores = list(series.after())
    operation = scene.index.operation
    if len(scores) < 2 or operation is None:
        return None
    start = baseline(scene, series, days(spec, "baseline")) or scores[0]
    turn = _turn(spec, start, scores)
    if turn is None:
        return verdict_item(Answer.NO, [start, scores[-1]], "pain has not come back after improving")
    months = {completed_months(day, turn.day) for day in (operation.when.span.earliest, operation.when.span.latest)}
    inside = {int(setting(spec, "from")) <= month < int(setting(spec, "until")) for month in months}
    answer = Answer.UNKNOWN if len(inside) > 1 else from_bool(inside.pop())
    item = verdict_item(answer, [start, turn])
    return Item(item.answer, when=on(turn.day), order=Order.AFTER, gap=item.gap, saw=(*item.saw, seen(scores[-1])), note=item.note)


def _turn(spec: FactSpec, start: Score, scores: list[Score]) -> Score | None:
    """The first score that lies `mcid` above the lowest one since an improved score."""
    lowest: Decimal | None = None
    for score in scores:
        if lowest is not None and score.value - lowest >= setting(spec, "mcid"):
            return score
        if lowest is not None or improved(start.value, score.value, setting(spec, "mcid"), setting(spec, "drop")):
            lowest = score.value if lowest is None else min(lowest, score.value)
    return None


def strength_steady(scene: Scene, spec: FactSpec) -> list[Item]:
    """On the side of the symptom (both when it has none): every latest grade recent, good, and not lower than the one before it."""
    grades, lost = grades_of(scene, spec)
    answers = [_side(scene, spec, grades, side) for side in _sides(scene, spec)]
    saw = tuple(dict.fromkeys(evidence(g.reading, f"grade {g.value} ({g.myotome})") for g in grades))
    if any(answer is Answer.NO for answer in answers):
        return [Item(Answer.NO, saw=saw)]
    if lost:
        return unreadable(scene, spec, lost)
    return [] if None in answers else [Item(Answer.YES, saw=saw)]


def _sides(scene: Scene, spec: FactSpec) -> tuple[str, ...]:
    symptom = str(spec.settings["symptom"])
    sides = _word_sides(scene, spec, symptom) if symptom in WORDS else _finding_sides(scene, spec, symptom)
    return (next(iter(sides)),) if sides in ({"left"}, {"right"}) else ("left", "right")


def _finding_sides(scene: Scene, spec: FactSpec, symptom: str) -> set[str]:
    return {item.side for item in findings(scene, spec, (symptom,)) if item.answer is Answer.YES}


def _word_sides(scene: Scene, spec: FactSpec, symptom: str) -> set[str]:
    told = words_of(scene, spec, symptom).told
    return {side for (_, side), found in told.items() if all(a is Answer.YES for _, a in latest_of(found, scene))}


def _side(scene: Scene, spec: FactSpec, grades: list[Grade], side: str) -> Answer | None:
    """None when no recent grade stands for the side."""
    groups: dict[str, list[Grade]] = {}
    for grade in grades:
        if grade.side in (side, "both"):
            groups.setdefault(grade.myotome, []).append(grade)
    steady = [_steady(scene, spec, sorted(group, key=_moment)) for group in groups.values()]
    recent = [answer for answer in steady if answer is not None]
    return None if not recent else from_bool(all(answer is Answer.YES for answer in recent))


def _moment(grade: Grade) -> str:
    return grade.reading.when.start.isoformat() if grade.reading.when else ""


def _steady(scene: Scene, spec: FactSpec, group: list[Grade]) -> Answer | None:
    last = group[-1]
    when = last.reading.when
    if when is None or when.span.earliest < scene.as_of - timedelta(days=days(spec, "fresh")):
        return None
    before = [g for g in group if followed(g.reading.when, when.start)]
    value = min(g.value for g in group if not followed(g.reading.when, when.start))
    other = next((g.value for g in reversed(before) if g.value != value), value)  # the same grade again does not undo a fall
    return from_bool(value >= setting(spec, "steady") and other - value < setting(spec, "fall"))
