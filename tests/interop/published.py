"""What is published of the rules of this checkout, made once for all tests here."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from service.interop import Entry, Shelf, capability_statement, catalogue, checked, released, searchset, transaction
from service.web.publishing import shelf_of
from service.web.settings import Settings
from tests.stories.replay import book

# between the two days on which a rule of this checkout goes over to its next version
DAY = date(2026, 11, 22)
Resource = dict[str, Any]


@lru_cache(maxsize=4)
def shelf(day: date = DAY) -> Shelf:
    """Everything there is to publish on a day."""
    return shelf_of(book(), Settings(), day)


@lru_cache(maxsize=4)
def entries(day: date = DAY) -> tuple[Entry, ...]:
    """Every resource that can be read."""
    return catalogue(shelf(day))


@lru_cache(maxsize=4)
def release(day: date = DAY) -> tuple[Entry, ...]:
    """What an export holds."""
    return released(entries(day))


@lru_cache(maxsize=1)
def resources() -> dict[str, Resource]:
    """Every resource, and what the service makes around them, by a name for the test."""
    made = {f"{one.kind}/{one.id}": checked(one.resource()) for one in entries()}
    made["metadata"] = capability_statement(shelf())
    found, address = [one for one in entries() if one.kind == "CodeSystem"], "https://example.org/fhir/CodeSystem"
    made["searchset"] = searchset(shelf(), found, address, lambda one: made[f"{one.kind}/{one.id}"])
    made["empty searchset"] = searchset(shelf(), [], f"{address}?status=unknown", Entry.resource)
    made["transaction"] = transaction(shelf(), release()[:5])
    return made


NAMES = sorted([f"{one.kind}/{one.id}" for one in entries()] + ["metadata", "searchset", "empty searchset", "transaction"])


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a resource with its path, indexes left out: `PlanDefinition.action.title`."""
    yield path, value
    if isinstance(value, dict):
        root = value.get("resourceType", path)
        for name, member in value.items():
            yield from walk(member, f"{root if isinstance(root, str) else path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, path)
