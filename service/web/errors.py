"""Everything that goes wrong becomes an OperationOutcome: our refusals, Flask's own, and what nobody foresaw."""

import logging
import traceback
from pathlib import Path
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.web.answers import refusal
from service.web.deps import deps
from service.web.problems import Problem, problem

log: Final = logging.getLogger("postfusion.web")
_SERVICE: Final = Path(__file__).resolve().parents[1]
_KNOWN: Final = {
    404: ("not-found", "There is nothing at this address. GET /docs lists what there is."),
    405: ("not-supported", "This method is not answered here. GET /docs lists what is."),
    413: ("too-long", "The request is too large."),
    415: ("not-supported", "This content type is not taken."),
}


def register(app: Flask) -> None:
    """Make every error of the application leave in the one shape."""
    app.register_error_handler(Problem, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refused(error: Problem) -> Response:
    return refusal(error, deps().new_id())


def _http(error: HTTPException) -> Response:
    """Flask's own refusals, in our words. Its redirects and 5xx do not occur: no route of ours makes them."""
    status = error.code or 500
    code, text = _KNOWN.get(status, ("processing", "The request cannot be answered."))
    allow = ", ".join(sorted(error.valid_methods)) if isinstance(error, MethodNotAllowed) and error.valid_methods else ""
    return refusal(problem(status, code, text, headers={"Allow": allow} if allow else None), deps().new_id())


def _unforeseen(error: Exception) -> Response:
    """500. The log gets the kind of error and where in our code, never its text: that may quote a record."""
    reference = deps().new_id()
    log.error("unforeseen error", extra={"reference": reference, "error": type(error).__name__, "place": _place(error)})
    return refusal(problem(500, "exception", "The service failed. Nothing was judged: do not read this as all clear."), reference)


def _place(error: Exception) -> str:
    """The innermost frame of ours, as file:line."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_SERVICE)]
    return f"{Path(ours[-1].filename).relative_to(_SERVICE)}:{ours[-1].lineno}" if ours else "outside"
