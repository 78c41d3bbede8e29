"""A whole rule: who it is for, its ways, its checks, other rules, and why it cannot tell."""

from typing import Any

import pytest

from service.engine.answers import Answer, Gap
from service.engine.compile import compile_rule, failed
from service.engine.dates import Duration
from service.engine.facts import Item
from service.engine.rule import Way
from tests.engine.build import NO, UNKNOWN, YES, absent, criterion, decide, facts, present, rule, seen, unreadable, verdict

BLANK = ()
ITEM = {YES: present(), NO: absent(), UNKNOWN: unreadable()}


def test_an_unknown_question_word_is_refused_before_any_patient() -> None:
    with pytest.raises(KeyError, match="resembles"):
        compile_rule(rule(criteria=[criterion("a", "resembles")]))


GATES = [
    ("adults", "no", ["adult_and_alive"]),
    ("living", "no", ["alive"]),
    ("adults", "yes", ["adult_and_alive", "lumbar_fusion_dated"]),
    ("adults", "undated_too", ["adult_and_alive", "lumbar_fusion"]),
    ("living", "yes", ["alive", "lumbar_fusion_dated"]),
]


@pytest.mark.parametrize(("patients", "needs_index", "expected"), GATES)
def test_who_a_rule_is_for_is_its_first_steps(patients: Any, needs_index: Any, expected: list[str]) -> None:
    told = decide(rule(criteria=[criterion("a")], patients=patients, needs_index=needs_index), facts(a=present()))
    assert [step.criterion for step in told.steps] == [*expected, "a"]
    assert {step.because for step in told.steps[:-1]} == {"population"}
    assert told.answer is YES


GATED = [
    (YES, YES, YES, "for this patient"),
    (NO, YES, NO, "not for this patient"),
    (UNKNOWN, YES, UNKNOWN, "perhaps for this patient"),
    (UNKNOWN, NO, NO, "no in any case"),
    (NO, UNKNOWN, NO, "not for this patient, whatever is unknown"),
]


@pytest.mark.parametrize(("gate", "own", "expected", "why"), GATED)
def test_a_gate_joins_by_and(gate: Answer, own: Answer, expected: Answer, why: str) -> None:
    held = facts(adult_and_alive=ITEM[gate], a=ITEM[own])
    assert decide(rule(criteria=[criterion("a")]), held).answer is expected, why


def test_a_fusion_without_a_date_leaves_a_rule_unknown_and_none_at_all_says_no() -> None:
    needing = rule(criteria=[criterion("a")], needs_index="yes")
    hinted = decide(needing, facts(a=present(), lumbar_fusion_dated=Item(UNKNOWN, gap=Gap.SILENT)))
    assert (hinted.answer, hinted.gap) == (UNKNOWN, Gap.SILENT)
    assert decide(needing, facts(a=present(), lumbar_fusion_dated=absent())).answer is NO


WAYS = [
    (Way("w", all=("a", "b")), (YES, YES, NO), YES, "all"),
    (Way("w", all=("a", "b")), (YES, UNKNOWN, NO), UNKNOWN, "all, one unknown"),
    (Way("w", all=("a", "b")), (NO, UNKNOWN, NO), NO, "a no goes before an unknown"),
    (Way("w", any=("a", "b")), (NO, YES, NO), YES, "any"),
    (Way("w", any=("a", "b")), (NO, UNKNOWN, NO), UNKNOWN, "any, one unknown"),
    (Way("w", any=("a", "b")), (NO, NO, NO), NO, "any of none"),
    (Way("w", none=("a", "b")), (NO, NO, NO), YES, "none"),
    (Way("w", none=("a", "b")), (NO, YES, NO), NO, "none, but one is"),
    (Way("w", none=("a", "b")), (NO, UNKNOWN, NO), UNKNOWN, "none, one unknown"),
    (Way("w", at_least_of=(2, ("a", "b", "c"))), (YES, NO, YES), YES, "two of three"),
    (Way("w", at_least_of=(2, ("a", "b", "c"))), (YES, NO, UNKNOWN), UNKNOWN, "perhaps two"),
    (Way("w", at_least_of=(2, ("a", "b", "c"))), (YES, NO, NO), NO, "one"),
    (Way("w", all=("a",), any=("b",), none=("c",)), (YES, YES, NO), YES, "gathers are joined by and"),
    (Way("w", all=("a",), any=("b",), none=("c",)), (YES, YES, YES), NO, "one gather is no"),
    (Way("w", all=("a",), at_least_of=(1, ("b", "c"))), (YES, NO, NO), NO, "the count too"),
    (Way("w"), (NO, NO, NO), YES, "a way that asks nothing"),
]


