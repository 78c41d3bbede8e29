"""Over the shipped book: whatever stays silent says what is in the way, and doing just that makes it fire."""

from collections.abc import Iterator, Mapping

import pytest

from service.engine.answers import Answer
from service.engine.compile import GATES, compile_rule
from service.engine.facts import Facts
from service.engine.needed import needs
from service.engine.rule import Rule
from service.engine.verdict import Verdict
from service.engine.whatif import applied, smallest_change
from service.library.given import AS_OF
from service.library.inline import decide_test
from tests.stories.replay import book

RULES = [rule for versions in book().versions.values() for rule in versions]
EMPTY = Facts(AS_OF, {})


def silent(rule: Rule) -> Iterator[tuple[str, Verdict, Facts, Mapping[str, Verdict]]]:
    """Every inline test of a rule that does not fire, and the chart without anything in it."""
    decide = compile_rule(rule)
    for test in rule.tests:
        verdict, said = decide_test(rule, test, decide)
        if verdict.answer is not Answer.YES:
            yield test["name"], verdict, Facts(AS_OF, test.held), said  # type: ignore[attr-defined]
    yield "an empty chart", decide(EMPTY, {}), EMPTY, {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}@{rule.version}")
def test_the_named_change_makes_the_rule_fire(rule: Rule) -> None:
    specs, decide = book().vocabularies[rule.vocabulary].facts, compile_rule(rule)
    for name, verdict, facts, said in silent(rule):
        changes = smallest_change(rule, decide, verdict, facts, said, specs)
        assert changes, name
        assert decide(*applied(changes, facts, said, verdict)).answer is Answer.YES, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}@{rule.version}")
def test_what_is_needed_is_said_in_words(rule: Rule) -> None:
    specs, decide = book().vocabularies[rule.vocabulary].facts, compile_rule(rule)
    for name, verdict, facts, said in silent(rule):
        for change in smallest_change(rule, decide, verdict, facts, said, specs):
            text = needs(change, facts, specs)
            words = ("needs", "met ", "would have to be")
            assert any(word in text for word in words), (name, text)
            assert not any(sign in text for sign in "{}$_[]"), (name, text)


def test_there_is_something_to_explain() -> None:
    assert len(RULES) > 40
    assert sum(1 for rule in RULES for _ in silent(rule)) > 700
    assert all(gate in book().vocabularies["1.0.0"].facts for gate, _ in GATES.values())
