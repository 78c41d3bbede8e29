"""How answers leave: JSON without null members, marked as not to be kept where they guide care."""

from typing import Any, Final

import msgspec
from flask import Response, request

from service.web.problems import Problem, operation_outcome

FHIR_JSON: Final = "application/fhir+json"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def encoded(body: Any) -> bytes:
    """`body` as JSON bytes."""
    return _ENCODER.encode(body)


def json_answer(body: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """`body` as JSON. Not cacheable, unless the caller says otherwise on the response."""
    response = Response(encoded(body), status=status, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    return response


def tagged(response: Response, digest: str) -> Response:
    """A response that may be kept and asked for again by its digest: 304 when the caller already has it."""
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept"
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def wants_html() -> bool:
    """True when the caller, as a browser does, would rather have HTML than JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def refusal(problem: Problem, reference: str) -> Response:
    """A Problem as an answer. FHIR JSON, or plain JSON for those who accept only that."""
    mimetype = request.accept_mimetypes.best_match([FHIR_JSON, "application/json"], default=FHIR_JSON)
    response = json_answer(operation_outcome(problem.issues, reference), problem.status, mimetype)
    response.headers.extend(dict(problem.headers))
    response.headers["X-Request-Id"] = reference
    return response
