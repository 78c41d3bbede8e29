"""One evaluation: a body becomes a chart, facts, verdicts and cards. Composes the other rooms; no HTTP, no clock of its own."""

from service.evaluation.answer import as_json
from service.evaluation.needs import keys_of_rule, keys_read
from service.evaluation.policy import SitePolicy, read_policy
from service.evaluation.question import Outcome, Question
from service.evaluation.run import evaluate_bundle, evaluate_hook
from service.evaluation.site import site_codes
from service.evaluation.timeline import timeline_bundle, timeline_hook
from service.evaluation.validate import outcome_of, validate_bundle, validate_hook, written
from service.evaluation.verify import prepare
from service.fhir import Drafted, Refused, SiteCodes, SiteCodesError
from service.fhir.structure import entries, is_body, tree_of

__all__ = [
    "Drafted",
    "Outcome",
    "Question",
    "Refused",
    "SiteCodes",
    "SiteCodesError",
    "SitePolicy",
    "as_json",
    "entries",
    "evaluate_bundle",
    "evaluate_hook",
    "is_body",
    "keys_of_rule",
    "keys_read",
    "outcome_of",
    "prepare",
    "read_policy",
    "site_codes",
    "timeline_bundle",
    "timeline_hook",
    "tree_of",
    "validate_bundle",
    "validate_hook",
    "written",
]
