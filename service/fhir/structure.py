"""The body as it was written: repeated keys, empty values and the place of every resource. Decoders keep none of these."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.fhir.shapes import KNOWN_TYPES

VALIDATED = (*KNOWN_TYPES, "ServiceRequest")
_ELEMENT = re.compile(r"_?[a-z][A-Za-z0-9]{0,63}\Z")


class Members(list[tuple[str, Any]]):
    """The members of one JSON object, in order, repeated ones included."""

    def get(self, name: str) -> Any:
        """The last value of a name; None without one."""
        return next((value for key, value in reversed(self) if key == name), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with how the body is written: where, as a FHIRPath, and what, in constant words."""

    place: str
    reason: str
    code: str


def tree_of(body: bytes) -> Any:
    """The JSON with objects as Members. Raises ValueError, or RecursionError for nesting beyond all reason."""
    return json.loads(body.decode("utf-8"), object_pairs_hook=Members, parse_int=_number, parse_float=_number)


def _number(text: str) -> float:
    """Only the shape of the body matters here; even a number of thousands of digits costs nothing."""
    return float(text[:40].rstrip("eE+-."))


def root_of(tree: Any) -> str:
    """Where places begin: `Bundle`, or nothing for a CDS Hooks request."""
    return "Bundle" if isinstance(tree, Members) and tree.get("resourceType") == "Bundle" else ""


def repeated(value: Any, place: str) -> Iterator[Fault]:
    """Every object in which a key stands more than once."""
    if isinstance(value, Members):
        if len({name for name, _ in value}) != len(value):
            yield Fault(place, "A key is repeated within this object: POST /evaluate refuses the body.", "structure")
        for name, one in value:
            yield from repeated(one, below(place, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from repeated(one, f"{place}[{number}]")


def empty(value: Any, place: str) -> Iterator[Fault]:
    """Every empty value within a resource: FHIR leaves out what has no content. Only the items of an array may be null."""
    if isinstance(value, str):
        if not value.strip():
            yield _empty(place)
    elif isinstance(value, list) and not value:
        yield _empty(place)
    elif isinstance(value, Members):
        for name, one in value:
            if one is None:
                yield _empty(below(place, name))
            yield from empty(one, below(place, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from empty(one, f"{place}[{number}]")


def _empty(place: str) -> Fault:
    return Fault(place, "It is empty: an element without content is left out.", "value")


def below(place: str, name: str) -> str:
    """The place of a member. What is not written like an element's name is not repeated to anyone."""
    if not _ELEMENT.match(name):
        return place
    return f"{place}.{name}" if place else name


def resources(value: Any, place: str) -> Iterator[tuple[str, str, Members]]:
    """Place, type and members of every resource of a type that is read, wherever it lies in the body."""
    if isinstance(value, Members):
        kind = value.get("resourceType")
        if kind in VALIDATED:
            yield place, kind, value
            return
        for name, one in value:
            yield from resources(one, below(place, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from resources(one, f"{place}[{number}]")


def as_json(members: Members) -> str:
    """A resource as JSON again; the last of repeated keys stands."""
    return json.dumps(_plain(members))


def _plain(value: Any) -> Any:
    if isinstance(value, Members):
        return {name: _plain(one) for name, one in value}
    return [_plain(one) for one in value] if isinstance(value, list) else value
