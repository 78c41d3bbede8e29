"""The shapes of feedback, its report, health and version."""

from marshmallow import Schema, fields

from service.web.shapes.parts import list_of, one_of, text


class FeedbackKept(Schema):
    """What became of the items of a delivery: new, known already, and (among both) how many name no card of this service."""

    kept = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    unmatched = fields.Integer(required=True)


class ReasonCount(Schema):
    """How many cards were overridden for this reason. Reasons in a clinician's own words have the code other and no system."""

    system = text()
    code = text()
    count = fields.Integer(required=True)


class SuggestionCount(Schema):
    """How often a suggestion was taken."""

    label = text()
    count = fields.Integer(required=True)


class RuleReport(Schema):
    """One rule version: decisions it was evaluated in, cards accepted and overridden."""

    rule = text()
    version = text()
    shadow = fields.Boolean(required=True, metadata={"description": "Judged as a draft, never shown."})
    evaluated = fields.Integer(required=True)
    fired = fields.Integer(required=True)
    couldNotTell = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    shown = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    overridden = fields.Integer(required=True)
    reasons = list_of(ReasonCount)
    suggestions = list_of(SuggestionCount)


class FeedbackReport(Schema):
    """Hook calls without pins, from the first day asked for to the last."""

    from_ = fields.String(data_key="from")
    to = text(required=False)
    decisions = fields.Integer(required=True)
    unmatched = fields.Integer(required=True, metadata={"description": "Items of feedback that name no card of their service."})
    rules = list_of(RuleReport)


class Health(Schema):
    """The state of the service."""

    status = one_of("alive", "ready")
    checks = fields.Dict(keys=fields.String(), values=fields.String())


class Version(Schema):
    """What is running."""

    name = text()
    version = text()
    cdsHooks = text()
    book = fields.Dict(required=True)
    siteCodes = fields.Dict(metadata={"description": "digest and number of mappings of the site's ConceptMap, where there is one."})
