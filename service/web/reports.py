"""GET /reports/feedback: per rule and version, what was judged, shown, accepted and overridden."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, request

from service.record import Report, StoreUnavailable, as_csv, as_json, as_ndjson, days, make_report
from service.web.answers import json_answer
from service.web.deps import deps
from service.web.problems import problem
from service.web.query import once
from service.web.recording import store_of, unavailable
from service.web.when import read_day

blueprint = Blueprint("reports", __name__)
PARAMETERS: Final = ("from", "to", "format")
TYPES: Final = {"json": "application/json", "csv": "text/csv", "ndjson": "application/x-ndjson"}


@blueprint.get("/reports/feedback")
def report() -> Response:
    """Count hook calls without pins, from the first day to the last, both included."""
    asked = once(request.args.to_dict(flat=False), PARAMETERS)
    first, last = (read_day(asked[name], name) if name in asked else None for name in ("from", "to"))
    if first and last and last < first:
        raise problem(400, "value", "The last day is before the first.", "to")
    form = _format(asked)
    try:
        made = make_report(store_of(deps()), days(first, last, deps().settings.zone))
    except StoreUnavailable as error:
        raise unavailable(error) from None
    response = _written(made, form, {"from": asked.get("from"), "to": asked.get("to")})
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def _written(made: Report, form: str, asked: Mapping[str, str | None]) -> Response:
    if form == "json":
        return json_answer({name: day for name, day in asked.items() if day} | as_json(made))
    return Response(as_csv(made) if form == "csv" else as_ndjson(made), mimetype=TYPES[form])


def _format(asked: Mapping[str, str]) -> str:
    """The query decides, else the Accept header, else JSON."""
    form = asked.get("format")
    if form is None:
        best = request.accept_mimetypes.best_match(TYPES.values(), default=TYPES["json"])
        return next(name for name, kind in TYPES.items() if kind == best)
    if form not in TYPES:
        raise problem(400, "value", f"One of {', '.join(TYPES)} is wanted.", "format")
    return form
