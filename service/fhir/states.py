"""Statuses: what each resource counts as, what is dropped, and what is no status at all."""

from msgspec import UNSET

from service.fhir.chart import Standing
from service.fhir.shapes import (
    Clinical,
    Concept,
    Condition,
    DiagnosticReport,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Procedure,
)

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

# status -> standing; None: known, and left out
OBSERVATION: dict[str, Standing | None] = {
    "final": "used", "amended": "used", "corrected": "used", "preliminary": "preliminary",
    "registered": None, "cancelled": None, "entered-in-error": None, "unknown": None,
}  # fmt: skip
PROCEDURE: dict[str, Standing | None] = {
    "completed": "used", "preparation": "planned", "in-progress": "planned", "on-hold": "planned", "stopped": "planned",
    "unknown": "planned", "not-done": None, "entered-in-error": None,
}  # fmt: skip
MEDICATION: dict[str, Standing | None] = {
    "active": "used", "on-hold": None, "cancelled": None, "completed": None, "entered-in-error": None, "stopped": None,
    "draft": None, "unknown": None, "intended": None, "not-taken": None,
}  # fmt: skip
REPORT: dict[str, Standing | None] = {
    "final": "used", "amended": "used", "corrected": "used", "appended": "used", "registered": None, "partial": None,
    "preliminary": None, "cancelled": None, "entered-in-error": None, "unknown": None,
}  # fmt: skip
_PRESENT = frozenset({"active", "recurrence", "relapse"})
_HISTORY = frozenset({"inactive", "remission", "resolved"})
_POSSIBLE = frozenset({"unconfirmed", "provisional", "differential"})


class NoStatus(Exception):
    """The status is missing or not in the value set of the element."""


def standing(resource: Clinical) -> Standing | None:
    """What the resource counts as; None when it is left out by its status. Raises NoStatus."""
    if isinstance(resource, Condition):
        return _condition(resource)
    if isinstance(resource, MedicationRequest) and resource.do_not_perform:
        return None  # an order not to give the medicine
    return _listed(_table(resource), resource.status)


def _table(resource: Observation | Procedure | MedicationRequest | MedicationStatement | DiagnosticReport) -> dict[str, Standing | None]:
    if isinstance(resource, Observation):
        return OBSERVATION
    if isinstance(resource, Procedure):
        return PROCEDURE
    return REPORT if isinstance(resource, DiagnosticReport) else MEDICATION


def _listed(table: dict[str, Standing | None], status: str | None) -> Standing | None:
    if status not in table:
        raise NoStatus
    return table[status]


def _condition(condition: Condition) -> Standing | None:
    """Refuted wins over every clinical status; a provisional diagnosis is possible only while it is not over."""
    verification = _code(condition.verification_status, VERIFICATION)
    if verification == "entered-in-error":
        return None
    if verification == "refuted":
        return "refuted"
    if verification not in {"", "confirmed", *_POSSIBLE}:
        raise NoStatus
    course = _course(condition)
    return "possible" if course == "present" and verification in _POSSIBLE else course


def _course(condition: Condition) -> Standing:
    clinical = _code(condition.clinical_status, CLINICAL)
    if clinical in _PRESENT:
        return "present"
    if clinical in _HISTORY:
        return "history"
    if clinical:
        raise NoStatus
    return "history" if _abated(condition) else "present"


def _abated(condition: Condition) -> bool:
    elements = (condition.abatement_age, condition.abatement_period, condition.abatement_range)
    texts = (condition.abatement_date_time, condition.abatement_string)
    return any(text is not None for text in texts) or any(element is not UNSET for element in elements)


def _code(concept: Concept | None, system: str) -> str:
    """The code of a status concept; its system may be left out. Raises NoStatus when the concept holds no code."""
    if concept is None:
        return ""
    for coding in concept.coding:
        if coding.code and (coding.system or system).rstrip("/").rsplit("/", 1)[-1] == system.rsplit("/", 1)[-1]:
            return coding.code
    raise NoStatus
