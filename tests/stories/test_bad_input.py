"""Bad input through HTTP: a clear 4xx, or a card that says what could not be looked at. Never 500, never silence."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.stories.chart import Resource, chart, condition, finding, fusion, nrs, observation, person, temperature
from tests.stories.replay import HOOK, client

NOW = datetime(2025, 4, 4, 9, tzinfo=UTC)
INDEX = fusion("2025-03-15")
FEVER, WATCH, CES = "red-flag-infection", "watch-infection", "red-flag-cauda-equina"
KEYS = {"conditions": "Condition", "observations": "Observation", "procedures": "Procedure", "medications": "MedicationRequest", "reports": "DiagnosticReport"}
SECRET = "Zz-planted-marker"


@pytest.fixture(scope="module")
def http() -> FlaskClient:
    return client(NOW)


Ask = Callable[..., Any]


@pytest.fixture
def ask(http: FlaskClient) -> Ask:
    """Post a body to /evaluate as of day 20; a query overrides."""

    def post(body: bytes | dict[str, Any], kind: str = "application/json", **query: Any) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return http.post("/evaluate", data=data, content_type=kind, query_string={"asOf": "2025-04-04"} | query)

    return post


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The first issue of a refusal that says something and quotes nothing."""
    text = response.get_data(as_text=True)
    assert response.status_code == status, text
    body = json.loads(text)
    issue: dict[str, Any] = body["issue"][0]
    assert body["resourceType"] == "OperationOutcome"
    assert (issue["severity"], issue["code"]) == ("error", code), text
    assert issue["diagnostics"]
    assert SECRET not in text
    assert "Traceback" not in text
    return issue


