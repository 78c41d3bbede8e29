"""The shapes of answers, for openapi.yaml. Answers are built as plain data; a test holds real ones against these."""

from typing import Any

from marshmallow import Schema, fields, validate


def _text(meaning: str = "", *, required: bool = True, **more: Any) -> fields.String:
    return fields.String(required=required, metadata={"description": meaning} if meaning else {}, **more)


def _one_of(*choices: str) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices))


def _list_of(shape: type[Schema] | fields.Field[Any], *, required: bool = True) -> fields.List[Any]:
    return fields.List(fields.Nested(shape) if isinstance(shape, type) else shape, required=required)


class Coding(Schema):
    """A code."""

    system = _text(required=False)
    code = _text()
    display = _text(required=False)


class Source(Schema):
    """Where a card comes from."""

    label = _text()
    url = _text(required=False)
    topic = fields.Nested(Coding)


class Action(Schema):
    """What a suggestion would create."""

    type = _one_of("create", "update", "delete")
    description = _text()
    resource = fields.Dict()


class Suggestion(Schema):
    """A draft a clinician may take."""

    label = _text()
    uuid = _text()
    isRecommended = fields.Boolean()
    actions = _list_of(Action, required=False)


class Link(Schema):
    """A link of a card."""

    label = _text()
    url = _text()
    type = _one_of("absolute", "smart")


class Card(Schema):
    """A CDS Hooks 2.0.1 card."""

    uuid = _text()
    summary = fields.String(required=True, validate=validate.Length(min=1, max=139))
    detail = _text("GitHub-flavoured Markdown without HTML.", required=False)
    indicator = _one_of("info", "warning", "critical")
    source = fields.Nested(Source, required=True)
    suggestions = _list_of(Suggestion, required=False)
    selectionBehavior = fields.String(validate=validate.OneOf(("any", "at-most-one")))
    overrideReasons = _list_of(Coding, required=False)
    links = _list_of(Link, required=False)
    extension = fields.Dict(required=True, metadata={"description": "org.postfusion: rule, version, digest, urgency, asOf."})


class Cards(Schema):
    """The answer of a CDS service. No cards: looked, and found nothing."""

    cards = _list_of(Card)


class Service(Schema):
    """A CDS service as discovery names it."""

    hook = _text()
    id = _text()
    title = _text()
    description = _text()
    version = _text("The CDS Hooks version.")
    prefetch = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    usageRequirements = _text(required=False)


class Services(Schema):
    """Discovery."""

    services = _list_of(Service)


class Release(Schema):
    """The rules that decided."""

    digest = _text()


class IndexFusion(Schema):
    """The lumbar fusion the rules count from."""

    date = _text(required=False)
    precision = fields.String(validate=validate.OneOf(("day", "month", "year")))
    source = _text(required=False)
    daysSince = fields.Integer()
    monthsSince = fields.Integer()
    stage = _text(required=False)


class PainScore(Schema):
    """The pain score of one day: the highest, on a scale of 0 to 10."""

    date = _text()
    value = fields.Float(required=True, validate=validate.Range(min=0, max=10))
    resource = _text()
    order = _one_of("before", "same day", "after", "unsettled")


class PainSeries(Schema):
    """The pain scores of one region, oldest first, each placed relative to the index fusion."""

    region = _one_of("leg", "buttock", "back", "unspecified")
    scores = _list_of(PainScore)


class Evidence(Schema):
    """What a step saw."""

    resource = _text()
    value = _text(required=False)
    when = _text(required=False)


class Step(Schema):
    """One criterion, answered."""

    criterion = _text()
    says = _text()
    answer = _one_of("yes", "no", "unknown")
    saw = _list_of(Evidence, required=False)
    note = _text(required=False)
    gap = _text("Why the answer is unknown.", required=False)
    open = _text("What is still to be done while a check is open.", required=False)
    because = _text("Key of the citation.", required=False)


class WayAnswer(Schema):
    """One way of a rule, answered."""

    way = _text()
    says = _text(required=False)
    answer = _one_of("yes", "no", "unknown")


class InTheWay(Schema):
    """A criterion in the way of a rule, and what it needs: the smallest change that would make the rule fire."""

    criterion = _text()
    says = _text()
    answer = _one_of("yes", "no", "unknown")
    needs = _text("One plain sentence; never a value of the record.")


class Verdict(Schema):
    """What one rule answered and why."""

    rule = _text()
    version = _text()
    status = _one_of("active", "draft", "retired")
    answer = _one_of("yes", "no", "unknown")
    shown = fields.Boolean(required=True)
    suppressedBy = _list_of(fields.String(), required=False)
    indicator = fields.String(validate=validate.OneOf(("info", "warning", "critical")))
    gap = _text("Why the answer is unknown.", required=False)
    failed = fields.Boolean()
    ways = _list_of(WayAnswer, required=False)
    steps = _list_of(Step, required=False)
    checks = _list_of(Step, required=False)
    inTheWay = _list_of(InTheWay, required=False)


