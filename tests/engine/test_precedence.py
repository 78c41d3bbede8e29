"""Which verdicts are shown, hidden, raised and folded, and in which order."""

from itertools import permutations
from typing import Any

import pytest

from service.engine.precedence import FAMILIES, INDICATORS, Showing, arrange
from service.engine.rule import Target, Variant
from service.engine.verdict import Verdict
from tests.engine.build import NO, UNKNOWN, face, verdict

CRITICAL, WARNING, INFO = (face(level) for level in INDICATORS)


def shown(*verdicts: Verdict) -> list[str]:
    """Ids of the rules shown, in order."""
    return [one.verdict.rule.id for one in arrange(verdicts) if one.shown]


def showing(rule_id: str, *verdicts: Verdict) -> Showing:
    """The showing of one rule."""
    return next(one for one in arrange(verdicts) if one.verdict.rule.id == rule_id)


def hiding(*targets: Target, rule_id: str = "actor", **more: Any) -> Verdict:
    """A verdict that suppresses these targets."""
    return verdict(rule_id, **{"suppresses": targets, "face": WARNING, **more})


def absorbing(*targets: Target, **more: Any) -> Verdict:
    """A verdict that absorbs these targets."""
    return verdict("actor", **{"absorbs": targets, "face": WARNING, **more})


def test_only_yes_with_a_face_is_shown_and_never_a_draft() -> None:
    verdicts = [
        verdict("yes"),
        verdict("no", NO),
        verdict("unknown", UNKNOWN),
        verdict("draft", status="draft"),
        verdict("retired", status="retired"),
        verdict("faceless", face=None),
    ]
    assert shown(*verdicts) == ["retired", "yes"]
    assert len(arrange(verdicts)) == len(verdicts)
    assert all(not one.hidden_by for one in arrange(verdicts))


def test_a_draft_neither_hides_nor_raises_nor_counts_as_an_alarm() -> None:
    draft = hiding(Target(rule="target"), rule_id="draft", status="draft", family="alarm")
    target = verdict("target", raised_by={"critical": ("draft",)})
    told = showing("target", draft, target)
    assert (told.shown, told.indicator, told.beside_alarm) == (True, "info", False)


ORDERED = [
    verdict("critical-care", family="care", face=CRITICAL),
    verdict("warning-alarm", family="alarm", face=WARNING),
    *(verdict(f"info-{family}", family=family) for family in FAMILIES[1:4]),
    verdict("other-info-stage", family="stage"),
    verdict("faceless", family="alarm", face=None),
]


@pytest.mark.parametrize("given", list(permutations(ORDERED))[::577])
def test_order_is_indicator_then_family_then_id(given: tuple[Verdict, ...]) -> None:
    assert [one.verdict.rule.id for one in arrange(given)] == [
        "critical-care",
        "warning-alarm",
        "info-criteria",
        "info-joint",
        "info-stage",
        "other-info-stage",
        "faceless",
    ]


def test_a_variant_is_the_first_that_says_yes() -> None:
    variants = (Variant("never", indicator="critical"), Variant("slow", indicator="warning", urgency="soon"), Variant("fires"))
    told = showing("r", verdict("r", ways=["slow", "fires"], face=face("critical", variants=variants), urgency="same-day"))
    assert (told.variant, told.indicator, told.urgency) == (variants[1], "warning", "soon")


def test_a_variant_without_indicator_or_urgency_keeps_the_rules() -> None:
    told = showing("r", verdict("r", face=face("warning", variants=(Variant("fires", summary="Other"),)), urgency="soon"))
    assert (told.indicator, told.urgency) == ("warning", "soon")
    plain = showing("r", verdict("r", face=face("warning", variants=(Variant("never", indicator="info"),))))
    assert (plain.variant, plain.indicator) == (None, "warning")


