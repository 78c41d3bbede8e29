"""gunicorn's worker and log with our words: what never becomes a request is answered and logged without a byte of it.

gunicorn's own refusals are HTML that quotes the message, and its log quotes it as well.
"""

import logging
import sys
from typing import Any, Final

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)

from service.web.answers import FHIR_JSON, encoded
from service.web.clock import new_id
from service.web.leftovers import drain
from service.web.logs import JsonLines
from service.web.patience import Patience
from service.web.problems import Issue, operation_outcome

log: Final = logging.getLogger("postfusion.server")
_MALFORMED: Final = (400, "Bad Request", "structure", "This is no HTTP message that can be read.")
_FAILED: Final = (500, "Internal Server Error", "exception", "The service failed. Nothing was judged: do not read this as all clear.")
_REFUSALS: Final[dict[type[Exception], tuple[int, str, str, str]]] = {
    LimitRequestLine: (414, "URI Too Long", "too-long", "The address is too long."),
    LimitRequestHeaders: (431, "Request Header Fields Too Large", "too-long", "The header fields are too many or too long."),
    ExpectationFailed: (417, "Expectation Failed", "not-supported", "Only 100-continue may be expected."),
}
_OURS: Final = (InvalidResponseHeader, InvalidResponseHeaderName)


class Worker(Patience):
    """gthread, but for how long it waits, and what it says when a message cannot be read."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Called by gunicorn: refuse what is no request, once, and close."""
        reference = new_id()
        status, sent = refusal(exc, reference)
        told = {"reference": reference, "status": status, "error": type(exc).__name__}
        log.log(logging.ERROR if status == 500 else logging.WARNING, "not a request", extra=told)
        try:
            util.write_nonblock(client, sent)
        except Exception:  # whoever sent it may be gone, or hold a socket that takes nothing more
            self.log.debug("a refusal could not be sent")
            return
        drain(client)


def refusal(error: Exception, reference: str) -> tuple[int, bytes]:
    """The status, and the whole answer to a message that did not become a request."""
    unread = isinstance(error, ParseException) and not isinstance(error, _OURS)
    status, reason, code, text = _REFUSALS.get(type(error), _MALFORMED) if unread else _FAILED
    body = encoded(operation_outcome((Issue(code, text),), reference))
    head = (
        f"HTTP/1.1 {status} {reason}", "Connection: close", f"Content-Type: {FHIR_JSON}", f"Content-Length: {len(body)}",
        "Cache-Control: no-store", "X-Content-Type-Options: nosniff", f"X-Request-Id: {reference}",
    )  # fmt: skip
    return status, "\r\n".join((*head, "", "")).encode() + body


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log as JSON lines, without the texts of exceptions and of what they quote."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())

    def exception(self, msg: str, *_: Any, **__: Any) -> None:
        """Called by gunicorn in an except clause: the kind of error alone."""
        kind = sys.exc_info()[0]
        self.error_log.error(msg.split("%")[0].strip(), extra={"error": kind.__name__ if kind else ""})
