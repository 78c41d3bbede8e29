"""The words rules are written in: named parameters, value sets, and the facts with how each is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from service.engine.answers import Answer
from service.engine.dates import Duration

FactKind = Literal["presence", "number", "date", "words"]
Undated = Literal["unknown", "new", "never", "open"]
Setting = Decimal | Duration | str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named threshold: its value, unit, what it means and where it comes from."""

    name: str
    value: Decimal | Duration
    unit: str
    meaning: str
    basis: str


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a value set. `prefix`: this code and everything below it. `qualifier`: counts only under a condition."""

    system: str
    code: str
    display: str
    verified_by: str
    prefix: bool = False
    qualifier: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A concept as a list of codes."""

    id: str
    title: str
    purpose: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class FactSpec:
    """How one fact is made.

    `kind` limits the question words that fit; `low` and `high` bound numbers in `unit`. `picker` names the function that
    makes it from the concepts in `codes`, with `settings` (thresholds come in as parameters). `silence` is the answer
    when nothing is recorded. `undated` says how an undated item meets an age question. `for_alarms`: preliminary
    observations, provisional diagnoses and findings of the operation day count.
    """

    name: str
    kind: FactKind
    meaning: str
    picker: str
    codes: tuple[str, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    words: tuple[str, ...] = ()
    silence: Answer = Answer.UNKNOWN
    undated: Undated = "unknown"
    for_alarms: bool = False
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One immutable version of everything a rule may name."""

    version: str
    parameters: Mapping[str, Parameter]
    value_sets: Mapping[str, ValueSet]
    facts: Mapping[str, FactSpec]
