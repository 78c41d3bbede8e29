"""The shapes of answers, for openapi.yaml. Answers are built as plain data; a test holds real ones against these."""

from service.web.shapes.book import Attribute, RuleChange, RuleList, RuleVersion, RuleVersions, SourceAttributes
from service.web.shapes.evaluation import (
    Evaluation,
    Evidence,
    IndexFusion,
    InTheWay,
    Issue,
    OperationOutcome,
    PainScore,
    PainSeries,
    Release,
    ReleaseStretch,
    RuleLine,
    Step,
    Stretch,
    Timeline,
    Verdict,
    WayAnswer,
)
from service.web.shapes.operation import FeedbackKept, FeedbackReport, Health, ReasonCount, RuleReport, SuggestionCount, Version
from service.web.shapes.service import Action, Card, Cards, Coding, Link, Service, Services, Source, Suggestion

# fmt: off
__all__ = [
    "Action", "Attribute", "Card", "Cards", "Coding", "Evaluation", "Evidence", "FeedbackKept", "FeedbackReport", "Health", "InTheWay",
    "IndexFusion", "Issue", "Link", "OperationOutcome", "PainScore", "PainSeries", "ReasonCount", "Release", "ReleaseStretch",
    "RuleChange", "RuleLine", "RuleList", "RuleReport", "RuleVersion", "RuleVersions", "Service", "Services", "Source",
    "SourceAttributes", "Step", "Stretch", "Suggestion", "SuggestionCount", "Timeline", "Verdict", "Version", "WayAnswer",
]
# fmt: on
