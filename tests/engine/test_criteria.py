"""One criterion over the items of its fact: presence, age, place, silence, and why an answer is unknown."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.engine.answers import Answer, Gap
from service.engine.compile import SHOWN
from service.engine.dates import Duration, Span, month_of, on
from service.engine.facts import Item, Order
from tests.engine.build import (
    DAY,
    NO,
    UNKNOWN,
    YES,
    absent,
    ago,
    answer_to,
    criterion,
    number,
    present,
    seen,
    unreadable,
)

FORTNIGHT = Duration(14, "days")
QUARTER = Duration(90, "days")
SILENT, IMPRECISE, UNREADABLE = Gap.SILENT, Gap.IMPRECISE, Gap.UNREADABLE
BLANK = Item(UNKNOWN, gap=SILENT)


def told(asked: Any, *items: Item, **more: Any) -> tuple[Answer, Gap | None]:
    """Answer and gap."""
    step = answer_to(asked, *items, **more)
    return step.answer, step.gap


AGES = [
    # item, within 14 days, older than 14 days, 15 to 90 days, why
    (present(when=on(DAY)), YES, NO, NO, "today"),
    (present(when=ago(14)), YES, NO, NO, "the last day counts as within"),
    (present(when=ago(15)), NO, YES, YES, "the first day that is older"),
    (present(when=ago(90)), NO, YES, YES, "the last day of the outer window"),
    (present(when=ago(91)), NO, YES, NO, "older than both"),
    (present(when=None), UNKNOWN, UNKNOWN, UNKNOWN, "undated"),
    (present(when=None, fresh=YES), YES, YES, YES, "undated, but taken as fresh"),
    (present(when=ago(400), fresh=YES), YES, YES, YES, "freshness decides whatever the date"),
    (present(when=on(DAY), fresh=NO), NO, NO, NO, "and staleness too"),
    (present(when=None, fresh=UNKNOWN), UNKNOWN, UNKNOWN, UNKNOWN, "freshness that is not known"),
    (present(when=month_of(2026, 2)), UNKNOWN, UNKNOWN, UNKNOWN, "a month that holds the limit"),
    (present(when=month_of(2026, 1)), NO, YES, YES, "a month wholly before it"),
    (present(when=Span(date(2025, 11, 1), date(2025, 12, 31))), NO, YES, UNKNOWN, "reaches over the outer limit"),
    (absent(when=on(DAY)), NO, NO, NO, "recorded absent, whatever its age"),
    (absent(when=None), NO, NO, NO, "recorded absent, undated"),
    (unreadable(when=ago(1)), UNKNOWN, NO, NO, "unreadable, in one window only"),
    (unreadable(when=ago(200)), NO, UNKNOWN, NO, "unreadable, but too old to matter where age is limited"),
]


@pytest.mark.parametrize(("item", "young", "old", "middle", "why"), AGES)
def test_age_is_asked_of_the_same_item(item: Item, young: Answer, old: Answer, middle: Answer, why: str) -> None:
    assert answer_to(criterion(within=FORTNIGHT), item).answer is young, why
    assert answer_to(criterion(older_than=FORTNIGHT), item).answer is old, why
    assert answer_to(criterion(within=QUARTER, older_than=FORTNIGHT), item).answer is middle, why


def test_a_value_and_its_age_must_meet_in_one_item() -> None:
    asked = criterion("a", "at_least", Decimal(7), within=FORTNIGHT)
    assert told(asked, number(9, when=ago(30)), number(3, when=ago(1))) == (NO, None)
    assert told(asked, number(9, when=ago(30)), number(7, when=ago(1))) == (YES, None)


PLACES = [
    # order, after_index yes, not_before, not asked, why
    (Order.AFTER, YES, YES, YES, "after the operation"),
    (Order.SAME_DAY, NO, YES, YES, "on its day: neither before nor after"),
    (Order.UNSETTLED, UNKNOWN, YES, YES, "not known: an alarm counts it, others cannot tell"),
    (Order.BEFORE, NO, NO, YES, "before it"),
]


@pytest.mark.parametrize(("order", "after", "not_before", "free", "why"), PLACES)
def test_place_relative_to_the_operation(order: Order, after: Answer, not_before: Answer, free: Answer, why: str) -> None:
    item = present(order=order)
    assert answer_to(criterion(after_index="yes"), item).answer is after, why
    assert answer_to(criterion(after_index="not_before"), item).answer is not_before, why
    assert answer_to(criterion(), item).answer is free, why
    assert answer_to(criterion(within=FORTNIGHT), item).answer is free, why


SILENCES = [
    # items, plain, if_unknown no, if_unknown yes, why
    ((), (UNKNOWN, SILENT), NO, YES, "nothing recorded"),
    ((BLANK,), (UNKNOWN, SILENT), NO, YES, "a fact that says it has nothing to go by"),
    ((unreadable(),), (UNKNOWN, UNREADABLE), UNKNOWN, UNKNOWN, "unreadable is not silence"),
    ((Item(UNKNOWN),), (UNKNOWN, IMPRECISE), UNKNOWN, UNKNOWN, "unknown without a reason is taken as imprecise"),
    ((BLANK, unreadable()), (UNKNOWN, UNREADABLE), UNKNOWN, UNKNOWN, "the graver reason stands"),
    ((BLANK, Item(UNKNOWN, gap=IMPRECISE)), (UNKNOWN, IMPRECISE), UNKNOWN, UNKNOWN, "imprecise goes before silent"),
    ((unreadable(), Item(UNKNOWN, gap=IMPRECISE)), (UNKNOWN, UNREADABLE), UNKNOWN, UNKNOWN, "unreadable goes before imprecise"),
    ((unreadable(), present()), (YES, None), YES, YES, "one present item settles it"),
    ((BLANK, absent()), (UNKNOWN, SILENT), NO, YES, "one absent item does not"),
    ((absent(),), (NO, None), NO, NO, "recorded absent"),
]


@pytest.mark.parametrize(("items", "plain", "as_no", "as_yes", "why"), SILENCES)
def test_if_unknown_replaces_silence_only(items: tuple[Item, ...], plain: Any, as_no: Answer, as_yes: Answer, why: str) -> None:
    assert told(criterion(), *items) == plain, why
    assert answer_to(criterion(if_unknown=NO), *items).answer is as_no, why
    assert answer_to(criterion(if_unknown=YES), *items).answer is as_yes, why


def test_an_imprecise_age_is_not_silence() -> None:
    assert told(criterion(within=FORTNIGHT, if_unknown=NO), present(when=None)) == (UNKNOWN, IMPRECISE)


def test_an_unreadable_item_of_unknown_age_stays_unreadable() -> None:
    assert told(criterion(within=FORTNIGHT), unreadable(when=None)) == (UNKNOWN, UNREADABLE)


def test_silence_that_means_no() -> None:
    assert told(criterion(), silence=NO) == (NO, None)
    assert told(criterion(argument=False), silence=NO) == (YES, None)
    assert answer_to(criterion(), silence=NO).note == "nothing on record"


def test_silence_that_was_replaced_says_so() -> None:
    step = answer_to(criterion(if_unknown=NO))
    assert (step.note, step.gap) == ("not recorded, taken as no", None)
    assert answer_to(criterion()).note == "not recorded"


ABSENCES = [
    ((), (UNKNOWN, SILENT), "silence is no absence"),
    ((absent(),), (YES, None), "recorded absent"),
    ((present(),), (NO, None), "recorded present"),
    ((absent(), present()), (NO, None), "present somewhere"),
    ((absent(), unreadable()), (UNKNOWN, UNREADABLE), "the other might be present"),
]


@pytest.mark.parametrize(("items", "expected", "why"), ABSENCES)
def test_recorded_absence(items: tuple[Item, ...], expected: Any, why: str) -> None:
    assert told(criterion(argument=False), *items) == expected, why


RECORDED = [
    ((), NO, "nothing"),
    ((present(),), YES, "present"),
    ((absent(),), YES, "absent is recorded too"),
    ((unreadable(),), YES, "and so is what cannot be read"),
]


@pytest.mark.parametrize(("items", "expected", "why"), RECORDED)
def test_recorded(items: tuple[Item, ...], expected: Answer, why: str) -> None:
    opposite = NO if expected is YES else YES
    assert answer_to(criterion("a", "recorded", True), *items).answer is expected, why
    assert answer_to(criterion("a", "recorded", False), *items).answer is opposite, why


def test_recorded_lately() -> None:
    asked = criterion("a", "recorded", True, within=FORTNIGHT)
    assert [answer_to(asked, present(when=when)).answer for when in (ago(14), ago(15), None)] == [YES, NO, YES]


COUNTS = [
    ((), (UNKNOWN, SILENT), "nothing recorded"),
    ((present(), present()), (YES, None), "two"),
    ((present(), absent()), (NO, None), "one, and one recorded absent"),
    ((present(), unreadable()), (UNKNOWN, UNREADABLE), "one, and perhaps another"),
    ((present(),), (NO, None), "one alone"),
    ((present(), present(), unreadable()), (YES, None), "two, whatever the third"),
]


@pytest.mark.parametrize(("items", "expected", "why"), COUNTS)
@pytest.mark.parametrize("two", [2, Decimal(2)])
def test_count(items: tuple[Item, ...], expected: Any, why: str, two: Any) -> None:
    assert told(criterion("a", "count_at_least", two), *items) == expected, why


def test_a_count_counts_items_in_the_window() -> None:
    asked = criterion("a", "count_at_least", 2, within=FORTNIGHT)
    assert told(asked, present(when=ago(1)), present(when=ago(20))) == (NO, None)
    assert told(asked, present(when=ago(1)), present(when=None)) == (UNKNOWN, IMPRECISE)


def test_a_count_of_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match="asked: count_at_least needs a whole number"):
        answer_to(criterion("asked", "count_at_least", ("2",)), present())


def test_a_value_recorded_absent_is_no_whatever_the_word() -> None:
    assert told(criterion("a", "has_any_of", ("l5",)), absent(value=frozenset({"l5"}))) == (NO, None)
    assert told(criterion("a", "at_least", Decimal(4)), number("3", "5")) == (UNKNOWN, IMPRECISE)


def test_a_step_names_the_items_that_agree_with_its_answer() -> None:
    yes, no, blind = (
        present(saw=seen("O/y"), note="found"),
        absent(saw=seen("O/n"), note="absent"),
        unreadable(saw=seen("O/u"), note="blind"),
    )
    rows = [
        (criterion(), (yes, no, blind), "O/y", "found"),
        (criterion(), (no, blind), "O/u", "blind"),
        (criterion(), (no,), "O/n", "absent"),
        (criterion(argument=False), (no,), "O/n", "absent"),
        (criterion(argument=False), (no, yes), "O/y", "found"),
        (criterion(argument=False), (no, blind), "O/u", "blind"),
    ]
    for asked, items, resource, note in rows:
        step = answer_to(asked, *items)
        assert ([e.resource for e in step.saw], step.note) == ([resource], note)


def test_where_no_item_agrees_all_are_named() -> None:
    step = answer_to(criterion("a", "count_at_least", 2), present(saw=seen("O/1"), note="not told"))
    assert ([e.resource for e in step.saw], step.note) == (["O/1"], "")


def test_a_note_is_told_once_and_no_more_than_a_page_of_evidence() -> None:
    many = [present(saw=seen(f"O/{i}"), note="same") for i in range(SHOWN + 5)]
    step = answer_to(criterion(), *many)
    assert (len(step.saw), step.note) == (SHOWN, "same")
    assert len(answer_to(criterion(), present(saw=tuple(seen("O/1") * (SHOWN + 5)))).saw) == SHOWN == 20
