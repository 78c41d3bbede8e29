"""What a rule document may say: every key, its kind and its choices. Anything else is refused."""

import re
from typing import Any

from marshmallow import fields

from service.engine.words import WORDS
from service.library.fields import ID, NAME, SEMVER, Anything, Base, Choice, Day, Inside, Many, Named, Number, Plain, Text, YesNo

HOOKS = ("patient-view", "order-select", "order-sign", "encounter-start", "encounter-discharge", "problem-list-item-create")
FAMILIES = ("alarm", "criteria", "joint", "stage", "reassurance", "cause", "care", "order", "data")
INDICATORS = ("info", "warning", "critical")
URGENCIES = ("emergency", "same-day", "soon", "routine")
ATTRIBUTES = (
    "citation",
    "developer",
    "funding",
    "released",
    "revised",
    "race",
    "ethnicity",
    "language",
    "sexual_orientation",
    "gender_identity",
    "sex",
    "date_of_birth",
    "social_determinants",
    "health_status_assessments",
)
CITED = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
HTTPS = re.compile(r"https://[^\s<>\"]+")


def _name(**kwargs: bool) -> Text:
    return Text(shape=NAME, form="a name in lower case with underscores", **kwargs)


def _id(**kwargs: bool) -> Text:
    return Text(shape=ID, form="an id in lower case with hyphens", **kwargs)


def _semver() -> Text:
    return Text(shape=SEMVER, form="a version such as 1.0.0", required=True)


Effective = Base.from_dict({"from": Day(required=True), "until": Day()}, name="Effective")
Evidence = Base.from_dict(
    {"certainty": Choice("high", "moderate", "low", "very low", required=True), "strength": Choice("strong", "conditional", required=True)},
    name="Evidence",
)
Attributes = Base.from_dict({name: Text(required=True) for name in ATTRIBUTES}, name="Attributes")
CitationText = Base.from_dict(
    {"title": Text(required=True), "locator": Text(), "url": Text(shape=HTTPS, form="an https address"), "checked": YesNo()},
    name="Citation",
)

_ASKED: dict[str, fields.Field[Any]] = {
    "says": Plain(limit=200, required=True),
    "because": Text(required=True),
    "fact": _name(),
    "rule": _id(),
    "family": Choice(*FAMILIES),
    **{word: Anything() for word in WORDS},
    "answers": Anything(),
    "within": Text(),
    "older_than": Text(),
    "after_index": Choice("yes", "not_before"),
    "if_unknown": Choice("yes", "no"),
}
CriterionText = Base.from_dict(_ASKED, name="Criterion")
CheckText = Base.from_dict({**_ASKED, "open": Plain(limit=100, required=True), "inverted": YesNo(), "needed_when": _name()}, name="Check")

_AtLeastOf = Base.from_dict({"n": Number(required=True), "of": Many(_name(), required=True)}, name="AtLeastOf")
_GATHERS = {"all": Many(_name()), "any": Many(_name()), "none": Many(_name()), "at_least_of": Inside(_AtLeastOf)}
FiresWhen = Base.from_dict(_GATHERS, name="FiresWhen")
WayText = Base.from_dict({"says": Plain(limit=200, required=True), **_GATHERS}, name="Way")

ActionText = Base.from_dict(
    {
        "create": Choice("ServiceRequest", "CommunicationRequest", "Condition", required=True),
        "code": Anything(),
        "text": Plain(limit=300),
        "priority": Choice("routine", "urgent", "asap", "stat"),
    },
    name="Action",
)
SuggestionText = Base.from_dict(
    {
        "label": Plain(limit=100, required=True),
        "actions": Many(Inside(ActionText), required=True),
        "when": _name(),
        "unless": _name(),
        "for": _name(),
        "elective": YesNo(),
        "recommended": YesNo(),
    },
    name="Suggestion",
)
VariantText = Base.from_dict(
    {
        "when": _name(required=True),
        "summary": Plain(),
        "indicator": Choice(*INDICATORS),
        "urgency": Choice(*URGENCIES),
        "detail": Plain(),
    },
    name="Variant",
)
NoteText = Base.from_dict({"when": _name(required=True), "text": Plain(required=True)}, name="Note")
CardText = Base.from_dict(
    {
        "indicator": Choice(*INDICATORS, required=True),
        "summary": Plain(required=True),
        "detail": Plain(required=True),
        "variants": Many(Inside(VariantText)),
        "notes": Many(Inside(NoteText)),
        "suggestions": Many(Inside(SuggestionText)),
        "selection": Choice("any", "at-most-one"),
        "override_reasons": Many(_id()),
    },
    name="Card",
)
SuppressText = Base.from_dict({"rule": _id(), "family": Choice(*FAMILIES), "only": Choice(*INDICATORS), "when": _name()}, name="Suppress")
TestText = Base.from_dict(
    {
        "name": Text(limit=120, required=True),
        "given": Named(Anything(), required=True),
        "expect": Choice("fires", "silent", "cannot_tell", required=True),
        "as": Choice(*INDICATORS),
        "way": _name(),
    },
    name="Test",
)

RuleText = Base.from_dict(
    {
        "rule": _id(required=True),
        "version": _semver(),
        "vocabulary": _semver(),
        "status": Choice("draft", "active", "retired", required=True),
        "effective": Inside(Effective, required=True),
        "family": Choice(*FAMILIES, required=True),
        "needs_index": Choice("yes", "undated_too", "no", required=True),
        "patients": Choice("adults", "living"),
        "concern": Plain(limit=60),
        "title": Plain(limit=120, required=True),
        "changes": Text(required=True),
        "limits": Plain(required=True),
        "hooks": Many(Choice(*HOOKS), required=True),
        "urgency": Choice(*URGENCIES, required=True),
        "time_critical": YesNo(),
        "evidence": Inside(Evidence, required=True),
        "source_attributes": Inside(Attributes, required=True),
        "citations": Named(Inside(CitationText), shape=CITED, required=True),
        "criteria": Named(Inside(CriterionText), required=True),
        "checks": Named(Inside(CheckText)),
        "fires_when": Inside(FiresWhen),
        "ways": Named(Inside(WayText)),
        "card": Inside(CardText),
        "absorbs": Many(Text(shape=re.compile(rf"{ID.pattern}(/{NAME.pattern})?"), form="a rule, or a rule/way")),
        "suppresses": Many(Inside(SuppressText)),
        "raised_by": Named(Many(_id())),
        "tests": Many(Inside(TestText), required=True),
    },
    name="RuleDocument",
)
