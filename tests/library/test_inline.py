"""The runner of inline tests can fail, and reads every short form as it is meant."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.engine.answers import Answer, Gap
from service.engine.dates import Span, on, year_of
from service.engine.facts import Bounds, Fact, Item, Order
from service.library import load_book, run_rule_tests
from service.library.given import AS_OF
from tests.library.books import MAIN, spoil

GIVEN = "given: {operation: 7 months ago, score: 6}"


def results(root: Path) -> dict[str, str]:
    book = load_book(root, verify_lock=False)
    return {one.name: one.message for one in run_rule_tests(book.versions["late-pain"][0])}


def test_sound_tests_pass(root: Path) -> None:
    book = load_book(root, verify_lock=False)
    told = [one for versions in book.versions.values() for rule in versions for one in run_rule_tests(rule)]
    assert len(told) == 12 and all(one.passed and not one.message for one in told)
    assert (told[0].rule, told[0].version, told[0].name) == ("late-pain", "1.0.0", "late and severe")


@pytest.mark.parametrize(
    ("old", "new", "name", "message"),
    [
        (
            "score: 6}, expect: silent",
            "score: 6}, expect: fires",
            "not severe",
            "expected fires, and it stays silent (adult_and_alive yes,",
        ),
        (
            "score: 7}, expect: fires, as: info, way: slow",
            "score: 7}, expect: silent",
            "late and severe",
            "expected silent, and it fires (adult_and_alive yes,",
        ),
        ("expect: cannot_tell", "expect: silent", "perhaps severe", "expected silent, and it cannot tell (adult_and_alive yes,"),
        ("as: info, way: slow", "as: critical", "late and severe", "expected the card to be critical, and it is info"),
        ("as: info, way: slow", "way: fast", "late and severe", "expected the way fast, and it fired by slow"),
        ("$severe, within", "6, within", "not severe", "expected silent, and it fires"),
    ],
)
def test_a_wrong_rule_or_test_fails(old: str, new: str, name: str, message: str, root: Path) -> None:
    spoil(root, MAIN, old, new)
    assert results(root)[name].startswith(message)


def given(root: Path, fact: str, written: str) -> Fact:
    spoil(root, MAIN, GIVEN, f"given: {{{fact}: {written}}}")
    test: Any = load_book(root, verify_lock=False).versions["late-pain"][0].tests[2]
    held: Fact = test.held[fact]
    return held


TODAY = on(AS_OF)


@pytest.mark.parametrize(
    ("fact", "written", "expected"),
    [
        ("label", "yes", {"answer": Answer.YES, "when": TODAY, "order": Order.AFTER}),
        ("label", "no", {"answer": Answer.NO}),
        ("label", "unreadable", {"answer": Answer.UNKNOWN, "gap": Gap.UNREADABLE}),
        ("label", "{is: yes, days_ago: 14}", {"when": on(date(2026, 2, 15))}),
        ("label", "{is: yes, months_ago: 6}", {"when": on(date(2025, 9, 1))}),
        ("label", "{is: yes, undated: yes}", {"when": None, "fresh": Answer.YES}),
        ("label", "{is: unreadable, undated: yes}", {"when": None, "fresh": None}),
        ("foot_drop", "{is: yes, undated: yes}", {"when": TODAY, "fresh": None}),
        ("score", "{value: 5, undated: yes}", {"when": None, "fresh": None}),
        ("label", "{is: yes, order: same day, side: left}", {"order": Order.SAME_DAY, "side": "left"}),
        ("score", "5", {"value": Bounds(Decimal(5), Decimal(5))}),
        ("score", "[3, 6]", {"value": Bounds(Decimal(3), Decimal(6))}),
        ("score", "unreadable", {"answer": Answer.UNKNOWN, "value": None}),
        ("score", "{value: [3, 6], order: before}", {"value": Bounds(Decimal(3), Decimal(6)), "order": Order.BEFORE}),
        ("score", "{is: unreadable, days_ago: 1}", {"answer": Answer.UNKNOWN, "when": on(date(2026, 2, 28))}),
        ("operation", "14 days ago", {"value": on(date(2026, 2, 15))}),
        ("operation", "6 months ago", {"value": on(date(2025, 9, 1))}),
        ("operation", "6 months less a day ago", {"value": on(date(2025, 9, 2))}),
        ("operation", "6 months and a day ago", {"value": on(date(2025, 8, 31))}),
        ("operation", "2025-09-02", {"value": on(date(2025, 9, 2))}),
        ("operation", "2025-09", {"value": Span(date(2025, 9, 1), date(2025, 9, 30))}),
        ("operation", "{on: 2025, order: unsettled}", {"value": year_of(2025), "order": Order.UNSETTLED}),
        ("sites", "[leg, back]", {"value": frozenset({"leg", "back"})}),
        ("sites", "leg", {"value": "leg"}),
        ("sites", "{words: [leg], days_ago: 1}", {"value": frozenset({"leg"}), "when": on(date(2026, 2, 28))}),
    ],
)
def test_short_forms(fact: str, written: str, expected: dict[str, Any], root: Path) -> None:
    (item,) = given(root, fact, written).items
    assert {key: getattr(item, key) for key in expected} == expected


def test_a_list_is_several_readings(root: Path) -> None:
    items = given(root, "score", "[{value: 5}, {value: 6, days_ago: 1}]").items
    assert [item.value for item in items] == [Bounds(Decimal(5), Decimal(5)), Bounds(Decimal(6), Decimal(6))]


def test_an_undated_reading_may_be_left_out(root: Path) -> None:
    spoil(root, MAIN, "fact: label", "fact: history")
    spoil(root, MAIN, "label: yes", "history: yes")
    assert given(root, "history", "{is: yes, undated: yes}").items == ()
    spoil(root, MAIN, "{is: yes, undated: yes}", "{is: unreadable, undated: yes}")
    test: Any = load_book(root, verify_lock=False).versions["late-pain"][0].tests[2]
    assert test.held["history"].items[0].gap is Gap.UNREADABLE


def test_what_is_not_given_is_silent_and_the_gates_are_open(root: Path) -> None:
    test: Any = load_book(root, verify_lock=False).versions["late-pain"][0].tests[0]
    assert test.held["label"] == Fact() and test["given"] == {"operation": "6 months ago", "score": "7"}
    item: Item = test.held["lumbar_fusion_dated"].items[0]
    assert item.answer is Answer.YES


def test_a_gate_may_be_closed(root: Path) -> None:
    spoil(root, MAIN, "score: 7}, expect: fires, as: info, way: slow", "score: 7, lumbar_fusion_dated: no}, expect: silent")
    assert results(root)["late and severe"] == ""


def test_answers_of_other_rules(root: Path) -> None:
    spoil(root, MAIN, "fact: label, is: yes, if_unknown: no", "family: alarm, answers: [yes, unknown]")
    spoil(root, MAIN, "score: 7, label: yes}", "score: 7, rules: {any-alarm: unknown}}")
    assert results(root)["labelled"] == ""
    spoil(root, MAIN, "rules: {any-alarm: unknown}", "rules: {any-alarm: no}")
    assert results(root)["labelled"].startswith("expected silent, and it fires")
