"""What a medication is: by its own coding, or by the referenced or contained Medication and its ingredients."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from service.fhir.codes import CodeIndex, Match
from service.fhir.decode import Parsed
from service.fhir.shapes import Medication, MedicationRequest, MedicationStatement

_medication = msgspec.json.Decoder(Medication)


@dataclass(slots=True)
class Cabinet:
    """Medication resources of the body, by every name a reference may use."""

    held: dict[str, tuple[Match, ...]] = field(default_factory=dict)


def cabinet_of(entries: Iterable[Parsed], index: CodeIndex) -> Cabinet:
    """Gather the Medication resources of a body."""
    cabinet = Cabinet()
    for entry in entries:
        if isinstance(entry.resource, Medication):
            matches = _of(entry.resource, index)
            for name in (entry.full_url, f"Medication/{entry.identity}"):
                if name:
                    cabinet.held[name] = matches
    return cabinet


def _of(medication: Medication, index: CodeIndex) -> tuple[Match, ...]:
    found = index.matches(medication.code)
    for ingredient in medication.ingredient:
        found += index.matches(ingredient.item_codeable_concept)
    return found


def medication_matches(resource: MedicationRequest | MedicationStatement, index: CodeIndex, cabinet: Cabinet) -> tuple[Match, ...]:
    """The concepts a medication order or statement belongs to."""
    found = index.matches(resource.medication_codeable_concept)
    reference = resource.medication_reference.reference if resource.medication_reference else None
    if not reference:
        return found
    if reference.startswith("#"):
        return found + _contained(resource, reference[1:], index)
    relative = "/".join(reference.split("/_history/")[0].rsplit("/", 2)[-2:])
    return found + cabinet.held.get(reference, cabinet.held.get(relative, ()))


def _contained(resource: MedicationRequest | MedicationStatement, identity: str, index: CodeIndex) -> tuple[Match, ...]:
    for raw in resource.contained:
        try:
            medication = _medication.decode(raw)
        except msgspec.ValidationError:
            continue
        if medication.id == identity:
            return _of(medication, index)
    return ()
