"""Contained resources that rules would read if they stood by themselves: never counted, never passed over without a word.

A contained resource has no life of its own in FHIR (it may be a mere reason or a draft), so it is named and left to people.
"""

from collections.abc import Iterable, Iterator

import msgspec

from service.fhir.chart import Aside
from service.fhir.codes import CodeIndex
from service.fhir.decode import Parsed, is_clinical
from service.fhir.shapes import Concept, Head

REASON = "a contained resource is not read"


class _Holder(msgspec.Struct, gc=False):
    contained: list[msgspec.Raw] = []


class _Inner(Head, frozen=True):
    code: Concept | None = None


_holder = msgspec.json.Decoder(_Holder)
_inner = msgspec.json.Decoder(_Inner)
_COULD_BE_READ = ("Observation", "Condition", "Procedure")


def contained(mine: Iterable[Parsed], entries: Iterable[Parsed], index: CodeIndex) -> Iterator[Aside]:
    """The contained resources whose code a rule could use: in the patient's own entries, and in those of types that rules do not read."""
    others = (entry for entry in entries if entry.resource is None and entry.kind and not is_clinical(entry.kind))
    for entry in (*mine, *others):
        if b'"contained"' in entry.raw:
            yield from _of(entry, index)


def _of(entry: Parsed, index: CodeIndex) -> Iterator[Aside]:
    try:
        held = _holder.decode(entry.raw).contained
    except msgspec.ValidationError:
        return  # the entry itself is unreadable, and said to be
    for number, raw in enumerate(held):
        if _speaks(bytes(raw), index):
            yield Aside(f"{entry.place}.contained[{number}]", REASON, relevant=True)


def _speaks(raw: bytes, index: CodeIndex) -> bool:
    try:
        inner = _inner.decode(raw)
    except msgspec.ValidationError:
        return False
    return inner.resource_type in _COULD_BE_READ and bool(index.matches(inner.code))