RAISED = [
    ("warning", {"critical": ("other",)}, "critical", "raised"),
    ("warning", {"critical": ("absent", "other")}, "critical", "by any of them"),
    ("warning", {"critical": ("absent",)}, "warning", "not by a rule that says nothing"),
    ("info", {"warning": ("other",)}, "warning", "one level"),
    ("info", {"warning": ("other",), "critical": ("other",)}, "critical", "to the highest level"),
    ("critical", {"warning": ("other",)}, "critical", "never lowered"),
]


@pytest.mark.parametrize(("own", "raised_by", "expected", "why"), RAISED)
def test_a_rule_is_raised_by_others(own: str, raised_by: Any, expected: str, why: str) -> None:
    assert showing("r", verdict("r", face=face(own), raised_by=raised_by), verdict("other")).indicator == expected, why


def test_a_rule_that_says_no_raises_nobody() -> None:
    assert showing("r", verdict("r", raised_by={"critical": ("other",)}), verdict("other", NO)).indicator == "info"


SUPPRESSED = [
    (Target(rule="target"), True, "by rule"),
    (Target(rule="another"), False, "another rule"),
    (Target(family="stage"), True, "by family"),
    (Target(family="care"), False, "another family"),
    (Target(family="stage", only="info"), True, "only this indicator, which it has"),
    (Target(family="stage", only="warning"), False, "only this indicator, which it has not"),
    (Target(rule="target", only="warning"), False, "the same by rule"),
    (Target(rule="target", when="fires"), True, "when a way said yes"),
    (Target(rule="target", when="slow"), False, "when another way would have"),
    (Target(rule="target", when="critical"), False, "when critical, which it is not"),
]


@pytest.mark.parametrize(("target", "hidden", "why"), SUPPRESSED)
def test_suppression(target: Target, hidden: bool, why: str) -> None:
    told = showing("target", hiding(target), verdict("target", family="stage"))
    assert told.hidden_by == (("actor",) if hidden else ()), why
    assert told.shown is not hidden


def test_when_critical_counts_variants_and_raising() -> None:
    target, quiet = verdict("target"), Target(rule="target", when="critical")
    assert shown(hiding(quiet, face=CRITICAL), target) == ["actor"]
    assert shown(hiding(quiet, face=face("info", variants=(Variant("fires", indicator="critical"),))), target) == ["actor"]
    assert shown(hiding(quiet, raised_by={"critical": ("other",)}), target, verdict("other")) == ["actor", "other"]
    assert shown(hiding(quiet, face=face("critical", variants=(Variant("fires", indicator="warning"),))), target) == ["actor", "target"]


def test_only_counts_the_indicator_shown() -> None:
    target = verdict("target", raised_by={"warning": ("actor",)})
    assert shown(hiding(Target(rule="target", only="info")), target) == ["actor", "target"]
    assert shown(hiding(Target(rule="target", only="warning")), target) == ["actor"]


@pytest.mark.parametrize("said", [NO, UNKNOWN])
def test_a_rule_that_does_not_say_yes_hides_nobody(said: Any) -> None:
    assert shown(verdict("actor", said, suppresses=(Target(rule="target"),)), verdict("target")) == ["target"]


def test_a_verdict_that_is_not_yes_is_not_called_suppressed() -> None:
    assert showing("target", hiding(Target(rule="target")), verdict("target", NO)).hidden_by == ()


def test_a_family_may_be_suppressed_by_one_of_its_own_but_not_itself() -> None:
    assert shown(hiding(Target(family="stage"), family="stage"), verdict("b", family="stage")) == ["actor"]


def test_every_hider_is_named() -> None:
    told = showing("target", hiding(Target(rule="target"), rule_id="z"), hiding(Target(rule="target"), rule_id="a"), verdict("target"))
    assert told.hidden_by == ("a", "z")


