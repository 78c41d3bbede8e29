"""More makers for the rules of causes, care and healing: described pain, medicines, steady strength."""

from typing import Any

from tests.fhir.build import (
    INTERPRETATION,
    LEFT,
    LOCAL,
    RIGHT,
    RXNORM,
    SNOMED,
    Json,
    coding,
    condition,
    finding,
    grade,
    made,
    observed,
)

OXYCODONE, TRAMADOL, GABAPENTIN, PREGABALIN, NAPROXEN = "7804", "10689", "25480", "187832", "7258"
SCIATICA, PIRIFORMIS, STENOSIS, FBSS = "23056005", "129179000", "18347007", "202725007"
DECOMPRESSION = "387731002"
NEGATIVE = {"interpretation": [coding(INTERPRETATION, "NEG")]}


def words(name: str, *values: str, when: str | None, absent: bool = False, side: str | None = None, **members: Any) -> Json:
    """A many-valued finding with one or more values; `absent` records those values as absent."""
    value = {"coding": [{"system": LOCAL, "code": one} for one in values]}
    return observed(name, when, site=(side,) if side else (), **{"valueCodeableConcept": value, **(NEGATIVE if absent else {}), **members})


def quality(*values: str, when: str | None, **members: Any) -> Json:
    """What the pain feels like."""
    return words("pain-quality", *values, when=when, **members)


def runs(*values: str, when: str | None, **members: Any) -> Json:
    """Where the pain runs."""
    return words("pain-distribution", *values, when=when, **members)


def steady(when: str, value: int = 5, side: str | None = None) -> tuple[Json, ...]:
    """A good motor grade on one side, or on both."""
    return tuple(grade(value, when, side=one) for one in ((side,) if side else (LEFT, RIGHT)))


def sided(code: str, when: str, side: str | None = None, **members: Any) -> Json:
    """One of our findings, present on a side."""
    return finding(code, when, bodySite=coding(SNOMED, side) if side else None, **members)


def medicine(code: str, kind: str = "MedicationRequest", **members: Any) -> Json:
    """An active order (or statement) of one ingredient."""
    order = {"intent": "order"} if kind == "MedicationRequest" else {}
    return made(kind, **{"status": "active", **order, "medicationCodeableConcept": coding(RXNORM, code), **members})


def diagnosed(code: str, onset: str | None = None, system: str = SNOMED, side: str | None = None, **members: Any) -> Json:
    """An active diagnosis on a side."""
    return condition(code, onset, system, bodySite=[coding(SNOMED, side)] if side else None, **members)
