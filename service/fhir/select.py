"""Whose chart it is: one patient of the body, or a refusal; everyone else's resources are set aside by place."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from service.fhir.chart import Aside, Refused
from service.fhir.codes import CodeIndex
from service.fhir.decode import Parsed, is_clinical
from service.fhir.references import NO_BASE, NOT_A_PATIENT, Directory, base_of, name_of, resolve
from service.fhir.shapes import Head
from service.fhir.versions import newest

_AMBIGUOUS = "The body holds several patients; name one with the `patient` parameter."
_NOBODY = "The body names no patient: it holds no Patient resource and its resources share no subject."
_NOT_FOUND = "The patient asked for is not in the body."
_MISNAMED = "The id of the Patient is not a FHIR id: letters, digits, '-' and '.', at most 64."
_TORN = "Two Patient resources of different servers share an id or an address: they may be two patients."
_MISMATCH = "The prefetched Patient is not the patient of the hook's context."

_HTTP = ("http://", "https://")


class _Contained(Head, frozen=True):
    id: str | None = None


_contained = msgspec.json.Decoder(_Contained)


@dataclass(frozen=True, slots=True)
class Mine:
    """The patient's own entries, the Patient resources if any were sent, and what was set aside."""

    patient: str
    entries: list[Parsed]
    persons: list[Parsed]
    aside: list[Aside]


def directory_of(entries: Sequence[Parsed], server: str | None = None) -> Directory:
    """Every Patient of the body, with the bases that absolute references may use."""
    directory = Directory()
    if server:
        directory.bases.add(server.rstrip("/"))
    for entry in entries:
        if entry.kind == "Patient":
            _enter(entry, directory)
    if not directory.bases:
        directory.bases |= _bases_meant(entries)
    return directory


def _enter(entry: Parsed, directory: Directory) -> None:
    name = _name(entry)
    directory.add(name, entry.full_url)
    if entry.identity and name != entry.identity:
        directory.misnamed.add(name)


def _name(entry: Parsed) -> str:
    return name_of(entry.identity, entry.full_url, entry.place)


def _bases_meant(entries: Sequence[Parsed]) -> set[str]:
    """Without a base to go by: none when all references agree. Else the base that fullUrls tell, or one that nothing equals.

    The same id on two servers is two patients, and a reference without a base is to a server of its own.
    """
    references = {reference for entry in entries if is_clinical(entry.kind) and (reference := _reference(entry))}
    named = {base_of(one) for one in references if one.startswith(_HTTP)}
    local = any(one.startswith("Patient/") for one in references)
    if not named or len(named) + local == 1:
        return set()
    homes = {base_of(e.full_url) for e in entries if is_clinical(e.kind) and e.full_url and e.full_url.startswith(_HTTP)}
    return homes if len(homes) == 1 else {NO_BASE}


def choose(entries: list[Parsed], directory: Directory, asked: str | None) -> str:
    """The id of the patient to judge. Raises Refused 422 when it cannot be told."""
    named = {subject_of(e, directory) for e in entries if is_clinical(e.kind)}
    subjects = {s for s in named if s and not s.startswith(NOT_A_PATIENT)}
    if asked:
        asked = resolve(asked if "/" in asked or asked.startswith("urn:") else f"Patient/{asked}", directory)
        if asked not in directory.ids | subjects:
            raise Refused(422, "not-found", _NOT_FOUND, ("patient",))
        return settled(asked, directory)
    known = directory.ids or subjects
    if len(known) == 1:
        return settled(next(iter(known)), directory)
    raise Refused(422, "business-rule", _AMBIGUOUS if known else _NOBODY, ("Bundle.entry",))


def settled(patient: str, directory: Directory) -> str:
    """`patient`, where that names one patient by a FHIR id. Raises Refused 422."""
    if patient in directory.misnamed:
        raise Refused(422, "business-rule", _MISNAMED, (f"{patient}.id",))
    if patient in directory.torn:
        raise Refused(422, "business-rule", _TORN, ("Patient.id",))
    return patient


def require(entries: list[Parsed], patient: str) -> None:
    """For a hook: the prefetched Patient must be the one in context. Raises Refused 422."""
    for entry in entries:
        if entry.kind == "Patient" and entry.place.startswith("prefetch.patient") and entry.identity != patient:
            raise Refused(422, "business-rule", _MISMATCH, (entry.place,))


def subject_of(entry: Parsed, directory: Directory) -> str:
    """The patient id an entry belongs to, or an empty text."""
    reference = _reference(entry)
    if not reference:
        return ""
    if reference.startswith("#"):
        return resolve(reference, directory, _contained_patient(entry, reference))
    known = directory.resolved.get(reference)
    if known is None:
        known = directory.resolved[reference] = resolve(reference, directory)
    return known


def _reference(entry: Parsed) -> str | None:
    subject = getattr(entry.resource, "subject", None)
    return subject.reference if subject else entry.subject


def _contained_patient(entry: Parsed, reference: str) -> str | None:
    """A contained Patient speaks for the chart's patient only by carrying the same id."""
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
        if entry.kind == "Patient":
            if _name(entry) == patient:
                persons.append(entry)
        elif is_clinical(entry.kind):
            subject = subject_of(entry, directory)
            if subject == patient:
                mine.append(entry)
            else:
                aside.append(_foreign(entry, subject, asked and subject in directory.ids, index))
    return Mine(patient, mine, newest(persons), aside)


def _foreign(entry: Parsed, subject: str, expected: bool, index: CodeIndex) -> Aside:
    code = getattr(entry.resource, "code", None) or getattr(entry.resource, "medication_codeable_concept", None) or entry.code
    relevant = not expected and (bool(index.matches(code)) or bool(entry.problem and code is None))
    return Aside(entry.place, "belongs to another patient" if subject else "names no subject", relevant, "business-rule")
