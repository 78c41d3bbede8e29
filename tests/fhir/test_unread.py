"""What lies in a body and is not read is told: misspelt types, bare entries, nested and contained resources, dates of the patient."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.fhir import Refused
from service.fhir.resource_types import R4_TYPES
from tests.fhir.build import Json, ask, ask_bundle, ask_hook, bundle, day, finding, fusion, made, patient, temperature

NOW = day(16)
FEVER, CES = "red-flag-infection", "red-flag-cauda-equina"


def warm(**members: Any) -> Json:
    return {**temperature(102, day(15)), "id": "warm", **members}


def entries(body: Json, *more: Any) -> Json:
    """The Bundle with entries as they are given."""
    return {**body, "entry": [*body["entry"], *more]}


CALM = bundle(patient(), fusion())
MISSPELT = [
    "Observaton",
    "observation",
    "OBSERVATION",
    "Observation ",
    " Observation",
    "Observations",
    "Obs",
    "0",
    "Observation\x00",
    "\u039fbservation",
]


@pytest.mark.parametrize("kind", MISSPELT)
def test_a_misspelt_type_may_be_any_resource(kind: str) -> None:
    told = ask_bundle(bundle(patient(), fusion(), warm(resourceType=kind)), NOW)
    assert told.shown["data-incomplete"] == "warning" and FEVER not in told.shown
    (issue,) = [one for one in told.issues if one.get("expression") == ["Bundle.entry[2].resource"]]
    assert issue["diagnostics"] == "its resource type is not one of FHIR R4"
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": warm(resourceType=kind)}]}
    prefetch = {"patient": patient(), "conditions": None, "procedures": bundle(fusion()), "observations": found}
    assert "data-incomplete" in ask_hook(prefetch, NOW).shown


def test_a_type_written_with_escapes_is_the_type() -> None:
    from service.fhir.decode import kind_of

    assert kind_of(rb'{"resourceType":"\u004fbservation"}') == kind_of(rb'{"resourceType": "Observ\u0061tion"}') == "Observation"


@pytest.mark.parametrize("kind", ["Encounter", "Claim", "MedicationAdministration", "SubstanceSpecification", "Citation", "List"])
def test_types_of_r4_that_no_rule_reads_are_no_news(kind: str) -> None:
    assert not ask_bundle(bundle(patient(), fusion(), {"resourceType": kind, "id": "x"}), "2026-01-09").shown


def test_the_types_of_r4b_are_among_the_names() -> None:
    named = {name for name in R4_TYPES if _is_r4b(name)}
    assert len(R4_TYPES) == 159 and len(named) == 141
    assert {"Observation", "Condition", "Procedure", "Patient", "Bundle", "OperationOutcome"} <= named


def _is_r4b(name: str) -> bool:
    try:
        return bool(get_fhir_model_class(name))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "bare", [{}, {"resource": None}, {"fullUrl": "https://ehr.example/fhir/Observation/1"}, {"search": {"mode": "match"}}, {"link": []}]
)
def test_an_entry_that_holds_no_resource_is_told(bare: Json) -> None:
    told = ask_bundle(entries(CALM, bare), NOW)
    assert told.shown["data-incomplete"] == "warning"
    assert any(issue.get("expression") == ["Bundle.entry[2]"] for issue in told.issues)


@pytest.mark.parametrize(
    "bare", [{"request": {"method": "DELETE", "url": "Observation/1"}}, {"response": {"status": "204"}}, {"response": {}}]
)
def test_an_entry_may_be_a_mere_request_or_a_good_response(bare: Json) -> None:
    assert "data-incomplete" not in ask_bundle(entries(CALM, bare), NOW).shown


@pytest.mark.parametrize("status", ["404", "500 Server Error", "401"])
def test_a_part_that_the_server_could_not_answer_is_told(status: str) -> None:
    part = {"response": {"status": status}}
    assert "data-incomplete" in ask_bundle(entries(CALM, part), NOW).shown
    answered = {"resourceType": "Bundle", "type": "batch-response", "entry": [part]}
    told = ask_hook({"patient": patient(), "conditions": answered, "observations": None, "procedures": bundle(fusion())}, NOW)
    assert "data-incomplete" in told.shown and told.answer(CES) == "unknown"


def test_bundles_within_bundles_are_read_three_deep_and_told_beyond() -> None:
    nested: Json = warm()
    for depth in range(1, 7):
        nested = bundle(nested)
        told = ask_bundle(bundle(patient(), fusion(), nested), NOW)
        assert (FEVER in told.shown) == (depth <= 3), depth
        assert ("data-incomplete" in told.shown) == (depth > 3), depth


def test_bundles_within_bundles_hold_no_more_than_one_may(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [bundle(*(temperature(98.6, day(n)) for n in range(4))) for _ in range(3)]
    monkeypatch.setattr("service.fhir.decode.MOST", 14)
    assert FEVER not in ask_bundle(bundle(patient(), fusion(), *many), NOW).shown
    monkeypatch.setattr("service.fhir.decode.MOST", 13)
    with pytest.raises(Refused) as caught:
        ask_bundle(bundle(patient(), fusion(), *many), NOW)
    assert caught.value.status == 413 and caught.value.expression == ("Bundle.entry[4].resource",)


@pytest.mark.parametrize("relation", ["next", "NEXT", "Next ", " next"])
def test_more_pages_however_the_link_is_written(relation: str) -> None:
    assert "data-incomplete" in ask_bundle({**CALM, "link": [{"relation": relation, "url": "x"}]}, NOW).shown


# --- contained resources: without a life of their own, so never counted; but never passed over ------------------------------


def report(*held: Any, kind: str = "DiagnosticReport", **members: Any) -> Json:
    return made(kind, status="final", code={"text": "x"}, contained=list(held), **members)


@pytest.mark.parametrize("kind", ["DiagnosticReport", "Observation", "Encounter", "Composition", "CarePlan"])
def test_a_contained_alarm_is_named_and_not_counted(kind: str) -> None:
    held = [{"resourceType": "Practitioner", "id": "x"}, finding("saddle-sensory-change", day(15))]
    told = ask_bundle(bundle(patient(), fusion(), report(*held, kind=kind)), NOW)
    assert told.shown["data-incomplete"] == "warning" and CES not in told.shown
    places = [place for issue in told.issues for place in issue.get("expression", [])]
    assert "Bundle.entry[2].resource.contained[1]" in places


@pytest.mark.parametrize(
    "held",
    [{"resourceType": "Observation", "code": {"coding": [{"system": "urn:x", "code": "y"}]}}, {"resourceType": "Organization"}, 5, {}],
)
def test_contained_resources_that_no_rule_could_use_are_no_news(held: Any) -> None:
    assert "data-incomplete" not in ask_bundle(bundle(patient(), fusion(), report(held, kind="Encounter")), NOW).shown


def test_what_is_contained_in_the_wrong_way_is_no_reason_to_stop() -> None:
    for held in ({}, "x", 7):
        broken = {**report(kind="Encounter"), "contained": held}
        assert ask_bundle(bundle(patient(), fusion(), broken, warm()), NOW).shown[FEVER] == "critical"


# --- the patient ------------------------------------------------------------------------------------------------------------

GARBLED = [
    "2026-02-30",
    "yesterday",
    "22/11/2025",
    "\uff12\uff10\uff12\uff10-01-01",
    "2020-1-1",
    "0000",
    "2020-01-01T25:00:00Z",
    " 2020-01-01",
]


@pytest.mark.parametrize("when", GARBLED)
def test_a_death_that_cannot_be_read_silences_nothing_and_is_told(when: str) -> None:
    told = ask_bundle(bundle(patient(deceasedDateTime=when), fusion(), warm()), NOW)
    assert told.shown[FEVER] == "critical" and "data-incomplete" in told.shown
    assert any(issue.get("expression") == ["Bundle.entry[0].resource.deceasedDateTime"] for issue in told.issues)


@pytest.mark.parametrize("born", [*GARBLED, "9999-12-31", "2030-01-01", "2024-01-01T00:00:00Z"])
def test_a_birth_date_that_cannot_be_makes_nobody_a_child(born: str) -> None:
    told = ask_bundle(bundle(patient(birthDate=born), fusion(), warm()), NOW)
    assert told.shown == {FEVER: "critical"}
    assert any("age is not recorded" in issue["diagnostics"] for issue in told.issues)


def test_a_patient_that_cannot_be_read_is_named() -> None:
    told = ask_bundle(bundle({**patient(), "birthDate": 1970}, fusion(), warm()), NOW)
    assert told.shown == {FEVER: "critical"}
    assert any(issue.get("expression") == ["Bundle.entry[0].resource"] for issue in told.issues)


def test_an_operation_done_in_the_future_cannot_be() -> None:
    told = ask(fusion("2099-01-01"), warm(), as_of=NOW)
    assert "data-unreadable" in told.shown and told.answer(FEVER) == "unknown"
    assert not ask(fusion("2025-04-02", status="preparation"), as_of=NOW).shown
