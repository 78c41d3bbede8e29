"""The question words a criterion may use: each asks one thing of one item and answers yes, no or unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from service.engine.answers import Answer, both, from_bool, negate
from service.engine.dates import Duration, Span, add
from service.engine.facts import Bounds, Item
from service.engine.vocabulary import FactKind

Test = Callable[[Item, Any, date], Answer]


@dataclass(frozen=True, slots=True)
class Word:
    """A question word: the kinds of fact it fits, what its argument is, and the test over one item."""

    fits: frozenset[FactKind]
    takes: str
    test: Test
    meaning: str


def _bounds(item: Item) -> Bounds:
    return item.value if isinstance(item.value, Bounds) else Bounds(None, None)


def _reaches(value: Bounds, limit: Decimal) -> Answer:
    if value.low is not None and value.low >= limit:
        return Answer.YES
    return Answer.NO if value.high is not None and value.high < limit else Answer.UNKNOWN


def _exceeds(value: Bounds, limit: Decimal) -> Answer:
    if value.low is not None and value.low > limit:
        return Answer.YES
    return Answer.NO if value.high is not None and value.high <= limit else Answer.UNKNOWN


def _at_least(item: Item, limit: Decimal, _: date) -> Answer:
    return _reaches(_bounds(item), limit)


def _more_than(item: Item, limit: Decimal, _: date) -> Answer:
    return _exceeds(_bounds(item), limit)


def _less_than(item: Item, limit: Decimal, _: date) -> Answer:
    return negate(_reaches(_bounds(item), limit))


def _at_most(item: Item, limit: Decimal, _: date) -> Answer:
    return negate(_exceeds(_bounds(item), limit))


def _between(item: Item, limits: tuple[Decimal, Decimal], _: date) -> Answer:
    value = _bounds(item)
    return both((_reaches(value, limits[0]), negate(_reaches(value, limits[1]))))


def _is(item: Item, _: bool, __: date) -> Answer:
    return item.answer


def _recorded(_: Item, __: bool, ___: date) -> Answer:
    return Answer.YES


def _one_of(item: Item, words: tuple[str, ...], _: date) -> Answer:
    return from_bool(item.value in words)


def _has_any_of(item: Item, words: tuple[str, ...], _: date) -> Answer:
    return from_bool(isinstance(item.value, frozenset) and not item.value.isdisjoint(words))


def ago(span: Span, length: Duration, as_of: date) -> Answer:
    """Did `span` happen at least `length` before `as_of`? Yes only when true for both ends."""
    if add(span.latest, length) <= as_of:
        return Answer.YES
    return Answer.NO if add(span.earliest, length) > as_of else Answer.UNKNOWN


def within(span: Span, length: Duration, as_of: date) -> Answer:
    """Did `span` happen at most `length` before `as_of`? The last day counts. Yes only when true for both ends."""
    if add(span.earliest, length) >= as_of:
        return Answer.YES
    return Answer.NO if add(span.latest, length) < as_of else Answer.UNKNOWN


def _happened_at_least_ago(item: Item, length: Duration, as_of: date) -> Answer:
    return ago(item.value, length, as_of) if isinstance(item.value, Span) else Answer.UNKNOWN


def _happened_within(item: Item, length: Duration, as_of: date) -> Answer:
    return within(item.value, length, as_of) if isinstance(item.value, Span) else Answer.UNKNOWN


def _count(item: Item, _: int, __: date) -> Answer:
    return item.answer


_ANY: frozenset[FactKind] = frozenset({"presence", "number", "date", "words"})
_NUMBER: frozenset[FactKind] = frozenset({"number"})
_DATE: frozenset[FactKind] = frozenset({"date"})
_PRESENCE: frozenset[FactKind] = frozenset({"presence"})
_WORDS: frozenset[FactKind] = frozenset({"words"})

WORDS: dict[str, Word] = {
    "is": Word(_PRESENCE, "yes | no", _is, "the finding is present (yes) or recorded absent (no)"),
    "one_of": Word(_WORDS, "list of words", _one_of, "the word is one of these"),
    "has_any_of": Word(_WORDS, "list of words", _has_any_of, "the set holds at least one of these"),
    "at_least": Word(_NUMBER, "number", _at_least, "the number is this or more"),
    "more_than": Word(_NUMBER, "number", _more_than, "the number is more than this"),
    "at_most": Word(_NUMBER, "number", _at_most, "the number is this or less"),
    "less_than": Word(_NUMBER, "number", _less_than, "the number is less than this"),
    "between": Word(_NUMBER, "two numbers", _between, "the number is the first or more, and less than the second"),
    "recorded": Word(_ANY, "yes | no", _recorded, "anything at all is recorded"),
    "happened_at_least_ago": Word(_DATE, "duration", _happened_at_least_ago, "the date lies at least this far back"),
    "happened_within": Word(_DATE, "duration", _happened_within, "the date lies at most this far back"),
    "count_at_least": Word(_PRESENCE, "whole number", _count, "at least this many items are present"),
}
