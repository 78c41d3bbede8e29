"""The charts of the sample stories, by resource type, and the few searches a decision support service makes of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from service.lab.calling import Json
from service.lab.samples import STORIES, SampleError, fill

SEARCHED: Final = ("Condition", "Observation", "Procedure", "MedicationRequest", "DiagnosticReport")
_CODE: Final = {"MedicationRequest": "medicationCodeableConcept"}


@dataclass(frozen=True, slots=True)
class Records:
    """Resources by type, in the order of the stories."""

    rows: Mapping[str, tuple[Json, ...]]

    @property
    def patients(self) -> tuple[str, ...]:
        """The ids of all patients."""
        return tuple(str(row.get("id")) for row in self.rows.get("Patient", ()))

    def read(self, kind: str, name: str) -> Json | None:
        """One resource by its id; the first, where stories share an id."""
        return next((row for row in self.rows.get(kind, ()) if row.get("id") == name), None)

    def search(self, kind: str, patient: str, codes: Iterable[str] = ()) -> list[Json]:
        """The resources of `patient`; with `codes` ('code' or 'system|code') only those that carry one of them."""
        mine = [row for row in self.rows.get(kind, ()) if subject_of(row) == f"Patient/{patient}"]
        wanted = set(codes)
        return [row for row in mine if not wanted or wanted & set(_codes(row))]


def subject_of(row: Json) -> str:
    """The reference to the patient a resource is about; empty without one."""
    about = row.get("subject") or row.get("patient")
    return str(about.get("reference", "")) if isinstance(about, dict) else ""


def records_of(resources: Iterable[Any]) -> Records:
    """Records of what are resources among `resources`."""
    rows: dict[str, list[Json]] = {}
    for one in resources:
        if isinstance(one, dict) and isinstance(one.get("resourceType"), str):
            rows.setdefault(one["resourceType"], []).append(one)
    return Records({kind: tuple(found) for kind, found in rows.items()})


def read_records(folder: Path = STORIES, *, today: date) -> Records:
    """The stories of `folder`: request.json, its dates counted back from `today`, or bundle.json as it stands. Raises SampleError."""
    resources = [row for story in sorted(folder.glob("*/")) for row in _story(story, today)]
    records = records_of(resources)
    if not records.patients:
        raise SampleError(f"There are no patients in {folder}: each story is a folder with a request.json or a bundle.json.")
    return records


def resources_in(value: Any) -> Iterator[Any]:
    """What a prefetch value or a Bundle brings: its entries, or itself."""
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        yield from (entry.get("resource") for entry in value.get("entry", ()) if isinstance(entry, dict))
    elif value is not None:
        yield value


def _story(folder: Path, today: date) -> Iterator[Any]:
    request, bundle = folder / "request.json", folder / "bundle.json"
    if request.is_file():
        body = _decoded(request, fill(request.read_text(encoding="utf-8"), today, str(request)))
        for value in (body.get("prefetch") or {}).values():
            yield from resources_in(value)
    elif bundle.is_file():
        yield from resources_in(_decoded(bundle, bundle.read_text(encoding="utf-8")))


def _decoded(path: Path, text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise SampleError(f"{path}: not JSON ({error}).") from None
    if not isinstance(body, dict):
        raise SampleError(f"{path}: a JSON object is wanted.")
    return body


def _codes(row: Json) -> Iterator[str]:
    concept = row.get(_CODE.get(str(row.get("resourceType")), "code"))
    codings = concept.get("coding", ()) if isinstance(concept, dict) else ()
    for coding in codings:
        yield str(coding.get("code"))
        yield f"{coding.get('system')}|{coding.get('code')}"
