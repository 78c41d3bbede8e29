"""One JSON object per line on standard error. Only names, counts and references: never a body, a path or a query."""

import json
import logging
import sys
import time
from typing import Final

from flask import Flask, Response, g, request

from service.web.clock import now

log: Final = logging.getLogger("postfusion.request")
_EXTRAS: Final = ("route", "method", "status", "ms", "reference", "error", "place", "rule")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; control characters of any kind are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without exception texts."""
        line = {"time": now().isoformat(timespec="milliseconds"), "level": record.levelname.lower(), "from": record.name}
        line["message"] = record.getMessage()
        extras = {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        return json.dumps(line | extras)


def to_standard_error(level: str) -> None:
    """Send the log of the service to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger("postfusion")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False


def register(app: Flask) -> None:
    """Log one line per request: which route, which status, how long."""
    app.before_request(_start)
    app.after_request(_end)


def _start() -> None:
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "(none)"
    took = round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else None
    known = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE") else "other"
    seen = {"route": route, "method": known, "status": response.status_code, "ms": took}
    log.info("answered", extra=seen | {"reference": response.headers.get("X-Request-Id", "")})
    return response
