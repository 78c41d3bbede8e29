"""A rule as a PlanDefinition of the type eca-rule: event, condition, action."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from service.engine.rule import Rule, Target
from service.interop.actions import action, cited
from service.interop.parts import PUBLISHER, Resource, computer_name, concept, filled, narrative, related
from service.interop.references import asked, of_code_system, of_rule, of_value_set, of_vocabulary
from service.interop.shelf import Edition, Shelf, findings_of, status_on, value_sets_of

COPYRIGHT: Final = (
    "Copyright the postfusion authors; licensed under the Apache License, Version 2.0. "
    "The codes belong to their terminologies: see `copyright` of the value sets."
)
_DAY: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/cqf-"
# GRADE's conditional recommendation is called weak in the code system of R4
STRENGTH: Final[Mapping[str, tuple[str, str]]] = {"strong": ("strong", "Strong"), "conditional": ("weak", "Weak")}


def plan_definition(shelf: Shelf, edition: Edition, resource_id: str) -> Resource:
    """One version of a rule."""
    rule = edition.rule
    library = of_rule(shelf, "Library", rule)
    return filled(
        resourceType="PlanDefinition",
        id=resource_id,
        text=_narrative(edition),
        extension=_evidence(rule),
        **header(shelf, edition, "PlanDefinition"),
        identifier=[{"type": {"text": "Digest of the content"}, "value": rule.digest}] if rule.digest else [],
        type=concept("eca-rule", "plan-definition-type", "ECA Rule"),
        description="\n\n".join(_description(edition)),
        purpose=shelf.intended_use,
        usage=edition.population,
        copyright=COPYRIGHT,
        topic=[{"text": rule.family}],
        author=[{"name": rule.source_attributes.get("developer") or PUBLISHER}],
        relatedArtifact=list(_related(shelf, edition)),
        library=[library],
        action=[action(edition, library)],
    )


def header(shelf: Shelf, edition: Edition, kind: str) -> Resource:
    """What a rule's PlanDefinition and Library share: who and what it is, and from when until when."""
    rule = edition.rule
    revised = rule.source_attributes.get("revised", "")
    return filled(
        url=shelf.url(kind, rule.id),
        version=rule.version,
        name=computer_name(rule.id),
        title=rule.title,
        status=status_on(rule, shelf.day),
        experimental=rule.status == "draft",
        date=revised if _DAY.fullmatch(revised) else "",
        publisher=PUBLISHER,
        effectivePeriod=_period(rule),
    )


def _period(rule: Rule) -> Resource:
    """First and last day in force; the last day of a FHIR Period belongs to it, that of a rule document does not."""
    last = rule.effective_until - timedelta(days=1) if rule.effective_until else None
    return filled(start=rule.effective_from.isoformat(), end=last.isoformat() if last else "")


def _evidence(rule: Rule) -> list[Resource]:
    """Certainty and strength in the sense of GRADE, by the two extensions that R4 defines for them."""
    code, display = STRENGTH[rule.strength]
    strength = concept(code, "recommendation-strength", display, rule.strength)
    quality = concept(rule.certainty.replace(" ", "-"), "evidence-quality", f"{rule.certainty.capitalize()} quality", rule.certainty)
    return [
        {"url": f"{_GRADE}qualityOfEvidence", "valueCodeableConcept": quality},
        {"url": f"{_GRADE}strengthOfRecommendation", "valueCodeableConcept": strength},
    ]


def _description(edition: Edition) -> Iterator[str]:
    rule = edition.rule
    yield f"{rule.title}. {edition.population}"
    yield f"Limits: {rule.limits}"
    if precedence := list(_precedence(rule)):
        yield " ".join(precedence)
    yield f"Version {rule.version}: {rule.changes}"


def _precedence(rule: Rule) -> Iterator[str]:
    """What the card of this rule does to the cards of others: data of the rule, which no PlanDefinition has a place for."""
    if rule.absorbs:
        yield f"Shown in place of: {', '.join(_target(one) for one in rule.absorbs)}."
    if rule.suppresses:
        yield f"Hides: {', '.join(_target(one) for one in rule.suppresses)}."
    for level, names in rule.raised_by.items():
        yield f"The card becomes {level} when one of these answers yes: {', '.join(names)}."


def _target(one: Target) -> str:
    what = f"family {one.family}" if one.family else f"{one.rule}/{one.way}" if one.way else one.rule
    limits = [*([f"{one.only} cards only"] if one.only else []), *([f"when {one.when}"] if one.when else [])]
    return f"{what} ({', '.join(limits)})" if limits else what


def _related(shelf: Shelf, edition: Edition) -> Iterator[Resource]:
    """Citations, the source attributes, and everything published here that the rule rests on."""
    rule = edition.rule
    for name, citation in rule.citations.items():
        yield related("citation", label=name, citation=cited(citation), url=citation.url or None)
    yield from (related("documentation", label=name, display=value) for name, value in edition.attributes)
    yield from (related("depends-on", display=display, resource=resource) for display, resource in depends_on(shelf, edition))


def depends_on(shelf: Shelf, edition: Edition) -> Iterator[tuple[str, str]]:
    """What a rule rests on, by name and canonical: its vocabulary, the value sets and findings of its facts, other rules."""
    vocabulary = shelf.vocabularies[edition.rule.vocabulary]
    yield f"Vocabulary {vocabulary.version}", of_vocabulary(shelf, vocabulary.version)
    for value_set in value_sets_of(edition, vocabulary):
        yield value_set.title, of_value_set(shelf, vocabulary.version, value_set.id)
    systems: dict[str, list[str]] = {}
    for finding in findings_of(edition, vocabulary):
        systems.setdefault(finding.system, []).append(finding.code)
    for system, codes in systems.items():
        yield f"Findings: {', '.join(codes)}", of_code_system(shelf, vocabulary.version, system)
    yield from (("Another rule", canonical) for canonical in asked(shelf, edition))


def _narrative(edition: Edition) -> Resource:
    rule = edition.rule
    questions = [(one.says, edition.asks.get(one.name, "")) for one in (*rule.criteria.values(), *rule.checks.values())]
    return narrative(rule.title, _description(edition), [("Questions", questions), ("Source attributes", edition.attributes)])
