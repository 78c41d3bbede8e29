"""Readings to items: date, place relative to the operation, side, and the evidence shown to people: codes, numbers and dates only."""

from collections.abc import Iterable

from service.engine.answers import Answer, Gap
from service.engine.dates import Span, on
from service.engine.facts import Evidence, Item, Value
from service.engine.vocabulary import FactSpec
from service.fhir.chart import Reading
from service.fhir.scene import Scene
from service.fhir.sites import side_of

UNDATED = "undated"


def item_of(
    scene: Scene, spec: FactSpec, reading: Reading, answer: Answer, text: str = "", value: Value | None = None, note: str = ""
) -> Item | None:
    """One reading as an item; None when it is undated and such items do not count for this fact."""
    if reading.when is None and spec.undated == "never" and not reading.problem:
        return None
    taken = reading.when.span if reading.when else (on(scene.as_of) if spec.undated == "new" else None)
    remark = "; ".join(part for part in (note, reading.note, _undated_note(reading, spec)) if part)
    return Item(
        answer=answer,
        value=value,
        when=taken,
        order=scene.index.order(reading.when),
        side=side_of(reading.resource, reading.matches),
        gap=_gap(reading, answer),
        fresh=Answer.YES if reading.when is None and spec.undated == "open" and not reading.problem else None,
        saw=(evidence(reading, text),),
        note=remark,
    )


def _undated_note(reading: Reading, spec: FactSpec) -> str:
    if reading.when is not None or reading.problem:
        return ""
    return "undated, taken as of today" if spec.undated == "new" else UNDATED


def _gap(reading: Reading, answer: Answer) -> Gap | None:
    if answer is not Answer.UNKNOWN:
        return None
    return Gap.UNREADABLE if reading.problem else Gap.IMPRECISE


def evidence(reading: Reading, text: str = "") -> Evidence:
    """How a reading is shown: reference, value or problem, date."""
    return Evidence(reading.reference, reading.problem or text, str(reading.when) if reading.when else "")


def unreadable(scene: Scene, spec: FactSpec, readings: Iterable[Reading]) -> list[Item]:
    """What could have decided the fact but cannot be read: unknown, never no."""
    found = (item_of(scene, spec, reading, Answer.UNKNOWN) for reading in readings if reading.problem)
    return [item for item in found if item is not None]


def unusable(reading: Reading, problem: str) -> Reading:
    """The same reading, marked as one that cannot be read."""
    return Reading(
        reading.type, reading.place, reading.reference, reading.resource, reading.component, reading.matches, reading.when, problem=problem
    )


def computed(answer: Answer, readings: Iterable[Reading], span: Span | None = None, text: str = "") -> Item:
    """An item made from several readings: yes or no."""
    return Item(answer=answer, when=span, saw=tuple(dict.fromkeys(evidence(reading, text) for reading in readings)))


def counts(spec: FactSpec, reading: Reading) -> bool:
    """Preliminary observations speak to alarms only."""
    return spec.for_alarms or reading.standing != "preliminary"
