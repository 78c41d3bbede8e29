"""Whose a resource is: references as fullUrl, urn:uuid, relative, absolute, contained and versioned, brought to one form."""

import re
from dataclasses import dataclass, field

_ID = r"[A-Za-z0-9\-.]{1,64}"
ID = re.compile(rf"{_ID}\Z")
NOT_A_PATIENT = "not a patient: "  # no id begins like this
NO_BASE = "no base"  # equals no base: every absolute reference lies elsewhere
_HISTORY = re.compile(rf"/_history/{_ID}\Z")
_LOCAL = re.compile(rf"Patient/({_ID})\Z")
_ABSOLUTE = re.compile(rf"(https?://[^\s?#]+)/Patient/({_ID})\Z")
_UUID = re.compile(r"urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+\Z")


@dataclass(slots=True)
class Directory:
    """Known patients by fullUrl and id, and the bases of the servers the body speaks of.

    `torn`: names that stand for more than one patient. `misnamed`: Patient resources whose id is no FHIR id. `resolved` keeps what
    references came to once all patients are known: those of one chart are mostly the same.
    """

    by_url: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    torn: set[str] = field(default_factory=set)
    misnamed: set[str] = field(default_factory=set)
    resolved: dict[str, str] = field(default_factory=dict, repr=False)
    _homes: dict[str, str] = field(default_factory=dict)

    def add(self, patient: str, full_url: str | None) -> None:
        """Enter one Patient resource."""
        self.ids.add(patient)
        url = _HISTORY.sub("", full_url or "")
        if not url.startswith(("http://", "https://", "urn:")):
            return
        if self.by_url.setdefault(url, patient) != patient:
            self.torn |= {patient, self.by_url[url]}
        if not url.startswith("urn:"):
            self._settle(patient, base_of(url))

    def _settle(self, patient: str, base: str) -> None:
        """The same id on two servers is two patients."""
        self.bases.add(base)
        if self._homes.setdefault(patient, base) != base:
            self.torn.add(patient)


def base_of(url: str) -> str:
    """The server base of an absolute resource URL: all before the last two path segments."""
    return _HISTORY.sub("", url).rsplit("/", 2)[0]


def name_of(identity: str | None, full_url: str | None, place: str) -> str:
    """What a Patient resource is known by: its id; without one what its fullUrl says; else its place, to which nothing refers."""
    if identity:
        return identity if ID.match(identity) else place
    url = _HISTORY.sub("", full_url or "")
    absolute = _ABSOLUTE.match(url)
    return absolute[2] if absolute else url if _UUID.match(url) or _OID.match(url) else place


def resolve(reference: str | None, directory: Directory, contained: str | None = None) -> str:
    """The patient id a subject reference names; empty when it names none; a text that equals no id when it names something else.

    Only what FHIR allows is taken: a reference with a blank or a slash too many may mean anyone.
    """
    if not reference:
        return ""
    if reference.startswith("#"):
        return contained or ""
    reference = _HISTORY.sub("", reference)
    known = directory.by_url.get(reference)
    if known is not None:
        return known
    return _urn(reference, directory) if reference.startswith("urn:") else _path(reference, directory)


def _urn(reference: str, directory: Directory) -> str:
    uuid = _UUID.match(reference)
    if uuid and uuid[1] in directory.ids:
        return uuid[1]
    return reference if uuid or _OID.match(reference) else f"{NOT_A_PATIENT}{reference}"


def _path(reference: str, directory: Directory) -> str:
    local = _LOCAL.match(reference)
    if local:
        return local[1]
    absolute = _ABSOLUTE.match(reference)
    if absolute is None:
        return f"{NOT_A_PATIENT}{reference}"
    elsewhere = directory.bases and absolute[1] not in directory.bases
    return f"elsewhere: {reference}" if elsewhere else absolute[2]


def shown(kind: str, identity: str | None, place: str) -> str:
    """How a resource is named to people: `Observation/o1`, or its place when its id is not a FHIR id."""
    return f"{kind}/{identity}" if identity and ID.match(identity) else place
