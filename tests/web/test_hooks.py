"""The CDS Hooks surface: discovery, the envelope, and how outcomes and refusals leave."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.evaluation import Refused
from tests.web.conftest import CARD, MARKER, NOW, Judge, Post, refused

UUID = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def test_discovery(client: FlaskClient) -> None:
    response = client.get("/cds-services")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    service, *others = response.json["services"]
    assert len(others) == 5
    assert service["id"] == "postfusion-patient-view"
    assert service["hook"] == "patient-view"
    assert service["version"] == "2.0.1"
    assert service["title"] and service["description"]
    assert list(service["prefetch"]) == ["patient", "conditions", "observations", "procedures"]  # a book whose one rule reads no more
    assert service["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    assert service["prefetch"]["conditions"] == "Condition?patient={{context.patientId}}"


def test_a_call_is_answered_with_cards_alone(call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    response = call(hook_body)
    assert response.json == {"cards": [CARD]}
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert judge.question is not None
    assert (judge.question.as_of, judge.question.patient, judge.question.hook) == (NOW, "p1", "patient-view")
    assert judge.question.pins == ()


def test_prefetch_stays_raw_and_null_is_not_absent(call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    call(hook_body)
    assert set(judge.prefetch) == {"patient", "conditions", "observations"}
    assert judge.prefetch["conditions"] == b"null"
    assert judge.prefetch["patient"] == b'{"resourceType": "Patient", "id": "p1"}'


def test_no_cards_stay_no_cards(call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    judge.cards = []
    assert call(hook_body).json == {"cards": []}


def test_no_cards_because_nothing_could_be_judged_is_no_answer(call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    judge.nothing_judged = True
    assert call(hook_body).status_code == 200
    judge.cards = []
    refused(call(hook_body), 412, "incomplete", "prefetch")


def test_a_rule_that_throws_is_logged_without_its_words(
    call: Post, judge: Judge, hook_body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    call(hook_body | {"fhirServer": "https://ehr.example.org/fhir"})
    assert judge.question is not None
    assert judge.question.server == "https://ehr.example.org/fhir"
    judge.question.report("some-rule", ValueError(MARKER))
    assert [(record.rule, record.error) for record in caplog.records if record.levelname == "ERROR"] == [("some-rule", "ValueError")]
    assert MARKER not in caplog.text


@pytest.mark.parametrize(
    "changes",
    [
        {"extension": {"org.example": {"a": 1}}},
        {"somethingNew": [1, 2]},
        {"fhirServer": "http://127.0.0.1:9/fhir"},
        {"fhirServer": None, "fhirAuthorization": None, "extension": None},
        {"prefetch": None},
        {"prefetch": {}},
        {"prefetch": {"own": "text", "n": 1, "list": [1]}},
        {"context": {"userId": "PractitionerRole/1", "patientId": "p1", "encounterId": "e1", "new": {"a": 1}}},
        {"context": {"userId": "RelatedPerson/1", "patientId": "a.B-3", "encounterId": None}},
        {
            "fhirServer": "https://x.example/fhir",
            "fhirAuthorization": {
                "access_token": "t",
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "s",
                "subject": "c",
                "patient": "p1",
            },
        },
    ],
)
def test_what_is_tolerated(call: Post, hook_body: dict[str, Any], changes: dict[str, Any]) -> None:
    assert call(hook_body | changes).status_code == 200


def test_prefetch_may_be_left_out(call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    del hook_body["prefetch"]
    assert call(hook_body).status_code == 200
    assert judge.prefetch == {}


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
def test_a_missing_member(call: Post, hook_body: dict[str, Any], member: str) -> None:
    del hook_body[member]
    refused(call(hook_body), 400, "required", member)


@pytest.mark.parametrize("member", ["patientId", "userId"])
def test_a_missing_member_of_the_context(call: Post, hook_body: dict[str, Any], member: str) -> None:
    del hook_body["context"][member]
    refused(call(hook_body), 400, "required", f"context.{member}")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"hook": 5}, "hook"),
        ({"hook": "order-sign"}, "hook"),
        ({"hook": MARKER}, "hook"),
        ({"hook": None}, "hook"),
        ({"hookInstance": "not-a-uuid"}, "hookInstance"),
        ({"hookInstance": UUID + "\n"}, "hookInstance"),
        ({"hookInstance": 5}, "hookInstance"),
        ({"context": MARKER}, "context"),
        ({"context": None}, "context"),
        ({"context": [1]}, "context"),
        ({"context": {"userId": "Practitioner/1", "patientId": "a/b"}}, "context.patientId"),
        ({"context": {"userId": "Practitioner/1", "patientId": "x" * 65}}, "context.patientId"),
        ({"context": {"userId": "Practitioner/1", "patientId": "p1\n"}}, "context.patientId"),
        ({"context": {"userId": "Practitioner/1", "patientId": ["p1"]}}, "context.patientId"),
        ({"context": {"userId": "  ", "patientId": "p1"}}, "context.userId"),
        ({"prefetch": ["x"]}, "prefetch"),
        ({"prefetch": MARKER}, "prefetch"),
        ({"extension": MARKER}, "extension"),
        ({"fhirServer": MARKER}, "fhirServer"),
        ({"fhirAuthorization": {"access_token": "t", "token_type": "Bearer", "expires_in": 1, "scope": "", "subject": ""}}, "fhirServer"),
        ({"fhirServer": "https://x.example", "fhirAuthorization": MARKER}, "fhirAuthorization"),
    ],
)
def test_a_faulty_envelope(call: Post, judge: Judge, hook_body: dict[str, Any], changes: dict[str, Any], where: str) -> None:
    refused(call(hook_body | changes), 400, "value", where)
    assert judge.question is None


@pytest.mark.parametrize("number", [b"1e400", b"9" * 5000])
@pytest.mark.parametrize("member", ["extension", "context"])
def test_a_number_beyond_reading_is_no_failure_of_ours(call: Post, hook_body: dict[str, Any], number: bytes, member: str) -> None:
    hook_body[member] = {"new": "here"} | hook_body.get(member, {})
    refused(call(json.dumps(hook_body).encode().replace(b'"here"', number)), 400, "structure")


def test_every_fault_is_told_at_once(call: Post) -> None:
    body = call({"hook": "patient-view", "prefetch": 1}).get_json(force=True)
    assert [issue["expression"] for issue in body["issue"]] == [["context"], ["hookInstance"], ["prefetch"]]


def test_only_known_names_are_echoed(call: Post, hook_body: dict[str, Any]) -> None:
    text = b'{"resourceType": "Bundle", "type": "a", "type": "b", "filler": "' + b"x" * 300_000 + b'"}'
    body = b'{"hook": "patient-view", "prefetch": {"' + MARKER.encode() + b'": ' + text + b"}, "
    refused(
        call(body + b'"hookInstance": "' + UUID.encode() + b'", "context": {"userId": "a", "patientId": "p"}}'),
        400,
        "structure",
        "prefetch",
    )
    access = {"access_token": 1, MARKER: 1}
    response = call(hook_body | {"fhirServer": "https://x.example", "fhirAuthorization": access})
    refused(response, 400, "value", "fhirAuthorization.access_token")


@pytest.mark.parametrize(("status", "code"), [(400, "structure"), (412, "incomplete"), (422, "conflict")])
def test_refusals_of_the_evaluation(call: Post, judge: Judge, hook_body: dict[str, Any], status: int, code: str) -> None:
    judge.raises = Refused(status, code, "Constant text.", ("prefetch.patient",))
    issue = refused(call(hook_body), status, code, "prefetch.patient")
    assert issue["diagnostics"] == "Constant text."


def test_an_unforeseen_error_is_no_silence(call: Post, judge: Judge, hook_body: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    judge.raises = RuntimeError(MARKER)
    issue = refused(call(hook_body), 500, "exception")
    assert "Traceback" not in str(issue)
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert MARKER not in str(line.__dict__)
    assert line.error == "RuntimeError"
    assert line.reference in issue["details"]["text"]
    assert line.place.startswith("web/asking.py:")


@pytest.mark.parametrize("service", ["no-such-service", "postfusion-no-such", MARKER, "..%2f..%2fetc%2fpasswd", "%00", "{{7*7}}"])
def test_unknown_services(call: Post, hook_body: dict[str, Any], service: str) -> None:
    refused(call(hook_body, path=f"/cds-services/{service}"), 404, "not-found")


def test_methods(client: FlaskClient) -> None:
    for path in ("/cds-services/postfusion-patient-view", "/evaluate"):
        response = client.get(path)
        refused(response, 405, "not-supported")
        assert "POST" in response.headers["Allow"]
    refused(client.post("/cds-services"), 405, "not-supported")
    refused(client.delete("/rules"), 405, "not-supported")


def test_no_redirects(client: FlaskClient) -> None:
    for path in ("/cds-services/", "/rules/", "/nowhere", "/static/../app.py", "/static/"):
        refused(client.get(path), 404, "not-found")
