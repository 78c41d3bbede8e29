"""Which drafts are offered, what they hold, and that a broken template is refused before any patient is seen."""

from typing import Any

import pytest
from fhir.resources.R4B.communicationrequest import CommunicationRequest
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.servicerequest import ServiceRequest

from service.cards import check_templates
from service.cards.suggestions import resource
from service.engine.rule import Action, Rule, Suggestion
from tests.cards.build import MRI, PAINFUL, WEAK, WEAKNESS, alarm, card_of, cards_of, order, work_up
from tests.engine.build import absent, criterion, face, number, present, rule, unreadable

SUBJECT = {"reference": "Patient/p1"}


def labels(card: dict[str, Any]) -> list[str]:
    """What is suggested."""
    return [one["label"] for one in card.get("suggestions", [])]


@pytest.mark.parametrize(
    ("given", "expected", "why"),
    [
        ({}, ["Order CT", "Refer to a specialist", "Wait and see"], "the MRI is done, the CT is not recorded"),
        ({"ct_done": present()}, ["Refer to a specialist", "Wait and see"], "both are done"),
        ({"mri_done": absent(), "ct_done": present()}, ["Order MRI", "Refer to a specialist", "Wait and see"], "recorded as not done"),
        ({"mri_done": unreadable(), "ct_done": present()}, ["Order MRI", "Refer to a specialist", "Wait and see"], "not known to be done"),
        ({"ct_done": present(), "last_pain": number(8)}, ["Refer to a specialist", "Refer at once"], "when and unless swap"),
    ],
)
def test_what_is_offered(given: dict[str, Any], expected: list[str], why: str) -> None:
    assert labels(card_of(work_up(), {**PAINFUL, **given})) == expected, why


def test_elective_work_is_not_offered_beside_an_alarm() -> None:
    beside = cards_of(work_up(), alarm(), given={**WEAK, **PAINFUL})
    assert [labels(card) for card in beside] == [
        ["Message the spine team now", "Note a motor deficit"],
        ["Refer to a specialist", "Wait and see"],
    ]


def test_an_alarm_keeps_its_own_orders() -> None:
    orders = face("critical", suggestions=(order("Order MRI", elective=True),))
    assert labels(card_of(alarm(face=orders), WEAK)) == ["Order MRI"]


def test_a_check_that_is_not_needed_offers_nothing() -> None:
    checks = {"mri": criterion("mri", open="MRI", needed_when="b")}
    needed = rule("r", [criterion("a"), criterion("b")], checks=checks, face=face(suggestions=(order("Order MRI", check="mri"),)))
    assert labels(card_of(rule("r", [criterion("a")], face=needed.face), {"a": present()})) == []
    assert labels(card_of(needed, {"a": present(), "b": present()})) == ["Order MRI"]


def test_without_suggestions_there_is_no_selection() -> None:
    card = card_of(work_up(face=face("warning", suggestions=(order("Refer", when="severe"),))), PAINFUL)
    assert not card.keys() & {"suggestions", "selectionBehavior"}


def test_where_one_may_be_taken_only_one_is_recommended() -> None:
    one, two = card_of(alarm(), WEAK)["suggestions"]
    assert one["isRecommended"] is True
    assert "isRecommended" not in two


def test_where_any_may_be_taken_all_that_are_recommended_are() -> None:
    both = face(suggestions=(order("A", recommended=True), order("B", recommended=True), order("C")))
    card = card_of(rule("r", [criterion("a")], face=both), {"a": present()})
    assert card["selectionBehavior"] == "any"
    assert [one.get("isRecommended") for one in card["suggestions"]] == [True, True, None]


def test_a_suggestion_without_actions_has_no_empty_list() -> None:
    card = card_of(rule("r", [criterion("a")], face=face(suggestions=(Suggestion("Talk to the patient", ()),))), {"a": present()})
    assert card["suggestions"] == [{"label": "Talk to the patient", "uuid": "00000000-0000-4000-8000-000000000001"}]


def test_an_action_without_a_description_takes_the_label() -> None:
    plain = Suggestion("Order it", (Action("ServiceRequest", "", (MRI,)),))
    card = card_of(rule("r", [criterion("a")], face=face(suggestions=(plain,))), {"a": present()})
    assert card["suggestions"][0]["actions"][0]["description"] == "Order it"


def test_a_service_request_is_a_draft_proposal() -> None:
    made = resource(Action("ServiceRequest", "Order", (MRI, ("urn:oid:1.2", "x", "")), "MRI please", "urgent"), "Patient/p1")
    assert made == {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "priority": "urgent",
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": "24967-2", "display": "MR Lumbar spine"},
                {"system": "urn:oid:1.2", "code": "x"},
            ],
            "text": "MRI please",
        },
        "subject": SUBJECT,
    }
    ServiceRequest.model_validate(made)


def test_a_communication_request_is_a_draft_without_intent() -> None:
    made = resource(Action("CommunicationRequest", "Message", text="Please review", priority="stat"), "Patient/p1")
    assert made == {
        "resourceType": "CommunicationRequest",
        "status": "draft",
        "priority": "stat",
        "payload": [{"contentString": "Please review"}],
        "subject": SUBJECT,
    }
    CommunicationRequest.model_validate(made)


def test_a_condition_is_active_and_provisional() -> None:
    made = resource(Action("Condition", "Note", (WEAKNESS,), priority="stat"), "Patient/p1")
    terms = "http://terminology.hl7.org/CodeSystem"
    assert made == {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": f"{terms}/condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{terms}/condition-ver-status", "code": "provisional"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "26544005", "display": "Muscle weakness"}]},
        "subject": SUBJECT,
    }
    Condition.model_validate(made)


def suggesting(*actions: Action) -> Rule:
    """A rule with one suggestion of these actions."""
    return rule("suggesting", face=face(suggestions=(Suggestion("Good", ()), Suggestion("Do it", actions))))


@pytest.mark.parametrize("good", [alarm(), work_up(), rule("faceless", face=None)])
def test_good_templates_pass(good: Rule) -> None:
    check_templates(good)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action("ServiceRequest", "", (MRI,), priority="now"), "priority `now` is not one of routine, urgent, asap, stat"),
        (Action("ServiceRequest", ""), "a ServiceRequest needs a `code`"),
        (Action("Condition", "", text="words alone"), "a Condition needs a `code`"),
        (Action("CommunicationRequest", "", (MRI,)), "a CommunicationRequest needs `text`"),
        (Action("ServiceRequest", "", (("loinc", "1-8", "MRI"),)), "code `loinc|1-8` needs a system that is a URI, a code and a display"),
        (Action("ServiceRequest", "", (("http://loinc.org", " ", "MRI"),)), "needs a system that is a URI"),
        (Action("ServiceRequest", "", (("http://loinc.org", "1-8", ""),)), "needs a system that is a URI"),
        (Action("ServiceRequest", "", (("http://loinc.org", "1  8", "MRI"),)), "code.coding.0.code"),
        (Action("Observation", "", (MRI,)), "`Observation` cannot be suggested; choose ServiceRequest"),  # type: ignore[arg-type]
    ],
)
def test_a_broken_template_is_refused(action: Action, said: str) -> None:
    with pytest.raises(ValueError, match=r'rule suggesting 1\.0\.0, suggestion "Do it"') as refused:
        check_templates(suggesting(Action("CommunicationRequest", "", text="fine"), action))
    assert said in str(refused.value)
