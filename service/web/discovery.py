"""GET /cds-services: which services there are, and what each wants to have prefetched."""

from typing import Any, Final

from flask import Blueprint, Response

from service.evaluation import keys_read
from service.library import Book
from service.web.answers import json_answer
from service.web.deps import deps
from service.web.services import SERVICES, Service

blueprint = Blueprint("discovery", __name__)
SPECIFICATION: Final = "2.0.1"
TYPES: Final = {
    "conditions": "Condition",
    "observations": "Observation",
    "procedures": "Procedure",
    "medications": "MedicationRequest",
    "reports": "DiagnosticReport",
}


@blueprint.get("/cds-services")
def discovery() -> Response:
    """List the CDS services."""
    book = deps().book
    return json_answer({"services": [_described(service, book) for service in SERVICES]})


def prefetch_templates(book: Book, hook: str) -> dict[str, str]:
    """Key -> template of what the rules of `book` read at `hook`.

    Whole searches: a filter by status loses resolved findings, and a list of codes loses those that only the site's own map knows.
    """
    searches = {key: f"{TYPES[key]}?patient={{{{context.patientId}}}}" for key in keys_read(book, hook) if key in TYPES}
    return {"patient": "Patient/{{context.patientId}}", **searches}


def _described(service: Service, book: Book) -> dict[str, Any]:
    return {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "version": SPECIFICATION,
        "prefetch": prefetch_templates(book, service.hook),
        "usageRequirements": "All prefetch keys; a key that is left out is answered 412 when nothing can be judged without it.",
    }