def answered(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    assert SECRET not in response.get_data(as_text=True)
    return answer


def shown(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {card["extension"]["org.postfusion"]["rule"]: card for card in answer["cards"]}


def answers(answer: dict[str, Any], *rules: str) -> list[str]:
    found = {verdict["rule"]: verdict["answer"] for verdict in answer["verdicts"]}
    return [found[rule] for rule in rules]


# --- whose chart ---------------------------------------------------------------------------------------------------


def two_people() -> bytes:
    theirs = {**finding("saddle-sensory-change", True, "2025-04-03"), "id": "theirs", "subject": {"reference": "Patient/p2"}}
    return chart(INDEX, person("p2", "1980-02-02"), theirs)


def test_two_patients_need_a_choice(ask: Ask) -> None:
    issue = refused(ask(two_people()), 422, "business-rule")
    assert "patient" in issue["diagnostics"]


def test_a_choice_among_two_patients(ask: Ask) -> None:
    mine, theirs = answered(ask(two_people(), patient="p1")), answered(ask(two_people(), patient="p2"))
    assert (mine["patient"], theirs["patient"]) == ("p1", "p2")
    assert "indexFusion" in mine
    assert "indexFusion" not in theirs
    assert CES not in shown(mine)
    assert CES in shown(theirs)
    assert "data-incomplete" not in shown(mine)


def test_no_patient(ask: Ask) -> None:
    rows = [{"resource": {**nrs(6, "2025-04-01"), "id": "1"}}]
    refused(ask({"resourceType": "Bundle", "type": "collection", "entry": rows}), 422, "business-rule")
    refused(ask({"resourceType": "Bundle", "type": "collection"}), 422, "business-rule")


def test_subjects_that_differ_and_no_patient_resource(ask: Ask) -> None:
    rows = [{"resource": {**nrs(6, "2025-04-01"), "id": str(n), "subject": {"reference": f"Patient/{n}"}}} for n in (1, 2)]
    refused(ask({"resourceType": "Bundle", "type": "collection", "entry": rows}), 422, "business-rule")


def test_subjects_that_agree_and_no_patient_resource(ask: Ask) -> None:
    rows = [{"resource": {**r, "id": str(n), "subject": {"reference": "Patient/7"}}} for n, r in enumerate((INDEX, nrs(6, "2025-04-01")))]
    answer = answered(ask({"resourceType": "Bundle", "type": "collection", "entry": rows}))
    assert answer["patient"] == "7"
    assert "indexFusion" in answer
    assert any("age is not recorded" in issue["diagnostics"] for issue in answer["outcome"]["issue"])


def test_a_patient_that_is_not_there(ask: Ask) -> None:
    refused(ask(chart(INDEX), patient="nobody"), 422, "not-found")


# --- the query -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["yesterday", "2025-02-30", "2025-04-04T08:00:00", "2025", "", "20250404", "9999-01-01"])
def test_a_bad_as_of(ask: Ask, when: str) -> None:
    assert refused(ask(chart(INDEX), asOf=when), 400, "value")["expression"] == ["asOf"]


@pytest.mark.parametrize("pin", ["no-such-rule@1.0.0", "fbss-time-criteria@9.9.9", "fbss-time-criteria", "", SECRET])
def test_an_unknown_pin(ask: Ask, pin: str) -> None:
    assert refused(ask(chart(INDEX), pin=pin), 422, "not-found")["expression"] == ["pin"]


def test_two_pins_of_one_rule(ask: Ask) -> None:
    refused(ask(chart(INDEX), pin=["fbss-time-criteria@1.0.0", "fbss-time-criteria@1.0.0"]), 422, "not-found")


def test_a_known_pin_is_taken(ask: Ask) -> None:
    answered(ask(chart(INDEX), pin="fbss-time-criteria@1.0.0"))


def test_a_misspelt_parameter(ask: Ask) -> None:
    assert "asOf" in refused(ask(chart(INDEX), asof="2025-04-04"), 400, "value")["diagnostics"]


def test_a_day_without_rules(ask: Ask) -> None:
    refused(ask(chart(INDEX), asOf="1999-01-01"), 422, "business-rule")
    refused(ask(chart(INDEX), rulesAsOf="1999-12-31"), 422, "business-rule")
    answered(ask(chart(INDEX), rulesAsOf="2000-01-01"))


# --- the body --------------------------------------------------------------------------------------------------------

BROKEN = [
    b"", b"{", b"null", b"[]", b"Bundle", b'{"resourceType": "Bundle",}', b'{"resourceType": "Bundle"} {}', b"\xff\xfe{}",
    b'{"resourceType": "Bundle", "resourceType": "Bundle"}', b'{"resourceType": "Patient", "id": "' + SECRET.encode() + b'"}',
    b'{"resourceType": "Bundle", "entry": 5}', b'{"resourceType": "Bundle", "entry": [NaN]}', b"{}",
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
def test_malformed_bodies(ask: Ask, http: FlaskClient, body: bytes) -> None:
    for response in (ask(body), http.post(HOOK, data=body, content_type="application/json")):
        assert response.status_code == 400, response.get_data(as_text=True)
        assert response.get_json(force=True)["resourceType"] == "OperationOutcome"
        assert SECRET not in response.get_data(as_text=True)


def test_deep_nesting(ask: Ask) -> None:
    refused(ask(b'{"resourceType": "Bundle", "entry": ' + b"[" * 2000 + b"]" * 2000 + b"}"), 400, "structure")


def test_another_content_type(ask: Ask) -> None:
    refused(ask(chart(INDEX), kind="text/plain"), 415, "not-supported")


# --- entries that cannot be read -------------------------------------------------------------------------------------

UNREADABLE = {
    "a text": {"valueString": SECRET},
    "no value": {},
    "a technical reason": {"dataAbsentReason": {"coding": [{"code": "error"}]}},
    "a quantity without a number": {"valueQuantity": {"unit": "Cel"}},
    "a number as text": {"valueQuantity": {"value": "39.5", "unit": "Cel"}},
    "an unknown unit": {"valueQuantity": {"value": 39.5, "unit": "K"}},
    "an impossible value": {"valueQuantity": {"value": 395, "unit": "Cel"}},
    "an unknown status": {"status": "x", "valueQuantity": {"value": 39.5, "unit": "Cel"}},
    "an impossible date": {"effectiveDateTime": "2025-02-30", "valueQuantity": {"value": 39.5, "unit": "Cel"}},
    "a date in the future": {"effectiveDateTime": "2025-04-09", "valueQuantity": {"value": 39.5, "unit": "Cel"}},
    "a modifier that is not known": {"modifierExtension": [{"url": "https://x.example/not", "valueBoolean": True}], "valueQuantity": {"value": 39.5, "unit": "Cel"}},
    "an element of the wrong type": {"effectiveDateTime": ["2025-04-04"], "valueQuantity": {"value": 39.5, "unit": "Cel"}},
}  # fmt: skip


@pytest.mark.parametrize("how", UNREADABLE)
def test_an_unreadable_temperature_is_not_no_fever(ask: Ask, how: str) -> None:
    reading: Resource = {**observation("8310-5", None, "2025-04-04"), "id": "warm", **UNREADABLE[how]}
    answer = answered(ask(chart(INDEX, reading)))
    card = shown(answer)["data-unreadable"]
    assert card["indicator"] == "warning"
    assert "alarm sign may be missed" in card["summary"]
    assert "infection" in card["detail"]
    assert "Observation/warm" in card["detail"]
    assert "unknown" in answers(answer, FEVER, WATCH)
    assert "stage-weeks-1-6" not in shown(answer), "nothing reassures while an alarm could not be judged"


def test_an_honestly_unknown_temperature_is_silence(ask: Ask) -> None:
    reason = {"dataAbsentReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}]}}
    answer = answered(ask(chart(INDEX, {**observation("8310-5", None, "2025-04-04"), **reason})))
    assert "data-unreadable" not in shown(answer)
    assert answers(answer, FEVER, WATCH) == ["no", "no"]


def test_a_readable_fever_speaks_beside_an_unreadable_one(ask: Ask) -> None:
    bad = {**observation("8310-5", "?", "2025-04-04"), "id": "bad"}
    answer = answered(ask(chart(INDEX, bad, temperature(39.5, "2025-04-03", id="good"))))
    assert list(shown(answer))[0] == FEVER


def test_an_invalid_resource_that_a_card_would_cite(ask: Ask) -> None:
    """Its code, value and date can be read, but it is not valid R4: it may not carry a card, and that is said."""
    bent = {**finding("saddle-sensory-change", True, "2025-04-03"), "id": "bent", "category": "exam"}
    answer = answered(ask(chart(INDEX, bent)))
    assert CES not in shown(answer)
    assert answers(answer, CES) == ["unknown"]
    assert "Observation/bent" in shown(answer)["data-unreadable"]["detail"]


def test_an_unreadable_fusion(ask: Ask) -> None:
    answer = answered(ask(chart({**INDEX, "performedDateTime": "15/03/2025"}, nrs(5, "2025-04-01"))))
    assert "data-unreadable" in shown(answer)
    assert "indexFusion" not in answer


def test_entries_that_are_nothing(ask: Ask) -> None:
    bundle = json.loads(chart(INDEX))
    bundle["entry"] += [None, 5, {}, {"resource": None}, {"resource": {}}, {"resource": {"resourceType": 7}}, {"resource": {"resourceType": "Basic"}}]
    answer = answered(ask(bundle))
    assert "data-incomplete" in shown(answer) or "data-unreadable" in shown(answer)
    assert "Bundle.entry[2]" in json.dumps(answer["outcome"])


# --- rows of others --------------------------------------------------------------------------------------------------


def test_foreign_rows_are_named_by_place(ask: Ask) -> None:
    theirs = {**finding("saddle-sensory-change", True, "2025-04-03"), "id": SECRET, "subject": {"reference": f"Patient/{SECRET}"}}
    answer = answered(ask(chart(INDEX, theirs)))
    card = shown(answer)["data-incomplete"]
    assert "Bundle.entry[2]" in card["detail"]
    assert "belongs to another patient" in card["detail"]
    assert answers(answer, CES) == ["no"], "foreign rows do not make an alarm unknown"
    assert ["Bundle.entry[2].resource"] in [issue.get("expression") for issue in answer["outcome"]["issue"]]


def test_rows_without_a_subject_are_named_by_place(ask: Ask) -> None:
    bundle = json.loads(chart(INDEX))
    bundle["entry"].append({"resource": {**finding("saddle-sensory-change", True, "2025-04-03"), "id": "whose"}})
    answer = answered(ask(bundle))
    assert "names no subject" in shown(answer)["data-incomplete"]["detail"]
    assert CES not in shown(answer)


# --- prefetch --------------------------------------------------------------------------------------------------------


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


def called(http: FlaskClient, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return shown(answered(http.post(HOOK, json=body)) | {"verdicts": []})


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


def test_all_that_was_asked_for_is_there(http: FlaskClient) -> None:
    assert list(called(http, request())) == ["stage-weeks-1-6"]
    assert list(called(http, request(**{key: search() for key in ("conditions", "observations", "medications", "reports")}))) == ["stage-weeks-1-6"]


@pytest.mark.parametrize("how", FAILED)
@pytest.mark.parametrize("key", ["conditions", "observations", "procedures", "medications", "reports"])
def test_a_key_that_failed_is_said(http: FlaskClient, key: str, how: str) -> None:
    value = copy.deepcopy(FAILED[how])
    if key == "procedures" and isinstance(value, dict) and value.get("type") == "searchset":
        value["entry"] = [*search(INDEX)["entry"], *value.get("entry", [])]
        value["total"] += 1
    cards = called(http, request(**{key: value}))
    assert f"prefetch.{key}" in cards["data-incomplete"]["detail"]
    if key in ("conditions", "observations"):
        assert "alarm sign may be missed" in cards["data-incomplete"]["summary"]
        assert "stage-weeks-1-6" not in cards, "nothing reassures while an alarm could not be judged"


@pytest.mark.parametrize("key", ["conditions", "observations", "procedures"])
def test_a_needed_key_that_was_left_out_is_said(http: FlaskClient, key: str) -> None:
    cards = called(http, request(leave_out=(key,)))
    assert f"prefetch.{key}" in cards["data-incomplete"]["detail"]


@pytest.mark.parametrize("key", ["patient", "medications", "reports"])
def test_an_optional_key_may_be_left_out(http: FlaskClient, key: str) -> None:
    assert list(called(http, request(leave_out=(key,)))) == ["stage-weeks-1-6"]


def test_a_red_flag_speaks_although_other_data_failed(http: FlaskClient) -> None:
    saddle = search(finding("saddle-sensory-change", True, "2025-04-03"))
    cards = called(http, request(observations=saddle, conditions=FAILURE))
    assert list(cards)[0] == CES
    assert "data-incomplete" in cards


@pytest.mark.parametrize("prefetch", [None, {}, {key: FAILURE for key in KEYS}, {"patient": person()}, {key: "<html>" for key in KEYS}])
def test_nothing_to_judge_by_is_412(http: FlaskClient, prefetch: dict[str, Any] | None) -> None:
    body = {**request(), "prefetch": prefetch}
    for path in (HOOK, "/evaluate"):
        issue = refused(http.post(path, json=body), 412, "incomplete")
        assert "prefetch.observations" in issue["expression"]


def test_null_everywhere_is_no_data_and_no_card(http: FlaskClient) -> None:
    assert called(http, request(procedures=None)) == {}


def test_the_prefetched_patient_must_be_the_one_in_context(http: FlaskClient) -> None:
    for path in (HOOK, "/evaluate"):
        refused(http.post(path, json=request(patient=person("p2"))), 422, "business-rule")


def test_a_patient_parameter_must_be_the_one_in_context(http: FlaskClient) -> None:
    refused(http.post("/evaluate", query_string={"patient": "p2"}, json=request()), 422, "conflict")


def test_foreign_rows_in_a_prefetch_are_named_by_place(http: FlaskClient) -> None:
    theirs = {**condition("192970008", "2025-04-01"), "subject": {"reference": "Patient/p2"}}
    cards = called(http, request(conditions=search(theirs)))
    assert CES not in cards
    assert "prefetch.conditions.entry[0]" in cards["data-incomplete"]["detail"]
