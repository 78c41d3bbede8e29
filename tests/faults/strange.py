"""Hostile resources: well-formed JSON in which a fever is misnamed, misplaced, misdated, repeated, another's or contained.

And the opposite: what is odd but allowed, where refusing would be the fault.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from tests.faults import corpus
from tests.faults.corpus import ASIDE, CLEAN, HEARD, HOOK, REFUSED, USED, Hostile, as_bundle, call, chart, feedback, text
from tests.stories.asking import SECRET
from tests.stories.chart import fusion, person, temperature

Json = dict[str, Any]
ME: Final = {"reference": "Patient/p1"}


def fever(value: Any = 39.5, when: str = "2025-04-04", **more: Any) -> Json:
    made: Json = {**temperature(value, when, id="fever", subject=dict(ME)), **more}
    return made


def _with(*resources: Any, who: Json | None = None) -> Json:
    return as_bundle(who or person(), fusion("2025-03-15", subject=dict(ME)), *resources)


def _both(name: str, bundle: Json, want: str, *, hook: str = "") -> Iterator[Hostile]:
    """The same chart as a Bundle and as a request; `hook`: what the request is to get, where that differs."""
    yield Hostile(f"{name} > /evaluate", "/evaluate", lambda: text(bundle), want)
    yield Hostile(f"{name} > {HOOK}", HOOK, lambda: text(call(bundle)), hook or want)


# --- misnamed ------------------------------------------------------------------------------------------------------------------

_KINDS: Final = [
    "Observaton", "observation", "OBSERVATION", "Observation ", " Observation", "Observations", "Obs", "", "0", "Observation\x00", "\u039fbservation",
    SECRET, "Observation\ud800", "Patient/Observation", "http://hl7.org/fhir/Observation", None, 0, 1, True, [], {}, ["Observation"],
]  # fmt: skip


def type_cases() -> Iterator[Hostile]:
    """A fever, and a fusion, whose type is no type."""
    for number, kind in enumerate(_KINDS):
        yield from _both(f"fever of type {number} {str(kind)[:12]!r}", _with(fever(resourceType=kind)), ASIDE)
        tree = chart()
        tree["entry"][1]["resource"]["resourceType"] = kind
        yield from _both(f"fusion of type {number} {str(kind)[:12]!r}", tree, HEARD)
    for name, entry in {
        "no resource": {"fullUrl": "https://ehr.example.org/fhir/Observation/1"}, "null": {"resource": None}, "nothing": {},
        "a failed response": {"response": {"status": "500"}}, "a denied response": {"response": {"status": "403 Forbidden"}},
    }.items():  # fmt: skip
        tree = _with()
        tree["entry"].append(entry)
        yield Hostile(f"an entry of {name} > /evaluate", "/evaluate", _body(tree), ASIDE)
        request = call(_with())
        request["prefetch"]["observations"] = {"resourceType": "Bundle", "type": "batch-response", "entry": [entry]}
        yield Hostile(f"an entry of {name} > {HOOK}", HOOK, _body(request), ASIDE)


def _body(tree: Any) -> Callable[[], bytes]:
    return lambda: text(tree)


# --- another's, or whoever's ---------------------------------------------------------------------------------------------------

_REFERENCES: Final = [
    "Patient/p1 ", " Patient/p1", "/Patient/p1", "./Patient/p1", "../Patient/p1", "Patient/p2/Patient/p1", "Patient/p1/Patient/p2", "Patient/p1/_history/",
    "Patient/p1/_history", "Patient/p1|1", "Patient/p1;", "Patient/p1\u200b", "\u0420atient/p1", "PATIENT/p1", "Patient:p1", "urn:uuid:p1", "urn:oid:p1", "urn:p1",
    "urn:uuid:00000000-0000-4000-8000-000000000000", "ftp://ehr.example.org/fhir/Patient/p1", "file:///etc/Patient/p1", "javascript:/Patient/p1",
    "data:,/Patient/p1", "//ehr.example.org/fhir/Patient/p1", "https://evil.example/fhir/Patient/p1", "http://evil.example/Patient/p1",
    "https://ehr.example.org.evil.example/fhir/Patient/p1", "https://ehr.example.org:8443/fhir/Patient/p1", "https://ehr.example.org/fhir2/Patient/p1",
    "https://user@ehr.example.org/fhir/Patient/p1", "https://ehr.example.org/fhir/Patient/p2", "${jndi:ldap://127.0.0.1/a}/Patient/p1",
    "http://169.254.169.254/latest/Patient/p1",
]  # fmt: skip


def _here(bundle: Json) -> Json:
    """The chart with full urls as a server writes them."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        entry["fullUrl"] = f"https://ehr.example.org/fhir/{resource['resourceType']}/{resource['id']}"
    return bundle


