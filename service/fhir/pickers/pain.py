"""Pain as it stands today: persistent, limiting, current, by region, and the last score."""

from datetime import date, timedelta
from decimal import Decimal

from service.engine.answers import Answer, Gap
from service.engine.dates import Duration, Span, add, on
from service.engine.facts import Evidence, Item, Order, exactly
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import computed, evidence, item_of, unreadable
from service.fhir.pickers.numbers import numbers
from service.fhir.pickers.presence import active_diagnoses, diagnoses, findings, latest_of
from service.fhir.pickers.series import Pain, Score, Series, days, deciding, pain_of, setting
from service.fhir.pickers.words import words_of
from service.fhir.scene import Scene
from service.fhir.sites import region_of
from service.fhir.times import When


def seen(score: Score) -> Evidence:
    """How a score is shown."""
    region = "" if score.region == "unspecified" else f", {score.region}"
    return evidence(score.reading, f"{score.value.normalize():f} of 10{region or ', region not recorded'}")


def score_item(score: Score, answer: Answer, note: str = "") -> Item:
    """A score as an item of presence."""
    return Item(answer=answer, value=exactly(score.value), when=on(score.day), order=score.order, saw=(seen(score),), note=note)


def verdict_item(answer: Answer, scores: list[Score], note: str = "") -> Item:
    """An item that several scores lead to."""
    gap = Gap.IMPRECISE if answer is Answer.UNKNOWN else None
    return Item(answer=answer, gap=gap, saw=tuple(dict.fromkeys(seen(s) for s in scores)), note=note)


def _recent(scene: Scene, day: date, length: int) -> bool:
    return day >= scene.as_of - timedelta(days=length)


def _lost(scene: Scene, pain: Pain, length: int) -> list[Reading]:
    """Unusable pain readings that are not surely older than `length` days."""
    limit = scene.as_of - timedelta(days=length)
    return [r for r in pain.lost if r.when is None or r.when.span.latest >= limit]


# --- persistent --------------------------------------------------------------------------------------------------------


def pain_persistent(scene: Scene, spec: FactSpec) -> list[Item]:
    """The series arm, then the diagnosis arm unless `series_only`; yes from either. Unknown without a score of the last `fresh` days."""
    pain = pain_of(scene)
    lost = _lost(scene, pain, days(spec, "fresh"))
    diagnosed = None if spec.settings.get("series_only") else _diagnosis_arm(scene, spec, pain)
    arms = [*(_series_arm(scene, spec, s) for s in pain.series), diagnosed]
    items = [arm for arm in arms if arm is not None]
    if any(item.answer is Answer.YES for item in items):
        return items
    return items + unreadable(scene, spec, lost)


def _series_arm(scene: Scene, spec: FactSpec, series: Series) -> Item | None:
    """Significant now and at least `apart` days earlier, with no run of relief between. A single score says nothing yet."""
    scores = list(series.since())
    if not scores or not _recent(scene, scores[-1].day, days(spec, "fresh")):
        return None
    last, significant = scores[-1], setting(spec, "significant")
    if last.value < significant:
        return verdict_item(Answer.NO, [last], "the last score is below the threshold")
    earlier = [s for s in scores if s.value >= significant and _apart(spec, s.day, last.day)]
    open_ended = [s for s in earlier if not _relief_between(spec, scores, s, last)]
    if open_ended:
        return verdict_item(Answer.YES, [open_ended[-1], last])
    return verdict_item(Answer.NO, [*earlier[-1:], last], "relief lay between" if earlier else "no significant score that long before")


def _apart(spec: FactSpec, first: date, last: date) -> bool:
    """`apart` as days, or as calendar months."""
    apart = spec.settings["apart"]
    return add(first, apart) <= last if isinstance(apart, Duration) else (last - first).days >= days(spec, "apart")


def _relief_between(spec: FactSpec, scores: list[Score], first: Score, last: Score) -> bool:
    """A run of consecutive scores of `low` or less that spans `relief` days or more."""
    run: list[Score] = []
    for score in scores:
        if not first.day < score.day < last.day:
            continue
        run = [*run, score] if score.value <= setting(spec, "low") else []
        if run and (run[-1].day - run[0].day).days >= days(spec, "relief"):
            return True
    return False


def _diagnosis_arm(scene: Scene, spec: FactSpec, pain: Pain) -> Item | None:
    """A pain diagnosis at least `apart` days old, with a score of the last `fresh` days, none of them below the threshold."""
    limit = scene.as_of - timedelta(days=days(spec, "apart"))
    standing = [r for r in active_diagnoses(scene, spec.codes) if r.when and r.when.span.latest <= limit]
    if not standing:
        return None
    recent = [s for series in pain.series for s in series.since() if _recent(scene, s.day, days(spec, "fresh"))]
    if not recent:
        return None
    low = [s for s in recent if s.value < setting(spec, "significant")]
    answer = Answer.NO if low else Answer.YES
    saw = (*(evidence(r, "active") for r in standing), *(seen(s) for s in (low or recent)))
    return Item(answer=answer, saw=tuple(dict.fromkeys(saw)), note="a recent score is below the threshold" if low else "")


