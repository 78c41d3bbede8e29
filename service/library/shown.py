"""What the tests of a rule show: by which of them each criterion, check, way, variant and threshold is seen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.engine.answers import Answer
from service.engine.compile import compile_rule
from service.engine.rule import Criterion, Rule
from service.engine.verdict import Step, Verdict
from service.engine.vocabulary import Vocabulary
from service.library.boundaries import Point, points
from service.library.inline import decide_test

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Names of the tests by what they show: a criterion or check with its answer, a way that fires.

    `variants` stand in the order of the card, each with what it is taken for and the tests that fire by that.
    """

    criteria: Mapping[tuple[str, Answer], Names]
    checks: Mapping[tuple[str, Answer], Names]
    ways: Mapping[str, Names]
    variants: tuple[tuple[str, Names], ...]


def seen(rule: Rule) -> Seen:
    """Run every inline test of a rule that was loaded from its document, and sort them by what they show."""
    decide = compile_rule(rule)
    told = [(test["name"], decide_test(rule, test, decide)[0]) for test in rule.tests]
    fired = [(name, verdict) for name, verdict in told if verdict.answer is Answer.YES]
    return Seen(
        criteria=_answers((name, verdict.steps) for name, verdict in told),
        checks=_answers((name, verdict.checks) for name, verdict in told),
        ways={way.name: _fired(fired, way.name) for way in rule.ways},
        variants=tuple((variant.when, _fired(fired, variant.when)) for variant in (rule.face.variants if rule.face else ())),
    )


def _answers(told: Iterable[tuple[str, tuple[Step, ...]]]) -> dict[tuple[str, Answer], Names]:
    found: dict[tuple[str, Answer], Names] = {}
    for name, steps in told:
        for step in steps:
            key = (step.criterion, step.answer)
            found[key] = (*found.get(key, ()), name)
    return found


def _fired(fired: list[tuple[str, Verdict]], by: str) -> Names:
    return tuple(name for name, verdict in fired if verdict.said_yes(by))


def thresholds(rule: Rule, criterion: Criterion, vocabulary: Vocabulary) -> Iterator[tuple[Point, Names]]:
    """The readings that show where the thresholds of a criterion lie, each with the tests that hold it."""
    if not criterion.fact:
        return
    held = [(test["name"], test.held[criterion.fact]) for test in rule.tests if criterion.fact in test.held]  # type: ignore[attr-defined]
    for point in points(criterion, vocabulary.facts[criterion.fact]):
        yield point, tuple(name for name, fact in held if point.held(fact))
