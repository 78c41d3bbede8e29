"""JSON read strictly, and only as deep as needed: an object is split into its members, which stay raw bytes.

Resources are decoded once, by service/fhir. What is refused here: bytes that are not UTF-8, text that is not JSON (NaN and
Infinity are not), repeated keys where they could mix two patients, and bodies too large, too wide or too deep to be a chart.
Python's own json takes the last of two equal keys without a word, so one body could mean two patients to two readers.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from service.web.problems import Problem, problem

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 20_000
MAX_MEMBERS: Final = 2_000_000
MAX_DEPTH: Final = 64
SMALL: Final = 64 * 1024  # below this every object of the body is searched for repeated keys, above it the outer ones and resources
_FEW_BRACKETS: Final = 48  # a member with fewer brackets cannot be too deep, wherever it stands
_SHALLOW: Final = 2 * (MAX_DEPTH - 8)  # fewer bytes cannot be too deep
_OUTER: Final = 8  # levels a member may lie below the root: prefetch, key, entry, number, resource

_ONE_BRACKET: Final = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STRING: Final = re.compile(rb'"[^"]*"')
_OFFSET: Final = re.compile(r"\(byte (\d+)\)")


class _Key:
    """A key that is equal to no other: a dict keyed by these keeps both of two repeated keys."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class _Bundle(msgspec.Struct):
    """The members a Bundle of FHIR R4 may have, still raw."""

    entry: list[dict[str, msgspec.Raw]]
    resourceType: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # the FHIR name
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    timestamp: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    total: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    link: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    meta: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def _hook(_: type, text: Any) -> _Key:
    return _Key(text)


_MEMBERS: Final = msgspec.json.Decoder(dict[_Key, msgspec.Raw], dec_hook=_hook)
_BUNDLE: Final = msgspec.json.Decoder(_Bundle)
_BESIDE_ENTRIES: Final = tuple(name for name in _Bundle.__struct_fields__ if name != "entry")
# how the resources begin of which a chart has most: none of them is a Bundle, unless a key is repeated, which service/fhir finds
_PLAIN: Final = tuple(b'{"resourceType":"%s"' % name for name in (b"Observation", b"Condition", b"Procedure", b"MedicationRequest"))
# how nearly every entry of a search says why it is there
_SEARCHES: Final = frozenset(b'{"mode":%s"%s"}' % (blank, mode) for blank in (b"", b" ") for mode in (b"match", b"include", b"outcome"))
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


def split(body: bytes, where: str = "") -> dict[str, bytes]:
    """The members of one object as raw JSON. `where` is its path, for the refusal. Raises Problem 400."""
    try:
        members = _MEMBERS.decode(body)
    except msgspec.ValidationError:
        raise problem(400, "structure", "A JSON object is wanted here.", *_path(where)) from None
    except msgspec.DecodeError as error:
        raise _malformed(error) from None
    except RecursionError:
        raise _too_deep() from None
    out = {key.text: bytes(raw) for key, raw in members.items()}
    if len(out) != len(members):
        raise _repeated(where)
    return out


def check_text(body: bytes) -> None:
    """Refuse what no parser should see: an empty body, bytes that are not UTF-8, more members than any chart has."""
    if not body.strip():
        raise problem(400, "structure", "The body is empty; a JSON object is wanted.")
    try:
        body.isascii() or body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise problem(400, "structure", f"The body is not UTF-8 (byte {error.start}).") from None
    if len(body) > 2 * MAX_MEMBERS and body.count(b",") > MAX_MEMBERS:
        raise problem(413, "too-long", f"The body has more than {MAX_MEMBERS} members.")


def check_members(body: bytes, small: int = SMALL) -> bool:
    """Search every object of a body up to `small` bytes for repeated keys. False: it is larger, and was not searched.

    Decoding keeps one of two equal keys, so written anew the body has fewer colons; an escaped colon alone could hide that.
    """
    if len(body) > small:
        return False
    try:
        if b"\\u003" not in body and body.count(b":") == _ENCODER.encode(_ANY.decode(body)).count(b":"):
            return True
    except (msgspec.MsgspecError, OverflowError, RecursionError):  # the slow way says what is wrong, if anything is
        pass
    _search(body)
    return True


def _search(body: bytes) -> None:
    """Refuse a repeated key wherever it stands, and what is no JSON at all."""
    try:
        json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_unread, parse_float=_unread)
    except json.JSONDecodeError as error:
        raise problem(400, "structure", f"The body is not JSON (character {error.pos}).") from None
    except RecursionError:
        raise _too_deep() from None


