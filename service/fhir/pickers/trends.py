"""Pain over the months: worse, improved, never relieved, relieved and returned. Values compare only within one region.

Each fact is decided by the region with the higher last score. Without the two scores it needs, a fact says nothing.
"""

from collections.abc import Iterable

from service.engine.answers import Answer, from_bool
from service.engine.facts import Item
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import unreadable
from service.fhir.pickers.pain import verdict_item
from service.fhir.pickers.series import Pain, Score, Series, baseline, days, deciding, improved, pain_of, setting
from service.fhir.scene import Scene


def _day(scene: Scene, score: Score) -> int:
    day = scene.day_of(score.day)
    return -1 if day is None else day  # no dated operation: no score lies in any window after it


def _from(scene: Scene, series: Series, first_day: int) -> list[Score]:
    return [s for s in series.after() if _day(scene, s) >= first_day]


def _better(spec: FactSpec, start: Score, end: Score) -> bool:
    return improved(start.value, end.value, setting(spec, "mcid"), setting(spec, "drop"))


def _or_lost(scene: Scene, spec: FactSpec, pain: Pain, item: Item | None) -> list[Item]:
    """The trend, or what could have made one but cannot be read."""
    if item is not None:
        return [item]
    return unreadable(scene, spec, _after_operation(scene, pain.lost))


def _after_operation(scene: Scene, lost: Iterable[Reading]) -> list[Reading]:
    return [r for r in lost if r.when is None or (day := scene.day_of(r.when.span.latest)) is None or day >= 0]


def pain_worse_early(scene: Scene, spec: FactSpec) -> list[Item]:
    """From the first score at day `from_day` or later to the last, at least `apart` days on: a rise of `mcid` points."""
    pain = pain_of(scene)
    series = deciding(pain)
    scores = _from(scene, series, days(spec, "from_day")) if series else []
    item = None
    if scores and (scores[-1].day - scores[0].day).days >= days(spec, "apart"):
        worse = scores[-1].value - scores[0].value >= setting(spec, "mcid")
        item = verdict_item(from_bool(worse), [scores[0], scores[-1]])
    return _or_lost(scene, spec, pain, item)


def pain_improved_since_day_14(scene: Scene, spec: FactSpec) -> list[Item]:
    """From the first score at day `from_day` or later to the last, at least `apart` days on."""
    pain = pain_of(scene)
    series = deciding(pain)
    scores = _from(scene, series, days(spec, "from_day")) if series else []
    item = None
    if scores and (scores[-1].day - scores[0].day).days >= days(spec, "apart"):
        item = verdict_item(from_bool(_better(spec, scores[0], scores[-1])), [scores[0], scores[-1]])
    return _or_lost(scene, spec, pain, item)


def pain_improving(scene: Scene, spec: FactSpec) -> list[Item]:
    """From the first score at day `from_day` other than the last, else from before surgery, to a last score at most `fresh` days old."""
    pain = pain_of(scene)
    series = deciding(pain)
    item = None
    if series and series.after() and (scene.as_of - series.after()[-1].day).days <= days(spec, "fresh"):
        last = series.after()[-1]
        earlier = [s for s in _from(scene, series, days(spec, "from_day")) if s.day < last.day]
        start = earlier[0] if earlier else baseline(scene, series, days(spec, "baseline"))
        item = verdict_item(from_bool(_better(spec, start, last)), [start, last]) if start else None
    return _or_lost(scene, spec, pain, item)


def pain_improved_since_week_6(scene: Scene, spec: FactSpec) -> list[Item]:
    """From the score nearest to day `day` (within `slack` days, the earlier of two as near) to the last one after it."""
    pain = pain_of(scene)
    series = deciding(pain)
    item = None
    if series and series.after():
        last = series.after()[-1]
        start = _nearest(scene, series, days(spec, "day"), days(spec, "slack"))
        if start is not None and start.day < last.day:
            item = verdict_item(from_bool(_better(spec, start, last)), [start, last])
    return _or_lost(scene, spec, pain, item)


def _nearest(scene: Scene, series: Series, day: int, slack: int) -> Score | None:
    near = [s for s in series.after() if abs(_day(scene, s) - day) <= slack]
    return min(near, key=lambda s: (abs(_day(scene, s) - day), s.day), default=None)


def pain_never_relieved(scene: Scene, spec: FactSpec) -> list[Item]:
    """No score from day `from_day` on improved on the one before surgery."""
    pain = pain_of(scene)
    series = deciding(pain)
    start = baseline(scene, series, days(spec, "baseline")) if series else None
    scores = _from(scene, series, days(spec, "from_day")) if series else []
    item = None
    if start is not None and scores:
        better = [s for s in scores if _better(spec, start, s)]
        item = verdict_item(from_bool(not better), [start, *(better[:1] or scores[-1:])])
    return _or_lost(scene, spec, pain, item)


def pain_relieved_then_returned(scene: Scene, spec: FactSpec) -> list[Item]:
    """Relief that lasted `relief` days (or a score of `low` or less), then a rise of `mcid` from the lowest score to a significant one.

    `region` limits it to one region; else the region with the higher last score decides.
    """
    pain = pain_of(scene)
    region = spec.settings.get("region")
    series = next((s for s in pain.series if s.region == region), None) if region else deciding(pain)
    item = _returned(scene, spec, series) if series else None
    return _or_lost(scene, spec, pain, item)


def _returned(scene: Scene, spec: FactSpec, series: Series) -> Item | None:
    scores = list(series.after())
    if len(scores) < 2:
        return None
    start = baseline(scene, series, days(spec, "baseline")) or scores[0]
    last = scores[-1]
    relieved = [s for s in scores[:-1] if _relieved(spec, start, scores, s)]
    if not relieved:
        return verdict_item(Answer.NO, [start, last], "no relief on record")
    nadir = min((s for s in scores[:-1] if s.day >= relieved[0].day), key=lambda s: (s.value, s.day))
    back = last.value - nadir.value >= setting(spec, "mcid") and last.value >= setting(spec, "significant")
    return verdict_item(from_bool(back), [start, nadir, last])


def _relieved(spec: FactSpec, start: Score, scores: list[Score], score: Score) -> bool:
    """A low score is relief at once; another improved one when it lasts, that is, when no later score undoes it in time."""
    if score.value <= setting(spec, "low"):
        return True
    if not _better(spec, start, score):
        return False
    lasting = [s for s in scores if s.day >= score.day]
    held = [s for s in _while_better(spec, start, lasting)]
    return (held[-1].day - score.day).days >= days(spec, "relief")


def _while_better(spec: FactSpec, start: Score, scores: list[Score]) -> list[Score]:
    held = []
    for score in scores:
        if not _better(spec, start, score):
            break
        held.append(score)
    return held


def pain_trend_known(scene: Scene, spec: FactSpec) -> list[Item]:
    """At least two scores of one region since surgery, and a last score of the last `fresh` days."""
    pain = pain_of(scene)
    series = [s for s in pain.series if len(s.after()) >= 2 and (scene.as_of - s.after()[-1].day).days <= days(spec, "fresh")]
    return [verdict_item(Answer.YES, [one.after()[0], one.after()[-1]]) for one in series]
