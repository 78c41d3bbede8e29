"""What verdicts say about judging itself: what could not be read, what threw, which alarms stand open."""

from typing import Any

import pytest

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence, Fact
from service.engine.notices import NOTICES, beyond_alarms, notices
from service.engine.rule import Action, Suggestion, Variant
from service.engine.verdict import Step, Verdict
from tests.engine.build import NO, UNKNOWN, YES, face, present, seen, verdict


def blind(rule_id: str, gap: Gap, *saw: Evidence, **more: Any) -> Verdict:
    """A verdict that could not tell for this reason."""
    return verdict(rule_id, UNKNOWN, steps=[Step("x", "", UNKNOWN, saw=saw, gap=gap), Step("y", "", NO, saw=seen("O/no"))], gap=gap, **more)


ONE, TWO = Evidence("O/1"), Evidence("O/2")


def seen_in(name: str, *verdicts: Verdict) -> list[tuple[str, str]]:
    """Resources and values of a notice."""
    return [(e.resource, e.value) for item in notices(verdicts)[name].items for e in item.saw]


def test_an_entry_is_named_once_however_many_rules_needed_it() -> None:
    assert seen_in("unreadable_in_use", blind("a", Gap.UNREADABLE, ONE), blind("b", Gap.UNREADABLE, ONE, TWO)) == [("O/1", ""), ("O/2", "")]


@pytest.mark.parametrize(
    ("gap", "family", "expected", "why"),
    [
        (Gap.UNREADABLE, "stage", [("O/1", "")], "unreadable, any rule"),
        (Gap.IMPRECISE, "stage", [], "imprecise is an honest unknown"),
        (Gap.IMPRECISE, "alarm", [("O/1", "")], "but not for an alarm"),
        (Gap.SILENT, "alarm", [], "silence is not a failure to read"),
    ],
)
def test_which_entries_are_named(gap: Gap, family: str, expected: list[tuple[str, str]], why: str) -> None:
    assert seen_in("unreadable_in_use", blind("a", gap, ONE, family=family)) == expected, why


def test_open_checks_that_could_not_be_read_are_named_with_their_rule() -> None:
    check = Step("c", "", UNKNOWN, saw=(TWO,), gap=Gap.UNREADABLE)
    assert seen_in("unreadable_in_use", blind("a", Gap.UNREADABLE, ONE, checks=(check,))) == [("O/1", ""), ("O/2", "")]


def test_what_is_known_to_be_silent_is_no_entry_that_could_not_be_read() -> None:
    check = Step("c", "", UNKNOWN, saw=(TWO,), gap=Gap.SILENT)
    assert seen_in("unreadable_in_use", blind("a", Gap.UNREADABLE, ONE, checks=(check,))) == [("O/1", "")]


def test_an_alarm_is_named_by_its_concern_else_its_title() -> None:
    alarms = [blind("a", Gap.UNREADABLE, family="alarm", concern="new weakness"), blind("b", Gap.IMPRECISE, family="alarm")]
    assert seen_in("alarm_unreadable", *alarms) == [("rule/a", "new weakness"), ("rule/b", "Title of b")]


def test_rules_that_threw_are_named_and_only_as_failed() -> None:
    threw = verdict("a", UNKNOWN, family="alarm", concern="infection", gap=Gap.UNREADABLE, failed=True)
    assert seen_in("rule_failed", threw) == [("rule/a", "")]
    assert seen_in("alarm_failed", threw) == [("rule/a", "infection")]
    assert seen_in("alarm_unreadable", threw) == seen_in("unreadable_in_use", threw) == []


@pytest.mark.parametrize("answer", [YES, NO])
def test_known_answers_leave_nothing_unread_or_broken(answer: Answer) -> None:
    told = notices([verdict("a", answer, family="alarm")])
    assert not any(told[name].items for name in ("unreadable_in_use", "alarm_unreadable", "rule_failed", "alarm_failed"))


