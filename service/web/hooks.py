"""POST /cds-services/{id}: a CDS Hooks call becomes cards."""

from flask import Blueprint, Response

from service.web.answers import json_answer
from service.web.asking import answer_hook
from service.web.bodies import JSON, read_body
from service.web.deps import deps
from service.web.places import take_place
from service.web.problems import problem
from service.web.recording import Surface, recorded
from service.web.services import BY_ID

blueprint = Blueprint("hooks", __name__)


@blueprint.post("/cds-services/<service_id>")
def call_service(service_id: str) -> Response:
    """Judge the chart of the patient in context, as of now."""
    service = BY_ID.get(service_id)
    if service is None:
        raise problem(404, "not-found", "There is no such CDS service. GET /cds-services lists them.")
    body = read_body(deps().settings.max_bytes, JSON)
    take_place(body)
    outcome = answer_hook(body, service.hook, deps())
    if outcome.nothing_judged and not outcome.cards:  # no cards means looked and found nothing, never could not look
        raise problem(412, "incomplete", "No rule could be decided from what was sent.", "prefetch")
    return recorded(json_answer({"cards": outcome.cards}), outcome, Surface("hook", service.id))