def whose_cases() -> Iterator[Hostile]:
    """References that are nearly this patient's, and patients that are nearly one."""
    for one in _REFERENCES:
        yield from _both(f"subject {one!r}", _here(_with(fever(subject={"reference": one}))), ASIDE)
    a, b = ({"fullUrl": f"https://{host}.example/fhir/Patient/p1", "resource": person()} for host in "ab")
    tree = _with(fever())
    tree["entry"][:1] = [a, b]
    yield Hostile("one id on two servers", "/evaluate", _body(tree), REFUSED)
    yield Hostile("one id on two servers, asked for", "/evaluate?patient=p1", _body(tree), REFUSED)
    for name in (SECRET + "<b>", "p 1", "p1\n", "p_1", "p" * 65, "../p1", "\ud800"):
        tree = as_bundle(
            person(name), fusion("2025-03-15", subject={"reference": f"Patient/{name}"}), fever(subject={"reference": f"Patient/{name}"})
        )
        yield Hostile(f"a patient called {name[:20]!r}", "/evaluate", _body(tree), REFUSED)
        no_patient = {**tree, "entry": tree["entry"][1:]}
        yield Hostile(f"subjects called {name[:20]!r}", "/evaluate", _body(no_patient), REFUSED)
    request = call(_with(fever()))
    for patients in ([person(), person("p2")], [person("p2")], [person(), person("P1")]):
        request["prefetch"]["patient"] = as_bundle(*patients)
        yield Hostile(f"{[one['id'] for one in patients]} in the prefetch", HOOK, _body(json.loads(json.dumps(request))), REFUSED)


# --- misdated ------------------------------------------------------------------------------------------------------------------

_DATES: Final = [
    "2026-02-30", "2025-13-01", "0000-01-01", "0000", "9999-12-31", "10000-01-01", "2025-04-04T24:00:00Z", "2025-04-04T25:00:00Z", "2025-04-04T12:60:00Z",
    "2025-04-04T12:00:00+25:00", "20250404", "04/04/2025", "Apr 4 2025", "2025-04-04 12:00", "yesterday", SECRET, " 2025-04-04", "2025-04-04\n", "-2025-04-04",
    "2025-W14", "2025-094", "\uff12\uff10\uff12\uff15-04-04", "2025-4-4", "2025-04-04T1:00:00Z", "2025-04-04T12:00:00.Z", "1e10", "2025-04-04T12:00:00Z[UTC]",
    "2999-01-01", "2025-00-10", "2025-04-00", "2025-04-04\x00", "9" * 5000,
]  # fmt: skip


def date_cases() -> Iterator[Hostile]:
    """Dates that are none, of the fever, the fusion, the birth and the death: none may silence the fever."""
    for one in _DATES:
        yield from _both(f"fever on {one[:30]!r}", _with(fever(effectiveDateTime=one)), ASIDE)
        for name, resources in {
            "fusion": (person(), fusion(one, subject=dict(ME))), "birth": (person(birth=one), None), "death": ({**person(), "deceasedDateTime": one}, None),
        }.items():  # fmt: skip
            who, operated = resources
            bundle = as_bundle(who, operated or fusion("2025-03-15", subject=dict(ME)), fever())
            yield from _both(f"{name} on {one[:30]!r}", bundle, HEARD)


# --- misplaced and repeated ----------------------------------------------------------------------------------------------------


def _nested(depth: int) -> Json:
    inner: Json = fever()
    for _ in range(depth):
        inner = as_bundle(inner)
    return inner


