"""Whose chart, which query, what body: a clear 4xx or a card that says what was set aside. Never 500, never silence."""

import json

import pytest
from flask.testing import FlaskClient

from tests.stories.asking import CES, INDEX, SECRET, Ask, answered, answers, refused, shown
from tests.stories.chart import chart, finding, nrs, person
from tests.stories.replay import HOOK

# --- whose chart -----------------------------------------------------------


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


# --- the query ------------------------------------------------------------


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


# --- the body -------------------------------------------------------------

BROKEN = [
    b"", b"{", b"null", b"[]", b"Bundle", b'{"resourceType": "Bundle",}', b'{"resourceType": "Bundle"} {}', b"\xff\xfe{}",
    b'{"resourceType": "Bundle", "resourceType": "Bundle"}', b'{"resourceType": "Patient", "id": "' + SECRET.encode() + b'"}',
    b'{"resourceType": "Bundle", "entry": 5}', b'{"resourceType": "Bundle", "entry": [NaN]}', b"{}",
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
def test_malformed_bodies(ask: Ask, day_20: FlaskClient, body: bytes) -> None:
    for response in (ask(body), day_20.post(HOOK, data=body, content_type="application/json")):
        assert response.status_code == 400, response.get_data(as_text=True)
        assert response.get_json(force=True)["resourceType"] == "OperationOutcome"
        assert SECRET not in response.get_data(as_text=True)


def test_deep_nesting(ask: Ask) -> None:
    refused(ask(b'{"resourceType": "Bundle", "entry": ' + b"[" * 2000 + b"]" * 2000 + b"}"), 400, "structure")


def test_another_content_type(ask: Ask) -> None:
    refused(ask(chart(INDEX), kind="text/plain"), 415, "not-supported")
