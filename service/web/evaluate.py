"""POST /evaluate: any Bundle, or a whole CDS Hooks request, becomes cards with every verdict behind them."""

from flask import Blueprint, Response, request

from service.evaluation import as_json
from service.web.answers import json_answer
from service.web.asking import answer_body, read_query
from service.web.bodies import JSON_OR_FHIR, read_body
from service.web.deps import deps
from service.web.places import take_place
from service.web.recording import Surface, recorded

blueprint = Blueprint("evaluate", __name__)


@blueprint.post("/evaluate")
def evaluate() -> Response:
    """Judge a chart as of the instant asked for."""
    wanted = read_query(request.args.to_dict(flat=False), deps())
    body = read_body(deps().settings.max_bytes, JSON_OR_FHIR)
    take_place(body)
    outcome = answer_body(body, wanted, deps())
    answer = json_answer(as_json(outcome))
    return recorded(answer, outcome, Surface("evaluate", pinned=bool(wanted.pins)))
