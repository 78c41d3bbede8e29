"""Raw entries to shapes, each on its own, so that one bad resource takes no other down."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from service.fhir.chart import Refused
from service.fhir.resource_types import R4_TYPES
from service.fhir.shapes import CLINICAL_TYPES, KNOWN_TYPES, Bundle, CodedHead, Concept, Entry, Head, Known, Link, LooseBundle, SubjectHead

_known = msgspec.json.Decoder(Known)
_head = msgspec.json.Decoder(Head)
_coded = msgspec.json.Decoder(CodedHead)
_subject = msgspec.json.Decoder(SubjectHead)
_bundle = msgspec.json.Decoder(Bundle)
_loose = msgspec.json.Decoder(LooseBundle)
_entry = msgspec.json.Decoder(Entry)
_TYPE, _FIRST = b'"resourceType"', b'{"resourceType":"'  # how nearly every resource begins
_IS_BUNDLE = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"Bundle"')
_ESCAPED = b"\\u00"  # in which a key may be spelled
_FAILED = re.compile(rb'"status"\s*:\s*"[45]')
MOST = 20_000  # entries of all of them together, as many as one Bundle may have
_NESTING = 3  # Bundles inside Bundles that are still read


class Issue(msgspec.Struct, gc=False):
    """An issue of an OperationOutcome, as far as its severity."""

    severity: str | None = None


class OperationOutcome(msgspec.Struct, gc=False):
    issue: list[Issue] = []


_outcome = msgspec.json.Decoder(OperationOutcome)


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """One entry: its place, fullUrl and resource. `kind` is empty when it could not be told; `problem` set when unreadable."""

    place: str
    full_url: str | None
    kind: str
    raw: bytes
    resource: Known | None = None
    problem: str = ""
    code: Concept | None = None
    identity: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A Bundle taken apart: its readable entries, and the places where it is known to be cut short or failed.

    `doubtful` are resources that name a type more than once, or could do so in escapes: one contains another, or a key is repeated.
    """

    entries: list[Parsed]
    cut: list[tuple[str, str]]
    doubtful: list[tuple[bytes, str]] = field(default_factory=list)


class NotJson(Refused):
    """The refusal of text that is no JSON."""

    def __init__(self) -> None:
        super().__init__(400, "structure", "The body is not well-formed JSON.")


def kind_of(raw: bytes, twice: bool = True) -> str:
    """The resourceType, or an empty text. `twice`: it may name a type more than once. Raises Refused 400 for text that is no JSON."""
    if raw.startswith(_FIRST) and not twice:
        name = raw[len(_FIRST) : raw.find(b'"', len(_FIRST))]
        if b"\\" not in name:
            return name.decode("utf-8", "replace")
    try:
        return _head.decode(raw).resource_type or ""
    except msgspec.ValidationError:
        return ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson from None


def is_bundle(raw: bytes) -> bool:
    """True for a Bundle. One that says so first of all is not read to its end for that. Raises Refused as kind_of."""
    return bool(_IS_BUNDLE.match(raw)) or kind_of(raw) == "Bundle"


def open_bundle(raw: bytes, place: str = "Bundle", depth: int = 0) -> Opened:
    """Take a Bundle apart. Raises Refused 400 for text that is no JSON, and when its own members are malformed."""
    try:
        whole = _bundle.decode(raw)
    except msgspec.ValidationError:
        return _taken_apart(*_open_loose(raw, place), place, depth)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson from None
    return _taken_apart(whole, whole.entry, place, depth)


def _taken_apart(bundle: Bundle | LooseBundle, entries: Sequence[Entry | None], place: str, depth: int) -> Opened:
    opened = Opened([], list(_cuts(bundle, entries, place)))
    for number, entry in enumerate(entries):
        _take(entry, f"{place}.entry[{number}]", depth, opened)
    return opened


def open_entries(raw: bytes, place: str) -> list[tuple[bytes, str, str, str | None]]:
    """Every resource of a Bundle as (raw bytes, type, place, fullUrl), whatever its type. Raises Refused 400."""
    if kind_of(raw) != "Bundle":
        raise Refused(400, "structure", "A Bundle is wanted here.", (place,))
    try:
        entries: list[Entry | None] = list(_bundle.decode(raw).entry)
    except msgspec.ValidationError:
        entries = _open_loose(raw, place)[1]
    found = []
    for number, entry in enumerate(entries):
        if entry is not None and isinstance(entry.resource, msgspec.Raw) and bytes(entry.resource) != b"null":
            body = bytes(entry.resource)
            found.append((body, kind_of(body), f"{place}.entry[{number}].resource", entry.full_url))
    return found