def place_cases() -> Iterator[Hostile]:
    """A fever within another resource or Bundle, twice, or beside what says that there is more."""
    for depth in (1, 2, 3, 4, 5, 8, 12):
        yield from _both(f"within {depth} Bundles", _with(_nested(depth)), HEARD)
    for kind in ("DiagnosticReport", "Observation", "Encounter", "Composition", "Procedure", "MedicationRequest"):
        holder = {"resourceType": kind, "id": "h", "status": "final", "subject": dict(ME), "contained": [fever()], "code": {"text": "x"}}
        yield from _both(f"contained in a {kind}", _with(holder), ASIDE)
    yield from _both("twice with two values", _with(fever(), fever(36.6)), HEARD)
    yield from _both("twice with two values, turned round", _with(fever(36.6), fever()), HEARD)
    yield from _both("the id of another type", _with(fever(), {**fusion("2020-01-01", subject=dict(ME)), "id": "fever"}), HEARD)


def beside_cases() -> Iterator[Hostile]:
    """A fever, or none, beside what tells how its Bundle is to be read, or that there is more."""
    for kind in ("history", "message", "batch-response", "transaction-response", "subscription-notification", "foo", "", None, 1, []):
        yield from _both(f"a Bundle of type {kind!r}", {**_with(fever()), "type": kind}, HEARD)
    for member in ("modifierExtension", "implicitRules", "_status", "extension"):
        for number, value in enumerate(([{"url": "https://x.example", "valueBoolean": True}], "https://x.example/rules", {}, SECRET)):
            yield from _both(f"{member} {number}", _with(fever(**{member: value})), HEARD)
    for relation in ("next", "NEXT", " next", ["next"], None, 1):
        calm = {**_with(), "link": [{"relation": relation, "url": "https://evil.example/page"}]}
        want = ASIDE if relation else CLEAN
        yield Hostile(f"a link {relation!r} in a calm chart", "/evaluate", _body(calm), want)
    for total in (50, "50", 50.5, 1e3, "many"):
        request = call(_with())
        request["prefetch"]["observations"] = {"resourceType": "Bundle", "type": "searchset", "total": total, "entry": []}
        yield Hostile(f"a total of {total!r} in a calm chart", HOOK, _body(request), ASIDE)
    for key in ("conditions", "observations", "procedures", "medications", "reports"):
        for number, value in enumerate(
            (SECRET, f"<html>{SECRET}</html>", 5, [], [fever()], True, {}, "", {"resourceType": "Basic"}, {"resourceType": "bundle"})
        ):
            request = call(_with())
            request["prefetch"][key] = value
            yield Hostile(f"prefetch {key} {number}", HOOK, _body(request), ASIDE)


# --- odd, but allowed ----------------------------------------------------------------------------------------------------------

_UUID: Final = "0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed1"
_NUMBERS: Final = ("39.50000000000000000", "3.95e1", "395E-1", "3.95E+1", "0.395e2", "39.5000000000000000000000000000000001")
_TYPES: Final = (
    "application/json; charset=utf-8", "application/json;charset=UTF-8", 'application/json; charset="utf-8"', "APPLICATION/JSON", "application/json;",
    "application/json; foo=bar", "application/fhir+json", "application/fhir+json; fhirVersion=4.0", "application/fhir+json;charset=utf-8;fhirVersion=4.0",
)  # fmt: skip
_OTHERS: Final = (
    "Encounter", "Practitioner", "Organization", "Claim", "ExplanationOfBenefit", "Immunization", "CareTeam", "Device", "Provenance", "AllergyIntolerance",
    "CarePlan", "DocumentReference", "ImagingStudy", "Coverage", "Specimen", "Binary", "Medication", "ServiceRequest", "SubscriptionStatus", "List",
)  # fmt: skip


def _fever_as(number: str) -> Callable[[], bytes]:
    return lambda: text(_with(fever("@"))).replace(b'"@"', number.encode())


