"""All rules together: each on its own, in an order that lets one ask another, and the notices about judging itself."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from service.engine.evaluate import Decider, decider, evaluate, evaluate_beside, in_reading_order
from service.engine.facts import Facts
from service.engine.rule import Action, Rule, Suggestion
from service.engine.verdict import Verdict
from tests.engine.build import NO, UNKNOWN, YES, absent, criterion, face, facts, present, rule, seen, unreadable


class Reports:
    """What was reported."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def __call__(self, rule_id: str, error: Exception) -> None:
        self.told.append((rule_id, type(error).__name__))


def judged(rules: Iterable[Rule], held: Facts, report: Reports | None = None) -> dict[str, Verdict]:
    """The verdicts by rule."""
    deciders = [broken(r) if r.title == "broken" else decider(r) for r in rules]
    return {v.rule.id: v for v in evaluate(deciders, {"1.0.0": held}, report or Reports())}


def broken(the_rule: Rule) -> Decider:
    """A rule that throws."""

    def decide(*_: object) -> Verdict:
        raise ZeroDivisionError("of a patient's value")

    return Decider(the_rule, decide)


def ids(rules: Iterable[Rule]) -> list[str]:
    """Ids in order."""
    return [r.id for r in rules]


MRI = ("http://loinc.org", "24967-2", "MR Lumbar spine")
READING = [
    rule("d", [criterion("x", "answers", ("yes",), family="alarm")]),
    rule("c", [criterion("x", "answers", ("yes",), rule="b")], family="alarm"),
    rule("b", [criterion("x")]),
    rule("a", [criterion("x")], checks={"y": criterion("y", "answers", ("yes",), rule="c", open="y")}),
    rule("e", [criterion("x", "answers", ("yes",), rule="not-in-force")]),
]


@pytest.mark.parametrize("order", list(permutations(READING))[::7])
def test_a_rule_comes_after_those_it_asks_about_and_ties_go_by_id(order: tuple[Rule, ...]) -> None:
    assert ids(in_reading_order(order)) == ["b", "e", "c", "a", "d"]


@pytest.mark.parametrize(
    "circle",
    [
        [rule("a", [criterion("x", rule="b")]), rule("b", [criterion("x", rule="a")])],
        [rule("a", [criterion("x", rule="a")])],
        [rule("a", [criterion("x", family="alarm")], family="alarm"), rule("b", [criterion("x", family="alarm")], family="alarm")],
    ],
)
def test_rules_that_ask_in_a_circle_are_refused(circle: list[Rule]) -> None:
    with pytest.raises(ValueError, match=f"circle: {', '.join(ids(circle))}"):
        in_reading_order([*circle, rule("free")])


def test_a_rule_may_ask_about_its_own_family() -> None:
    asking = rule("z", [criterion("x", "answers", ("yes",), family="alarm")], family="alarm")
    assert ids(in_reading_order([asking, rule("a", family="alarm")])) == ["a", "z"]


def test_rules_see_what_was_said_before_them() -> None:
    told = judged(in_reading_order(READING), facts(x=present()))
    assert {name: v.answer for name, v in told.items()} == {"a": YES, "b": YES, "c": YES, "d": YES, "e": NO}


def test_each_rule_reads_the_facts_of_its_own_vocabulary() -> None:
    rules = [rule("old", [criterion("x")]), rule("new", [criterion("x")], vocabulary="2.0.0")]
    told = evaluate(map(decider, rules), {"1.0.0": facts(x=present()), "2.0.0": facts(x=absent())}, Reports())
    assert [(v.rule.id, v.answer) for v in told] == [("old", YES), ("new", NO)]


def test_a_rule_that_throws_is_reported_and_takes_no_other_down() -> None:
    report = Reports()
    told = judged([rule("a", [criterion("x")]), rule("b", title="broken"), rule("c", [criterion("x")])], facts(x=present()), report)
    assert {name: (v.answer, v.failed) for name, v in told.items()} == {"a": (YES, False), "b": (UNKNOWN, True), "c": (YES, False)}
    assert report.told == [("b", "ZeroDivisionError")]


