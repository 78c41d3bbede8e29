"""POST /validate: every fault by its place, the rules it keeps from being judged, never a value, and every status."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.evaluation.verify import r4_faults
from service.web.app import build, make_deps
from service.web.settings import Settings
from tests.stories import chart as a
from tests.stories.replay import book, client, request_on
from tests.web.conftest import MARKER, refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FUSION = a.fusion("2025-03-15")
FIRST = "Bundle.entry[2].resource"  # after the patient and the fusion


@pytest.fixture(scope="module")
def whole() -> FlaskClient:
    """The whole service, judging in earnest."""
    return client(NOW)


def post(service: FlaskClient, body: Any, kind: str = "application/json", **query: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service.post("/validate", data=data, content_type=kind, query_string=query)


def issues(service: FlaskClient, body: Any, **query: Any) -> list[dict[str, Any]]:
    """The issues of a body, after the checks every answer must stand."""
    response = post(service, body, **query)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.mimetype == "application/fhir+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert MARKER not in response.get_data(as_text=True)
    assert response.json["resourceType"] == "OperationOutcome"
    found: list[dict[str, Any]] = response.json["issue"]
    return found


def at(found: Iterable[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    return [issue for issue in found if place in issue.get("expression", [])]


def not_judged(found: Iterable[dict[str, Any]]) -> set[str]:
    """The rules that could not be judged."""
    return {issue["diagnostics"].split()[2] for issue in found if "could not be judged because of this" in issue["diagnostics"]}


def test_nothing_wrong(whole: FlaskClient) -> None:
    good = a.chart(FUSION, a.nrs(5, "2026-02-01", region="leg"))
    assert issues(whole, good) == [{"severity": "information", "code": "informational", "diagnostics": "No problem was found."}]


def test_what_r4_refuses(whole: FlaskClient) -> None:
    wrong = a.finding("foot-drop-new", True, MARKER, note=MARKER, colour=1, method=5)
    found = issues(whole, a.chart(FUSION, wrong))
    assert {"code": "invalid", "severity": "error", "diagnostics": "FHIR R4 wants a list here.", "expression": [f"{FIRST}.note"]} in found
    assert at(found, f"{FIRST}.effectiveDateTime")[0]["severity"] == "error"
    assert at(found, f"{FIRST}.colour")[0]["diagnostics"] == "FHIR R4 knows no such element here."
    assert "red-flag-motor-deficit" in not_judged(found)


def test_a_rule_that_could_not_be_judged_names_the_place(whole: FlaskClient) -> None:
    found = issues(whole, a.chart(FUSION, a.finding("foot-drop-new", True, "2026-02-20", status="finished")))
    (rule,) = [issue for issue in found if "The rule red-flag-motor-deficit could" in issue["diagnostics"]]
    assert rule == {
        "severity": "warning",
        "code": "incomplete",
        "diagnostics": "The rule red-flag-motor-deficit could not be judged because of this.",
        "expression": [FIRST],
    }
    assert at(found, FIRST)[0]["diagnostics"] == "Set aside: its status is missing or not known."


def test_required_and_choice_elements(whole: FlaskClient) -> None:
    bare = {"resourceType": "Observation", "id": "1", "subject": {"reference": "Patient/p1"}, "code": a.concept("8310-5")}
    twice = a.temperature(37.0, "2026-02-01", valueString="warm")
    found = issues(whole, a.chart(FUSION, {**bare, "id": "x"}, twice))
    assert at(found, f"{FIRST}.status")[0]["diagnostics"] == "It is missing, and FHIR R4 requires it."
    assert any("more than one" in issue["diagnostics"] for issue in at(found, "Bundle.entry[3].resource"))


def test_numbers_in_quotes(whole: FlaskClient) -> None:
    quoted = a.observation("8310-5", {"valueQuantity": {"value": "38.9", "unit": "Cel"}}, "2026-02-20")
    found = issues(whole, a.chart(FUSION, quoted))
    assert any("wrong type" in issue["diagnostics"] for issue in at(found, FIRST))
    assert at(found, f"{FIRST}.valueQuantity.value")[0]["diagnostics"] == "The JSON type is wrong, such as a number in quotes."
    assert "watch-infection" in not_judged(found)


def test_half_a_character(whole: FlaskClient) -> None:
    found = issues(whole, a.chart(FUSION, a.nrs(5, "2026-02-01", note=[{"text": "\ud800"}])))
    assert at(found, FIRST)[0]["diagnostics"] == "A text holds half of a surrogate pair, which is no character."


def test_more_members_than_are_looked_at_one_by_one(whole: FlaskClient) -> None:
    wide = a.chart(FUSION)[:-1] + b', "spoilt": [' + b"1," * 600_001 + b"1]}"
    refused(post(whole, wide), 413, "too-long")
    assert post(whole, a.chart(FUSION)[:-1] + b', "spoilt": [' + b"1," * 60_000 + b"1e5, " + b"7" * 30 + b"]}").status_code == 200


def test_empty_values(whole: FlaskClient) -> None:
    hollow = a.nrs(5, "2026-02-01", note=[], bodySite={"text": " "}, category=[{"coding": [{}]}], interpretation=None)
    found = issues(whole, a.chart(FUSION, hollow))
    empty = {place for issue in found if issue["diagnostics"].startswith("It is empty") for place in issue["expression"]}
    assert empty == {f"{FIRST}.note", f"{FIRST}.bodySite.text", f"{FIRST}.interpretation", f"{FIRST}.category[0].coding[0]"}


def test_repeated_keys_anywhere(whole: FlaskClient) -> None:
    body = a.chart(FUSION, a.nrs(5, "2026-02-01", method={"text": "first"}))
    body = body.replace(b'"text": "first"', b'"text": "first", "text": "second"')
    found = issues(whole, body)
    assert at(found, f"{FIRST}.method")[0]["code"] == "structure"
    assert any(issue["code"] == "structure" and "expression" not in issue for issue in found)  # what /evaluate says of such a body
    odd = b'{"resourceType": "Bundle", "type": "collection", "%s": {"a": 1, "a": 2}}' % MARKER.encode()
    assert at(issues(whole, odd), "Bundle")


def test_near_misses_and_foreign_rows(whole: FlaskClient) -> None:
    near = a.observation("local-temp", 37.0, "2026-02-01", system="urn:local")
    near["code"]["coding"][0]["display"] = "Body temperature"
    foreign = a.temperature(39.0, "2026-02-20", subject={"reference": "Patient/other"})
    found = issues(whole, a.chart(FUSION, near, foreign))
    assert any(issue["code"] == "code-invalid" for issue in at(found, f"{FIRST}.code"))
    assert any("another patient" in issue["diagnostics"] for issue in at(found, "Bundle.entry[3].resource"))


def test_an_age_that_is_not_recorded(whole: FlaskClient) -> None:
    (issue,) = issues(whole, a.chart(FUSION, patient=a.person(birth=None)))
    assert issue["severity"] == "information"
    assert "age is not recorded" in issue["diagnostics"]


def test_values_no_rule_can_use(whole: FlaskClient) -> None:
    found = issues(whole, a.chart(FUSION, a.temperature(38.9, "2026-02-28", unit="stones")), asOf="2026-03-01")
    assert at(found, FIRST)


def test_a_body_that_would_be_refused(whole: FlaskClient, hook_body: dict[str, Any]) -> None:
    two = a.chart(FUSION, a.person("p2"))
    assert any(issue["code"] == "business-rule" and "several patients" in issue["diagnostics"] for issue in issues(whole, two))
    assert issues(whole, a.chart(FUSION), patient="nobody")[0]["code"] == "not-found"
    assert any(issue["code"] == "incomplete" for issue in issues(whole, {**hook_body, "prefetch": {}}))
    envelope = issues(whole, {"hook": "patient-view", "context": {}})
    assert {place for issue in envelope for place in issue.get("expression", [])} >= {"hookInstance"}


def test_a_hook_request(whole: FlaskClient) -> None:
    request = request_on("10-fbss-six-months", NOW)
    request["prefetch"]["observations"]["entry"][0]["resource"]["status"] = []
    found = issues(whole, request)
    assert at(found, "prefetch.observations.entry[0].resource.status")


def test_errors_come_first(whole: FlaskClient) -> None:
    found = issues(whole, a.chart(FUSION, a.finding("foot-drop-new", True, "2026-02-20", note="x")))
    order = [("fatal", "error", "warning", "information").index(issue["severity"]) for issue in found]
    assert order == sorted(order)
    assert len({json.dumps(issue, sort_keys=True) for issue in found}) == len(found)


NO_BUNDLES = [b"", b"{", b"[]", b"5", b"\xff", b'{"a": NaN}', {"resourceType": "Patient"}, b"[" * 100, b'{"resourceType": 5}']


@pytest.mark.parametrize("body", NO_BUNDLES)
def test_400_what_is_no_bundle(whole: FlaskClient, body: Any) -> None:
    refused(post(whole, body), 400, "structure")


def test_400_query(whole: FlaskClient) -> None:
    refused(post(whole, a.chart(FUSION), explain="full"), 400, "value", "query")


def test_405(whole: FlaskClient) -> None:
    refused(whole.get("/validate"), 405, "not-supported")


def test_413(whole: FlaskClient) -> None:
    small = build(make_deps(Settings(max_bytes=1024), book=book())).test_client()
    refused(post(small, a.chart(FUSION) + b" " * 1024), 413, "too-long")
    wide = {"resourceType": "Bundle", "type": "collection", "entry": [{}] * 20_001}
    refused(post(whole, wide), 413, "too-long")


def test_415(whole: FlaskClient) -> None:
    refused(post(whole, a.chart(FUSION), "text/plain"), 415, "not-supported")


def test_500(whole: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(MARKER)

    monkeypatch.setattr("service.web.validate.validate_bundle", fail)
    refused(post(whole, a.chart(FUSION)), 500, "exception")


def test_resources_of_a_draft_are_looked_at(whole: FlaskClient) -> None:
    request = request_on("10-fbss-six-months", NOW)
    order = {"resourceType": "ServiceRequest", "status": "draft", "note": []}
    context = request["context"] | {"draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}}
    found = issues(whole, request | {"hook": "order-sign", "context": context})
    assert at(found, "context.draftOrders.entry[0].resource.subject")
    assert at(found, "context.draftOrders.entry[0].resource.note")


def test_what_the_models_trip_over_is_a_fault_too() -> None:
    assert r4_faults("Observation", "{") != []
    assert r4_faults("NoSuchType", "{}") == [((), "It is not what FHIR R4 wants here.")]
    assert r4_faults("Patient", '{"resourceType": "Patient"}') == []


def test_numbers_of_any_length_cost_nothing(whole: FlaskClient) -> None:
    body = a.chart(FUSION, a.nrs(5, "2026-02-01")).replace(b'"valueInteger": 5', b'"valueInteger": ' + b"5" * 5000)
    assert at(issues(whole, body), FIRST)