def test_a_notice_that_nothing_gives_cause_for_says_no() -> None:
    told = notices([])
    assert told.keys() | {"drafts_beyond_alarms"} == set(NOTICES)
    assert {fact for fact in told.values()} == {Fact((), NO)}


OPEN = [
    (verdict("a", family="alarm", concern="infection"), [("rule/a", "infection")], "it fires"),
    (verdict("a", NO, family="alarm"), [], "it is silent"),
    (verdict("a", family="stage"), [], "another family fires"),
    (blind("a", Gap.UNREADABLE, family="alarm"), [("rule/a", "Title of a")], "it could not be read"),
    (blind("a", Gap.IMPRECISE, family="alarm"), [("rule/a", "Title of a")], "or not be placed"),
    (blind("a", Gap.UNREADABLE, family="alarm", failed=True), [("rule/a", "Title of a")], "it threw"),
    (blind("a", Gap.SILENT, family="alarm"), [], "nothing is recorded"),
    (blind("a", Gap.UNREADABLE, family="stage"), [], "another family could not be read"),
]


@pytest.mark.parametrize(("one", "expected", "why"), OPEN)
def test_which_alarms_are_open(one: Verdict, expected: list[tuple[str, str]], why: str) -> None:
    assert seen_in("alarm_open", one) == expected, why


CRITICAL = [
    (verdict("a", family="alarm", face=face("critical")), True, "critical by itself"),
    (verdict("a", family="alarm", face=face("warning")), False, "a warning"),
    (verdict("a", NO, family="alarm", face=face("critical")), False, "it is silent"),
    (verdict("a", family="stage", face=face("critical")), False, "another family"),
    (verdict("a", family="alarm", face=face("critical", variants=(Variant("fires", indicator="warning"),))), False, "a variant lowers it"),
    (verdict("a", family="alarm", face=face("warning"), raised_by={"critical": ("b",)}), True, "raised by another"),
    (verdict("a", family="alarm", face=None), False, "without a card"),
]


@pytest.mark.parametrize(("one", "critical", "why"), CRITICAL)
def test_which_alarms_are_critical(one: Verdict, critical: bool, why: str) -> None:
    assert seen_in("critical_alarm_open", one, verdict("b")) == ([("rule/a", "Title of a")] if critical else []), why


def alarm(*codes: str, **more: Any) -> Verdict:
    """An alarm that suggests these LOINC codes."""
    actions = tuple(Action("ServiceRequest", "", (("http://loinc.org", code, ""),)) for code in codes)
    return verdict("a", **{"family": "alarm", "face": face("critical", suggestions=(Suggestion("Do it", actions),)), **more})


def drafts(*codes: str) -> Fact:
    """Drafts of these LOINC codes."""
    return Fact(tuple(present(value=frozenset({f"http://loinc.org|{code}"})) for code in codes), NO)


BEYOND = [
    (alarm("1-8", "2-6"), drafts("1-8", "2-6"), 0, "all are suggested"),
    (alarm("1-8"), drafts("1-8", "2-6"), 1, "one is not"),
    (alarm("1-8", answer=NO), drafts("1-8"), 1, "the alarm is silent"),
    (alarm("1-8", family="care"), drafts("1-8"), 1, "no alarm suggests it"),
    (alarm("1-8", face=None), drafts("1-8"), 1, "the alarm has no card"),
    (alarm("1-8"), Fact((present(),), NO), 1, "a draft without a code"),
    (alarm("1-8"), drafts(), 0, "no drafts"),
]


@pytest.mark.parametrize(("one", "drafted", "count", "why"), BEYOND)
def test_drafts_beyond_what_open_alarms_suggest(one: Verdict, drafted: Fact, count: int, why: str) -> None:
    told = beyond_alarms(drafted, [one])
    assert (len(told.items), told.silence) == (count, NO), why
    assert set(told.items) <= set(drafted.items)