def test_a_notice_rule_that_throws_is_reported_too() -> None:
    report = Reports()
    told = judged([rule("a", [criterion("rule_failed")], title="broken"), rule("b")], facts(), report)
    assert (told["a"].failed, told["b"].answer, report.told) == (True, YES, [("a", "ZeroDivisionError")])


NOTICES = [rule(f"on-{name}", [criterion(name)]) for name in ("unreadable_in_use", "alarm_unreadable", "rule_failed", "alarm_failed")]


def noticed(*rules: Rule, **held: object) -> set[str]:
    """The facts about judging that hold after these rules; the notice rules come first to show that they are decided last."""
    told = judged([*NOTICES, *rules], facts(**held))  # type: ignore[arg-type]
    return {name.removeprefix("on-") for name, v in told.items() if name.startswith("on-") and v.answer is YES}


def test_when_all_could_be_judged_nothing_is_noticed() -> None:
    told = judged([*NOTICES, rule("a", [criterion("x")])], facts())
    assert {v.answer for name, v in told.items() if name.startswith("on-")} == {NO}
    assert list(told) == ["a", *(n.id for n in NOTICES)]


def test_what_is_noticed() -> None:
    asking = [criterion("x")]
    blind = unreadable(saw=seen("Observation/x"))
    assert noticed(rule("r", asking), x=blind) == {"unreadable_in_use"}
    assert noticed(rule("r", asking, family="alarm"), x=blind) == {"unreadable_in_use", "alarm_unreadable"}
    assert noticed(rule("r", asking, family="alarm")) == set()
    assert noticed(rule("r", title="broken")) == {"rule_failed"}
    assert noticed(rule("r", title="broken", family="alarm")) == {"rule_failed", "alarm_failed"}


def test_notices_stand_beside_the_other_facts() -> None:
    both = rule("both", [criterion("rule_failed"), criterion("x")])
    told = judged([both, rule("b", title="broken")], facts(x=present()))
    assert told["both"].answer is YES


def test_drafts_beside_the_rules_see_the_notices_and_not_each_other() -> None:
    """A draft that asks what could not be judged is told; one that does not is asked about the facts as they are."""
    said = evaluate([broken(rule("b", title="broken"))], {"1.0.0": facts()}, Reports())
    asking = rule("asking", [criterion("x", "answers", ("yes",), rule="early")])
    drafts = [rule("late", [criterion("rule_failed")]), rule("early", [criterion("x")]), asking]
    told = evaluate_beside(map(decider, drafts), {"1.0.0": facts(x=present())}, said, Reports())
    assert {v.rule.id: v.answer for v in told} == {"late": YES, "early": YES, "asking": NO}
    calm = evaluate_beside([decider(drafts[0])], {"1.0.0": facts()}, (), Reports())
    assert [v.answer for v in calm] == [NO]


def test_a_draft_that_an_open_alarm_suggests_itself_is_not_in_question() -> None:
    alarm_rule = rule(
        "alarm", [criterion("x")], family="alarm", face=face(suggestions=(Suggestion("MRI", (Action("ServiceRequest", "", (MRI,)),)),))
    )
    asking = rule("asking", [criterion("drafts_beyond_alarms")])
    drafted = present(value=frozenset({"http://loinc.org|24967-2"}))
    other = present(value=frozenset({"http://loinc.org|30620-9"}))
    assert judged([asking, alarm_rule], facts(x=present(), drafts_in_question=drafted))["asking"].answer is NO
    assert judged([asking, alarm_rule], facts(x=present(), drafts_in_question=(drafted, other)))["asking"].answer is YES
    assert judged([asking, alarm_rule], facts(x=absent(), drafts_in_question=drafted))["asking"].answer is YES
