"""The page of one version of one rule."""

import re
from collections.abc import Iterator

from service.engine.rule import Rule
from service.library.attributes import thirteen
from service.library.book import Book
from service.library.digest import facts_of
from service.library.explain import PATIENTS, POPULATION
from service.library.history import Change
from service.library.pages.beside import beside
from service.library.pages.card import card
from service.library.pages.examples import examples
from service.library.pages.markdown import bullets, code, link, page, plain, table
from service.library.pages.places import cited, coverage_page, newest, to_fact, to_family, to_id, to_rule
from service.library.pages.questions import checks, fires_when, questions
from service.library.pages.stories import Story, shown_in


def rule_text(rule: Rule, book: Book, prose: str, stories: tuple[Story, ...]) -> str:
    """The page. `prose` is the README of the rule."""
    vocabulary = book.vocabularies[rule.vocabulary]
    main = newest(book)[rule.id]
    return page(
        plain(rule.title if rule is main else f"{rule.title} ({rule.version})"),
        _glance(rule),
        _in_words(prose) if rule is main else ["", f"The version in the lists is {to_rule(main, main.version)}.", ""],
        fires_when(rule),
        questions(rule, book),
        checks(rule, book),
        card(rule, vocabulary),
        beside(rule, book),
        _evidence(rule),
        _needs(rule, book),
        examples(rule, vocabulary),
        _tested(rule, stories),
        _history(rule, book),
        _attributes(rule),
    )


def _glance(rule: Rule) -> Iterator[str]:
    critical = ", time-critical" if rule.time_critical else ""
    yield from bullets(
        [
            f"Rule {code(rule.id)}, version {rule.version}, {rule.status}, {_in_force(rule)}",
            f"Family: {to_family(rule.family)}",
            f"For whom: {PATIENTS[rule.patients].lower()}, {POPULATION[rule.needs_index]}",
            f"Urgency: {rule.urgency}{critical}",
            f"Shown at: {', '.join(rule.hooks)}",
            *([f"What may be missed: {plain(rule.concern)}"] if rule.concern else []),
        ]
    )


def _in_words(prose: str) -> Iterator[str]:
    """The README below the headings of this page, without its own title."""
    body = re.sub(r"\A# .*\n", "", prose).strip()
    yield from ["## In words", "", re.sub(r"^#", "##", body, flags=re.M), ""]


def _evidence(rule: Rule) -> Iterator[str]:
    yield "## Evidence and limits"
    yield from ["", f"Certainty {rule.certainty}, recommendation {rule.strength}.", *bullets(cited(one) for one in rule.citations.values())]
    yield from [f"Limits: {plain(rule.limits)}", ""]


def _needs(rule: Rule, book: Book) -> Iterator[str]:
    facts = book.vocabularies[rule.vocabulary].facts
    yield from ["## What it needs to know", "", f"The facts of vocabulary {rule.vocabulary} that it asks or names:"]
    yield from bullets(f"{to_fact(name, rule.vocabulary)}: {plain(facts[name].meaning)}" for name in sorted(facts_of(rule, facts)))
    if asked := [_other(name, book) for name in sorted(rule.reads())]:
        yield f"It also asks for the answers of: {', '.join(asked)}."


def _other(name: str, book: Book) -> str:
    """What `Rule.reads` names: a rule, or `family:` and a family."""
    family = name.removeprefix("family:")
    if family != name:
        return f"every rule of {to_family(family)}"
    return to_id(newest(book)[name]) if name in book.versions else code(name)


def _tested(rule: Rule, stories: tuple[Story, ...]) -> Iterator[str]:
    cover = link("coverage", f"/{coverage_page(rule)}")
    yield from ["## Tested", "", f"What these {len(rule.tests)} tests show, and what they leave open: {cover}."]
    yield from shown_in(rule, stories)


def _history(rule: Rule, book: Book) -> Iterator[str]:
    yield from ["## Versions", *bullets(_version(one) for one in reversed(book.versions[rule.id]))]
    if changes := book.history.get(rule.id, ()):
        yield from ["What was put in force or ended later, and why:", *bullets(_change(one) for one in changes)]
    yield from [f"Digest of {rule.version}: {code(rule.digest)}", ""]


def _version(one: Rule) -> str:
    return f"{to_rule(one, one.version)}, {one.status}, {_in_force(one)}, written in vocabulary {one.vocabulary}: {plain(one.changes)}"


def _in_force(one: Rule) -> str:
    until = f"until {one.effective_until}, that day not included" if one.effective_until else "without end"
    return f"in force from {one.effective_from} {until}"


def _change(one: Change) -> str:
    until = f" until {one.until}" if one.until else ""
    return f"{one.version} {one.status} from {one.first}{until}: {plain(one.why)}"


def _attributes(rule: Rule) -> Iterator[str]:
    yield "## Source attributes"
    yield from ["", "The thirteen that decision support must tell about itself (45 CFR 170.315(b)(11)(iv)(A))."]
    yield from table(("Attribute", "Value"), [(one["attribute"], plain(one["value"])) for one in thirteen(rule)])
