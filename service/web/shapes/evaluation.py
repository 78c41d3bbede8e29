"""The shapes of what one chart is told: verdicts, OperationOutcome, timeline."""

from marshmallow import Schema, fields, validate

from service.web.shapes.parts import list_of, one_of, text
from service.web.shapes.service import Card


class Release(Schema):
    """The rules that decided."""

    digest = text()


class IndexFusion(Schema):
    """The lumbar fusion the rules count from."""

    date = text(required=False)
    precision = fields.String(validate=validate.OneOf(("day", "month", "year")))
    source = text(required=False)
    daysSince = fields.Integer()
    monthsSince = fields.Integer()
    stage = text(required=False)


class PainScore(Schema):
    """The pain score of one day: the highest, on a scale of 0 to 10."""

    date = text()
    value = fields.Float(required=True, validate=validate.Range(min=0, max=10))
    resource = text()
    order = one_of("before", "same day", "after", "unsettled")


class PainSeries(Schema):
    """The pain scores of one region, oldest first, each placed relative to the index fusion."""

    region = one_of("leg", "buttock", "back", "unspecified")
    scores = list_of(PainScore)


class Evidence(Schema):
    """What a step saw."""

    resource = text()
    value = text(required=False)
    when = text(required=False)


class Step(Schema):
    """One criterion, answered."""

    criterion = text()
    says = text()
    answer = one_of("yes", "no", "unknown")
    saw = list_of(Evidence, required=False)
    note = text(required=False)
    gap = text("Why the answer is unknown.", required=False)
    open = text("What is still to be done while a check is open.", required=False)
    because = text("Key of the citation.", required=False)


class WayAnswer(Schema):
    """One way of a rule, answered."""

    way = text()
    says = text(required=False)
    answer = one_of("yes", "no", "unknown")


class InTheWay(Schema):
    """A criterion in the way of a rule, and what it needs: the smallest change that would make the rule fire."""

    criterion = text()
    says = text()
    answer = one_of("yes", "no", "unknown")
    needs = text("One plain sentence; never a value of the record.")


class Verdict(Schema):
    """What one rule answered and why."""

    rule = text()
    version = text()
    status = one_of("active", "draft", "retired")
    answer = one_of("yes", "no", "unknown")
    shown = fields.Boolean(required=True)
    suppressedBy = list_of(fields.String(), required=False)
    indicator = fields.String(validate=validate.OneOf(("info", "warning", "critical")))
    gap = text("Why the answer is unknown.", required=False)
    failed = fields.Boolean()
    ways = list_of(WayAnswer, required=False)
    steps = list_of(Step, required=False)
    checks = list_of(Step, required=False)
    inTheWay = list_of(InTheWay, required=False)


class Issue(Schema):
    """One thing wrong."""

    severity = one_of("fatal", "error", "warning", "information")
    code = text("A FHIR issue type.")
    details = fields.Dict(metadata={"description": "text: the reference this answer has in the log."})
    diagnostics = text("Constant text, never a value out of the request.", required=False)
    expression = list_of(fields.String(), required=False)


class OperationOutcome(Schema):
    """What went wrong, or what the reader of an answer must know."""

    resourceType = one_of("OperationOutcome")
    issue = list_of(Issue)


class Evaluation(Schema):
    """The answer of /evaluate. Members without a value are left out."""

    asOf = text()
    release = fields.Nested(Release, required=True)
    patient = text(required=False)
    indexFusion = fields.Nested(IndexFusion)
    painSeries = list_of(PainSeries, required=False)
    cards = list_of(Card)
    verdicts = list_of(Verdict)
    outcome = fields.Nested(OperationOutcome, required=True)


class Stretch(Schema):
    """Days on which a rule gives one answer: from the first to the day before `to`."""

    from_ = fields.String(data_key="from", required=True)
    to = text("The day after the last.")
    answer = one_of("yes", "unknown")


class RuleLine(Schema):
    """One version of a rule along a timeline. On the days not named it answers no, or another version is in force."""

    rule = text()
    version = text()
    status = one_of("active", "draft", "retired")
    on = list_of(Stretch)


class ReleaseStretch(Schema):
    """Days decided by one set of rules."""

    from_ = fields.String(data_key="from", required=True)
    to = text("The day after the last.")
    digest = text()


class Timeline(Schema):
    """The answer of /timeline."""

    asOf = text("The instant that tells which operation is the index operation.")
    patient = text()
    indexFusion = fields.Nested(IndexFusion, required=True)
    from_ = fields.String(data_key="from", required=True)
    to = text("The day after the last.")
    releases = list_of(ReleaseStretch)
    rules = list_of(RuleLine)
