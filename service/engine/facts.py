"""What rules are asked about: facts, each made of items that remember the resources they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from service.engine.answers import Answer, Gap
from service.engine.dates import Span


class Order(StrEnum):
    """Where an item lies relative to the index operation. SAME_DAY: that day, and the times do not settle it."""

    BEFORE = "before"
    SAME_DAY = "same day"
    AFTER = "after"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing an item was read from: a reference such as `Observation/o1`, its value and date as shown to people."""

    resource: str
    value: str = ""
    when: str = ""


LONGEST = 20  # digits before or after the point that are written out


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number known to lie between `low` and `high`, both included; None is open-ended (FHIR comparators, partial dates)."""

    low: Decimal | None
    high: Decimal | None

    def __str__(self) -> str:
        if self.low is None:
            return "unknown" if self.high is None else f"at most {_plain(self.high)}"
        if self.high is None:
            return f"at least {_plain(self.low)}"
        return _plain(self.low) if self.low == self.high else f"{_plain(self.low)} to {_plain(self.high)}"


def _plain(number: Decimal) -> str:
    """Digits without trailing zeros; a power of ten that would fill pages keeps its exponent."""
    return f"{number.normalize():f}" if abs(number.adjusted()) < LONGEST else str(number)


Value = Bounds | Span | frozenset[str] | str


def exactly(number: Decimal | int | str) -> Bounds:
    """The bounds of a number that is known."""
    value = Decimal(number)
    return Bounds(value, value)


@dataclass(frozen=True, slots=True)
class Item:
    """One reading of a fact.

    `answer` says whether the finding is present (yes) or recorded absent (no); numbers and dates are yes with a `value`.
    `gap` is set when `answer` is unknown. `when` None means undated. `fresh` None lets `when` decide an age question;
    yes or no decides it whatever the age (an undated diagnosis of an alarm).
    """

    answer: Answer = Answer.YES
    value: Value | None = None
    when: Span | None = None
    order: Order = Order.AFTER
    side: str = ""
    gap: Gap | None = None
    fresh: Answer | None = None
    saw: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Everything known about one question of the vocabulary; no items means nothing is recorded."""

    items: tuple[Item, ...] = ()
    silence: Answer = Answer.UNKNOWN


SILENT = Fact()


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one patient as of one day. A fact that is not held is silent. `memo`: answers that several rules share."""

    as_of: date
    held: Mapping[str, Fact] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, name: str) -> Fact:
        return self.held.get(name, SILENT)
