"""The card of a rule: its texts, the looks it can take, what it suggests, and the reasons to set it aside."""

from collections.abc import Iterator

from service.engine.rule import Action, Face, Rule, Suggestion, Variant
from service.engine.vocabulary import Vocabulary
from service.library.pages.markdown import bullets, code, plain, quoted
from service.library.vocabulary import OVERRIDE_REASONS


def card(rule: Rule, vocabulary: Vocabulary) -> Iterator[str]:
    """The section on the card."""
    yield "## The card"
    if rule.face is None:
        yield from ["", "It has none: its answer is for the rules that ask for it."]
        return
    face = rule.face
    braces = " A name in braces stands for what is on record." if "{" in f"{face.summary}{face.detail}" else ""
    yield from ["", f"{face.indicator.capitalize()}, urgency {rule.urgency}.{braces}"]
    yield from ["", f"**{plain(face.summary)}**", *quoted(face.detail)]
    for variant in face.variants:
        yield from _variant(variant, rule)
    yield from bullets(f"When this is so, “{_says(note.when, rule)}”, it adds: {plain(note.text)}" for note in face.notes)
    yield from _suggestions(face, rule)
    yield from _reasons(face, vocabulary)


def _variant(one: Variant, rule: Rule) -> Iterator[str]:
    look = ", ".join(part for part in (one.indicator, f"urgency {one.urgency}" if one.urgency else "") if part)
    yield from ["", f"When this is so, “{_says(one.when, rule)}”, it reads{f' ({look})' if look else ''}:", ""]
    if one.summary:
        yield from [f"**{plain(one.summary)}**", ""]
    if one.detail:
        yield from quoted(one.detail)
    if not one.summary and not one.detail:
        yield from ["the same words.", ""]


def _says(name: str, rule: Rule) -> str:
    said = {one.name: one.says for one in rule.criteria.values()} | {way.name: way.says for way in rule.ways}
    return plain(said[name])


def _suggestions(face: Face, rule: Rule) -> Iterator[str]:
    if not face.suggestions:
        return
    taken = "At most one of them can be taken." if face.selection == "at-most-one" else "Any of them can be taken, or none."
    yield from ["### Options it offers", "", f"Each is a draft for the clinician to take up or leave. {taken}"]
    yield from bullets(_suggestion(one, rule) for one in face.suggestions)


def _suggestion(one: Suggestion, rule: Rule) -> str:
    when = [
        "marked as the one to begin with" if one.recommended else "",
        f"when this is so: {_says(one.when, rule)}" if one.when else "",
        f"not when this is so: {_says(one.unless, rule)}" if one.unless else "",
        f"while this is open: {plain(rule.checks[one.check].open)}" if one.check else "",
        "left out beside a red flag" if one.elective else "",
    ]
    told = "; ".join(part for part in when if part)
    return f"**{plain(one.label)}**{f' ({told})' if told else ''}: " + "; ".join(_action(action) for action in one.actions)


def _action(one: Action) -> str:
    codes = ", ".join(f"{plain(display)} {code(f'{system}|{value}')}" for system, value, display in one.codes)
    parts = [f"draft {one.type}", codes, plain(one.text), f"priority {one.priority}" if one.priority else ""]
    return ", ".join(part for part in parts if part)


def _reasons(face: Face, vocabulary: Vocabulary) -> Iterator[str]:
    if face.override_reasons:
        shown = {one.code: one.display for one in vocabulary.value_sets[OVERRIDE_REASONS].codes}
        yield from ["### Reasons to set it aside", *bullets(plain(shown[one]) for one in face.override_reasons)]
