"""Running the tests a rule document carries: its facts in, its answer and the face of its card compared with what it expects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.engine.answers import Answer, Gap
from service.engine.compile import compile_rule
from service.engine.facts import Facts
from service.engine.precedence import arrange
from service.engine.rule import Rule
from service.engine.verdict import Verdict
from service.library.given import AS_OF

EXPECTED = {"fires": Answer.YES, "silent": Answer.NO, "cannot_tell": Answer.UNKNOWN}


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one inline test went; `message` says what differed, and is empty when it passed."""

    __test__ = False  # not a class of tests

    rule: str
    version: str
    name: str
    passed: bool
    message: str = ""


def run_rule_tests(rule: Rule) -> list[TestResult]:
    """Run every inline test of a rule that was loaded from its document."""
    return list(_results(rule))


def passes(rule: Rule) -> bool:
    """Does every inline test of a rule pass? Stops at the first that does not."""
    return all(result.passed for result in _results(rule))


def _results(rule: Rule) -> Iterator[TestResult]:
    decide = compile_rule(rule)
    for test in rule.tests:
        verdict, said = decide_test(rule, test, decide)
        message = _difference(test, verdict, said)
        yield TestResult(rule.id, rule.version, test["name"], not message, message)


def decide_test(rule: Rule, test: Any, decide: Any) -> tuple[Verdict, Mapping[str, Verdict]]:
    """The verdict under a test's facts, and the verdicts of other rules the test gives."""
    said = {name: _stand_in(rule, name, answer) for name, answer in test.said.items()}
    return decide(Facts(AS_OF, test.held), said), said


def _stand_in(rule: Rule, name: str, answer: Answer) -> Verdict:
    """A verdict of another rule; unless a criterion names it, it is of the family this rule asks about."""
    asked = [*rule.criteria.values(), *rule.checks.values()]
    named = {one.rule for one in asked if one.rule}
    family: Any = next((one.family for one in asked if one.family and name not in named), rule.family)
    other = replace(rule, id=name, family=family, status="active", face=None, absorbs=(), suppresses=(), raised_by={})
    return Verdict(rule=other, answer=answer, gap=Gap.UNREADABLE if answer is Answer.UNKNOWN else None)


def _difference(test: Mapping[str, Any], verdict: Verdict, said: Mapping[str, Verdict]) -> str:
    if verdict.answer is not EXPECTED[test["expect"]]:
        steps = ", ".join(f"{step.criterion} {step.answer}" for step in verdict.steps)
        return f"expected {test['expect']}, and it {_told(verdict.answer)} ({steps})"
    if "way" in test and not verdict.said_yes(test["way"]):
        fired = ", ".join(way.name for way in verdict.ways if way.answer is Answer.YES)
        return f"expected the way {test['way']}, and it fired by {fired}"
    indicator = indicator_of(verdict, said)
    if "as" in test and indicator != test["as"]:
        return f"expected the card to be {test['as']}, and it is {indicator}"
    return ""


def _told(answer: Answer) -> str:
    return {Answer.YES: "fires", Answer.NO: "stays silent", Answer.UNKNOWN: "cannot tell"}[answer]


def indicator_of(verdict: Verdict, said: Mapping[str, Verdict]) -> str | None:
    """The indicator of the card a verdict would show."""
    active = replace(verdict, rule=replace(verdict.rule, status="active"))
    return next(one.indicator for one in arrange([active, *said.values()]) if one.verdict is active)