def _open_loose(raw: bytes, place: str) -> tuple[LooseBundle, list[Entry | None]]:
    try:
        bundle = _loose.decode(raw)
    except msgspec.ValidationError:
        raise Refused(400, "structure", "A member of the Bundle has the wrong type.", (place,)) from None
    return bundle, [_loose_entry(bytes(entry)) for entry in bundle.entry]


def _loose_entry(raw: bytes) -> Entry | None:
    try:
        return _entry.decode(raw)
    except msgspec.ValidationError:
        return None


def _cuts(bundle: Bundle | LooseBundle, entries: Sequence[Entry | None], place: str) -> Iterator[tuple[str, str]]:
    if any((link.relation or "").strip().lower() == "next" for link in bundle.link):
        yield f"{place}.link", "more pages exist that were not sent"
    matches = sum(1 for entry in entries if entry is None or _is_match(entry))
    if bundle.type == "searchset" and bundle.total is not None and bundle.total > matches:
        yield f"{place}.total", "fewer entries were sent than the search found"


def _is_match(entry: Entry) -> bool:
    return entry.search is None or entry.search.mode not in ("include", "outcome")


def _take(entry: Entry | None, place: str, depth: int, opened: Opened) -> None:
    if entry is None:
        opened.entries.append(Parsed(place, None, "", b"", problem="not an entry"))
        return
    if not isinstance(entry.resource, msgspec.Raw) or bytes(entry.resource) == b"null":
        _take_bare(entry, place, opened)
        return
    raw, where = bytes(entry.resource), f"{place}.resource"
    twice = raw.count(_TYPE) > 1
    kind = kind_of(raw, twice)
    if kind != "Bundle" and (twice or (kind not in KNOWN_TYPES and _ESCAPED in raw)):
        opened.doubtful.append((raw, where))
    if kind == "Bundle":
        _take_bundle(raw, where, depth + 1, opened)
    elif kind == "OperationOutcome":
        if _is_failure(raw):
            opened.cut.append((where, "the search reports an error"))
    elif kind in KNOWN_TYPES or kind not in R4_TYPES or b'"contained"' in raw:
        opened.entries.append(parse_resource(raw, kind, where, entry.full_url))


def _take_bare(entry: Entry, place: str, opened: Opened) -> None:
    """An entry may carry only a request, or a response: one that failed is a hole in the chart."""
    if isinstance(entry.response, msgspec.Raw):
        if _FAILED.search(bytes(entry.response)):
            opened.cut.append((place, "the server could not answer this part"))
    elif entry.request is msgspec.UNSET:
        opened.entries.append(Parsed(place, entry.full_url, "", b"", problem="it holds no resource"))


def _take_bundle(raw: bytes, where: str, depth: int, opened: Opened) -> None:
    if depth > _NESTING:
        opened.cut.append((where, "Bundles lie within Bundles too deep to be read"))
        return
    inner = open_bundle(raw, where, depth)
    if len(opened.entries) + len(inner.entries) > MOST:
        raise Refused(413, "too-long", f"Bundles within Bundles hold more than {MOST} entries.", (where,))
    opened.entries.extend(inner.entries)
    opened.cut.extend(inner.cut)
    opened.doubtful.extend(inner.doubtful)


def _is_failure(raw: bytes) -> bool:
    try:
        return any(issue.severity in ("fatal", "error") for issue in _outcome.decode(raw).issue)
    except msgspec.ValidationError:
        return True


def parse_resource(raw: bytes, kind: str, place: str, full_url: str | None = None) -> Parsed:
    """Decode one resource of a type rules read; one that cannot be decoded keeps what its head still tells."""
    if kind not in R4_TYPES:
        return Parsed(place, full_url, "", raw, problem="its resource type is not one of FHIR R4" if kind else "no resource type")
    if kind not in KNOWN_TYPES:
        return Parsed(place, full_url, kind, raw)
    try:
        resource = _known.decode(raw)
    except msgspec.ValidationError:
        return _unreadable(raw, kind, place, full_url)
    return Parsed(place, full_url, kind, raw, resource=resource, identity=resource.id)


def _unreadable(raw: bytes, kind: str, place: str, full_url: str | None) -> Parsed:
    code, identity = None, None
    try:
        head = _coded.decode(raw)
        code, identity = head.code or head.medication_codeable_concept, head.id
    except msgspec.ValidationError:
        pass
    subject = _subject_of(raw)
    return Parsed(place, full_url, kind, raw, problem="an element has the wrong type", code=code, identity=identity, subject=subject)


def _subject_of(raw: bytes) -> str | None:
    try:
        subject = _subject.decode(raw).subject
    except msgspec.ValidationError:
        return None
    return subject.reference if subject else None


def is_clinical(kind: str) -> bool:
    """True for the types that facts are read from."""
    return kind in CLINICAL_TYPES


__all__ = ["Link", "NotJson", "Opened", "Parsed", "is_bundle", "is_clinical", "kind_of", "open_bundle", "parse_resource"]
