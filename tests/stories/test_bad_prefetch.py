"""Prefetch keys that are missing, null, failed or cut short: 412 when nothing can be judged, else a card that names the key."""

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.stories.asking import CALM, CES, INDEX, SECRET, answered, refused, shown
from tests.stories.chart import Resource, condition, finding, person
from tests.stories.replay import HOOK

KEYS = ("conditions", "observations", "procedures", "medications", "reports")


def search(*rows: Resource, **more: Any) -> dict[str, Any]:
    entries = [{"resource": {"id": str(n), "subject": {"reference": "Patient/p1"}, **row}} for n, row in enumerate(rows)]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(rows), "entry": entries, **more}


def request(**changes: Any) -> dict[str, Any]:
    """A hook request whose chart is calm: a fusion 20 days ago. Changes replace prefetch keys; `leave_out` names keys not sent."""
    prefetch: dict[str, Any] = {"patient": person(), **{key: None for key in KEYS}, "procedures": search(INDEX)}
    left_out = changes.pop("leave_out", ())
    prefetch = {key: value for key, value in (prefetch | changes).items() if key not in left_out}
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": prefetch,
    }


def called(day_20: FlaskClient, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return shown(answered(day_20.post(HOOK, json=body)) | {"verdicts": []})


FAILURE = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout", "diagnostics": SECRET}]}
FAILED: dict[str, Any] = {
    "an OperationOutcome": FAILURE,
    "an HTML page": "<html>" + SECRET + "</html>",
    "a number": 5,
    "a list": [],
    "an empty object": {},
    "another resource": {"resourceType": "Binary", "contentType": "text/plain"},
    "a search that reports an error": search(**{"entry": [{"resource": FAILURE, "search": {"mode": "outcome"}}], "total": 0}),
    "a next page": search(link=[{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]),
    "more found than sent": search(total=3),
}


def test_all_that_was_asked_for_is_there(day_20: FlaskClient) -> None:
    assert list(called(day_20, request())) == [CALM]
    empty = {key: search() for key in KEYS if key != "procedures"}
    assert list(called(day_20, request(**empty))) == [CALM]


@pytest.mark.parametrize("how", FAILED)
@pytest.mark.parametrize("key", ["conditions", "observations", "procedures", "medications", "reports"])
def test_a_key_that_failed_is_said(day_20: FlaskClient, key: str, how: str) -> None:
    value = copy.deepcopy(FAILED[how])
    if key == "procedures" and isinstance(value, dict) and value.get("type") == "searchset":
        value["entry"] = [*search(INDEX)["entry"], *value.get("entry", [])]
        value["total"] += 1
    cards = called(day_20, request(**{key: value}))
    assert f"prefetch.{key}" in cards["data-incomplete"]["detail"]
    if key in ("conditions", "observations"):
        assert "alarm sign may be missed" in cards["data-incomplete"]["summary"]
        assert CALM not in cards, "nothing reassures while an alarm could not be judged"


@pytest.mark.parametrize("key", ["conditions", "observations", "procedures"])
def test_a_needed_key_that_was_left_out_is_said(day_20: FlaskClient, key: str) -> None:
    cards = called(day_20, request(leave_out=(key,)))
    assert f"prefetch.{key}" in cards["data-incomplete"]["detail"]


@pytest.mark.parametrize("key", ["patient", "medications", "reports"])
def test_an_optional_key_may_be_left_out(day_20: FlaskClient, key: str) -> None:
    assert list(called(day_20, request(leave_out=(key,)))) == [CALM]


def test_a_red_flag_speaks_although_other_data_failed(day_20: FlaskClient) -> None:
    saddle = search(finding("saddle-sensory-change", True, "2025-04-03"))
    cards = called(day_20, request(observations=saddle, conditions=FAILURE))
    assert next(iter(cards)) == CES
    assert "data-incomplete" in cards


@pytest.mark.parametrize("prefetch", [None, {}, {key: FAILURE for key in KEYS}, {"patient": person()}, {key: "<html>" for key in KEYS}])
def test_nothing_to_judge_by_is_412(day_20: FlaskClient, prefetch: dict[str, Any] | None) -> None:
    body = {**request(), "prefetch": prefetch}
    for path in (HOOK, "/evaluate"):
        issue = refused(day_20.post(path, json=body), 412, "incomplete")
        assert "prefetch.observations" in issue["expression"]


def test_null_everywhere_is_no_data_and_no_card(day_20: FlaskClient) -> None:
    assert called(day_20, request(procedures=None)) == {}


def test_the_prefetched_patient_must_be_the_one_in_context(day_20: FlaskClient) -> None:
    for path in (HOOK, "/evaluate"):
        refused(day_20.post(path, json=request(patient=person("p2"))), 422, "business-rule")


def test_a_patient_parameter_must_be_the_one_in_context(day_20: FlaskClient) -> None:
    refused(day_20.post("/evaluate", query_string={"patient": "p2"}, json=request()), 422, "conflict")


def test_foreign_rows_in_a_prefetch_are_named_by_place(day_20: FlaskClient) -> None:
    theirs = {**condition("192970008", "2025-04-01"), "subject": {"reference": "Patient/p2"}}
    cards = called(day_20, request(conditions=search(theirs)))
    assert CES not in cards
    assert "prefetch.conditions.entry[0]" in cards["data-incomplete"]["detail"]
