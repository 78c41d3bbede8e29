"""A chart: the resources of one patient that rules could use, indexed by concept, and everything that could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from service.engine.dates import Span
from service.fhir.codes import Match
from service.fhir.shapes import Clinical, Component
from service.fhir.times import When

Standing = Literal["used", "preliminary", "present", "possible", "refuted", "history", "planned"]


class Refused(Exception):
    """The body cannot be judged at all. `text` is constant and holds no value from the body; `expression` is a FHIRPath place."""

    def __init__(self, status: int, code: str, text: str, expression: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.expression = status, code, text, expression


@dataclass(frozen=True, slots=True)
class Reading:
    """One resource (or one component of an Observation) that a rule could use.

    `problem` says why it cannot be read; then only `type`, `place`, `reference` and what is known of `matches` and `when` hold.
    """

    type: str
    place: str
    reference: str
    resource: Clinical | None = None
    component: Component | None = None
    matches: tuple[Match, ...] = ()
    when: When | None = None
    standing: Standing = "used"
    problem: str = ""
    note: str = ""

    def concepts(self) -> frozenset[str]:
        """Names of the concepts its code belongs to."""
        return frozenset(match.concept for match in self.matches)


@dataclass(frozen=True, slots=True)
class Aside:
    """Something set aside: where, why, and whether a rule could have used it."""

    place: str
    reason: str
    relevant: bool = False
    code: str = "incomplete"


@dataclass(frozen=True, slots=True)
class Person:
    """The patient, as far as rules ask. `birth` is None when unknown, `died` the instant of death where one is recorded."""

    id: str
    birth: Span | None = None
    deceased: bool = False
    died: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient's readings. `blind` holds, by resource type, what could have been anything of that type."""

    person: Person
    by_concept: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    blind: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    aside: tuple[Aside, ...] = ()
    raw: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Reading, ...] = ()

    def of(self, concepts: Iterable[str], types: tuple[str, ...]) -> list[Reading]:
        """Readings of the given types that belong to any of `concepts`, each once, with those that could belong to anything."""
        found: dict[str, Reading] = {}
        for concept in concepts:
            for reading in self.by_concept.get(concept, ()):
                if reading.type in types:
                    found.setdefault(reading.place, reading)
        for kind in types:
            for reading in self.blind.get(kind, ()):
                found.setdefault(reading.place, reading)
        return list(found.values())


def by_concept(readings: Iterable[Reading]) -> dict[str, tuple[Reading, ...]]:
    """Readings grouped by every concept they belong to."""
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        for concept in reading.concepts():
            groups.setdefault(concept, []).append(reading)
    return {concept: tuple(held) for concept, held in groups.items()}


def by_type(readings: Iterable[Reading]) -> dict[str, tuple[Reading, ...]]:
    """Readings grouped by resource type."""
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.type, []).append(reading)
    return {kind: tuple(held) for kind, held in groups.items()}
