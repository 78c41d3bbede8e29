"""Pain scores as series: one per region, one value a day (the highest), each day placed before or after the operation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.engine.dates import Duration
from service.engine.facts import Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import unusable
from service.fhir.pickers.values import number
from service.fhir.scene import Scene
from service.fhir.sites import Region, region_of

SCALES = ("obs-pain-nrs", "obs-pain-vas")
REGIONS: tuple[Region, ...] = ("leg", "buttock", "back", "unspecified")


@dataclass(frozen=True, slots=True)
class Score:
    """The pain score of one day in one region; `order` relative to the operation."""

    day: date
    value: Decimal
    region: Region
    order: Order
    reading: Reading


@dataclass(frozen=True, slots=True)
class Series:
    """The scores of one region, oldest first."""

    region: Region
    scores: tuple[Score, ...]

    def after(self) -> tuple[Score, ...]:
        """Scores that surely lie after the operation."""
        return tuple(score for score in self.scores if score.order is Order.AFTER)

    def since(self) -> tuple[Score, ...]:
        """Scores after the operation, the day of it included."""
        return tuple(score for score in self.scores if score.order in (Order.AFTER, Order.SAME_DAY))

    def before(self) -> tuple[Score, ...]:
        """Scores that surely lie before the operation."""
        return tuple(score for score in self.scores if score.order is Order.BEFORE)


@dataclass(frozen=True, slots=True)
class Pain:
    """Every series of a chart, and the pain readings that cannot be used."""

    series: tuple[Series, ...]
    lost: tuple[Reading, ...]


def pain_of(scene: Scene, preliminary: bool = False) -> Pain:
    """All pain scores; preliminary ones speak to alarms only.

    Sites elsewhere on the body are left out; an undated or partly dated score cannot be placed in a series.
    """
    key = "pain of alarms" if preliminary else "pain"
    pain: Pain | None = scene.memo.get(key)
    if pain is None:
        pain = scene.memo[key] = _read_pain(scene, preliminary)
    return pain


def _read_pain(scene: Scene, preliminary: bool) -> Pain:
    best: dict[tuple[Region, date], Score] = {}
    lost: list[Reading] = []
    for reading in scene.chart.of(SCALES, ("Observation",)):
        region = None if reading.problem else region_of(reading.resource)
        if reading.problem:
            lost.append(reading)
        elif region is not None and (preliminary or reading.standing == "used"):
            _enter(scene, reading, region, best, lost)
    return Pain(_series(best.values()), tuple(lost))


def _enter(scene: Scene, reading: Reading, region: Region, best: dict[tuple[Region, date], Score], lost: list[Reading]) -> None:
    measured = number(reading, min(reading.concepts() & set(SCALES)))
    if measured is None:
        return
    value = measured.bounds.low if measured.bounds and measured.bounds.low == measured.bounds.high else None
    if value is None:
        lost.append(unusable(reading, measured.problem or "a pain score needs an exact number"))
    elif reading.when is not None and reading.when.span.exact:
        score = Score(reading.when.span.earliest, value, region, scene.index.order(reading.when), reading)
        key = (region, score.day)
        if key not in best or (score.value, reading.place) > (best[key].value, best[key].reading.place):
            best[key] = score
    else:
        lost.append(unusable(reading, "a pain score needs the day it was taken"))


def _series(scores: Iterable[Score]) -> tuple[Series, ...]:
    groups: dict[Region, list[Score]] = {}
    for score in scores:
        groups.setdefault(score.region, []).append(score)
    return tuple(Series(r, tuple(sorted(groups[r], key=lambda s: s.day))) for r in REGIONS if r in groups)


def deciding(pain: Pain) -> Series | None:
    """The region with the higher last score decides; a tie goes to leg, buttock, back, unspecified in this order.

    Scores of the operation day decide only while there is none after it.
    """
    held = [series for series in pain.series if series.after()] or [series for series in pain.series if series.since()]
    return max(held, key=lambda s: (s.since()[-1].value, -REGIONS.index(s.region)), default=None)


def improved(start: Decimal, end: Decimal, points: Decimal, percent: Decimal) -> bool:
    """A drop of at least `points`, or of at least `percent` of the start."""
    drop = start - end
    return drop >= points or (start > 0 and drop * 100 >= start * percent)


def baseline(scene: Scene, series: Series, days: int) -> Score | None:
    """The last score of the `days` before the operation."""
    found = [s for s in series.before() if (day := scene.day_of(s.day)) is not None and -days <= day]
    return found[-1] if found else None


def setting(spec: FactSpec, name: str) -> Decimal:
    """A number among the fact's settings."""
    value = spec.settings[name]
    return value if isinstance(value, Decimal) else Decimal(str(value))


def days(spec: FactSpec, name: str) -> int:
    """A length of time among the fact's settings, in days."""
    value = spec.settings[name]
    return value.count if isinstance(value, Duration) else int(setting(spec, name))
