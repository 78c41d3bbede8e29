"""The sacroiliac joint: provocation tests counted per side, and what clears the joint."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from service.engine.answers import Answer, Gap
from service.engine.facts import Bounds, Evidence, Item, Order
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.items import computed, unreadable
from service.fhir.pickers.numbers import latest_numbers, numbers
from service.fhir.pickers.presence import findings
from service.fhir.pickers.series import days, setting
from service.fhir.scene import Scene

TESTS = ("sij-distraction", "sij-thigh-thrust", "sij-compression", "sij-sacral-thrust", "sij-gaenslen", "faber-test")
SI_FUSION = ("0SG7", "0SG8", "XRGE", "XRGF")


def _recent(scene: Scene, spec: FactSpec, items: Iterable[Item]) -> list[Item]:
    limit = scene.as_of - timedelta(days=days(spec, "fresh"))
    return [i for i in items if i.order is Order.AFTER and (i.when is None or i.when.latest >= limit)]


def tests_of(scene: Scene, spec: FactSpec) -> dict[str, list[Item]]:
    """The recent readings of each test after the operation, latest per side."""
    return {test: _recent(scene, spec, findings(scene, spec, (test,))) for test in TESTS}


def _positive_on(items: list[Item], side: str) -> bool:
    """A test without a side counts for both."""
    return any(item.answer is Answer.YES and item.side in (side, "", "both") for item in items)


def _present(items: list[Item]) -> bool:
    return any(item.answer is Answer.YES for item in items)


def _absent(items: list[Item]) -> bool:
    return not _present(items) and any(item.answer is Answer.NO for item in items)


def _unclear(items: list[Item]) -> bool:
    return not _present(items) and any(item.answer is Answer.UNKNOWN for item in items)


def _saw(items: Iterable[Item]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(e for item in items for e in item.saw))


def _count(tests: dict[str, list[Item]]) -> int:
    return max(sum(_positive_on(items, side) for items in tests.values()) for side in ("left", "right"))


def sij_tests_positive(scene: Scene, spec: FactSpec) -> list[Item]:
    """The number of positive tests on the side that has more; unreadable tests widen it upwards."""
    tests = tests_of(scene, spec)
    recorded = [item for items in tests.values() for item in items]
    if not recorded:
        return []
    count = _count(tests)
    unclear = [item for items in tests.values() if _unclear(items) for item in items if item.answer is Answer.UNKNOWN]
    most = count + sum(_unclear(items) for items in tests.values())
    deciding = [item for item in recorded if item.answer is Answer.YES] + unclear or recorded
    return [Item(value=Bounds(Decimal(count), Decimal(most)), gap=Gap.UNREADABLE if unclear else None, saw=_saw(deciding))]


def sij_tests_done(scene: Scene, spec: FactSpec) -> list[Item]:
    """The number of tests with a result."""
    done = [items for items in tests_of(scene, spec).values() if _present(items) or _absent(items)]
    if not done:
        return []
    return [Item(value=Bounds(Decimal(len(done)), Decimal(len(done))), saw=_saw(item for items in done for item in items))]


def sij_cleared(scene: Scene, spec: FactSpec) -> list[Item]:
    """Little relief after a joint block of the last year, or a negative cluster of tests."""
    return _little_relief(scene, spec) + _negative_cluster(scene, spec)


def _negative_cluster(scene: Scene, spec: FactSpec) -> list[Item]:
    tests = tests_of(scene, spec)
    absent = [items for items in tests.values() if _absent(items)]
    present = sum(_present(items) for items in tests.values())
    if len(absent) < setting(spec, "examined") or present >= setting(spec, "cluster"):
        return []
    return [Item(saw=_saw(item for items in absent for item in items), note="negative provocation tests")]


def _little_relief(scene: Scene, spec: FactSpec) -> list[Item]:
    found = numbers(scene, spec, ("sij-block-relief",))
    limit = scene.as_of - timedelta(days=days(spec, "block"))
    after = [one for one in found.usable if scene.index.order(one.reading.when) is Order.AFTER]
    last = [one for one in latest_numbers(scene, after) if one.reading.when and one.reading.when.span.latest >= limit]
    low = [one for one in last if one.bounds.high is not None and one.bounds.high < setting(spec, "supports")]
    return [computed(Answer.YES, [one.reading], text=f"{one.bounds} % relief") for one in low]


def excluded_si_joint(scene: Scene, spec: FactSpec) -> list[Item]:
    """Cleared by block, tests, the work-up finding or a refuted diagnosis; or treated by a joint fusion since the operation."""
    done = [item for item in findings(scene, spec, ("workup-sij",)) if item.order is Order.AFTER]
    cleared = sij_cleared(scene, spec) + _refuted(scene) + _treated(scene)
    lost = unreadable(scene, spec, numbers(scene, spec, ("sij-block-relief",)).lost) if not cleared else []
    return cleared + done + lost


def _refuted(scene: Scene) -> list[Item]:
    found = scene.chart.of(["sij-dx"], ("Condition",))
    return [computed(Answer.YES, [r], text="refuted") for r in found if not r.problem and r.standing == "refuted"]


def _treated(scene: Scene) -> list[Item]:
    found = scene.chart.of(["fusion-procedure-excluded"], ("Procedure",))
    fused = [r for r in found if not r.problem and r.standing == "used" and any(m.code in SI_FUSION for m in r.matches)]
    return [computed(Answer.YES, [r], text="joint fusion") for r in fused if r.when and scene.index.order(r.when) is Order.AFTER]