def _by_uuid() -> Json:
    """A Bundle as generated patients come: every name a urn, and no id but in fullUrl."""
    urn = f"urn:uuid:{_UUID}0"
    rows = [person(), fusion("2025-03-15", subject={"reference": urn}), fever(subject={"reference": urn})]
    entries = [{"fullUrl": f"urn:uuid:{_UUID}{n}", "resource": row} for n, row in enumerate(rows)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def allowed_cases() -> Iterator[Hostile]:
    """What a strict reader could take offence at, and must not."""
    for reference in (
        "Patient/p1/_history/2",
        "https://ehr.example.org/fhir/Patient/p1",
        "https://ehr.example.org/fhir/Patient/p1/_history/7",
    ):
        yield Hostile(f"subject {reference}", "/evaluate", _body(_here(_with(fever(subject={"reference": reference})))), USED)
        request = call(_here(_with(fever(subject={"reference": reference})))) | {"fhirServer": "https://ehr.example.org/fhir/"}
        yield Hostile(f"subject {reference} in a request", HOOK, _body(request), USED)
    yield Hostile("names by urn:uuid", "/evaluate", _body(_by_uuid()), USED)
    for number in _NUMBERS:
        yield Hostile(f"a value of {number}", "/evaluate", _fever_as(number), USED)
    for kind in _TYPES:
        yield Hostile(f"type {kind}", "/evaluate", _body(_with(fever())), USED, kind=kind)
    note = {"text": {"status": "generated", "div": f"<div>{SECRET}</div>"}, "note": [{"text": SECRET}], "language": "de"}
    meta = {"versionId": "1", "lastUpdated": "2025-04-04T08:00:00.000+00:00", "profile": ["https://x.example"], "tag": [{"code": "x"}]}
    odd = {
        "extension": [{"url": "https://x.example", "valueCode": "y"}],
        "_status": {"extension": [{"url": "https://x.example", "valueCode": "y"}]},
    }
    held = {"contained": [{"resourceType": "Practitioner", "id": "a"}], "performer": [{"reference": "#a"}]}
    yield from _both("narrative, notes, meta, extensions, contained", _with(fever(**note, **odd, **held, meta=meta)), USED)
    yield from _both("resources that no rule reads", _with(fever(), *({"resourceType": one, "id": "x"} for one in _OTHERS)), USED)
    yield from _both("beyond the basic plane", _with(fever(), who={**person(), "name": [{"family": "M\u00fcller \U0001f600"}]}), USED)
    yield Hostile("blanks around", "/evaluate", lambda: b" \r\n\t" + text(_with(fever())) + b"\n ", USED)
    yield Hostile("as people write it", "/evaluate", lambda: json.dumps(_with(fever()), indent=4, ensure_ascii=False).encode(), USED)
    yield Hostile("escapes in names", "/evaluate", lambda: text(_with(fever())).replace(b"Observation", b"\\u004fbservation"), USED)
    yield Hostile("escapes in keys", "/evaluate", lambda: text(_with(fever())).replace(b'"resourceType"', b'"\\u0072esourceType"'), USED)
    yield Hostile("a chart of 4 MB", "/evaluate", _long, USED)
    unknown = call(_with(fever())) | {"unknown": [1], "extension": {"com.example": {}}, "fhirServer": None, "fhirAuthorization": None}
    unknown["prefetch"]["of their own"] = {"resourceType": "Basic"}
    yield Hostile("members nobody knows", HOOK, _body(unknown), USED)
    yield Hostile("feedback twice", f"{HOOK}/feedback", _body({"feedback": feedback()["feedback"] * 2}), CLEAN)


def _long() -> bytes:
    glucose = {**temperature(5.5, "2025-04-01", unit="mmol/L"), "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}}
    rows = [{**glucose, "id": f"g{n}", "subject": dict(ME), "note": [{"text": "x" * 120}]} for n in range(9000)]
    return text(_with(fever(), *rows))


def validated_cases() -> Iterator[Hostile]:
    """All that is odd within a Bundle, at /validate: whatever it finds, it finds it without failing and without quoting."""
    for make in (
        corpus.shape_cases,
        corpus.text_cases,
        corpus.subject_cases,
        type_cases,
        whose_cases,
        date_cases,
        place_cases,
        beside_cases,
    ):
        for case in make():
            if case.path == "/evaluate":
                yield replace(case, name=f"{case.name} > /validate", path="/validate", want=CLEAN)


def all_cases() -> list[Hostile]:
    """The whole corpus."""
    makers = (
        corpus.byte_cases, corpus.repeated_cases, corpus.shape_cases, corpus.wide_cases, corpus.text_cases, corpus.subject_cases, corpus.around_cases,
        type_cases, whose_cases, date_cases, place_cases, beside_cases, allowed_cases, validated_cases,
    )  # fmt: skip
    return [case for make in makers for case in make()]
