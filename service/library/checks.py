"""Lint for a loaded book: what a document may say but should not, above all what its own tests leave open."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from service.engine.answers import Answer
from service.engine.compile import compile_rule
from service.engine.rule import Rule, Target
from service.engine.vocabulary import Vocabulary
from service.library.book import Book
from service.library.boundaries import FROM_HERE, PAST_HERE, points
from service.library.inline import decide_test, run_rule_tests
from service.library.problems import closest


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
    findings += [finding for rule in rules for finding in _names(rule, book)]
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
    decide = compile_rule(rule)
    verdicts = [decide_test(rule, test, decide)[0] for test in rule.tests]
    seen = {(step.criterion, step.answer) for verdict in verdicts for step in verdict.steps}
    for name in rule.criteria:
        for answer in (Answer.YES, Answer.NO):
            if (name, answer) not in seen:
                yield _finding(rule, f"criteria.{name}", f"no test has it answer {answer}")
    fired = {way.name for verdict in verdicts for way in verdict.ways if verdict.answer is Answer.YES and way.answer is Answer.YES}
    for way in rule.ways:
        if way.name not in fired:
            yield _finding(rule, f"ways.{way.name}", "no test fires by it")
    for index, variant in enumerate(rule.face.variants if rule.face else ()):
        if not any(verdict.answer is Answer.YES and verdict.said_yes(variant.when) for verdict in verdicts):
            yield _finding(rule, f"card.variants[{index}]", f"no test that fires has {variant.when} answer yes")


def _unshown_thresholds(rule: Rule, vocabulary: Vocabulary) -> Iterator[Finding]:
    for name, criterion in rule.criteria.items():
        if not criterion.fact:
            continue
        held = [test.held[criterion.fact] for test in rule.tests if criterion.fact in test.held]  # type: ignore[attr-defined]
        for point in points(criterion, vocabulary.facts[criterion.fact]):
            if not any(point.held(fact) for fact in held):
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


def _named(rule: Rule) -> Iterator[tuple[str, Target]]:
    for section, criteria in (("criteria", rule.criteria), ("checks", rule.checks)):
        yield from ((f"{section}.{one.name}.rule", Target(rule=one.rule)) for one in criteria.values() if one.rule)
    yield from (("absorbs", target) for target in rule.absorbs)
    yield from (("suppresses", target) for target in rule.suppresses if target.rule)
    yield from ((f"raised_by.{level}", Target(rule=name)) for level, names in rule.raised_by.items() for name in names)


def _circles(book: Book) -> Iterable[Finding]:
    """Rules that could hide each other: then which one is shown would hang on the order they are looked at."""
    rules = {rule.id: rule for versions in book.versions.values() for rule in versions if rule.status == "active"}
    hides = {name: {other for other in rules if other != name and _may_hide(rule, rules[other])} for name, rule in rules.items()}
    for name in sorted(rules):
        path = _way_back(name, hides)
        if path:
            chain = ", ".join(path)
            yield _finding(rules[name], "suppresses", f"rules could hide each other in a circle: {chain}", "warning")


def _may_hide(actor: Rule, target: Rule) -> bool:
    named = [one for one in actor.suppresses if (one.rule == target.id if one.rule else one.family == target.family)]
    return any(one.rule == target.id for one in actor.absorbs) or any(not one.only or one.only in _indicators(target) for one in named)


def _indicators(rule: Rule) -> set[str]:
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
