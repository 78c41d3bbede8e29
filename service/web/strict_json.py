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
MAX_PARTS: Final = 100_000  # members of one resource: a chart is long, none of its resources is
MAX_DEPTH: Final = 64
SMALL: Final = 256 * 1024  # below this every object of the body is searched for repeated keys, above it the outer ones and resources
_FEW_BRACKETS: Final = 48  # a member with fewer brackets cannot be too deep, wherever it stands
_OUTER: Final = 8  # levels a member may lie below the root: prefetch, key, entry, number, resource

_ONE_BRACKET: Final = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STRING: Final = re.compile(rb'"[^"]*"')
_OFFSET: Final = re.compile(r"\(byte (\d+)\)")
_BARE_NUMBER: Final = re.compile(rb"NaN|Infinity")
# a resource in which none of these stands is read by no rule
_USED: Final = re.compile(
    rb'"(?:Observation|Condition|Procedure|Patient|DiagnosticReport|Medication(?:Request|Statement)?|Bundle|ServiceRequest)"'
)


class _Key:
    """A key that is equal to no other: a dict keyed by these keeps both of two repeated keys."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _hook(_: type, text: Any) -> _Key:
    return _Key(text)


_MEMBERS: Final = msgspec.json.Decoder(dict[_Key, msgspec.Raw], dec_hook=_hook)
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
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise problem(400, "structure", f"The body is not UTF-8 (byte {error.start}).") from None
    if body.count(b",") > MAX_MEMBERS:
        raise problem(413, "too-long", f"The body has more than {MAX_MEMBERS} members.")


def check_members(body: bytes, small: int = SMALL) -> None:
    """Search every object of a body up to `small` bytes for repeated keys, and any body for NaN and Infinity."""
    if len(body) > small and not _BARE_NUMBER.search(body):
        return
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

    A value of another shape is no fault of the envelope: service/fhir says what it means.
    """
    if not raw.startswith(b"{"):
        check_depth(raw)
        return 0
    members = split(raw, where)
    if members.get("resourceType") != b'"Bundle"':
        check_resource(raw, where)
    entries = members.pop("entry", b"")
    for member in members.values():
        check_depth(member)
    count = -1
    for count, entry in enumerate(_items(entries)):
        if count >= MAX_ENTRIES:
            raise problem(413, "too-long", f"A Bundle has more than {MAX_ENTRIES} entries.", *_path(where))
        _check_entry(entry, f"{where}.entry[{count}]")
    return count + 1


def _items(raw: bytes) -> Iterator[bytes]:
    """The items of an array one by one; none when it is no array."""
    if not raw.startswith(b"["):
        check_depth(raw)
        return
    for item in _ITEMS.decode(raw):
        yield bytes(item)


def _check_entry(raw: bytes, where: str) -> None:
    check_depth(raw)
    if raw.startswith(b"{"):
        resource = split(raw, where).get("resource", b"")
        check = check_bundle if b'"entry"' in resource else check_resource  # a Bundle within a Bundle
        check(resource, f"{where}.resource")


def check_resource(raw: bytes, where: str) -> None:
    """Refuse repeated keys at any depth of a resource that a rule could read.

    Decoding keeps one of two equal keys, so written anew the resource has fewer colons; an escaped colon alone could hide that.
    """
    if not _USED.search(raw):
        return
    if raw.count(b",") > MAX_PARTS:
        raise problem(413, "too-long", f"A resource has more than {MAX_PARTS} members.", *_path(where))
    try:
        if b"\\u003" not in raw and raw.count(b":") == _ENCODER.encode(_ANY.decode(raw)).count(b":"):
            return
    except (msgspec.MsgspecError, OverflowError):  # numbers beyond all use: service/fhir says what they mean
        pass
    if _repeats(raw):
        raise _repeated(where)


def _repeats(raw: bytes) -> bool:
    """True when a key stands twice in any object."""
    try:
        json.loads(raw.decode(), object_pairs_hook=_unique, parse_int=_unread, parse_float=_unread)
    except Problem:
        return True
    return False


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


def _too_deep() -> Problem:
    return problem(400, "structure", f"The body is nested deeper than {MAX_DEPTH} levels.")


def _malformed(error: msgspec.DecodeError) -> Problem:
    """The parser's own text names a place, but may also hold a key; only the place is kept."""
    found = _OFFSET.search(str(error))
    place = f" (byte {found.group(1)})" if found else " (it ends too early)"
    return problem(400, "structure", f"The body is not JSON{place}.")
