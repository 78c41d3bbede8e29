"""Every code of every value set does its work, and its neighbours do not: a code that is dropped or mistyped is noticed.

The list of codes is kept beside the tests, so that the tests cannot shrink together with a value set.
"""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.engine.facts import Item
from service.engine.vocabulary import FactSpec
from service.evaluation.codes import index_of
from service.fhir import read_bundle
from service.fhir.codes import normal, system_of
from service.fhir.pickers import PICKERS
from service.fhir.scene import set_scene
from service.fhir.shapes import Coding
from tests.fhir.build import (
    BACK,
    INTERPRETATION,
    LEG,
    LOCAL,
    PERINEUM,
    Json,
    book,
    bundle,
    coding,
    condition,
    day,
    fusion,
    made,
    observed,
    patient,
    sites,
)
from tests.fhir.every_code import Entry, agreed, entries

VOCABULARY = book().vocabularies["1.0.0"]
INDEX = index_of(VOCABULARY)
AGREED = agreed()
UTC_ZONE = ZoneInfo("UTC")
NOW = datetime.fromisoformat(day(100)).replace(tzinfo=UTC)
TYPES = ("Observation", "Condition", "Procedure", "DiagnosticReport", "MedicationRequest", "MedicationStatement")
ids = [f"{one.value_set}/{one.code}" for one in AGREED]


def test_the_vocabulary_holds_exactly_the_codes_that_were_agreed() -> None:
    assert set(entries(VOCABULARY)) == set(AGREED)
    assert len(AGREED) > 400


def names(system: str, code: str) -> set[str]:
    return {match.concept for match in INDEX.match(Coding(system, code))}


@pytest.mark.parametrize("one", AGREED, ids=ids)
def test_a_code_belongs_to_its_concept_however_it_is_written(one: Entry) -> None:
    spellings = [one.code, f" {one.code} "]
    if "icd" in one.system.lower():
        spellings += [one.code.lower(), one.code.replace(".", "")]
    if one.prefix:
        spellings += [one.code + "9", one.code + "XXA"]
    assert all(one.concept in names(one.system, code) for code in spellings)
    assert all(match.qualifier == one.qualifier for match in INDEX.match(Coding(one.system, one.code)) if match.concept == one.concept)


HELD = {(one.concept, system_of(one.system), normal(system_of(one.system), one.code)) for one in AGREED}
BELOW = [(one.concept, system_of(one.system), normal(system_of(one.system), one.code)) for one in AGREED if one.prefix]


def agreed_too(concept: str, system: str, code: str) -> bool:
    """Is the neighbour itself one of the concept's codes, or below one of its prefixes?"""
    system = system_of(system)
    code = normal(system, code)
    under = any(concept == c and system == s and code.startswith(prefix) for c, s, prefix in BELOW)
    return under or (concept, system, code) in HELD


def neighbours(code: str) -> list[str]:
    """The code with its last character changed, without it, and with two characters swapped."""
    last = chr(ord(code[-1]) + 1) if code[-1] not in "9zZ" else "0"
    swapped = code[:-2] + code[-1] + code[-2] if len(code) > 1 else code + code
    return [code[:-1] + last, code[:-1], swapped, code + "0"]


@pytest.mark.parametrize("one", AGREED, ids=ids)
def test_a_neighbour_does_not(one: Entry) -> None:
    wrong = [near for near in neighbours(one.code) if near and not agreed_too(one.concept, one.system, near)]
    assert not [near for near in wrong if one.concept in names(one.system, near)]
    assert one.concept not in names("urn:oid:1.2.3", one.code), "in another code system"


# --- through a chart, to the fact -----------------------------------------------------------------------------------------

QUALIFIED = {"needs-lumbar-site": BACK, "needs-lumbar-site-or-within-90-days": BACK, "saddle-only-with-perineal-site": PERINEUM}
ORDERS = ("order-imaging", "imaging-mri-lumbar", "imaging-fusion-lumbar")


def resource_of(one: Entry, code: str) -> Json:
    """A resource of the kind the value set is about, with a code."""
    if one.value_set == "local-findings":
        return observed(code, day(99), LOCAL, valueBoolean=True)
    if one.value_set.startswith(("obs-", "lab-")):
        return observed(code, day(99), one.system, valueQuantity={"value": 5, "unit": "%"})
    if one.value_set.startswith("rx-"):
        return made("MedicationRequest", status="active", intent="order", medicationCodeableConcept=coding(one.system, code))
    if one.value_set in ORDERS:
        return made("DiagnosticReport", status="final", code=coding(one.system, code), effectiveDateTime=day(99))
    if one.value_set.endswith("-procedure"):
        return made("Procedure", status="completed", code=coding(one.system, code), performedDateTime=day(99))
    site = QUALIFIED.get(one.qualifier)
    return condition(code, day(99), one.system, bodySite=sites(site) if site else None)


