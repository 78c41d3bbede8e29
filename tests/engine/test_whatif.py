"""What is in the way of a rule, the change that would make it fire, and how that is said."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.engine.answers import Answer, Gap
from service.engine.compile import compile_rule, failed
from service.engine.dates import Duration, Span, month_of, on
from service.engine.facts import Fact, Facts, Item
from service.engine.needed import needs
from service.engine.rule import Criterion, Rule, Way
from service.engine.verdict import Verdict
from service.engine.vocabulary import FactSpec
from service.engine.whatif import Change, applied, smallest_change
from tests.engine.build import DAY, NO, UNKNOWN, YES, absent, criterion, facts, number, present, rule, unreadable, verdict

DAYS, MONTHS = Duration(14, "days"), Duration(6, "months")
OPERATION = date(2025, 9, 15)
INEXACT = "unknown: the date it counts from is not exact; "


def spec(name: str = "asked", kind: Any = "presence", **more: Any) -> FactSpec:
    return FactSpec(**{"name": name, "kind": kind, "meaning": "Something was found", "picker": "present", **more})


def changes(
    of: Rule, given: Facts | None = None, said: Iterable[Verdict] = (), specs: Mapping[str, FactSpec] | None = None
) -> list[Change]:
    """The smallest change, after the check that it does what it says."""
    decide, held, heard = compile_rule(of), given or facts(), {v.rule.id: v for v in said}
    before = decide(held, heard)
    found = smallest_change(of, decide, before, held, heard, specs or {})
    if found:
        assert decide(*applied(found, held, heard, before)).answer is YES
    return list(found)


def names(found: Iterable[Change]) -> list[str]:
    return [change.criterion.name for change in found]


def test_a_rule_that_fires_or_threw_has_nothing_in_its_way() -> None:
    fires = rule(criteria=[criterion()])
    assert changes(fires, facts(asked=present())) == []
    broken = rule(criteria=[criterion()])
    assert smallest_change(broken, compile_rule(broken), failed(broken), facts(), {}, {}) == ()


def test_only_what_is_not_yes_is_named() -> None:
    two = rule(criteria=[criterion("a"), criterion("b")])
    assert names(changes(two, facts(a=present(), b=absent()))) == ["b"]
    assert names(changes(two)) == ["a", "b"]


def test_the_way_with_the_fewest_changes_wins() -> None:
    criteria = [criterion("a"), criterion("b"), criterion("c")]
    ways = (Way("long", all=("a", "b")), Way("short", all=("c",)))
    assert names(changes(rule(criteria=criteria, ways=ways))) == ["c"]
    assert names(changes(rule(criteria=criteria, ways=ways), facts(a=present(), c=present(answer=NO)))) == ["b"]


def test_gathers() -> None:
    criteria = [criterion("a"), criterion("b"), criterion("c")]
    some = rule(criteria=criteria, ways=(Way("some", any=("a", "b"), none=("c",)),))
    assert names(changes(some, facts(a=absent(), c=present()))) == ["c", "b"]  # what is not known comes before what is known not to be
    two = rule(criteria=criteria, ways=(Way("two", at_least_of=(2, ("a", "b", "c"))),))
    assert names(changes(two, facts(a=present(), b=absent()))) == ["c"]
    assert names(changes(two, facts(a=absent(), b=absent(), c=absent()))) == ["a", "b"]


def test_a_closed_gate_is_in_the_way_too() -> None:
    needy = rule(criteria=[criterion()], needs_index="yes")
    gate, asked = changes(needy, facts(lumbar_fusion_dated=absent()))
    assert [one.criterion.name for one in (gate, asked)] == ["lumbar_fusion_dated", "asked"]
    assert needs(gate, facts(lumbar_fusion_dated=absent()), {}).startswith("needs: a dated lumbar fusion")


def test_a_finding_is_added_to_those_there_are() -> None:
    (change,) = changes(rule(criteria=[criterion()]), facts(asked=absent()))
    assert change.fact is not None
    assert [item.answer for item in change.fact.items] == [NO, YES]


@pytest.mark.parametrize(
    ("word", "argument", "kind"),
    [
        ("is", True, "presence"),
        ("is", False, "presence"),
        ("recorded", True, "presence"),
        ("recorded", False, "presence"),
        ("count_at_least", 3, "presence"),
        ("at_least", Decimal(4), "number"),
        ("more_than", Decimal(4), "number"),
        ("at_most", Decimal(4), "number"),
        ("less_than", Decimal(4), "number"),
        ("between", (Decimal(2), Decimal(3)), "number"),
        ("happened_at_least_ago", MONTHS, "date"),
        ("happened_within", DAYS, "date"),
        ("one_of", ("x", "y"), "words"),
        ("has_any_of", ("x", "y"), "words"),
    ],
)
@pytest.mark.parametrize("wanted", [YES, NO])
def test_every_question_word_can_be_turned_both_ways(word: str, argument: Any, kind: str, wanted: Answer) -> None:
    asked = criterion(word=word, argument=argument)
    way = Way("fires", all=("asked",)) if wanted is YES else Way("fires", none=("asked",))
    the_rule = rule(criteria=[asked], ways=(way,))
    decide = compile_rule(the_rule)
    starts = [facts(), facts(asked=present()), facts(asked=unreadable()), facts(asked=number(4)), facts(asked=present(value=on(DAY)))]
    for start in starts:
        if decide(start, {}).answer is not YES:
            assert names(changes(the_rule, start, specs={"asked": spec(kind=kind, low=Decimal(0), high=Decimal(10))})) == ["asked"]


def test_ages_and_places_are_met() -> None:
    old = criterion(within=Duration(90, "days"), older_than=DAYS, after_index="yes")
    (change,) = changes(rule(criteria=[old]), facts(asked=present(when=on(DAY))))
    assert change.fact is not None
    assert change.fact.items[-1].when == on(date(2026, 2, 14))


@pytest.mark.parametrize("silence", [NO, UNKNOWN])
def test_what_is_recorded_is_taken_back_to_what_silence_means(silence: Answer) -> None:
    asked = criterion(word="recorded", argument=False)
    (change,) = changes(rule(criteria=[asked]), facts(asked=Fact((present(),), silence)))
    assert change.fact == Fact((), silence)


def test_one_word_is_enough() -> None:
    (change,) = changes(rule(criteria=[criterion(word="has_any_of", argument=("x", "y"))]), specs={"asked": spec(kind="words")})
    assert change.fact is not None
    assert change.fact.items[0].value == frozenset({"x"})


def test_as_many_readings_as_are_counted() -> None:
    (change,) = changes(rule(criteria=[criterion(word="count_at_least", argument=3)]))
    assert change.fact is not None
    assert len(change.fact.items) == 3


@pytest.mark.parametrize(
    ("word", "argument", "wanted", "day"),
    [
        ("happened_at_least_ago", DAYS, YES, date(2026, 2, 15)),
        ("happened_at_least_ago", DAYS, NO, DAY),
        ("happened_within", DAYS, YES, date(2026, 2, 15)),
        ("happened_within", MONTHS, NO, date(2025, 7, 31)),
    ],
)
def test_a_date_is_moved_no_further_than_needed(word: str, argument: Any, wanted: Answer, day: date) -> None:
    asked = criterion(word=word, argument=argument)
    way = Way("fires", all=("asked",)) if wanted is YES else Way("fires", none=("asked",))
    (change,) = changes(rule(criteria=[asked], ways=(way,)), specs={"asked": spec(kind="date")})
    assert change.fact is not None
    assert change.fact.items[0].value == on(day)


def test_a_number_stays_inside_the_range_of_its_fact() -> None:
    top = rule(criteria=[criterion(word="more_than", argument=Decimal("9.9"))])
    (change,) = changes(top, specs={"asked": spec(kind="number", low=Decimal(0), high=Decimal(10))})
    assert change.fact is not None
    assert str(change.fact.items[0].value) == "10"
    for ends, value in (({"high": Decimal(10)}, "10"), ({"low": Decimal(0)}, "10.9")):  # open at one end
        (change,) = changes(top, specs={"asked": spec(kind="number", **ends)})
        assert change.fact is not None
        assert str(change.fact.items[0].value) == value
    assert names(changes(top)) == ["asked"]
    with pytest.raises(ValueError, match="no value of asked"):
        changes(top, specs={"asked": spec(kind="number", low=Decimal(0), high=Decimal(9))})


@pytest.mark.parametrize(
    ("answers", "other", "then"),
    [
        (("yes",), NO, YES),
        (("unknown",), NO, UNKNOWN),
        (("no",), YES, NO),
        (("no", "unknown"), YES, NO),
    ],
)
def test_what_another_rule_would_have_to_answer(answers: tuple[str, ...], other: Answer, then: Answer) -> None:
    asked = criterion("other", "answers", answers, rule="other-rule")
    (change,) = changes(rule(criteria=[asked]), said=[verdict("other-rule", other)])
    assert change.said == {"other-rule": then}
    quiet = rule(criteria=[asked], ways=(Way("fires", none=("other",)),))
    (change,) = changes(quiet, said=[verdict("other-rule", then, gap=Gap.UNREADABLE)])
    assert change.wanted is NO


def test_every_answer_of_another_rule_is_asked_for() -> None:
    asked = criterion("other", "answers", ("yes", "no", "unknown"), rule="other-rule")
    assert changes(rule(criteria=[asked], ways=(Way("fires", none=("other",)),)), said=[verdict("other-rule", YES)]) == []


def test_a_rule_not_in_force_is_imagined() -> None:
    asked = criterion("other", "answers", ("yes",), rule="other-rule")
    (change,) = changes(rule(criteria=[asked]))
    assert change.said == {"other-rule": YES}


def test_families() -> None:
    alarms = [verdict("one", NO, family="alarm"), verdict("two", NO, family="alarm"), verdict("three", YES)]
    asked = criterion("alarm", "answers", ("yes", "unknown"), family="alarm")
    (change,) = changes(rule(criteria=[asked]), said=alarms)
    assert change.said == {"one": YES}
    quiet = rule(criteria=[asked], ways=(Way("fires", none=("alarm",)),))
    (change,) = changes(quiet, said=[verdict("one", YES, family="alarm"), verdict("two", UNKNOWN, gap=Gap.UNREADABLE, family="alarm")])
    assert change.said == {"one": NO, "two": NO}
    blind = rule(criteria=[criterion("alarm", "answers", ("unknown",), family="alarm")])
    (change,) = changes(blind, said=alarms)
    assert change.said == {"one": UNKNOWN}


def test_a_contradiction_has_no_change() -> None:
    both = rule(criteria=[criterion("a"), criterion("b", fact="a")], ways=(Way("never", all=("a",), none=("b",)),))
    assert changes(both) == []


# --- in words -----------------------------------------------------------------------------------------------------------


def say(asked: Criterion, *items: Item, spec: FactSpec | None = None, wanted: Answer = YES, operation: Span | None = None) -> str:
    way = Way("fires", all=("asked",)) if wanted is YES else Way("fires", none=("asked",))
    given = facts(asked=Fact(items))
    specs = {"asked": spec} if spec else {}
    (change,) = changes(rule(criteria=[asked], ways=(way,)), given, specs=specs)
    return needs(change, given, specs, operation)


def test_presence() -> None:
    found = spec()
    assert say(criterion(), spec=found) == "unknown: nothing recorded; needs: something was found"
    assert say(criterion(), absent(), spec=found) == "needs: something was found"
    assert say(criterion(), unreadable(), spec=found) == "unknown: what is recorded cannot be read; needs: something was found"
    assert say(criterion(argument=False), present(), spec=found) == "needs: something was found, recorded as absent"
    assert say(criterion(if_unknown=NO), spec=found) == "not recorded, taken as no; needs: something was found"
    assert say(criterion(), absent(), spec=spec(meaning="CRP rose again")) == "needs: CRP rose again"
    assert say(criterion(), absent()) == "needs: asked holds"
    assert say(criterion(word="recorded"), spec=found) == "needs: something was found, any record"
    assert say(criterion(word="recorded", argument=False), present(), spec=found) == "needs: something was found, no record"
    assert say(criterion(word="count_at_least", argument=2), absent(), spec=found) == "needs: something was found, 2 times or more"


def test_windows_are_said_as_dates() -> None:
    asked = criterion(within=DAYS, after_index="yes")
    assert say(asked, spec=spec()) == (
        "unknown: nothing recorded since 2026-02-15; needs: something was found, dated 2026-02-15 or later, after the operation"
    )
    late = criterion(within=MONTHS, older_than=DAYS, after_index="not_before")
    assert say(late, absent(), spec=spec(), operation=on(OPERATION)) == (
        "needs: something was found, dated 2025-09-01 or later, dated before 2026-02-15, not before the operation of 2025-09-15"
    )
    series = spec(settings={"fresh": Duration(90, "days"), "significant": Decimal(4), "apart": Decimal(90)})
    assert say(criterion(), absent(), spec=series) == "needs: something was found, with a score of 4 or more, dated 2025-12-01 or later"


def test_numbers_with_their_unit() -> None:
    heat = spec(kind="number", unit="[degF]", meaning="Body temperature readings")
    asked = criterion(word="more_than", argument=Decimal(101), within=Duration(3, "days"))
    assert say(asked, spec=heat) == (
        "unknown: nothing recorded since 2026-02-26; needs: body temperature readings, more than 101 degF, dated 2026-02-26 or later"
    )
    vague = number(100, 102)
    assert say(asked, vague, spec=heat).startswith("unknown: what is recorded is not precise enough; needs: ")
    score = spec(kind="number", unit="{score}", meaning="The score")
    assert say(criterion(word="at_least", argument=Decimal(4)), number(1), spec=score) == "needs: the score, 4 or more"
    between = criterion(word="between", argument=(Decimal(2), Decimal(4)))
    assert say(between, number(1), spec=score) == "needs: the score, 2 or more and less than 4"


def test_words_and_dates() -> None:
    quality = spec(kind="words", meaning="What it feels like")
    assert say(criterion(word="has_any_of", argument=("x", "y")), spec=quality).endswith("needs: what it feels like, one of x, y")
    operated = spec(kind="date", meaning="Date of the operation")
    ago, lately = criterion(word="happened_at_least_ago", argument=MONTHS), criterion(word="happened_within", argument=DAYS)
    assert say(ago, spec=operated) == "unknown: nothing recorded; needs: date of the operation, on 2025-09-01 or earlier"
    assert say(lately, spec=operated) == "unknown: nothing recorded; needs: date of the operation, on 2026-02-15 or later"
    assert say(ago, present(value=on(OPERATION)), spec=operated) == "met from 2026-03-15 on"
    assert say(lately, present(value=on(OPERATION)), spec=operated) == "was met until 2025-09-29; that time has passed"
    assert say(ago, present(value=month_of(2025, 9)), spec=operated) == (
        "unknown: the date it counts from is not exact; met from 2026-03-30 on"
    )
    assert say(lately, present(value=month_of(2025, 9)), spec=operated) == "was met until 2025-09-15; that time has passed"
    assert say(lately, present(value=on(date(2026, 2, 14))), spec=operated) == "was met until 2026-02-28; that time has passed"
    assert say(criterion(word="recorded", argument=False), present(value=on(OPERATION)), spec=operated).endswith("no record")


@pytest.mark.parametrize(
    ("word", "argument", "unit", "start", "text"),
    [
        ("at_least", Decimal(6), "months", on(OPERATION), "met from 2026-03-15 on"),
        ("more_than", Decimal(180), "days", on(OPERATION), "met from 2026-03-15 on"),
        ("at_most", Decimal(90), "days", on(OPERATION), "was met until 2025-12-14; that time has passed"),
        ("less_than", Decimal(3), "months", on(OPERATION), "was met until 2025-12-14; that time has passed"),
        ("between", (Decimal(2), Decimal(3)), "months", on(OPERATION), "was met from 2025-11-15 to 2025-12-14; that time has passed"),
        ("between", (Decimal(6), Decimal(12)), "months", on(OPERATION), "met from 2026-03-15 to 2026-09-14"),
        ("between", (Decimal(5), Decimal(6)), "months", month_of(2025, 9), f"{INEXACT}needs the exact date"),
        ("less_than", Decimal(3), "months", month_of(2025, 9), "was met until 2025-11-30; that time has passed"),
        ("at_most", Decimal(3), "months", month_of(2025, 9), "was met until 2025-12-31; that time has passed"),
        ("between", (Decimal(2), Decimal(3)), "months", month_of(2025, 9), "was met from 2025-11-30 to 2025-11-30; that time has passed"),
        ("at_least", Decimal(7), "months", month_of(2025, 9), "met from 2026-04-30 on"),
        ("recorded", False, "days", on(OPERATION), "needs: time since, no record"),
    ],
)
def test_the_time_since_the_operation_is_said_as_dates(word: str, argument: Any, unit: str, start: Span, text: str) -> None:
    age = spec(kind="number", picker="index_age", settings={"unit": unit}, meaning="Time since")
    months = {on(OPERATION): number(5, when=start), month_of(2025, 9): number(5, 6, when=start)}[start]
    days = number(167, when=start)
    assert say(criterion(word=word, argument=argument), days if unit == "days" else months, spec=age) == text


def test_the_time_since_an_operation_that_is_not_dated() -> None:
    age = spec(kind="number", unit="mo", picker="index_age", settings={"unit": "months"}, meaning="Months since")
    half_a_year = criterion(word="at_least", argument=Decimal(6))
    assert say(half_a_year, spec=age) == "unknown: nothing recorded; needs: months since, 6 months or more"
    assert say(half_a_year, number(5, when=None), spec=age) == "needs: months since, 6 months or more"


def test_what_would_have_to_be_no() -> None:
    assert say(criterion(), present(), spec=spec(), wanted=NO) == "would have to be no: asked holds"
    assert say(criterion(), spec=spec(), wanted=NO) == "unknown: nothing recorded; would have to be recorded as no: asked holds"
    age = spec(kind="number", picker="index_age", settings={"unit": "days"})
    start = on(OPERATION)
    early, late = criterion(word="less_than", argument=Decimal(180)), criterion(word="at_least", argument=Decimal(100))
    assert say(early, number(167, when=start), spec=age, wanted=NO) == "would have to be no: asked holds (so from 2026-03-14 on)"
    assert say(late, number(167, when=start), spec=age, wanted=NO) == "would have to be no: asked holds (so until 2025-12-23)"
    assert say(late, number(99, 101, when=start), spec=age, wanted=NO).startswith("unknown: the date it counts from is not exact; would")


def test_other_rules_in_words() -> None:
    asked = criterion("other", "answers", ("yes",), rule="other-rule")

    def told(the_rule: Rule, *said: Verdict) -> str:
        (change,) = changes(the_rule, said=said)
        return needs(change, facts(), {})

    assert told(rule(criteria=[asked]), verdict("other-rule", NO)) == "needs the rule other-rule to answer yes"
    blind = verdict("other-rule", UNKNOWN, gap=Gap.UNREADABLE)
    assert told(rule(criteria=[asked]), blind) == "unknown: that rule cannot tell; needs the rule other-rule to answer yes"
    quiet = rule(criteria=[asked], ways=(Way("fires", none=("other",)),))
    assert told(quiet, verdict("other-rule", YES)) == (
        "would have to be no: other holds (no longer so when the rule other-rule answers other than yes)"
    )
    family = criterion("alarm", "answers", ("yes", "unknown"), family="alarm")
    assert told(rule(criteria=[family]), verdict("one", NO, family="alarm")) == "needs a rule of the family alarm to answer yes or unknown"
    hush = rule(criteria=[family], ways=(Way("fires", none=("alarm",)),))
    assert "every rule of the family alarm" in told(hush, verdict("one", YES, family="alarm"))
