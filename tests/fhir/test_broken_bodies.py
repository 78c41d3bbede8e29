"""Bodies and entries that are not what they should be: refused whole, or named one by one, never passed over."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.evaluation import Question, evaluate_bundle
from service.fhir import Refused
from tests.fhir.build import LOCAL, RXNORM, Json, ask, ask_bundle, book, bundle, coding, day, finding, fusion, made, observed, patient

NOW = day(300)
CES = "red-flag-cauda-equina"


def refused(raw: bytes) -> int:
    with pytest.raises(Refused) as caught:
        evaluate_bundle(raw, Question(datetime(2026, 1, 9, tzinfo=UTC), ZoneInfo("UTC")), book())
    return caught.value.status


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'{"resourceType": "Patient"}',
        b'{"resourceType": 5}',
        b'\xff\xfe{"a": 1}',
        b'{"resourceType": "Bundle", "total": "9"}',
    ],
)
def test_what_is_no_bundle_is_refused(raw: bytes) -> None:
    assert refused(raw) == 400


@pytest.mark.parametrize("raw", [b'{"resourceType": "Bundle"}', b'{"resourceType": "Bundle", "type": "collection", "entry": []}'])
def test_an_empty_bundle_names_nobody(raw: bytes) -> None:
    assert refused(raw) == 422


def test_an_entry_that_is_no_entry_leaves_the_others_standing() -> None:
    body = bundle(patient(), fusion(), finding("saddle-sensory-change", day(299)))
    body["entry"].append("text")
    told = ask_bundle(body, NOW)
    assert told.shown == {CES: "critical", "data-incomplete": "warning"}
    assert any(issue.get("expression") == ["Bundle.entry[3]"] for issue in told.issues)


def test_an_entry_with_a_bad_full_url_and_an_empty_one() -> None:
    body = bundle(patient(), fusion(), finding("saddle-sensory-change", day(299)))
    body["entry"] += [{"fullUrl": 5, "resource": finding("foot-drop-new", day(299))}, {"resource": None}, {}]
    assert ask_bundle(body, NOW).shown[CES] == "critical"


def wrong(**members: Any) -> Json:
    """A finding with an element of the wrong type."""
    return {**finding("saddle-sensory-change", day(299)), "valueBoolean": "yes", **members}


@pytest.mark.parametrize(
    "row",
    [
        wrong(),
        wrong(valueBoolean=True, code="saddle-sensory-change"),
        wrong(valueBoolean=True, id=7),
        wrong(valueBoolean=True, status=["final"]),
        wrong(valueBoolean=True, effectiveDateTime=20260108),
    ],
)
def test_an_element_of_the_wrong_type_makes_its_resource_unreadable(row: Json) -> None:
    told = ask(fusion(), row, as_of=NOW)
    assert told.answer(CES) == "unknown" and "data-unreadable" in told.shown


def test_a_wrong_subject_belongs_to_nobody() -> None:
    for subject in ("Patient/p1", {"reference": 5}, 7):
        assert "data-incomplete" in ask(fusion(), wrong(subject=subject), as_of=NOW).shown


def test_an_unreadable_resource_of_no_concern_is_no_news() -> None:
    other = {**observed("2345-7", day(299), "http://loinc.org"), "valueQuantity": {"value": "high"}}
    assert not ask(fusion(), other, as_of=NOW).shown


def test_an_observation_without_a_code_could_have_been_anything() -> None:
    told = ask(fusion(), {**finding("x", day(299)), "code": None}, as_of=NOW)
    assert told.answer(CES) == "unknown" and "data-unreadable" in told.shown


def test_an_outcome_of_unknown_shape_counts_as_a_failure() -> None:
    broken = {"resourceType": "OperationOutcome", "issue": "no"}
    assert "data-incomplete" in ask_bundle(bundle(patient(), fusion(), broken, kind="searchset"), NOW).shown


def test_types_no_rule_reads_are_passed_over() -> None:
    assert not ask(fusion(), {"resourceType": "Appointment", "id": "a", "status": "booked"}, as_of=NOW).shown


def _together(*medicines: Json) -> str:
    order = made("MedicationRequest", status="active", intent="order", medicationCodeableConcept=coding(RXNORM, "25480"))
    return ask(order, *medicines, as_of=NOW).answer("care-opioid-gabapentinoid-together")


def _ordered(reference: str, **members: Any) -> Json:
    return made("MedicationRequest", status="active", intent="order", medicationReference={"reference": reference}, **members)


OXYCODONE = {"resourceType": "Medication", "id": "m1", "code": coding(RXNORM, "7804")}


def test_what_a_medicine_is() -> None:
    by_ingredient = {"resourceType": "Medication", "id": "m1", "ingredient": [{"itemCodeableConcept": coding(RXNORM, "7804")}]}
    assert _together(_ordered("Medication/m1"), OXYCODONE) == "yes"
    assert _together(_ordered("https://ehr.example/fhir/Medication/m1"), OXYCODONE) == "yes"
    assert _together(_ordered("Medication/m1/_history/4"), by_ingredient) == "yes"
    assert _together(_ordered("#m1", contained=[by_ingredient])) == "yes"
    assert _together(_ordered("#m2", contained=[by_ingredient])) == "no"
    assert _together(_ordered("Medication/m9"), OXYCODONE) == "no"


def test_a_coding_needs_a_system_and_a_code() -> None:
    for code in ({"code": "saddle-sensory-change"}, {"system": LOCAL}, {}):
        bare = {**finding("x", day(299)), "code": {"coding": [code]}}
        assert ask(fusion(), bare, as_of=NOW).answer(CES) == "no"


def test_no_value_of_the_record_reaches_the_outcome() -> None:
    told = ask(
        fusion(),
        wrong(valueBoolean="SECRET-1"),
        finding("foot-drop-new", "SECRET-2"),
        wrong(subject={"reference": "Patient/SECRET-3"}),
        as_of=NOW,
    )
    assert "SECRET" not in json.dumps([told.outcome.outcome, told.outcome.cards, told.outcome.verdicts])