def check_depth(raw: bytes) -> None:
    """Refuse nesting beyond MAX_DEPTH. Strings are taken out first, then the innermost pairs, one level at a time."""
    if raw.count(b"{") + raw.count(b"[") <= _FEW_BRACKETS:
        return
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = raw.translate(_ONE_BRACKET, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _STRING.sub(b"", brackets)
    for _ in range(MAX_DEPTH - _OUTER):
        if not brackets:
            return
        if b"[" * MAX_DEPTH in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise _too_deep()


def check_bundle(raw: bytes, where: str) -> int:
    """The number of entries, once the Bundle and every entry are known to say each thing once. Anything else gives 0.

    A value of another shape is no fault of the envelope: service/fhir says what it means. So it does of repeated keys in a resource,
    since it knows which of them could matter.
    """
    if not raw.startswith(b"{"):
        check_depth(raw)
        return 0
    listed = _once(raw)
    if listed is None:
        return _check_slowly(raw, where)
    if len(listed) > MAX_ENTRIES:
        raise _too_many(where)
    for number, entry in enumerate(listed):
        for name, value in entry.items():
            if len(value) >= _SHALLOW or name == "search":
                _check_member(name, bytes(value), where, number)
    return len(listed)


def _once(raw: bytes) -> list[dict[str, msgspec.Raw]] | None:
    """The entries of a Bundle written without blanks in which neither it nor any entry repeats a key, else None.

    Then, and only then, the lengths of what was decoded add up to that of the whole.
    """
    try:
        bundle = _BUNDLE.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    others = {name: value for name in _BESIDE_ENTRIES if isinstance(value := getattr(bundle, name), msgspec.Raw)}
    entries = 1 + sum([_length(one) + 1 for one in bundle.entry])
    whole = _length(others) + len('"entry":,') + entries
    shallow = all(len(value) < _SHALLOW for value in others.values())
    return bundle.entry if whole == len(raw) and shallow else None


def _length(members: dict[str, msgspec.Raw]) -> int:
    """How long an object of these members is, written without blanks."""
    return 1 + sum([len(key) + len(value) + 4 for key, value in members.items()])


def _check_slowly(raw: bytes, where: str) -> int:
    """A Bundle and its entries one by one, with their faults by place."""
    members = split(raw, where)
    entries = members.pop("entry", b"")
    for member in members.values():
        check_depth(member)
    return _check_entries(entries, where)


def _check_entries(raw: bytes, where: str) -> int:
    """The entries one by one, with their faults by place."""
    count = -1
    for count, entry in enumerate(_items(raw)):
        if count >= MAX_ENTRIES:
            raise _too_many(where)
        place = f"{where}.entry[{count}]"
        check_depth(entry)
        if entry.startswith(b"{"):
            for name, value in split(entry, place).items():
                _check_member(name, value, where, count)
    return count + 1


def _check_member(name: str, raw: bytes, where: str, number: int) -> None:
    if name == "search" and raw in _SEARCHES:
        return
    check_depth(raw)
    if name == "search" and raw.startswith(b"{"):
        split(raw, f"{where}.entry[{number}].search")
    if name == "resource" and not raw.startswith(_PLAIN) and (b'"entry"' in raw or b"\\u00" in raw):  # it may be a Bundle within a Bundle
        check_bundle(raw, f"{where}.entry[{number}].resource")


def _items(raw: bytes) -> Iterator[bytes]:
    """The items of an array one by one; none when it is no array."""
    if not raw.startswith(b"["):
        check_depth(raw)
        return
    for item in _ITEMS.decode(raw):
        yield bytes(item)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _repeated("")


def _no_constant(_: str) -> None:
    raise problem(400, "structure", "NaN and Infinity are not JSON.")


def _unread(_: str) -> None:
    """Numbers are read by service/fhir; here even one of 5,000 digits costs nothing."""


def _path(where: str) -> tuple[str, ...]:
    return (where,) if where else ()


def _repeated(where: str) -> Problem:
    return problem(400, "structure", "A key is repeated within one JSON object.", *_path(where))


def _too_many(where: str) -> Problem:
    return problem(413, "too-long", f"A Bundle has more than {MAX_ENTRIES} entries.", *_path(where))


def _too_deep() -> Problem:
    return problem(400, "structure", f"The body is nested deeper than {MAX_DEPTH} levels.")


def _malformed(error: msgspec.DecodeError) -> Problem:
    """The parser's own text names a place, but may also hold a key; only the place is kept."""
    found = _OFFSET.search(str(error))
    place = f" (byte {found.group(1)})" if found else " (it ends too early)"
    return problem(400, "structure", f"The body is not JSON{place}.")
