"""Keys that stand twice in one object of a resource: one reader takes the first, another the last, so one body could mean two charts.

Resources whose codes rules know are searched whole. A repeated key could also hide such a code from decoding, which keeps the last
of two; so the bytes of all others are searched for our codes, and those that carry one are searched whole as well.
"""

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from service.fhir.chart import Refused
from service.fhir.codes import CodeIndex, Texts
from service.fhir.decode import Parsed

REPEATED = "A key is repeated within one JSON object."
MAX_PARTS = 100_000  # members of one resource: a chart is long, none of its resources is
_CODE = b'"code"'
_BEYOND = 32  # bytes after a key, beyond the longest of our codes, in which its value can be told
_decoder, _encoder = msgspec.json.Decoder(), msgspec.json.Encoder()


def refuse_repeats(
    entries: Iterable[Parsed], quiet: frozenset[str], doubtful: Iterable[tuple[bytes, str]], index: CodeIndex
) -> None:
    """Raise Refused 400 for a repeated key in a resource that a rule could read, 413 for one with too many members.

    `quiet` are the places of entries whose codes are foreign, `doubtful` bytes and places of what names its type more than once.
    """
    for raw, place in doubtful:
        refuse_repeated(raw, place)
    foreign = []
    for entry in entries:
        if entry.place in quiet:
            foreign.append(entry)
        else:
            refuse_repeated(entry.raw, entry.place)
    if _carry([entry.raw for entry in foreign], index.texts):
        for entry in foreign:
            if _carry([entry.raw], index.texts):
                refuse_repeated(entry.raw, entry.place)


def _carry(resources: Iterable[bytes], known: Texts) -> bool:
    """True when the bytes hold a code of ours as the value of any key `code`, or escapes, in which a key may be spelled."""
    together = b"\n".join(resources)
    length = known.longest + _BEYOND
    heads = {piece[:length] for piece in together.split(_CODE)[1:]}
    return b"\\u00" in together or any(known.begins(head) for head in heads)


def refuse_repeated(raw: bytes, place: str) -> None:
    """Raise Refused 400 for a key that stands twice in any object, 413 for too many members.

    Decoding keeps one of two equal keys, so written anew the resource has fewer colons; an escaped colon alone could hide that.
    """
    if raw.count(b",") > MAX_PARTS:
        raise Refused(413, "too-long", f"A resource has more than {MAX_PARTS} members.", (place,))
    try:
        if b"\\u003" not in raw and raw.count(b":") == _encoder.encode(_decoder.decode(raw)).count(b":"):
            return
    except (msgspec.MsgspecError, OverflowError, UnicodeDecodeError):  # numbers beyond all use: whoever reads them says what they mean
        pass
    if _repeats(raw):
        raise Refused(400, "structure", REPEATED, (place,))


def _repeats(raw: bytes) -> bool:
    """True when a key stands twice in any object."""
    found: list[bool] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        found.append(len({key for key, _ in pairs}) != len(pairs))

    try:
        json.loads(raw.decode(), object_pairs_hook=look, parse_int=_unread, parse_float=_unread)
    except (ValueError, RecursionError):  # what is no JSON, or too deep, is refused by whoever decodes it
        pass
    return any(found)


def _unread(_: str) -> None:
    """Numbers are read elsewhere; here even one of 5,000 digits costs nothing."""
