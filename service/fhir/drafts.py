"""The drafts in a hook's context: orders about to be signed, or a diagnosis about to be added. They are never part of the chart."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from service.fhir.codes import CodeIndex, Match
from service.fhir.decode import open_entries, parse_resource
from service.fhir.medications import Cabinet, cabinet_of, medication_matches
from service.fhir.references import Directory, resolve, shown
from service.fhir.repeats import refuse_repeated
from service.fhir.resource_types import R4_TYPES
from service.fhir.shapes import Concept, Draftable, MedicationRequest

_draft = msgspec.json.Decoder(Draftable)
KINDS = ("ServiceRequest", "MedicationRequest", "Condition")
_OVER = frozenset({"entered-in-error", "revoked", "cancelled", "completed", "stopped"})


@dataclass(frozen=True, slots=True)
class Drafted:
    """What the context brings: the raw Bundles by member (`draftOrders`, `conditions`), and what was just selected of them."""

    bundles: Mapping[str, bytes]
    selections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft of the patient. `codes` are `system|code` of its own codings; `selected` is False for orders drafted earlier."""

    place: str
    reference: str
    matches: tuple[Match, ...] = ()
    codes: frozenset[str] = frozenset()
    selected: bool = True
    problem: str = ""


def read_drafts(drafted: Drafted, patient: str, index: CodeIndex) -> tuple[Draft, ...]:
    """The patient's drafts, in their order. Raises Refused 400 for what is no Bundle, or repeats a key."""
    found: list[Draft] = []
    for member, body in drafted.bundles.items():
        entries = open_entries(body, f"context.{member}")
        cabinet = cabinet_of([parse_resource(raw, kind, place, url) for raw, kind, place, url in entries if kind == "Medication"], index)
        for raw, kind, place, _ in entries:
            refuse_repeated(raw, place)
            draft = _read(raw, kind, place, patient, index, cabinet) if kind in KINDS else _of_no_kind(kind, place)
            if draft is not None:
                found.append(draft)
    return tuple(_mark(draft, drafted.selections) for draft in found)


def _of_no_kind(kind: str, place: str) -> Draft | None:
    """Types that rules do not ask about are no news; what is no type at all may be any of them."""
    return None if kind in R4_TYPES else Draft(place, place, problem="its resource type is not one of FHIR R4")


def _read(raw: bytes, kind: str, place: str, patient: str, index: CodeIndex, cabinet: Cabinet) -> Draft | None:
    try:
        resource = _draft.decode(raw)
    except msgspec.ValidationError:
        return Draft(place, place, problem="an element has the wrong type")
    if _is_over(resource):
        return None
    reference = shown(kind, resource.id, place)
    if isinstance(resource, MedicationRequest):
        found, concept = medication_matches(resource, index, cabinet), resource.medication_codeable_concept
    else:
        found, concept = index.matches(resource.code), resource.code
    if not _is_of(resource, patient):
        return Draft(place, place, problem="it is of another patient") if found else None
    return Draft(place, reference, found, _codes(concept))


def _is_over(resource: Draftable) -> bool:
    status = getattr(resource, "status", None)
    return status in _OVER or bool(getattr(resource, "do_not_perform", None))


def _is_of(resource: Draftable, patient: str) -> bool:
    """A draft without a subject is the patient's: it stands in the patient's context."""
    reference = resource.subject.reference if resource.subject else None
    return not reference or resolve(reference, Directory(ids={patient})) == patient


def _codes(concept: Concept | None) -> frozenset[str]:
    return frozenset(f"{c.system}|{c.code}" for c in (concept.coding if concept else []) if c.system and c.code)


def _mark(draft: Draft, selections: tuple[str, ...]) -> Draft:
    """Without selections every draft is in question, and one that cannot be read may be the one that was selected."""
    if not selections or draft.reference in selections or draft.problem:
        return draft
    return Draft(draft.place, draft.reference, draft.matches, draft.codes, selected=False)
