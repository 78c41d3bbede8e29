"""Temperatures and CRP over time: a fever never cleared, a reading in an impossible unit, a late or a second rise."""

from datetime import datetime
from decimal import Decimal

from service.engine.answers import Answer, Gap
from service.engine.dates import Span
from service.engine.facts import Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.pickers.items import evidence, item_of, unreadable
from service.fhir.pickers.numbers import Number, latest_numbers, number_item, numbers, perhaps_later
from service.fhir.pickers.presence import followed, newest_of
from service.fhir.scene import Scene
from service.fhir.times import When


def _setting(spec: FactSpec, name: str) -> Decimal:
    value = spec.settings[name]
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _above(one: Number, limit: Decimal) -> bool:
    return one.bounds.low is not None and one.bounds.low > limit


def _normal(one: Number, limit: Decimal) -> bool:
    return one.bounds.high is not None and one.bounds.high <= limit


def _last_normal(spec: FactSpec, usable: list[Number]) -> datetime | None:
    """The latest start of a normal reading: what ends before it is surely followed by one."""
    return newest_of(one.reading.when for one in usable if _normal(one, _setting(spec, "low")))


def fever_uncleared(scene: Scene, spec: FactSpec) -> list[Item]:
    """Readings above `red` that no later reading of `low` or less follows."""
    found = numbers(scene, spec, spec.codes)
    cleared = _last_normal(spec, found.usable)
    high = [one for one in found.usable if _above(one, _setting(spec, "red")) and not followed(one.reading.when, cleared)]
    items = [item_of(scene, spec, one.reading, Answer.YES, f"{one.bounds} [degF]") for one in high]
    lost = [r for r in found.lost if not followed(r.when, cleared)]
    return [item for item in items if item is not None] + unreadable(scene, spec, lost)


def temperature_suspect(scene: Scene, spec: FactSpec) -> list[Item]:
    """Readings impossible in their stated unit that would be raised in the other one, with no normal one after them."""
    found = numbers(scene, spec, spec.codes)
    cleared = _last_normal(spec, found.usable)
    items = [
        item_of(scene, spec, reading, Answer.YES, f"{measured.suspect} [degF] if the unit is wrong", note=measured.unit_problem)
        for reading, measured in found.suspects
        if measured.suspect is not None and measured.suspect > _setting(spec, "low") and not followed(reading.when, cleared)
    ]
    return [item for item in items if item is not None]


def _after(scene: Scene, found: list[Number]) -> list[Number]:
    return [one for one in found if scene.index.order(one.reading.when) is not Order.BEFORE]


def _sample_day(scene: Scene, when: When | None) -> int | None:
    """Least day after the operation the sample may have been taken on; None without a dated operation or sample."""
    return None if when is None else scene.day_of(when.span.earliest)


def crp_settled(scene: Scene, spec: FactSpec) -> list[Item]:
    """The latest CRP when its sample was taken from `from_day` on; without a dated operation the day limit is left out."""
    found = numbers(scene, spec, spec.codes)
    last = latest_numbers(scene, _after(scene, found.usable))
    items = []
    for one in last:
        day = _sample_day(scene, one.reading.when)
        if day is None or day >= _setting(spec, "from_day"):
            items.append(number_item(scene, spec, one))
        else:
            items.append(item_of(scene, spec, one.reading, Answer.NO, f"{one.bounds} {spec.unit}", note="sample too early after surgery"))
    return [item for item in items if item is not None] + unreadable(scene, spec, perhaps_later(found.lost, last))


def crp_second_rise(scene: Scene, spec: FactSpec) -> list[Item]:
    """The latest CRP above `norm` and above `factor` times the one before; both after `after_day`, at most `apart` days from each other."""
    found = numbers(scene, spec, spec.codes)
    series = [one for one in _after(scene, found.usable) if _late_enough(scene, spec, one)]
    pair = _last_two(scene, series)
    if pair is None:
        return unreadable(scene, spec, found.lost)
    before, last = pair
    answer = _rose(spec, before, last)
    lost = perhaps_later(found.lost, [before]) if answer is not Answer.YES else []
    return [_rise_item(scene, before.reading, last, answer), *unreadable(scene, spec, lost)]


def _late_enough(scene: Scene, spec: FactSpec, one: Number) -> bool:
    day = _sample_day(scene, one.reading.when)
    return one.reading.when is not None and (day is None or day > _setting(spec, "after_day"))


def _last_two(scene: Scene, series: list[Number]) -> tuple[Number, Number] | None:
    """The latest value and the one before it; of values of one moment the highest stands."""
    last = max(latest_numbers(scene, series), key=_height, default=None)
    if last is None or last.reading.when is None:
        return None
    earlier = [one for one in series if one.reading.when and one.reading.when.surely_before(last.reading.when)]
    before = max(latest_numbers(scene, earlier), key=_height, default=None)
    return None if before is None else (before, last)


def _height(one: Number) -> Decimal:
    return one.bounds.low if one.bounds.low is not None else Decimal(0)


def _rose(spec: FactSpec, before: Number, last: Number) -> Answer:
    if _span(before).latest.toordinal() + int(_setting(spec, "apart")) < _span(last).earliest.toordinal():
        return Answer.NO
    high, low = before.bounds.high, last.bounds.low
    if low is None or high is None:
        return Answer.UNKNOWN
    return Answer.YES if low > _setting(spec, "norm") and low > high * _setting(spec, "factor") else Answer.NO


def _span(one: Number) -> Span:
    assert one.reading.when is not None  # noqa: S101  (undated samples never reach a series)
    return one.reading.when.span


def _rise_item(scene: Scene, before: Reading, last: Number, answer: Answer) -> Item:
    when = last.reading.when
    return Item(
        answer=answer,
        when=when.span if when else None,
        order=scene.index.order(when),
        gap=Gap.IMPRECISE if answer is Answer.UNKNOWN else None,
        saw=(evidence(last.reading, f"{last.bounds} mg/L"), evidence(before, "the value before")),
    )
