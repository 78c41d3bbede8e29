"""What a CDS Hooks client must know of hooks: their context, the filling of prefetch templates, and a whole request."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from service.lab.calling import Json

USER: Final = "Practitioner/example"
ENCOUNTER: Final = "example-visit"


@dataclass(frozen=True, slots=True)
class Hook:
    """The context of a hook: members that must be there, that may be there, and those of them no prefetch token may name."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    no_tokens: tuple[str, ...] = ()
    deprecated: bool = False


_WHO: Final = ("userId", "patientId")
_VISIT: Final = ("encounterId",)
HOOKS: Final[Mapping[str, Hook]] = {
    "patient-view": Hook(_WHO, _VISIT),
    "order-sign": Hook((*_WHO, "draftOrders"), _VISIT, ("draftOrders",)),
    "order-select": Hook((*_WHO, "selections", "draftOrders"), _VISIT, ("selections", "draftOrders")),
    "order-dispatch": Hook(("patientId", "dispatchedOrders", "performer"), ("fulfillmentTasks",), ("fulfillmentTasks",)),
    "encounter-start": Hook((*_WHO, "encounterId")),
    "encounter-discharge": Hook((*_WHO, "encounterId")),
    "appointment-book": Hook((*_WHO, "appointments"), _VISIT, ("appointments",)),
    "problem-list-item-create": Hook((*_WHO, "conditions"), _VISIT, ("conditions",)),
    "allergyintolerance-create": Hook((*_WHO, "allergyIntolerance"), _VISIT, ("allergyIntolerance",)),
    "medication-refill": Hook(("patientId", "medications"), ("userId", "encounterId"), ("medications",)),
    "medication-verify": Hook((*_WHO, "medication"), _VISIT, ("medication",)),
    "medication-prescribe": Hook((*_WHO, "medications"), _VISIT, ("medications",), deprecated=True),
    "order-review": Hook((*_WHO, "orders"), _VISIT, ("orders",), deprecated=True),
}
USER_TOKENS: Final = ("userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId")
TOKEN: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_LOINC: Final = "http://loinc.org"
_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_SNOMED: Final = "http://snomed.info/sct"

Fetch = Callable[[str], object | None]


def context_of(hook: str, patient: str) -> Json:
    """A context of `hook` for a patient: required members, and a visit. Hooks not known get who, whom and the visit."""
    known = HOOKS.get(hook, Hook(_WHO, _VISIT))
    names = (*known.required, *(name for name in known.optional if name in ("userId", "encounterId")))
    made = {"userId": USER, "patientId": patient, "encounterId": ENCOUNTER} | _drafts(patient)
    return {name: made[name] for name in names if name in made}


def _drafts(patient: str) -> Json:
    """Drafts an EHR might hold: an MRI, an opioid, a diagnosis."""
    about = {"subject": {"reference": f"Patient/{patient}"}}
    scan = {"resourceType": "ServiceRequest", "id": "draft-scan", "status": "draft", "intent": "proposal", **about}
    scan["code"] = _coded(_LOINC, "24967-2", "MR Lumbar spine")
    drug = {"resourceType": "MedicationRequest", "id": "draft-drug", "status": "draft", "intent": "order", **about}
    drug["medicationCodeableConcept"] = _coded(_RXNORM, "7052", "morphine")
    problem = {"resourceType": "Condition", "id": "draft-problem", **about, "code": _coded(_SNOMED, "128196005", "Lumbar radiculopathy")}
    return {
        "draftOrders": _collected(scan, drug),
        "selections": ["ServiceRequest/draft-scan"],
        "conditions": _collected(problem),
        "medications": _collected(drug),
        "medication": _collected(drug),
        "orders": _collected(scan, drug),
        "dispatchedOrders": ["ServiceRequest/draft-scan"],
        "performer": "Organization/example",
    }


def _coded(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _collected(*rows: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": row} for row in rows]}


def filled(template: str, context: Json) -> str | None:
    """The address a template asks for, relative to the FHIR base; None where a token cannot be filled."""
    user_type, _, user = str(context.get("userId", "")).partition("/")
    values = {f"context.{name}": value for name, value in context.items() if isinstance(value, str)}
    values[f"user{user_type}Id"] = user
    tokens = TOKEN.findall(template)
    if not all(values.get(token) for token in tokens):
        return None
    return TOKEN.sub(lambda found: quote(values[found[1]], safe="/"), template)


def prefetched(service: Json, context: Json, fetch: Fetch) -> Json:
    """The prefetch of a service, each key got by `fetch` from its address; keys that cannot be had (None) are left out."""
    templates = service.get("prefetch")
    made: Json = {}
    for key, template in (templates.items() if isinstance(templates, dict) else ()):
        address = filled(template, context) if isinstance(template, str) else None
        value = fetch(address) if address else None
        if value is not None:
            made[key] = value
    return made


def request_of(service: Json, patient: str, fetch: Fetch) -> Json:
    """A whole request for one service and patient, with a hookInstance of its own."""
    hook = str(service.get("hook"))
    context = context_of(hook, patient)
    return {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetched(service, context, fetch)}


def authorization(token: str, patient: str) -> Json:
    """The member `fhirAuthorization` with which a client lends its access."""
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "cds-service",
        "patient": patient,
    }
