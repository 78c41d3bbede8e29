"""GET /livez, /readyz and /version: is the process up, would it judge a chart, and what exactly is running."""

import logging
from typing import Final

from flask import Blueprint, Response

from service.web.answers import json_answer
from service.web.asking import Wanted, answer_body
from service.web.deps import Deps, deps
from service.web.discovery import SPECIFICATION
from service.web.problems import problem
from service.web.recording import record_check
from service.web.serving import stale
from service.web.version import VERSION

blueprint = Blueprint("health", __name__)
STALE: Final = "The rules or site files on disk are not those that are served. SIGHUP takes them over; the log says why one was refused."
log: Final = logging.getLogger("postfusion.health")
EMPTY_CHART: Final = (
    b'{"resourceType": "Bundle", "type": "collection", "entry": ['
    b'{"resource": {"resourceType": "Patient", "id": "self-test", "birthDate": "1970-01-01"}}]}'
)


@blueprint.get("/livez")
def livez() -> Response:
    """Say that the process answers."""
    return json_answer({"status": "alive"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether a chart would be judged: the rules of today decide an empty one, those on disk are the ones that are served,
    and the record takes a write. 503 otherwise. Alarm rules that the site took back are named with its reason.
    """
    if not self_test(deps()):
        raise problem(503, "exception", "The rules in force today did not judge an empty chart.", headers={"Retry-After": "10"})
    if stale(deps()):
        raise problem(503, "conflict", STALE, headers={"Retry-After": "10"})
    checks = {"book": "loaded", "selfTest": "passed", "record": record_check(deps())}
    policy = deps().policy
    told = {f"site:{one.rule}": f"{one.what}: {one.reason}" for one in (policy.alarms if policy else ())}
    return json_answer({"status": "ready", "checks": {**checks, **told}})


@blueprint.get("/version")
def version() -> Response:
    """Name the code and the book of rules."""
    book = deps().book
    running = {"name": "postfusion", "version": VERSION, "cdsHooks": SPECIFICATION}
    site = deps().site
    mapped = {"siteCodes": {"digest": site.digest, "mappings": len(site.mappings)}} if site else {}
    return json_answer({**running, "book": {"digest": book.digest, "rules": len(book.versions)}, **mapped})


def self_test(deps: Deps) -> bool:
    """True when an empty chart gets verdicts and no card. Whatever goes wrong is an answer, not an error, here."""
    try:
        outcome = answer_body(EMPTY_CHART, Wanted(), deps)
    except Exception as error:  # any failure at all means not ready
        log.error("self test failed", extra={"error": type(error).__name__})
        return False
    return bool(outcome.answered) and not outcome.cards and not outcome.failed