ABSORBED = [
    ((Target(rule="target"),), True, "whole"),
    ((Target(rule="another"),), False, "another rule"),
    ((Target(rule="target", way="left"),), False, "one way of the two that said yes"),
    ((Target(rule="target", way="left"), Target(rule="target", way="right")), True, "each of its ways"),
    ((Target(rule="target", way="left"), Target(rule="target", way="right"), Target(rule="target", way="both")), True, "and one more"),
    ((Target(rule="target", way="left"), Target(rule="target", way="right", when="slow")), False, "one of them only at another time"),
    ((Target(rule="target", when="slow"),), False, "whole, at another time"),
    ((Target(rule="target", when="fires"),), True, "whole, at this time"),
]


@pytest.mark.parametrize(("targets", "hidden", "why"), ABSORBED)
def test_absorption(targets: tuple[Target, ...], hidden: bool, why: str) -> None:
    told = showing("target", absorbing(*targets), verdict("target", ways=["left", "right"]))
    assert told.hidden_by == (("actor",) if hidden else ()), why


def test_a_hidden_rule_hides_nobody() -> None:
    first = hiding(Target(rule="second"), rule_id="first")
    second = hiding(Target(rule="third"), rule_id="second", face=CRITICAL)
    third = verdict("third")
    assert shown(first, second, third) == ["first", "third"]
    assert shown(second, third) == ["second"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_chain_is_settled_from_its_head_in_any_order(order: tuple[int, ...]) -> None:
    chain = [hiding(Target(rule=f"r{i + 1}"), rule_id=f"r{i}") for i in range(4)]
    assert shown(*(chain[i] for i in order)) == ["r0", "r2"]


@pytest.mark.parametrize("target", [Target(rule="early", when="critical"), Target(rule="early", only="critical")])
def test_a_hider_is_settled_before_the_hidden_whatever_their_names(target: Target) -> None:
    early = hiding(Target(rule="other"), rule_id="early", face=CRITICAL)
    late = hiding(target, rule_id="late", face=CRITICAL)
    assert shown(early, late, verdict("other")) == ["late", "other"]


def test_in_a_circle_the_graver_rule_stands() -> None:
    grave = hiding(Target(rule="mild"), rule_id="grave", face=CRITICAL)
    mild = hiding(Target(rule="grave"), rule_id="mild", face=INFO)
    assert shown(mild, grave) == shown(grave, mild) == ["grave"]
    ring = [hiding(Target(rule=f"r{(i + 1) % 3}"), rule_id=f"r{i}") for i in range(3)]
    assert shown(*ring) == ["r0", "r2"]


def test_what_stands_beside_an_alarm_knows_it() -> None:
    alarm, other = verdict("alarm", family="alarm", face=WARNING), verdict("other")
    assert (showing("other", alarm, other).beside_alarm, showing("alarm", alarm, other).beside_alarm) == (True, False)
    assert showing("other", other).beside_alarm is False
    hidden = hiding(Target(rule="alarm"), rule_id="hider")
    assert showing("other", hidden, alarm, other).beside_alarm is False


def notes(count: int) -> list[Verdict]:
    """So many notes."""
    return [verdict(f"n{i}") for i in range(count)]


@pytest.mark.parametrize(("count", "folded"), [(3, []), (4, ["n3"]), (6, ["n3", "n4", "n5"])])
def test_notes_beyond_three_are_folded(count: int, folded: list[str]) -> None:
    told = arrange([*notes(count), verdict("w", face=WARNING), verdict("c", face=CRITICAL)])
    assert [one.verdict.rule.id for one in told if one.folded] == folded
    assert all(one.shown for one in told)


def test_hidden_notes_take_no_place_and_folding_keeps_the_rest() -> None:
    told = arrange([hiding(Target(rule="n0")), verdict("a", family="alarm", face=WARNING), *notes(5)])
    (folded,) = [one for one in told if one.folded]
    assert (folded.verdict.rule.id, folded.indicator, folded.urgency, folded.beside_alarm) == ("n4", "info", "routine", True)


def test_nothing_to_arrange() -> None:
    assert arrange([]) == ()
