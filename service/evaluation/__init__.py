"""One evaluation: a body becomes a chart, facts, verdicts and cards. Composes the other rooms; no HTTP, no clock of its own."""

from service.evaluation.answer import as_json
from service.evaluation.question import Outcome, Question
from service.evaluation.run import evaluate_bundle, evaluate_hook
from service.fhir import Refused

__all__ = ["Outcome", "Question", "Refused", "as_json", "evaluate_bundle", "evaluate_hook"]