# --- limiting ----------------------------------------------------------------------------------------------------------


def pain_limiting(scene: Scene, spec: FactSpec) -> list[Item]:
    """ODI, PEG or the coded limitation of the last `fresh` days. Any one positive limits; recorded and none positive does not."""
    odi = _limits(scene, spec, "obs-odi", setting(spec, "odi"))
    peg = _limits(scene, spec, "obs-peg", setting(spec, "peg"))
    told = findings(scene, spec, ("functional-limitation",))
    return [item for item in [*odi, *peg, *told] if item.when is None or _fresh(scene, spec, item)]


def _fresh(scene: Scene, spec: FactSpec, item: Item) -> bool:
    return item.when is not None and item.when.latest >= scene.as_of - timedelta(days=days(spec, "fresh"))


def _limits(scene: Scene, spec: FactSpec, concept: str, limit: Decimal) -> list[Item]:
    """Each recorded score as limiting or not; a score of before the operation says nothing about pain after it."""
    found = numbers(scene, spec, [concept])
    items = []
    for one in found.usable:
        low, high = one.bounds.low, one.bounds.high
        answer = Answer.YES if low is not None and low >= limit else Answer.NO if high is not None and high < limit else Answer.UNKNOWN
        if scene.index.order(one.reading.when) is not Order.BEFORE:
            items.append(item_of(scene, spec, one.reading, answer, f"{concept.removeprefix('obs-').upper()} {one.bounds}"))
    return [item for item in items if item is not None] + unreadable(scene, spec, found.lost)


# --- today ---------------------------------------------------------------------------------------------------------------


def last_pain(scene: Scene, spec: FactSpec) -> list[Item]:
    """The last score of the region that decides. Unreadable scores that may be later stand beside it."""
    pain = pain_of(scene)
    series = deciding(pain)
    if series is None:
        return unreadable(scene, spec, pain.lost)
    last = series.since()[-1]
    item = score_item(last, Answer.YES)
    late = [r for r in pain.lost if r.when is None or r.when.span.latest > last.day]
    return [Item(item.answer, item.value, item.when, Order.AFTER, saw=item.saw), *unreadable(scene, spec, late)]


def pain_current(scene: Scene, spec: FactSpec) -> list[Item]:
    """A significant score of the last `fresh` days, or an active pain diagnosis."""
    pain = pain_of(scene)
    recent = [s for series in pain.series for s in series.since() if _recent(scene, s.day, days(spec, "fresh"))]
    scores = [score_item(s, Answer.YES if s.value >= setting(spec, "significant") else Answer.NO) for s in recent]
    dx = [computed(Answer.YES, [r], text="active") for r in active_diagnoses(scene, spec.codes)]
    return scores + dx + unreadable(scene, spec, _lost(scene, pain, days(spec, "fresh")))


def region_pain(scene: Scene, spec: FactSpec) -> list[Item]:
    """Pain in one region: scores with their day, and active diagnoses of any age."""
    pain = pain_of(scene, preliminary=spec.for_alarms)
    wanted = str(spec.settings["region"])
    scores = [s for series in pain.series if series.region == wanted for s in series.scores]
    items = [score_item(s, Answer.YES if s.value >= setting(spec, "score") else Answer.NO) for s in scores]
    dx = [_standing(item) for item in diagnoses(scene, spec, [c for c in spec.codes if c.endswith("-dx")])]
    return items + dx


def _standing(item: Item) -> Item:
    """An active diagnosis speaks for today whatever its age."""
    fresh = Answer.YES if item.answer is Answer.YES else item.fresh
    return Item(item.answer, item.value, item.when, Order.AFTER, item.side, item.gap, fresh, item.saw, item.note)


def buttock_pain(scene: Scene, spec: FactSpec) -> list[Item]:
    """A buttock score, an active diagnosis, `pain-distribution` buttock-only, or night pain with a buttock site."""
    items = region_pain(scene, spec)
    for (word, _), told in words_of(scene, spec, "pain-distribution").told.items():
        if word == "buttock-only":
            items += [computed(answer, [r], _span(r.when), text="buttock only") for r, answer in latest_of(told, scene)]
    nights = [item for item in findings(scene, spec, ("pain-night",)) if item.answer is Answer.YES]
    sited = {e.resource for r in scene.chart.of(["pain-night"], ("Observation",)) if _at_buttock(r) for e in [evidence(r)]}
    return items + [item for item in nights if any(e.resource in sited for e in item.saw)]


def _span(when: When | None) -> Span | None:
    return when.span if when else None


def _at_buttock(reading: Reading) -> bool:
    return not reading.problem and region_of(reading.resource) == "buttock"