@pytest.mark.parametrize(("way", "answers", "expected", "why"), WAYS)
def test_a_way(way: Way, answers: tuple[Answer, ...], expected: Answer, why: str) -> None:
    names = ("a", "b", "c")
    held = facts(**{name: ITEM[answer] for name, answer in zip(names, answers, strict=True)})
    told = decide(rule(criteria=map(criterion, names), ways=(way,)), held)
    assert (told.answer, told.ways[0].answer) == (expected, expected), why


def test_any_way_is_enough_and_every_way_and_step_is_told() -> None:
    two = rule(criteria=map(criterion, "abc"), ways=(Way("one", "First.", all=("a",)), Way("two", "Second.", all=("b",))))
    told = decide(two, facts(a=absent(), b=present()))
    assert told.answer is YES
    assert [(way.name, way.says, way.answer) for way in told.ways] == [("one", "First.", NO), ("two", "Second.", YES)]
    assert [(step.criterion, step.says, step.because, step.answer) for step in told.steps[1:]] == [
        ("a", "a holds", "source", NO),
        ("b", "b holds", "source", YES),
        ("c", "c holds", "source", UNKNOWN),
    ]
    assert decide(two, facts(a=absent(), b=absent())).answer is NO


def test_a_rule_without_ways_never_fires() -> None:
    assert decide(rule(criteria=[criterion("a")], ways=()), facts(a=present())).answer is NO


REASONS = [
    ({"a": BLANK, "b": BLANK}, Gap.SILENT, "only silence"),
    ({"a": BLANK, "b": present(when=None)}, Gap.IMPRECISE, "imprecise goes before silent"),
    ({"a": unreadable(), "b": present(when=None)}, Gap.UNREADABLE, "unreadable goes before imprecise"),
    ({"a": BLANK, "b": absent()}, None, "no gap where the answer is known"),
    ({"a": present(), "b": present()}, None, "nor where it is yes"),
    ({"a": present(), "b": present(), "adult_and_alive": unreadable()}, Gap.UNREADABLE, "the gate's own gap"),
]


@pytest.mark.parametrize(("given", "expected", "why"), REASONS)
def test_why_a_rule_cannot_tell(given: dict[str, Any], expected: Gap | None, why: str) -> None:
    asked = [criterion("a"), criterion("b", within=Duration(14, "days"))]
    assert decide(rule(criteria=asked), facts(**given)).gap is expected, why


def test_only_ways_that_are_undecided_give_the_reason() -> None:
    ways = (Way("one", all=("a", "b")), Way("two", all=("c",)))
    told = decide(rule(criteria=map(criterion, "abc"), ways=ways), facts(a=unreadable(), b=absent()))
    assert (told.answer, told.gap) == (UNKNOWN, Gap.SILENT)


def test_checks_are_told_but_never_decide() -> None:
    checks = {name: criterion(name, open=f"open {name}") for name in ("x", "y", "z")}
    told = decide(rule(criteria=[criterion("a")], checks=checks), facts(a=present(), x=present(), y=absent()))
    assert told.answer is YES
    assert [(step.criterion, step.answer, step.open) for step in told.checks] == [
        ("x", YES, "open x"),
        ("y", NO, "open y"),
        ("z", UNKNOWN, "open z"),
    ]
    assert [step.open for step in told.outstanding()] == ["open y", "open z"]


