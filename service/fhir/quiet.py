"""Which entries no rule could read: their codes are foreign, and nothing else in them speaks. In an honest chart they are most."""

from collections.abc import Iterable

from service.fhir.codes import CodeIndex
from service.fhir.decode import Parsed
from service.fhir.shapes import Concept, Medication, MedicationRequest, MedicationStatement, Observation, Patient

_BY_REFERENCE = (Patient, Medication, MedicationRequest, MedicationStatement)  # what these mean may stand in another resource


def quiet_places(entries: Iterable[Parsed], index: CodeIndex) -> frozenset[str]:
    """The places of the entries that no rule could read."""
    return frozenset([entry.place for entry in entries if _is_quiet(entry, index)])


def _is_quiet(entry: Parsed, index: CodeIndex) -> bool:
    """False for what could not be decoded, and for what does not say what it is: it could have been anything."""
    resource = entry.resource
    if resource is None or isinstance(resource, _BY_REFERENCE):
        return False
    code: Concept | None = resource.code
    if code is None or index.matches(code):
        return False
    return not isinstance(resource, Observation) or _says_nothing(resource, index)


def _says_nothing(observation: Observation, index: CodeIndex) -> bool:
    if observation.value_codeable_concept is not None and index.matches(observation.value_codeable_concept):
        return False
    return not any(index.matches(part.code) for part in observation.component)
