"""The shapes of CDS Hooks: services and cards."""

from marshmallow import Schema, fields, validate

from service.web.shapes.parts import list_of, one_of, text


class Coding(Schema):
    """A code."""

    system = text(required=False)
    code = text()
    display = text(required=False)


class Source(Schema):
    """Where a card comes from."""

    label = text()
    url = text(required=False)
    topic = fields.Nested(Coding)


class Action(Schema):
    """What a suggestion would create."""

    type = one_of("create", "update", "delete")
    description = text()
    resource = fields.Dict()


class Suggestion(Schema):
    """A draft a clinician may take."""

    label = text()
    uuid = text()
    isRecommended = fields.Boolean()
    actions = list_of(Action, required=False)


class Link(Schema):
    """A link of a card."""

    label = text()
    url = text()
    type = one_of("absolute", "smart")


class Card(Schema):
    """A CDS Hooks 2.0.1 card."""

    uuid = text()
    summary = fields.String(required=True, validate=validate.Length(min=1, max=139))
    detail = text("GitHub-flavoured Markdown without HTML.", required=False)
    indicator = one_of("info", "warning", "critical")
    source = fields.Nested(Source, required=True)
    suggestions = list_of(Suggestion, required=False)
    selectionBehavior = fields.String(validate=validate.OneOf(("any", "at-most-one")))
    overrideReasons = list_of(Coding, required=False)
    links = list_of(Link, required=False)
    extension = fields.Dict(required=True, metadata={"description": "org.postfusion: rule, version, digest, urgency, asOf."})


class Cards(Schema):
    """The answer of a CDS service. No cards: looked, and found nothing."""

    cards = list_of(Card)


class Service(Schema):
    """A CDS service as discovery names it."""

    hook = text()
    id = text()
    title = text()
    description = text()
    version = text("The CDS Hooks version.")
    prefetch = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    usageRequirements = text(required=False)


class Services(Schema):
    """Discovery."""

    services = list_of(Service)