def items_of(fact: str, *resources: Json) -> list[Item]:
    """The items a fact is made of, for a patient after a fusion."""
    chart = read_bundle(json.dumps(bundle(patient(), fusion(), *resources)).encode(), NOW, UTC_ZONE, INDEX)
    spec = VOCABULARY.facts[fact]
    return PICKERS[spec.picker](set_scene(chart, NOW, UTC_ZONE, INDEX), spec)


def codes_of(spec: FactSpec) -> list[Entry]:
    return [one for one in AGREED if one.concept in spec.codes]


FACTS = [spec for spec in VOCABULARY.facts.values() if spec.codes]
CHARTED = [spec for spec in FACTS if spec.picker != "drafted"]


@pytest.mark.parametrize("spec", FACTS, ids=lambda one: one.name)
def test_every_concept_of_a_fact_has_codes(spec: FactSpec) -> None:
    assert {one.concept for one in codes_of(spec)} == set(spec.codes)


@pytest.mark.parametrize("spec", CHARTED, ids=lambda one: one.name)
def test_every_code_of_a_fact_is_read_for_it_and_a_neighbour_is_not(spec: FactSpec) -> None:
    held = codes_of(spec)
    near = [
        (one, code)
        for one in held
        for code in neighbours(one.code)
        if code and not any(agreed_too(c, one.system, code) for c in spec.codes)
    ]
    right = [resource_of(one, one.code) for one in held]
    wrong = [resource_of(one, code) for one, code in near]
    chart = read_bundle(json.dumps(bundle(patient(), *right, *wrong)).encode(), NOW, UTC_ZONE, INDEX)
    read = {reading.reference for reading in chart.of(spec.codes, TYPES)}
    assert read == {f"{one['resourceType']}/{one['id']}" for one in right}
    assert wrong


@pytest.mark.parametrize("spec", [spec for spec in CHARTED if spec.picker in ("present", "medication")], ids=lambda one: one.name)
def test_every_code_alone_makes_the_fact_yes(spec: FactSpec) -> None:
    for one in codes_of(spec):
        assert [str(item.answer) for item in items_of(spec.name, resource_of(one, one.code))] == ["yes"], one


# --- values -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one", [e for e in AGREED if e.value_set in ("value-present", "value-absent")], ids=lambda e: f"{e.value_set}/{e.code}"
)
@pytest.mark.parametrize("member", ["valueCodeableConcept", "interpretation"])
def test_every_yes_and_no_is_understood(one: Entry, member: str) -> None:
    said = coding(one.system, one.code)
    finding = observed("slr-test", day(99), LOCAL, **{member: [said] if member == "interpretation" else said})
    (item,) = items_of("slr_positive", finding)
    assert str(item.answer) == ("yes" if one.value_set == "value-present" else "no")


@pytest.mark.parametrize("name", ["pain-quality", "pain-distribution"])
def test_every_described_value_is_held_and_taken_away(name: str) -> None:
    fact = name.replace("-", "_")
    for one in (e for e in AGREED if e.value_set == f"value-{name}"):
        present = observed(name, day(99), LOCAL, valueCodeableConcept=coding(LOCAL, one.code))
        gone = {**present, "id": "gone", "interpretation": [coding(INTERPRETATION, "NEG")]}
        for resource, wanted in ((present, {one.code}), (gone, set())):
            (item,) = items_of(fact, resource)
            assert item.value == frozenset(wanted)
    assert set(VOCABULARY.facts[fact].words) == {e.code for e in AGREED if e.value_set == f"value-{name}"}


def test_every_region_and_side_is_known_to_the_sites() -> None:
    """The body sites are matched by the code itself, not by a concept: each must be one the readers know."""
    from service.fhir import sites as known

    regions = {LEG, *known._LEG, known.BUTTOCK, known.SACROILIAC, known.LUMBAR_SPINE, *known.PERINEUM, *known._SIDES}
    assert {e.code for e in AGREED if e.value_set == "body-site"} == regions
