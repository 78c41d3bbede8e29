"""When a rule fires, its questions with their thresholds, and its checks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from service.engine.answers import Answer
from service.engine.compile import compile_rule
from service.engine.facts import Fact, Facts
from service.engine.rule import Criterion, Rule, Way
from service.engine.verdict import Step
from service.engine.vocabulary import Vocabulary
from service.library.book import Book
from service.library.explain import question
from service.library.given import AS_OF
from service.library.pages.markdown import bullets, code, link, plain
from service.library.pages.places import cited, newest, to_fact, to_family, to_id, to_parameter
from service.library.pages.words import edges

TOLD: Final = {Answer.YES: "the answer is yes", Answer.NO: "the answer is no", Answer.UNKNOWN: "it cannot tell"}


def fires_when(rule: Rule) -> Iterator[str]:
    """The ways of a rule in terms of its questions."""
    yield "## When it fires, exactly"
    many = len(rule.ways) > 1
    yield from ["", f"When any of these {len(rule.ways)} ways is met:" if many else "When all of this is so:", ""]
    for way in rule.ways:
        if many:
            yield f"- **{plain(way.says)}**"
        yield from (f"{'  ' if many else ''}- {line}" for line in _gathers(way, rule))
    yield ""


def _gathers(way: Way, rule: Rule) -> Iterator[str]:
    gathers = [("all of", way.all), ("at least one of", way.any), ("none of", way.none)]
    if way.at_least_of:
        gathers.append((f"at least {way.at_least_of[0]} of", way.at_least_of[1]))
    for word, names in gathers:
        if names:
            yield f"{word}: " + "; ".join(_to_question(rule.criteria[name]) for name in names)


def _to_question(one: Criterion) -> str:
    return link(plain(one.says), f"#question-{one.name}")


def questions(rule: Rule, book: Book) -> Iterator[str]:
    """Each criterion: its sentence, what it asks, where its thresholds lie, what silence means, and its source."""
    silent = _when_silent(rule, book.vocabularies[rule.vocabulary])
    yield "## Questions"
    yield from ["", "Each is answered yes, no or cannot tell. A reading that cannot be read or placed in time is never taken as no.", ""]
    for one in rule.criteria.values():
        yield from _question(one, rule, book, silent)


def checks(rule: Rule, book: Book) -> Iterator[str]:
    """The checks of a rule, if it has any."""
    if not rule.checks:
        return
    silent = _when_silent(rule, book.vocabularies[rule.vocabulary])
    yield "## Checks"
    yield from ["", "Shown on the card and never deciding: each is named there until it is answered yes.", ""]
    for one in rule.checks.values():
        yield from _question(one, rule, book, silent, "Check")


def _question(one: Criterion, rule: Rule, book: Book, silent: dict[str, str], kind: str = "Question") -> Iterator[str]:
    yield f"### {kind} {code(one.name)}"
    yield from ["", f"**{plain(one.says)}**"]
    source = f"Source: {cited(rule.citations[one.because])}"
    yield from bullets([*_asks(one, rule, book), *_of_check(one, rule), *_silence(one, silent), source])


def _asks(one: Criterion, rule: Rule, book: Book) -> Iterator[str]:
    if one.family:
        yield f"Asks: {plain(question(one))}, see {to_family(one.family)}"
        return
    other = newest(book).get(one.rule)
    name = to_fact(one.fact, rule.vocabulary) if one.fact else to_id(other) if other else code(one.rule)
    yield f"Asks: {name}{plain(_rest(one))}"
    for edge in edges(one, book.vocabularies[rule.vocabulary]):
        where = f" ({to_parameter(edge.parameter)})" if edge.parameter else ""
        yield f"Threshold of {edge.asks}: **{edge.value}**{where}. Yes {edge.meets}; no {edge.misses}"


def _rest(one: Criterion) -> str:
    """What is asked of the fact or rule, without what the lines below say again: silence and parameters."""
    return question(one).removeprefix(one.fact or one.rule).partition(" [")[0].partition(", taken as ")[0]


def _of_check(one: Criterion, rule: Rule) -> Iterator[str]:
    if one.open:
        yield f"While it is open the card says: {plain(one.open)}"
    if one.inverted:
        yield "The other way round: it is open while the answer is yes"
    if one.needed_when:
        yield f"Asked only when this is so: {_to_question(rule.criteria[one.needed_when])}"


def _silence(one: Criterion, silent: dict[str, str]) -> Iterator[str]:
    if one.fact:
        yield f"Nothing recorded: {silent[one.name]}"


def _when_silent(rule: Rule, vocabulary: Vocabulary) -> dict[str, str]:
    """What the engine makes of each criterion and check that asks a fact when nothing is recorded."""
    asked = {**rule.criteria, **rule.checks}
    held = {one.fact: Fact(silence=vocabulary.facts[one.fact].silence) for one in asked.values() if one.fact}
    bare = {name: one for name, one in asked.items() if one.fact}
    verdict = compile_rule(_asking(rule, bare))(Facts(AS_OF, held), {})
    return {step.criterion: _told(step) for step in verdict.steps}


def _told(step: Step) -> str:
    return step.note.removeprefix("not recorded, ") if "taken as" in step.note else TOLD[step.answer]


def _asking(rule: Rule, asked: dict[str, Criterion]) -> Rule:
    return replace(rule, criteria=asked, checks={}, ways=())
