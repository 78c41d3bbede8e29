"""The shapes of the book of rules."""

from marshmallow import Schema, fields

from service.web.shapes.parts import list_of, one_of, text


class RuleVersion(Schema):
    """One version of a rule in a list."""

    version = text()
    status = one_of("active", "draft", "retired")
    effective = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    digest = text()
    changes = text(required=False)


class RuleChange(Schema):
    """A version put in force or ended, and why."""

    version = text()
    status = one_of("active", "retired")
    first = text("First day in force.")
    until = text("First day no longer in force.", required=False)
    why = text()


class RuleVersions(Schema):
    """One rule with its versions, oldest first."""

    rule = text()
    family = text()
    title = text()
    versions = list_of(RuleVersion)
    history = list_of(RuleChange, required=False)


class RuleList(Schema):
    """The book of rules."""

    digest = text("Digest of the whole book.")
    rules = list_of(RuleVersions)


class Attribute(Schema):
    """One of the thirteen attributes of 45 CFR 170.315(b)(11)(iv)(A)."""

    attribute = text()
    value = text("What it is, or `not used`.")


class SourceAttributes(Schema):
    """Who made a rule and what it rests on."""

    rule = text()
    version = text()
    digest = text()
    title = text()
    intendedUse = text()
    certainty = text("Of the evidence: high, moderate, low or very low.")
    strength = text("Of the recommendation: strong or conditional.")
    limits = text()
    attributes = list_of(Attribute)
    sourceAttributes = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    citations = fields.List(fields.Dict(), required=True)
