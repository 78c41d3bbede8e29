"""What must hold for any rule and any facts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.engine.answers import Answer, Gap
from service.engine.dates import Duration, Span, on
from service.engine.facts import Bounds, Fact, Facts, Item, Order
from service.engine.rule import Criterion, Rule, Way
from tests.engine.build import DAY, NO, UNKNOWN, YES, criterion, decide, facts, rule

# whole charts are slow to make on a busy machine, and that is no fault of the engine
CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("a", "b", "c")
DAYS = st.dates(DAY - timedelta(days=60), DAY)
SPANS = st.tuples(DAYS, DAYS).map(lambda two: Span(min(two), max(two)))
NUMBERS = st.integers(0, 10).map(Decimal)
BOUNDS = st.tuples(NUMBERS, NUMBERS, st.booleans(), st.booleans()).map(
    lambda t: Bounds(None if t[2] else min(t[0], t[1]), None if t[3] else max(t[0], t[1]))
)
DURATIONS = st.builds(Duration, st.integers(0, 40), st.sampled_from(("days",))) | st.just(Duration(1, "months"))
VALUES = {"presence": st.none(), "number": BOUNDS, "date": SPANS, "words": st.sampled_from([frozenset({"x"}), frozenset({"y"})])}
QUESTIONS: list[tuple[str, str, Any]] = [
    ("presence", "is", st.booleans()),
    ("presence", "count_at_least", st.integers(1, 3)),
    *(("number", word, NUMBERS) for word in ("at_least", "more_than", "at_most", "less_than")),
    ("number", "between", st.tuples(NUMBERS, NUMBERS)),
    ("date", "happened_within", DURATIONS),
    ("date", "happened_at_least_ago", DURATIONS),
    ("words", "has_any_of", st.just(("x",))),
]


@st.composite
def items(draw: Any, kind: str) -> Item:
    """Any item of a kind of fact."""
    answer = draw(st.sampled_from((YES, NO, UNKNOWN)))
    return Item(
        answer=answer,
        value=draw(VALUES[kind]),
        when=draw(st.none() | SPANS),
        order=draw(st.sampled_from(list(Order))),
        gap=draw(st.sampled_from(list(Gap))) if answer is UNKNOWN else None,
        fresh=draw(st.sampled_from((None, None, YES, NO, UNKNOWN))),
    )


@st.composite
def cases(draw: Any) -> tuple[Rule, Facts]:
    """Any rule without `if_unknown`, `recorded` and `not_before`, with facts whose silence is unknown."""
    asked: list[Criterion] = []
    held: dict[str, Any] = {}
    for name in NAMES:
        kind, word, argument = draw(st.sampled_from(QUESTIONS))
        given_argument = draw(argument)
        aged = not (word == "is" and given_argument is False)  # the schema keeps `is: no` apart from age and place
        more = {
            "within": draw(st.none() | DURATIONS) if aged else None,
            "older_than": draw(st.none() | DURATIONS) if aged else None,
            "after_index": draw(st.sampled_from((None, "yes"))) if aged else None,
        }
        asked.append(criterion(name, word, given_argument, **more))
        held[name] = Fact(tuple(draw(st.lists(items(kind), max_size=3))))
    return rule(criteria=asked, ways=tuple(draw(st.lists(ways(), min_size=1, max_size=3)))), facts(**held)


@st.composite
def ways(draw: Any) -> Way:
    """Any way over the names."""
    some = st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple)
    count = draw(st.none() | st.tuples(st.integers(1, 3), st.just(NAMES)))
    return Way(f"w{draw(st.integers(0, 9))}", all=draw(some), any=draw(some), none=draw(some), at_least_of=count)


def fill(draw: Any, item: Item, kind: str) -> Item:
    """The item with everything it leaves open made known, in a way that it allows."""
    answer = draw(st.sampled_from((YES, NO))) if item.answer is UNKNOWN else item.answer
    return replace(
        item,
        answer=answer,
        gap=None,
        value=narrowed(draw, item.value),
        when=draw(DAYS.map(on)) if item.when is None else narrowed(draw, item.when),
        order=draw(st.sampled_from((Order.BEFORE, Order.SAME_DAY, Order.AFTER))) if item.order is Order.UNSETTLED else item.order,
        fresh=draw(st.sampled_from((YES, NO))) if item.fresh is UNKNOWN else item.fresh,
    )


def narrowed(draw: Any, value: Any) -> Any:
    """One of the values that an imprecise one allows."""
    if isinstance(value, Span):
        return on(draw(st.dates(value.earliest, value.latest)))
    if not isinstance(value, Bounds):
        return value
    low, high = value.low if value.low is not None else Decimal(-1), value.high if value.high is not None else Decimal(11)
    known = Decimal(draw(st.integers(int(low), int(high))))
    return Bounds(known, known)


def kind_of(asked: Criterion) -> str:
    """The kind of fact a criterion asks."""
    return next(kind for kind, word, _ in QUESTIONS if word == asked.word)


@CALM
@given(cases(), st.data())
def test_filling_what_is_unknown_never_overturns_a_definite_answer(case: tuple[Rule, Facts], data: st.DataObject) -> None:
    asked, held = case
    before = decide(asked, held)
    filled = {name: filled_fact(data.draw, held[name], kind_of(asked.criteria[name])) for name in NAMES}
    after = decide(asked, facts(**filled))
    for old, new in zip(before.steps, after.steps, strict=True):
        assert old.answer in (UNKNOWN, new.answer)
    for way, later in zip(before.ways, after.ways, strict=True):
        assert way.answer in (UNKNOWN, later.answer)
    assert before.answer in (UNKNOWN, after.answer)


def filled_fact(draw: Any, fact: Fact, kind: str) -> Fact:
    """The fact with its items made known; a silent one gets an item or stays silent."""
    if not fact.items:
        return Fact(tuple(fill(draw, item, kind) for item in draw(st.lists(items(kind), max_size=1))))
    return Fact(tuple(fill(draw, item, kind) for item in fact.items))


@CALM
@given(cases(), st.data())
def test_the_order_of_items_does_not_matter(case: tuple[Rule, Facts], data: st.DataObject) -> None:
    asked, held = case
    mixed = {name: Fact(tuple(data.draw(st.permutations(held[name].items)))) for name in NAMES}
    one, other = decide(asked, held), decide(asked, facts(**mixed))
    assert (one.answer, one.gap) == (other.answer, other.gap)
    assert [(s.answer, s.gap) for s in one.steps] == [(s.answer, s.gap) for s in other.steps]


@CALM
@given(cases())
def test_an_answer_has_a_gap_exactly_when_it_is_unknown(case: tuple[Rule, Facts]) -> None:
    told = decide(*case)
    assert (told.gap is not None) is (told.answer is UNKNOWN)
    assert all((step.gap is not None) is (step.answer is UNKNOWN) for step in told.steps)


@CALM
@given(cases(), st.sampled_from(NAMES))
def test_a_population_that_does_not_fit_always_says_no(case: tuple[Rule, Facts], name: str) -> None:
    asked, held = case
    assume(held[name].items)
    assert decide(asked, Facts(held.as_of, {**held.held, "adult_and_alive": Fact((Item(NO),))})).answer is NO


def exceptions() -> Iterator[tuple[str, Criterion, Item | None, Item, Answer, Answer]]:
    """The three deliberate exceptions to the first property, so that nobody widens them unseen."""
    known = Item(YES, when=on(date(2026, 2, 1)))
    yield "if_unknown", criterion("a", if_unknown=NO), None, known, NO, YES
    yield "recorded", criterion("a", "recorded", True), Item(UNKNOWN, gap=Gap.UNREADABLE), Item(NO), YES, YES
    unplaced = replace(known, order=Order.UNSETTLED)
    yield "not_before", criterion("a", after_index="not_before"), unplaced, replace(known, order=Order.BEFORE), YES, NO


@pytest.mark.parametrize(("name", "asked", "before", "after", "first", "then"), list(exceptions()))
def test_the_exceptions(name: str, asked: Criterion, before: Item | None, after: Item, first: Answer, then: Answer) -> None:
    given_before = () if before is None else (before,)
    answers = [decide(rule(criteria=[asked]), facts(a=held)).answer for held in (given_before, (after,))]
    assert answers == [first, then], name
