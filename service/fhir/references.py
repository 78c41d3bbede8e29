"""Whose a resource is: references as fullUrl, urn:uuid, relative, absolute, contained and versioned, brought to one form."""

import re
from dataclasses import dataclass, field

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
NOT_A_PATIENT = "not a patient: "  # no id begins like this
NO_BASE = "no base"  # equals no base: every absolute reference lies elsewhere
_HISTORY = re.compile(r"/_history/[^/]+\Z")


@dataclass(slots=True)
class Directory:
    """Known patients by fullUrl and id, and the bases of the servers the body speaks of."""

    by_url: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)

    def add(self, patient: str, full_url: str | None) -> None:
        """Enter one Patient resource."""
        self.ids.add(patient)
        if not full_url:
            return
        self.by_url[full_url] = patient
        if full_url.startswith(("http://", "https://")):
            self.bases.add(base_of(full_url))


def base_of(url: str) -> str:
    """The server base of an absolute resource URL: all before the last two path segments."""
    return _HISTORY.sub("", url).rsplit("/", 2)[0]


def resolve(reference: str | None, directory: Directory, contained: str | None = None) -> str:
    """The patient id a subject reference names; empty when it names none; a text that equals no id when it names something else."""
    if not reference:
        return ""
    reference = _HISTORY.sub("", reference.strip())
    if reference.startswith("#"):
        return contained or ""
    known = directory.by_url.get(reference)
    if known is not None:
        return known
    return _urn(reference, directory) if reference.startswith("urn:") else _path(reference, directory)


def _urn(reference: str, directory: Directory) -> str:
    last = reference.rsplit(":", 1)[-1]
    return last if last in directory.ids else reference


def _path(reference: str, directory: Directory) -> str:
    parts = reference.rsplit("/", 2)
    if len(parts) < 2 or parts[-2] != "Patient":
        return f"{NOT_A_PATIENT}{reference}"
    elsewhere = len(parts) == 3 and parts[0] != "" and bool(directory.bases) and parts[0] not in directory.bases
    return f"elsewhere: {reference}" if elsewhere else parts[-1]


def shown(kind: str, identity: str | None, place: str) -> str:
    """How a resource is named to people: `Observation/o1`, or its place when its id is not a FHIR id."""
    return f"{kind}/{identity}" if identity and ID.match(identity) else place
