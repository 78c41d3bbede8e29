"""The body as it was written: repeated keys, empty values and the place of every resource. Decoders keep none of these."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

import msgspec

from service.fhir.references import shown
from service.fhir.shapes import KNOWN_TYPES, Known

VALIDATED = (*KNOWN_TYPES, "ServiceRequest")
_ELEMENT = re.compile(r"_?[a-z][A-Za-z0-9]{0,63}\Z")


_known = msgspec.json.Decoder(Known)
_ODD_NUMBER = re.compile(rb"[0-9]{20}|[0-9][eE][+-]?[0-9]{3}")  # too long for an int, or too large for a float
_MANY = 50_000  # members above which it pays to look for odd numbers first, since a call for each is slow
_AT = re.compile(r" at `\$\.([A-Za-z0-9_.\[\]]+)`\Z")


class Members(list[tuple[str, Any]]):
    """The members of one JSON object, in order, repeated ones included. `repeats`, of the root: a key is repeated somewhere below."""

    repeats = False

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
    repeats: list[bool] = []

    def made(pairs: list[tuple[str, Any]]) -> Members:
        if len(pairs) > 1 and len(dict(pairs)) != len(pairs):
            repeats.append(True)
        return Members(pairs)

    plain = body.count(b",") > _MANY and not _ODD_NUMBER.search(body)
    odd: dict[str, Any] = {} if plain else {"parse_int": _whole, "parse_float": _real}
    tree = json.loads(body.decode(), object_pairs_hook=made, parse_constant=_no_number, **odd)
    if repeats and isinstance(tree, Members):
        tree.repeats = True
    return tree


def _whole(text: str) -> float:
    """A number of thousands of digits is a number all the same, and must cost nothing."""
    return int(text) if len(text) < 20 else float(text[:20])


def _real(text: str) -> float:
    """Raises ValueError for a number beyond all use, which would be written anew as no JSON."""
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _no_number(_: str) -> NoReturn:
    raise ValueError("not JSON")


def is_body(tree: Any) -> bool:
    """True for a Bundle and for a CDS Hooks request."""
    return isinstance(tree, Members) and (tree.get("resourceType") == "Bundle" or tree.get("hook") is not None)


def root_of(tree: Any) -> str:
    """Where places begin: `Bundle`, or nothing for a CDS Hooks request."""
    return "Bundle" if isinstance(tree, Members) and tree.get("resourceType") == "Bundle" else ""


def repeated(value: list[Any], place: str) -> Iterator[Fault]:
    """Every object in which a key stands more than once. `value` is an object or an array; only what holds something is entered."""
    if isinstance(value, Members) and len(dict(value)) != len(value):
        yield Fault(place, "A key is repeated within this object: POST /evaluate refuses the body.", "structure")
    for key, one in value if isinstance(value, Members) else enumerate(value):
        if isinstance(one, list) and one:
            yield from repeated(one, below(place, key) if isinstance(key, str) else f"{place}[{key}]")


def empty(value: Any, place: str) -> Iterator[Fault]:
    """Every empty value within a resource: FHIR leaves out what has no content. Only the items of an array may be null."""
    if isinstance(value, str | list) and not (value.strip() if isinstance(value, str) else value):
        yield _empty(place)
    for where, one in _parts(value, place):
        if one is None and isinstance(value, Members):
            yield _empty(where)
        yield from empty(one, where)


def _parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The members or items of a value, with their places."""
    if isinstance(value, Members):
        yield from ((below(place, name), one) for name, one in value)
    elif isinstance(value, list):
        yield from ((f"{place}[{number}]", one) for number, one in enumerate(value))


def _empty(place: str) -> Fault:
    return Fault(place, "It is empty: an element without content is left out.", "value")


def below(place: str, name: str) -> str:
    """The place of a member. What is not written like an element's name is not repeated to anyone."""
    if not _ELEMENT.match(name):
        return place
    return f"{place}.{name}" if place else name


def resources(tree: Any, root: str) -> Iterator[tuple[str, str, Members]]:
    """Place, type and members of every resource of a type that is read: in a Bundle, or in the prefetch and context of a hook request."""
    if root:
        yield from _within(tree, root)
        return
    for holder in ("prefetch", "context"):
        held = tree.get(holder)
        for name, value in held if isinstance(held, Members) else ():
            yield from _within(value, below(holder, name))


def _within(value: Any, place: str) -> Iterator[tuple[str, str, Members]]:
    """The value itself when it is such a resource, or those of its entries when it is a Bundle."""
    if not isinstance(value, Members):
        return
    kind, entries = value.get("resourceType"), value.get("entry")
    if isinstance(kind, str) and kind in VALIDATED:
        yield place, kind, value
    elif kind == "Bundle" and isinstance(entries, list):
        for number, entry in enumerate(entries):
            if isinstance(entry, Members):
                yield from _within(entry.get("resource"), f"{place}.entry[{number}].resource")


def entries(tree: Members) -> int:
    """The number of entries of a Bundle, or of all Bundles of a prefetch."""
    prefetch = tree.get("prefetch")
    held = [value for _, value in prefetch] if isinstance(prefetch, Members) else [tree]
    listed = [value.get("entry") for value in held if isinstance(value, Members)]
    return sum(len(one) for one in listed if isinstance(one, list))


def reference_of(kind: str, members: Members, place: str) -> str:
    """How a resource is named to people."""
    identity = members.get("id")
    return shown(kind, identity if isinstance(identity, str) else None, place)


def wrong_types(kind: str, text: str, place: str) -> Iterator[Fault]:
    """The first element of a resource whose JSON type is wrong; R4's models let a number in quotes pass, rules do not."""
    if kind not in KNOWN_TYPES:
        return
    try:
        _known.decode(text)
    except msgspec.ValidationError as error:
        found = _AT.search(str(error))
        where = f"{place}.{found.group(1)}" if found else place
        yield Fault(where, "The JSON type is wrong, such as a number in quotes.", "value")
    except msgspec.DecodeError:
        yield Fault(place, "A text holds half of a surrogate pair, which is no character.", "value")


def as_json(members: Members) -> str:
    """A resource as JSON again; the last of repeated keys stands."""
    return json.dumps(_plain(members))


def _plain(value: Any) -> Any:
    if isinstance(value, Members):
        return {name: _plain(one) for name, one in value}
    return [_plain(one) for one in value] if isinstance(value, list) else value
