"""What one fact says about a chart, each item in one line: answer, value, day, place in time, side, why unknown, remark, what was seen."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.engine.facts import Item, Order
from service.evaluation.codes import index_of
from service.fhir import read_bundle, set_scene
from service.fhir.facts import fact_of
from tests.fhir.build import Json, book, bundle, fusion, patient


def _unheard(name: str, error: Exception) -> None:
    raise AssertionError(f"{name} threw") from error


def said(name: str, *resources: Json, at: str, bare: bool = False, person: Json | None = None) -> list[str]:
    """The items of one fact, sorted. The lumbar fusion of 2025-03-15 is on record unless `bare`; `at` is a day, judged at noon UTC."""
    vocabulary = book().vocabularies["1.0.0"]
    moment, zone, index = datetime.fromisoformat(at).replace(hour=12, tzinfo=UTC), ZoneInfo("UTC"), index_of(vocabulary)
    chart = bundle(person or patient(), *(() if bare else (fusion(),)), *resources)
    scene = set_scene(read_bundle(json.dumps(chart).encode(), moment, zone, index), moment, zone, index)
    return sorted(line(item) for item in fact_of(scene, vocabulary.facts[name], _unheard).items)


def line(item: Item) -> str:
    """One item for people: `yes 101.5 on 2025-04-04 left (a remark) [what was seen of each resource]`."""
    value = ", ".join(sorted(item.value)) if isinstance(item.value, frozenset) else str(item.value or "")
    parts = (
        *(str(item.answer), value, f"on {item.when}" if item.when else "", "" if item.order is Order.AFTER else str(item.order)),
        *(item.side, f"as {item.gap}" if item.gap else "", f"at any age {item.fresh}" if item.fresh else ""),
        *(f"({item.note})" if item.note else "", f"[{'; '.join(one.value for one in item.saw)}]" if item.saw else ""),
    )
    return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Case:
    """One chart, one fact, and its lines."""

    why: str
    name: str
    resources: tuple[Json, ...]
    at: str
    bare: bool
    lines: tuple[str, ...]


def case(why: str, name: str, *resources: Json, at: str, says: str | tuple[str, ...], bare: bool = False) -> Case:
    """`says`: the lines of the fact; an empty tuple when it says nothing."""
    return Case(why, name, resources, at, bare, (says,) if isinstance(says, str) else says)


def cases(rows: list[Case]) -> Callable[[Callable[[Case], None]], pytest.MarkDecorator]:
    """Parametrise a test over cases; the reason of a case is its name."""
    return pytest.mark.parametrize("case", rows, ids=[f"{one.name}: {one.why}" for one in rows])


def tells(one: Case) -> None:
    assert said(one.name, *one.resources, at=one.at, bare=one.bare) == sorted(one.lines), one.why
