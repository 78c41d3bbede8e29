"""An EHR played against any CDS Hooks service, and a report of what it gets right. Importing the groups fills the list of checks."""

from service.lab.conformance import (  # isort: skip  the order of the report
    discovery,
    templates,
    invocation,
    cards,
    tolerance,
    bad_requests,
    fhir_access,
    feedback,
    network,
    authentication,
)
from service.lab.conformance.checking import CHECKS, Check
from service.lab.conformance.ehr import Ehr, Options
from service.lab.conformance.playing import passed, play
from service.lab.conformance.report import FAIL, PASS, SKIP, Result, as_json, as_junit, as_text

GROUPS = (discovery, templates, invocation, cards, tolerance, bad_requests, fhir_access, feedback, network, authentication)
__all__ = ["CHECKS", "FAIL", "GROUPS", "PASS", "SKIP", "Check", "Ehr", "Options", "Result"]
__all__ += ["as_json", "as_junit", "as_text", "passed", "play"]
