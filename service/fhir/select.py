"""Whose chart it is: one patient of the body, or a refusal; everyone else's resources are set aside by place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from service.engine.dates import Span
from service.fhir.chart import Aside, Person, Refused
from service.fhir.codes import CodeIndex
from service.fhir.decode import Parsed, is_clinical
from service.fhir.references import NO_BASE, NOT_A_PATIENT, Directory, base_of, resolve
from service.fhir.shapes import Head, Patient
from service.fhir.times import parse
from service.fhir.versions import newest

_AMBIGUOUS = "The body holds several patients; name one with the `patient` parameter."
_NOBODY = "The body names no patient: it holds no Patient resource and its resources share no subject."
_NOT_FOUND = "The patient asked for is not in the body."
_MISMATCH = "The prefetched Patient is not the patient of the hook's context."


class _Contained(Head, frozen=True):
    id: str | None = None


_contained = msgspec.json.Decoder(_Contained)


@dataclass(frozen=True, slots=True)
class Mine:
    """The patient's own entries, the Patient resource if it was sent, and what was set aside."""

    patient: str
    entries: list[Parsed]
    resources: tuple[Patient, ...]
    aside: list[Aside]


def directory_of(entries: Iterable[Parsed], server: str | None = None) -> Directory:
    """Every Patient of the body, with the bases that absolute references may use."""
    directory = Directory()
    named: set[str] = set()
    if server:
        directory.bases.add(server.rstrip("/"))
    for entry in entries:
        if entry.kind == "Patient":
            directory.add(entry.identity or entry.full_url or entry.place, entry.full_url)
        elif (reference := _reference(entry)) and reference.startswith(("http://", "https://")):
            named.add(base_of(reference))
    if not directory.bases and len(named) > 1:
        directory.bases.add(NO_BASE)  # the same id on two servers is two patients, and nothing tells which is meant
    return directory


def choose(entries: list[Parsed], directory: Directory, asked: str | None) -> str:
    """The id of the patient to judge. Raises Refused 422 when it cannot be told."""
    named = {subject_of(e, directory) for e in entries if is_clinical(e.kind)}
    subjects = {s for s in named if s and not s.startswith(NOT_A_PATIENT)}
    if asked:
        asked = resolve(asked if "/" in asked or asked.startswith("urn:") else f"Patient/{asked}", directory)
        if asked not in directory.ids | subjects:
            raise Refused(422, "not-found", _NOT_FOUND, ("patient",))
        return asked
    known = directory.ids or subjects
    if len(known) == 1:
        return next(iter(known))
    raise Refused(422, "business-rule", _AMBIGUOUS if known else _NOBODY, ("Bundle.entry",))


def require(entries: list[Parsed], patient: str) -> None:
    """For a hook: the prefetched Patient must be the one in context. Raises Refused 422."""
    for entry in entries:
        if entry.kind == "Patient" and entry.place.startswith("prefetch.patient") and entry.identity != patient:
            raise Refused(422, "business-rule", _MISMATCH, (entry.place,))


def subject_of(entry: Parsed, directory: Directory) -> str:
    """The patient id an entry belongs to, or an empty text."""
    reference = _reference(entry)
    return resolve(reference, directory, _contained_patient(entry, reference))


def _reference(entry: Parsed) -> str | None:
    subject = getattr(entry.resource, "subject", None)
    return subject.reference if subject else entry.subject


def _contained_patient(entry: Parsed, reference: str | None) -> str | None:
    """A contained Patient speaks for the chart's patient only by carrying the same id."""
    if not reference or not reference.startswith("#"):
        return None
    for raw in getattr(entry.resource, "contained", []):
        try:
            inner = _contained.decode(raw)
        except msgspec.ValidationError:
            continue
        if inner.resource_type == "Patient" and inner.id == reference[1:]:
            return inner.id
    return None


def sort_out(entries: list[Parsed], directory: Directory, patient: str, asked: bool, index: CodeIndex) -> Mine:
    """Keep the patient's entries; name the others by place. Rows of a Patient who is in the body and was not asked for are no news."""
    mine: list[Parsed] = []
    aside: list[Aside] = []
    persons: list[Parsed] = []
    for entry in entries:
        if isinstance(entry.resource, Patient):
            if (entry.identity or entry.full_url or entry.place) == patient:
                persons.append(entry)
        elif is_clinical(entry.kind):
            subject = subject_of(entry, directory)
            if subject == patient:
                mine.append(entry)
            else:
                aside.append(_foreign(entry, subject, asked and subject in directory.ids, index))
    copies = tuple(entry.resource for entry in newest(persons) if isinstance(entry.resource, Patient))
    return Mine(patient, mine, copies, aside)


def _foreign(entry: Parsed, subject: str, expected: bool, index: CodeIndex) -> Aside:
    code = getattr(entry.resource, "code", None) or getattr(entry.resource, "medication_codeable_concept", None) or entry.code
    relevant = not expected and (bool(index.matches(code)) or bool(entry.problem and code is None))
    return Aside(entry.place, "belongs to another patient" if subject else "names no subject", relevant, "business-rule")


def person(patient: str, copies: tuple[Patient, ...], as_of: datetime, zone: ZoneInfo) -> Person:
    """Birth date and death as of the evaluation; an unreadable birth date counts as unknown.

    Copies of one Patient that disagree leave the birth date unknown, and none of them alone can make the patient dead:
    both would silence rules.
    """
    births = {_birth(resource, zone) for resource in copies}
    deaths = [_deceased(resource, as_of, zone) for resource in copies]
    birth = next(iter(births)) if len(births) == 1 else None
    agreed = len(deaths) == 1 or (deaths and all(dead for dead, _ in deaths))
    return Person(patient, birth, *(deaths[0] if agreed else (False, None)))


def _birth(resource: Patient, zone: ZoneInfo) -> Span | None:
    try:
        return parse(resource.birth_date, zone).span if resource.birth_date else None
    except ValueError:
        return None


def _deceased(resource: Patient, as_of: datetime, zone: ZoneInfo) -> tuple[bool, datetime | None]:
    """A date of death after the evaluation does not count yet; one that cannot be read counts."""
    if resource.deceased_date_time:
        try:
            died = parse(resource.deceased_date_time, zone).start
        except ValueError:
            return True, None
        return died <= as_of, died
    return bool(resource.deceased_boolean), None
