"""The readings that show where a threshold lies: one exactly at it, and one a single step across."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.engine.answers import Answer
from service.engine.dates import Duration, Span, add_months, day_before
from service.engine.facts import Bounds, Fact, Item
from service.engine.rule import Criterion
from service.engine.vocabulary import FactSpec
from service.library.given import AS_OF

FROM_HERE = ("at_least", "less_than", "between")  # the threshold itself counts as reached
PAST_HERE = ("more_than", "at_most")


@dataclass(frozen=True, slots=True)
class Point:
    """A reading that some test should hold: what it is, and whether a fact holds it."""

    what: str
    held: Callable[[Fact], bool]


def step_of(value: Decimal) -> Decimal:
    """The smallest difference of a number as it is written: 1 for 101, 0.1 for 100.4."""
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(min(int(exponent), 0))


def points(criterion: Criterion, spec: FactSpec) -> Iterator[Point]:
    """Every reading the tests of a rule must hold to show the thresholds of `criterion`."""
    yield from _of_word(criterion, spec)
    for key, length in (("within", criterion.within), ("older_than", criterion.older_than)):
        if length is not None:
            yield from _of_age(key, length, lambda item: item.when if item.answer is Answer.YES else None, timedelta(days=-1))


def _of_word(criterion: Criterion, spec: FactSpec) -> Iterator[Point]:
    word, argument = criterion.word, criterion.argument
    if word in FROM_HERE + PAST_HERE:
        values: Any = argument if isinstance(argument, tuple) else (argument,)
        for value in values:
            yield from _of_number(word, value, spec)
    elif isinstance(argument, Duration):
        across = timedelta(days=1 if word == "happened_at_least_ago" else -1)
        yield from _of_age(word, argument, lambda item: item.value if isinstance(item.value, Span) else None, across)
    elif word == "count_at_least" and isinstance(argument, int):
        yield _count(argument)
        yield _count(argument - 1)


def _of_number(word: str, value: Decimal, spec: FactSpec) -> Iterator[Point]:
    step = step_of(value)
    yield Point(f"{word}: a reading of exactly {value}", _number(value, value))
    low, high = (value - step, value) if word in FROM_HERE else (value, value + step)
    if spec.low is None or spec.high is None or (spec.low < high and low < spec.high):
        side = "below" if word in FROM_HERE else "above"
        yield Point(f"{word}: a reading {side} {value} by at most {step}", _number(low, high, excluding=value))


def _number(low: Decimal, high: Decimal, excluding: Decimal | None = None) -> Callable[[Fact], bool]:
    def held(fact: Fact) -> bool:
        values = [item.value.low for item in fact.items if isinstance(item.value, Bounds) and item.value.low == item.value.high]
        return any(value is not None and low <= value <= high and value != excluding for value in values)

    return held


def _of_age(word: str, length: Duration, when: Callable[[Item], Any], across: timedelta) -> Iterator[Point]:
    edge = add_months(AS_OF, -length.count) if length.unit == "months" else day_before(AS_OF, length.count)
    yield Point(f"{word}: a reading exactly {length} old", _dated(edge, when))
    beyond = "a day younger" if across.days > 0 else "a day older"
    yield Point(f"{word}: a reading {beyond} than {length}", _dated(edge + across, when))


def _dated(day: date, when: Callable[[Item], Any]) -> Callable[[Fact], bool]:
    return lambda fact: any(when(item) == Span(day, day) for item in fact.items)


def _count(number: int) -> Point:
    def held(fact: Fact) -> bool:
        return sum(item.answer is Answer.YES for item in fact.items) == number

    return Point(f"count_at_least: exactly {number} present", held)
