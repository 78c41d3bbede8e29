"""One evaluation: a body becomes a chart, facts, verdicts and cards. Composes the other rooms; no HTTP, no clock of its own."""

from service.evaluation.answer import as_json
from service.evaluation.needs import keys_read
from service.evaluation.question import Outcome, Question
from service.evaluation.run import evaluate_bundle, evaluate_hook
from service.evaluation.site import site_codes
from service.evaluation.verify import prepare
from service.fhir import Drafted, Refused, SiteCodes, SiteCodesError

__all__ = [
    "Drafted",
    "Outcome",
    "Question",
    "Refused",
    "SiteCodes",
    "SiteCodesError",
    "as_json",
    "evaluate_bundle",
    "evaluate_hook",
    "keys_read",
    "prepare",
    "site_codes",
]
