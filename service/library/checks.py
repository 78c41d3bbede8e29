"""Lint for a loaded book: what a document may say but should not, above all what its own tests leave open."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from service.engine.answers import Answer
from service.engine.evaluate import comes_late
from service.engine.rule import Rule, Target
from service.engine.vocabulary import Vocabulary
from service.library.book import Book
from service.library.boundaries import FROM_HERE, PAST_HERE
from service.library.inline import run_rule_tests
from service.library.problems import closest
from service.library.shown import seen, thresholds


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the lint. A warning is for people to weigh; an error must be mended."""

    file: str
    place: str
    reason: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.reason}" + (" (warning)" if self.level == "warning" else "")


def lint(book: Book, only: str = "") -> list[Finding]:
    """Every finding in the book, or in the versions of the rule `only`."""
    rules = [rule for name, versions in book.versions.items() for rule in versions if not only or name == only]
    findings = [finding for rule in rules for finding in lint_rule(rule, book.vocabularies[rule.vocabulary])]
    findings += [finding for rule in rules for finding in (*_names(rule, book), *_too_early(rule, book))]
    return findings + ([] if only else list(_circles(book)))


def lint_rule(rule: Rule, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What can be found without the other rules: failing tests, criteria and ways not shown both ways, thresholds not shown."""
    for result in run_rule_tests(rule):
        if not result.passed:
            yield _finding(rule, f"test {result.name!r}", result.message)
    yield from _unseen(rule)
    yield from _unshown_thresholds(rule, vocabulary)


def _finding(rule: Rule, place: str, reason: str, level: Literal["error", "warning"] = "error") -> Finding:
    return Finding(f"{rule.id}/{rule.version}.yaml", place, reason, level)


def _unseen(rule: Rule) -> Iterator[Finding]:
    shown = seen(rule)
    for name in rule.criteria:
        for answer in (Answer.YES, Answer.NO):
            if (name, answer) not in shown.criteria:
                yield _finding(rule, f"criteria.{name}", f"no test has it answer {answer}")
    for way in rule.ways:
        if not shown.ways[way.name]:
            yield _finding(rule, f"ways.{way.name}", "no test fires by it")
    for index, (when, tests) in enumerate(shown.variants):
        if not tests:
            yield _finding(rule, f"card.variants[{index}]", f"no test that fires has {when} answer yes")


def _unshown_thresholds(rule: Rule, vocabulary: Vocabulary) -> Iterator[Finding]:
    for name, criterion in rule.criteria.items():
        if not criterion.fact:
            continue
        for point, tests in thresholds(rule, criterion, vocabulary):
            if not tests:
                yield _finding(rule, f"criteria.{name}", f"no test gives {criterion.fact} for {point.what}")
        number = criterion.word in (*FROM_HERE, *PAST_HERE, "happened_at_least_ago", "happened_within")
        if (number or criterion.within or criterion.older_than) and not criterion.parameters:
            yield _finding(rule, f"criteria.{name}", "has a threshold that is not a $parameter", "warning")


def _names(rule: Rule, book: Book) -> Iterator[Finding]:
    missing = {}
    for place, target in _named(rule):
        if target.rule not in book.versions:
            meant = closest(target.rule, book.versions)
            missing[target.rule] = f"{target.rule} (in {place}{f'; did you mean {meant}?' if meant else ''})"
        elif target.way and not any(way.name == target.way for one in book.versions[target.rule] for way in one.ways):
            yield _finding(rule, place, f"names the way {target.way!r}, which {target.rule} does not have")
    if missing:
        yield _finding(rule, "rules", f"names rules that are not in the book: {', '.join(missing.values())}", "warning")


def _too_early(rule: Rule, book: Book) -> Iterator[Finding]:
    """What asks about judging itself is decided after the others: they would find it not decided, and never fire by it."""
    if comes_late(rule):
        return
    for one in (*rule.criteria.values(), *rule.checks.values()):
        if one.rule and any(comes_late(version) for version in book.versions.get(one.rule, ())):
            reason = f"asks {one.rule}, which asks what could not be judged and so is decided after this rule"
            yield _finding(rule, f"{one.name}.rule", reason)


def _named(rule: Rule) -> Iterator[tuple[str, Target]]:
    for section, criteria in (("criteria", rule.criteria), ("checks", rule.checks)):
        yield from ((f"{section}.{one.name}.rule", Target(rule=one.rule)) for one in criteria.values() if one.rule)
    yield from (("absorbs", target) for target in rule.absorbs)
    yield from (("suppresses", target) for target in rule.suppresses if target.rule)
    yield from ((f"raised_by.{level}", Target(rule=name)) for level, names in rule.raised_by.items() for name in names)


def _circles(book: Book) -> Iterable[Finding]:
    """Rules that could hide each other: then which one is shown would hang on the order they are looked at."""
    rules = {rule.id: rule for versions in book.versions.values() for rule in versions if rule.status == "active"}
    hides = {name: {other for other in rules if other != name and may_hide(rule, rules[other])} for name, rule in rules.items()}
    for name in sorted(rules):
        path = _way_back(name, hides)
        if path:
            chain = ", ".join(path)
            yield _finding(rules[name], "suppresses", f"rules could hide each other in a circle: {chain}", "warning")


def may_hide(actor: Rule, target: Rule) -> bool:
    """Could the card of `actor` keep that of `target` from being shown, in some of their looks?"""
    named = [one for one in actor.suppresses if (one.rule == target.id if one.rule else one.family == target.family)]
    return any(one.rule == target.id for one in actor.absorbs) or any(not one.only or one.only in indicators(target) for one in named)


def indicators(rule: Rule) -> set[str]:
    """Every indicator the card of a rule can have."""
    if rule.face is None:
        return set()
    return {rule.face.indicator, *(one.indicator for one in rule.face.variants if one.indicator), *rule.raised_by}


def _way_back(start: str, hides: Mapping[str, set[str]]) -> list[str]:
    """The shortest chain from a rule back to itself, empty when there is none."""
    chains = [[start]]
    reached: set[str] = set()
    while chains:
        chain = chains.pop(0)
        for other in sorted(hides[chain[-1]] - reached):
            if other == start:
                return [*chain, start]
            reached.add(other)
            chains.append([*chain, other])
    return []
