"""POST /timeline: on which days after the operation each rule turns on and off. Not recorded: it guides no care, it explains."""

from typing import Final

from flask import Blueprint, Response, request

from service.evaluation import timeline_bundle, timeline_hook
from service.web.answers import json_answer
from service.web.asking import asked_of, read_query
from service.web.bodies import JSON_OR_FHIR, read_body
from service.web.deps import deps
from service.web.places import take_place

blueprint = Blueprint("timeline", __name__)
PARAMETERS: Final = ("asOf", "rulesAsOf", "patient", "pin")


@blueprint.post("/timeline")
def timeline() -> Response:
    """Follow a chart through weeks 0 to 104."""
    wanted = read_query(request.args.to_dict(flat=False), deps(), PARAMETERS)
    body = read_body(deps().settings.max_bytes, JSON_OR_FHIR)
    take_place(body)
    answer, _ = asked_of(body, wanted, deps(), timeline_bundle, timeline_hook)
    return json_answer(answer)
