"""Rows of a table: why the row exists, what is on record, and what the rules must say about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fhir.build import RULES, Json, Told, ask, fusion

ANSWERS = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Row:
    """`expected`: rule in short -> yes, no, unknown (its answer), critical, warning, info (its card), or silent (no card)."""

    why: str
    resources: tuple[Json, ...]
    at: str
    expected: dict[str, str]
    asked: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.why


def row(why: str, *resources: Json, at: str, bare: bool = False, person: Json | None = None, zone: str = "UTC", **expected: str) -> Row:
    """One row. The lumbar fusion of 2025-03-15 is on record unless `bare`. Rules are named as RF_CES="critical"."""
    chart = resources if bare else (fusion(), *resources)
    wanted = {name.replace("_", "-"): word for name, word in expected.items()}
    return Row(why, chart, at, wanted, {"person": person, "zone": zone})


def table(rows: list[Row]) -> Callable[[Callable[[Row], None]], pytest.MarkDecorator]:
    """Parametrise a test over rows; the reason of a row is its name."""
    return pytest.mark.parametrize("row", rows, ids=[one.why for one in rows])


def found(told: Told, short: str, word: str) -> str:
    """What the service said about one rule, in the words of the row."""
    rule = RULES[short]
    if word in ANSWERS:
        return told.answer(rule)
    return told.shown.get(rule, "silent")


def holds(one: Row) -> Told:
    """Ask, and compare every rule the row names. No rule may throw."""
    told = ask(*one.resources, as_of=one.at, **one.asked)
    assert not told.thrown
    said = {short: found(told, short, word) for short, word in one.expected.items()}
    assert said == one.expected, one.why
    return told