class Issue(Schema):
    """One thing wrong."""

    severity = _one_of("fatal", "error", "warning", "information")
    code = _text("A FHIR issue type.")
    details = fields.Dict(metadata={"description": "text: the reference this answer has in the log."})
    diagnostics = _text("Constant text, never a value out of the request.", required=False)
    expression = _list_of(fields.String(), required=False)


class OperationOutcome(Schema):
    """What went wrong, or what the reader of an answer must know."""

    resourceType = _one_of("OperationOutcome")
    issue = _list_of(Issue)


class Evaluation(Schema):
    """The answer of /evaluate. Members without a value are left out."""

    asOf = _text()
    release = fields.Nested(Release, required=True)
    patient = _text(required=False)
    indexFusion = fields.Nested(IndexFusion)
    painSeries = _list_of(PainSeries, required=False)
    cards = _list_of(Card)
    verdicts = _list_of(Verdict)
    outcome = fields.Nested(OperationOutcome, required=True)


class Stretch(Schema):
    """Days on which a rule gives one answer: from the first to the day before `to`."""

    from_ = fields.String(data_key="from", required=True)
    to = _text("The day after the last.")
    answer = _one_of("yes", "unknown")


class RuleLine(Schema):
    """One version of a rule along a timeline. On the days not named it answers no, or another version is in force."""

    rule = _text()
    version = _text()
    status = _one_of("active", "draft", "retired")
    on = _list_of(Stretch)


class ReleaseStretch(Schema):
    """Days decided by one set of rules."""

    from_ = fields.String(data_key="from", required=True)
    to = _text("The day after the last.")
    digest = _text()


class Timeline(Schema):
    """The answer of /timeline."""

    asOf = _text("The instant that tells which operation is the index operation.")
    patient = _text()
    indexFusion = fields.Nested(IndexFusion, required=True)
    from_ = fields.String(data_key="from", required=True)
    to = _text("The day after the last.")
    releases = _list_of(ReleaseStretch)
    rules = _list_of(RuleLine)


class RuleVersion(Schema):
    """One version of a rule in a list."""

    version = _text()
    status = _one_of("active", "draft", "retired")
    effective = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    digest = _text()
    changes = _text(required=False)


class RuleChange(Schema):
    """A version put in force or ended, and why."""

    version = _text()
    status = _one_of("active", "retired")
    first = _text("First day in force.")
    until = _text("First day no longer in force.", required=False)
    why = _text()


class RuleVersions(Schema):
    """One rule with its versions, oldest first."""

    rule = _text()
    family = _text()
    title = _text()
    versions = _list_of(RuleVersion)
    history = _list_of(RuleChange, required=False)


class RuleList(Schema):
    """The book of rules."""

    digest = _text("Digest of the whole book.")
    rules = _list_of(RuleVersions)


class Attribute(Schema):
    """One of the thirteen attributes of 45 CFR 170.315(b)(11)(iv)(A)."""

    attribute = _text()
    value = _text("What it is, or `not used`.")


class SourceAttributes(Schema):
    """Who made a rule and what it rests on."""

    rule = _text()
    version = _text()
    digest = _text()
    title = _text()
    intendedUse = _text()
    certainty = _text("Of the evidence: high, moderate, low or very low.")
    strength = _text("Of the recommendation: strong or conditional.")
    limits = _text()
    attributes = _list_of(Attribute)
    sourceAttributes = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    citations = fields.List(fields.Dict(), required=True)


class FeedbackKept(Schema):
    """What became of the items of a delivery: new, known already, and (among both) how many name no card of this service."""

    kept = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    unmatched = fields.Integer(required=True)


class ReasonCount(Schema):
    """How many cards were overridden for this reason. Reasons in a clinician's own words have the code other and no system."""

    system = _text()
    code = _text()
    count = fields.Integer(required=True)


class SuggestionCount(Schema):
    """How often a suggestion was taken."""

    label = _text()
    count = fields.Integer(required=True)


class RuleReport(Schema):
    """One rule version: decisions it was evaluated in, cards accepted and overridden."""

    rule = _text()
    version = _text()
    shadow = fields.Boolean(required=True, metadata={"description": "Judged as a draft, never shown."})
    evaluated = fields.Integer(required=True)
    fired = fields.Integer(required=True)
    couldNotTell = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    shown = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    overridden = fields.Integer(required=True)
    reasons = _list_of(ReasonCount)
    suggestions = _list_of(SuggestionCount)


class FeedbackReport(Schema):
    """Hook calls without pins, from the first day asked for to the last."""

    from_ = fields.String(data_key="from")
    to = _text(required=False)
    decisions = fields.Integer(required=True)
    unmatched = fields.Integer(required=True, metadata={"description": "Items of feedback that name no card of their service."})
    rules = _list_of(RuleReport)


class Health(Schema):
    """The state of the service."""

    status = _one_of("alive", "ready")
    checks = fields.Dict(keys=fields.String(), values=fields.String())


class Version(Schema):
    """What is running."""

    name = _text()
    version = _text()
    cdsHooks = _text()
    book = fields.Dict(required=True)
    siteCodes = fields.Dict(metadata={"description": "digest and number of mappings of the site's ConceptMap, where there is one."})