@pytest.mark.parametrize(("own", "expected"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_an_inverted_check_is_open_while_the_finding_stands(own: Answer, expected: Answer) -> None:
    checks = {"x": criterion("x", open="x", inverted=True)}
    assert decide(rule(criteria=[criterion("a")], checks=checks), facts(x=ITEM[own])).checks[0].answer is expected


@pytest.mark.parametrize(("own", "needed"), [(YES, True), (NO, False), (UNKNOWN, False)])
def test_a_check_may_depend_on_a_criterion(own: Answer, needed: bool) -> None:
    checks = {"x": criterion("x", open="x", needed_when="a")}
    assert bool(decide(rule(criteria=[criterion("a")], checks=checks), facts(a=ITEM[own])).checks) is needed


def asking(*answers: str, **more: Any) -> Any:
    """A rule with one criterion about the rule `other`, or about a family."""
    about = more if "family" in more else {"rule": "other", **more}
    return rule(criteria=[criterion("a", "answers", answers, **about)])


OTHERS = [
    (("yes",), YES, YES),
    (("yes",), NO, NO),
    (("yes",), UNKNOWN, UNKNOWN),
    (("unknown",), YES, NO),
    (("unknown",), NO, NO),
    (("unknown",), UNKNOWN, YES),
    (("yes", "unknown"), YES, YES),
    (("yes", "unknown"), UNKNOWN, YES),
    (("yes", "unknown"), NO, NO),
]


@pytest.mark.parametrize(("wanted", "said", "expected"), OTHERS)
def test_another_rules_answer(wanted: tuple[str, ...], said: Answer, expected: Answer) -> None:
    told = decide(asking(*wanted), said=[verdict("other", said, gap=Gap.IMPRECISE)])
    step = told.steps[-1]
    assert (step.answer, told.answer) == (expected, expected)
    assert [(e.resource, e.value) for e in step.saw] == [("rule/other", said)]
    assert step.gap is (Gap.IMPRECISE if expected is UNKNOWN else None)


def test_another_rules_silence_may_be_replaced() -> None:
    def told(gap: Gap) -> Answer:
        return decide(asking("yes", if_unknown=NO), said=[verdict("other", UNKNOWN, gap=gap)]).answer

    assert (told(Gap.SILENT), told(Gap.UNREADABLE)) == (NO, UNKNOWN)


def test_a_rule_not_in_force_said_nothing() -> None:
    step = decide(asking("yes")).steps[-1]
    assert (step.answer, step.note) == (NO, "rule not in force")
    assert decide(asking("unknown")).answer is NO


FAMILIES = [
    (("yes",), verdict("r", YES, family="alarm"), YES, "fires"),
    (("yes",), verdict("r", NO, family="alarm"), NO, "silent"),
    (("yes",), verdict("r", YES, family="stage"), NO, "another family"),
    (("yes",), verdict("r", UNKNOWN, family="alarm", gap=Gap.UNREADABLE), NO, "cannot tell, but only yes was asked for"),
    (("unknown",), verdict("r", UNKNOWN, family="alarm", gap=Gap.UNREADABLE), YES, "could not be read"),
    (("unknown",), verdict("r", UNKNOWN, family="alarm", gap=Gap.IMPRECISE), YES, "could not be placed"),
    (("unknown",), verdict("r", UNKNOWN, family="alarm", gap=Gap.SILENT), NO, "nothing recorded is not a failure to judge"),
    (("unknown",), verdict("r", UNKNOWN, family="alarm", gap=Gap.UNREADABLE, failed=True), YES, "threw"),
    (("unknown",), verdict("r", YES, family="alarm"), NO, "fires, but only unknown was asked for"),
    (("yes", "unknown"), verdict("r", YES, family="alarm"), YES, "either"),
    (("yes", "unknown"), verdict("r", NO, family="alarm"), NO, "neither"),
]


@pytest.mark.parametrize(("wanted", "said", "expected", "why"), FAMILIES)
def test_a_familys_answer(wanted: tuple[str, ...], said: Any, expected: Answer, why: str) -> None:
    step = decide(asking(*wanted, family="alarm"), said=[said]).steps[-1]
    assert step.answer is expected, why
    assert [e.resource for e in step.saw] == (["rule/r"] if expected is YES else [])


def test_a_family_nobody_belongs_to_says_no() -> None:
    assert decide(asking("yes", "unknown", family="alarm")).answer is NO


def test_a_rule_that_threw_is_unknown_and_unreadable() -> None:
    told = failed(rule("broken"))
    assert (told.rule.id, told.answer, told.gap, told.failed) == ("broken", UNKNOWN, Gap.UNREADABLE, True)


def test_what_an_index_gate_saw_is_kept() -> None:
    told = decide(rule(needs_index="yes"), facts(lumbar_fusion_dated=present(saw=seen("Procedure/p"))))
    assert [e.resource for e in told.steps[1].saw] == ["Procedure/p"]
