"""Typed structs of just the FHIR R4 elements that rules read; everything else is skipped while decoding.

Types are strict (a number in quotes is refused), which fhir.resources does not check. `Raw` marks elements whose
presence alone matters. gc=False: the structs hold no cycles, and the collector would otherwise walk thousands of them.
"""

from msgspec import UNSET, Raw, Struct, UnsetType


class Shape(Struct, gc=False, rename="camel", frozen=True):
    """Base of all shapes."""


class Coding(Shape, frozen=True):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Shape, frozen=True):
    coding: list[Coding] = []
    text: str | None = None


class Reference(Shape, frozen=True):
    reference: str | None = None


class Quantity(Shape, frozen=True):
    value: int | float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Period(Shape, frozen=True):
    start: str | None = None
    end: str | None = None


class Meta(Shape, frozen=True):
    version_id: str | None = None
    last_updated: str | None = None


class Component(Shape, frozen=True):
    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_codeable_concept: Concept | None = None
    value_date_time: str | None = None
    value_string: str | None = None
    value_range: Raw | UnsetType = UNSET
    value_ratio: Raw | UnsetType = UNSET
    value_sampled_data: Raw | UnsetType = UNSET
    value_time: Raw | UnsetType = UNSET
    value_period: Raw | UnsetType = UNSET
    data_absent_reason: Concept | None = None
    interpretation: list[Concept] = []
    modifier_extension: Raw | UnsetType = UNSET


class Resource(Shape, frozen=True):
    id: str | None = None
    meta: Meta | None = None
    modifier_extension: Raw | UnsetType = UNSET
    implicit_rules: str | None = None


class Patient(Resource, tag_field="resourceType", tag="Patient", frozen=True):
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Observation(Resource, tag_field="resourceType", tag="Observation", frozen=True):
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    body_site: Concept | None = None
    value_quantity: Quantity | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_codeable_concept: Concept | None = None
    value_date_time: str | None = None
    value_string: str | None = None
    value_range: Raw | UnsetType = UNSET
    value_ratio: Raw | UnsetType = UNSET
    value_sampled_data: Raw | UnsetType = UNSET
    value_time: Raw | UnsetType = UNSET
    value_period: Raw | UnsetType = UNSET
    data_absent_reason: Concept | None = None
    interpretation: list[Concept] = []
    component: list[Component] = []
    has_member: list[Reference] = []
    contained: list[Raw] = []


class Age(Shape, frozen=True):
    value: int | float | None = None
    code: str | None = None
    unit: str | None = None


class Condition(Resource, tag_field="resourceType", tag="Condition", frozen=True):
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    body_site: list[Concept] = []
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    onset_age: Age | None = None
    onset_range: Raw | UnsetType = UNSET
    onset_string: str | None = None
    recorded_date: str | None = None
    abatement_date_time: str | None = None
    abatement_age: Raw | UnsetType = UNSET
    abatement_period: Raw | UnsetType = UNSET
    abatement_range: Raw | UnsetType = UNSET
    abatement_string: str | None = None
    contained: list[Raw] = []


class Procedure(Resource, tag_field="resourceType", tag="Procedure", frozen=True):
    status: str | None = None
    code: Concept | None = None
    body_site: list[Concept] = []
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    performed_age: Age | None = None
    performed_range: Raw | UnsetType = UNSET
    contained: list[Raw] = []


class Ingredient(Shape, frozen=True):
    item_codeable_concept: Concept | None = None
    item_reference: Reference | None = None


class Medication(Resource, tag_field="resourceType", tag="Medication", frozen=True):
    code: Concept | None = None
    ingredient: list[Ingredient] = []


class MedicationRequest(Resource, tag_field="resourceType", tag="MedicationRequest", frozen=True):
    do_not_perform: bool | None = None
    status: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    contained: list[Raw] = []


class MedicationStatement(Resource, tag_field="resourceType", tag="MedicationStatement", frozen=True):
    status: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    contained: list[Raw] = []


class DiagnosticReport(Resource, tag_field="resourceType", tag="DiagnosticReport", frozen=True):
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    contained: list[Raw] = []


class ServiceRequest(Resource, tag_field="resourceType", tag="ServiceRequest", frozen=True):
    status: str | None = None
    do_not_perform: bool | None = None
    code: Concept | None = None
    subject: Reference | None = None


Draftable = ServiceRequest | MedicationRequest | Condition
Clinical = Observation | Condition | Procedure | MedicationRequest | MedicationStatement | DiagnosticReport
Known = Clinical | Patient | Medication
CLINICAL_TYPES = ("Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement", "DiagnosticReport")
KNOWN_TYPES = (*CLINICAL_TYPES, "Patient", "Medication")


class Head(Shape, frozen=True):
    """Enough of any resource to know what it is, when the whole of it cannot be decoded."""

    resource_type: str | None = None


class CodedHead(Head, frozen=True):
    """Enough of a faulty resource to know which facts it could have spoken to."""

    id: str | None = None
    code: Concept | None = None
    medication_codeable_concept: Concept | None = None


class SubjectHead(Head, frozen=True):
    subject: Reference | None = None


class Link(Shape, frozen=True):
    relation: str | None = None
    url: str | None = None


class Search(Shape, frozen=True):
    mode: str | None = None


class Entry(Shape, frozen=True):
    full_url: str | None = None
    resource: Raw | UnsetType = UNSET
    search: Search | None = None
    request: Raw | UnsetType = UNSET
    response: Raw | UnsetType = UNSET


class Bundle(Shape, frozen=True):
    resource_type: str | None = None
    type: str | None = None
    total: int | None = None
    link: list[Link] = []
    entry: list[Entry] = []


class LooseBundle(Shape, frozen=True):
    """A Bundle whose entries are kept raw, for when one of them is not even an entry."""

    resource_type: str | None = None
    type: str | None = None
    total: int | None = None
    link: list[Link] = []
    entry: list[Raw] = []
