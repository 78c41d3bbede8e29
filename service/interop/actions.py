"""The one action of a rule: at which hooks it is asked, when it applies, on what it rests, and which drafts its card offers."""

from collections.abc import Iterator, Mapping
from typing import Final

from service.engine.rule import Action, Citation, Criterion, Rule, Suggestion, Variant
from service.interop.logic import applicability, conditions
from service.interop.parts import Resource, concept, filled, related
from service.interop.shelf import Edition

# how soon, in the words of R4's request priority
PRIORITY: Final[Mapping[str, str]] = {"emergency": "stat", "same-day": "asap", "soon": "urgent", "routine": "routine"}


def action(edition: Edition, library: str) -> Resource:
    """The action of a rule. `library` is the canonical of the Library that holds its document."""
    rule, face = edition.rule, edition.rule.face
    offered = [_suggestion(one, rule) for one in face.suggestions] if face else []
    return filled(
        title=rule.title,
        description=" ".join(_description(rule)),
        textEquivalent=face.summary if face else "",
        priority=PRIORITY[rule.urgency],
        documentation=list(_documentation(edition)),
        trigger=[{"type": "named-event", "name": hook} for hook in rule.hooks],
        condition=conditions(edition, library),
        input=[{"type": kind} for kind in edition.reads],
        groupingBehavior="visual-group" if offered else "",
        selectionBehavior=face.selection if face and offered else "",
        action=offered,
    )


def _description(rule: Rule) -> Iterator[str]:
    """How the card is worded; names in braces are facts that are filled in."""
    face = rule.face
    if face is None:
        yield "It has no card of its own: other rules ask for its answer."
        return
    yield f"Card: {face.indicator}, urgency: {rule.urgency}. {face.detail}"
    yield from (_variant(variant, rule) for variant in face.variants)
    yield from (f"When {_told(note.when, rule)}: {note.text}" for note in face.notes)


def _variant(variant: Variant, rule: Rule) -> str:
    levels = [f"{word} {value}" for word, value in (("card", variant.indicator), ("urgency", variant.urgency)) if value]
    told = [", ".join(levels), variant.summary, variant.detail]
    return f"When {_told(variant.when, rule)}: {'. '.join(part.rstrip('.') for part in told if part)}."


def _told(name: str, rule: Rule) -> str:
    """A way or criterion by what it says."""
    says = {**{way.name: way.says for way in rule.ways}, **{one.name: one.says for one in rule.criteria.values()}}
    return f'"{says.get(name, name)}" is yes'


def _documentation(edition: Edition) -> Iterator[Resource]:
    """Each criterion and each check: its sentence, what it asks with its thresholds, and where it comes from."""
    rule = edition.rule
    yield from (_criterion(one, edition, "justification", "") for one in rule.criteria.values())
    yield from (_criterion(one, edition, "documentation", "Shown, never deciding: ") for one in rule.checks.values())


def _criterion(one: Criterion, edition: Edition, kind: str, before: str) -> Resource:
    citation = edition.rule.citations[one.because]
    asks = edition.asks.get(one.name, "")
    display = f"{before}{one.says}." + (f" Asks: {asks}." if asks else "")
    return related(kind, label=one.name, display=display, citation=cited(citation), url=citation.url or None)


def cited(citation: Citation) -> str:
    """A citation with the place in it."""
    return f"{citation.title}, {citation.locator}" if citation.locator else citation.title


def _suggestion(one: Suggestion, rule: Rule) -> Resource:
    """A suggestion of the card: an option, of which `recommended` ones are ticked beforehand."""
    return filled(
        title=one.label,
        description="Elective: it is not offered beside an alarm." if one.elective else "",
        condition=list(_offered_when(one, rule)),
        requiredBehavior="could",
        precheckBehavior="yes" if one.recommended else "no",
        groupingBehavior="logical-group",
        selectionBehavior="all",
        action=[_draft(part) for part in one.actions],
    )


def _offered_when(one: Suggestion, rule: Rule) -> Iterator[Resource]:
    if one.when:
        yield applicability(one.when, f"{_told(one.when, rule)}.")
    if one.unless:
        yield applicability(f"not {one.unless}", f"Not when {_told(one.unless, rule)}.")
    if one.check:
        yield applicability(f"open({one.check})", f"Still open: {rule.checks[one.check].open}.")


def _draft(one: Action) -> Resource:
    """A draft resource: its type stands in `output`, and its code in `code`."""
    coding = [filled(system=system, code=code, display=display) for system, code, display in one.codes]
    return filled(
        title=one.description,
        textEquivalent=one.text,
        priority=one.priority,
        code=[{"coding": coding}] if coding else [],
        output=[{"type": one.type}],
        type=concept("create", "action-type"),
    )
