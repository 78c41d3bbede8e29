"""The six services over HTTP with the shipped rules: what fires each rule of drafts, what does not, and /evaluate saying the same."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.app import build, make_deps
from service.web.services import SERVICES
from service.web.settings import Settings
from tests.fhir import build as fhir
from tests.web.conftest import refused

Json = dict[str, Any]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = {service.hook: service.id for service in SERVICES}
ALARMS = {
    "red-flag-cauda-equina",
    "red-flag-cauda-equina-uncleared",
    "red-flag-early-retention",
    "red-flag-infection",
    "red-flag-mechanical-pain",
    "red-flag-motor-deficit",
    "red-flag-uncleared",
    "watch-infection",
}
NOTICES = {"data-incomplete", "data-unreadable", "rule-failed"}
OF_DRAFTS = {"order-open-alarm", "order-opioid-gabapentinoid", "order-opioid-neuropathic"}
MRI, CT, PAIN_CLINIC, NEUROSURGEON = "24967-2", "30620-9", "306265007", "308482002"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    ids = (str(uuid.UUID(int=number)) for number in iter(range(1, 1_000_000)))
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    return build(make_deps(settings, book=fhir.book(), clock=lambda: NOW, new_id=lambda: next(ids))).test_client()


def order(code: str, system: str = fhir.LOINC, **members: Any) -> Json:
    return fhir.made("ServiceRequest", **{"status": "draft", "intent": "proposal", "code": fhir.coding(system, code), **members})


def medicine(code: str, **members: Any) -> Json:
    concept = fhir.coding(fhir.RXNORM, code)
    return fhir.made("MedicationRequest", **{"status": "draft", "intent": "order", "medicationCodeableConcept": concept, **members})


OPIOID, GABAPENTIN = "7052", "25480"
FOOT_DROP = fhir.finding("foot-drop-new", fhir.day(348))
FUSION = fhir.fusion()
RADICULAR = fhir.condition("128196005", fhir.day(300))
LASTING = [fhir.nrs(6, fhir.day(200), fhir.LEG), fhir.nrs(6, fhir.day(345), fhir.LEG), fhir.odi(44, fhir.day(340))]
DONE = [fhir.finding(f"workup-{item}", fhir.day(330)) for item in ("infection-screen", "mri", "fusion-ct", "sij", "piriformis")]
KINDS = {"Condition": "conditions", "Observation": "observations", "Procedure": "procedures", "MedicationRequest": "medications"}


def request(hook: str, chart: list[Json], drafts: list[Json] | None = None, selections: list[str] | None = None) -> Json:
    """A request of `hook` for patient p1: the chart as prefetch, the drafts in context."""
    prefetch: Json = {"patient": fhir.patient(), **{key: None for key in KINDS.values()}, "reports": None}
    for kind, key in KINDS.items():
        rows = [one for one in chart if one["resourceType"] == kind]
        prefetch[key] = fhir.bundle(*rows, kind="searchset", total=len(rows)) if rows else None
    context: Json = {"userId": "Practitioner/1", "patientId": "p1"}
    if hook.startswith("encounter"):
        context["encounterId"] = "e1"
    if hook.startswith("order"):
        context["draftOrders"] = fhir.bundle(*(drafts or []))
    if hook == "order-select":
        context["selections"] = selections if selections is not None else [f"{d['resourceType']}/{d['id']}" for d in drafts or []]
    if hook == "problem-list-item-create":
        context["conditions"] = fhir.bundle(*(drafts or []))
    return {"hook": hook, "hookInstance": str(uuid.UUID(int=7)), "context": context, "prefetch": prefetch}


def sent(client: FlaskClient, path: str, body: Json) -> Json:
    response = client.post(path, json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: Json = json.loads(response.data)
    return answer


def cards(client: FlaskClient, body: Json) -> Iterator[Json]:
    yield from sent(client, f"/cds-services/{IDS[body['hook']]}", body)["cards"]


def fired(client: FlaskClient, body: Json) -> dict[str, str]:
    """Rule -> indicator of every card."""
    return {card["extension"]["org.postfusion"]["rule"]: card["indicator"] for card in cards(client, body)}


def test_one_id_per_hook(client: FlaskClient) -> None:
    listed = {service["hook"]: service["id"] for service in json.loads(client.get("/cds-services").data)["services"]}
    assert listed == {
        "patient-view": "postfusion-patient-view",
        "order-sign": "postfusion-order-sign",
        "order-select": "postfusion-order-select",
        "encounter-start": "postfusion-encounter-start",
        "encounter-discharge": "postfusion-encounter-discharge",
        "problem-list-item-create": "postfusion-problem-list",
    }


@pytest.mark.parametrize("hook", IDS)
def test_an_alarm_speaks_at_every_hook(client: FlaskClient, hook: str) -> None:
    assert fired(client, request(hook, [FUSION, FOOT_DROP])).get("red-flag-motor-deficit") == "critical"


@pytest.mark.parametrize("hook", IDS)
def test_a_quiet_chart_gives_no_card(client: FlaskClient, hook: str) -> None:
    assert fired(client, request(hook, [FUSION])) == {}


@pytest.mark.parametrize(
    ("hook", "more"),
    [
        ("order-select", OF_DRAFTS),
        ("order-sign", OF_DRAFTS | {"order-si-joint-unexamined", "order-neurostimulator-early"}),
        ("problem-list-item-create", {"problem-list-fbss-open-causes", "fbss-time-criteria"}),
        ("encounter-discharge", {"discharge-alarm-advice"}),
    ],
)
def test_a_hook_lists_its_own_rules_alone(client: FlaskClient, hook: str, more: set[str]) -> None:
    verdicts = sent(client, "/evaluate", request(hook, [FUSION]))["verdicts"]
    assert {verdict["rule"] for verdict in verdicts} == ALARMS | NOTICES | more


def test_a_bundle_lists_no_rule_of_drafts(client: FlaskClient) -> None:
    body = fhir.bundle(fhir.patient(), FUSION, order(MRI))
    rules = {verdict["rule"] for verdict in sent(client, "/evaluate", body)["verdicts"]}
    assert "fbss-time-criteria" in rules
    assert not [rule for rule in rules if rule.startswith(("order-", "problem-list-", "discharge-"))]


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("draft", [order(PAIN_CLINIC, fhir.SNOMED), order(CT), order("35927-3"), medicine(OPIOID)])
def test_an_order_while_an_alarm_is_open(client: FlaskClient, hook: str, draft: Json) -> None:
    told = fired(client, request(hook, [FUSION, FOOT_DROP], [draft]))
    assert told["order-open-alarm"] == told["red-flag-motor-deficit"] == "critical"


def test_the_order_card_names_the_alarm_and_takes_its_level(client: FlaskClient) -> None:
    chart = [FUSION, fhir.finding("mechanical-pain-sudden-new", fhir.day(348))]
    (card,) = [c for c in cards(client, request("order-sign", chart, [order(PAIN_CLINIC, fhir.SNOMED)])) if "act on it" in c["summary"]]
    assert card["indicator"] == "warning"
    assert card["extension"]["org.postfusion"]["urgency"] == "same-day"
    assert "implant failure" in card["detail"] or "mechanical" in card["detail"]


def test_cauda_equina_makes_the_order_card_an_emergency(client: FlaskClient) -> None:
    body = request("order-sign", [FUSION, fhir.finding("saddle-sensory-change", fhir.day(350))], [order(PAIN_CLINIC, fhir.SNOMED)])
    (card,) = [c for c in cards(client, body) if c["extension"]["org.postfusion"]["rule"] == "order-open-alarm"]
    assert card["extension"]["org.postfusion"]["urgency"] == "emergency"
    assert card["summary"] == "An alarm sign is open: possible cauda equina syndrome. Act on it before this order"


def test_an_alarm_that_could_not_be_judged_counts_as_open(client: FlaskClient) -> None:
    unreadable = fhir.finding("foot-drop-new", fhir.day(348), None)
    assert fired(client, request("order-sign", [FUSION, unreadable], [order(CT)]))["order-open-alarm"] == "warning"


@pytest.mark.parametrize(
    ("chart", "draft"),
    [
        ([FUSION], order(PAIN_CLINIC, fhir.SNOMED)),  # no alarm
        ([FUSION, FOOT_DROP], order(NEUROSURGEON, fhir.SNOMED)),  # the alarm suggests it itself
        ([FUSION, FOOT_DROP], order(MRI)),
        ([FUSION, FOOT_DROP], order("69388-7")),  # a bladder scan is no order in question
        ([FUSION, FOOT_DROP], order(PAIN_CLINIC, fhir.SNOMED, subject={"reference": "Patient/p2"})),
        ([FUSION, FOOT_DROP], order(PAIN_CLINIC, fhir.SNOMED, status="revoked")),
        ([fhir.finding("saddle-sensory-change", fhir.day(350))], order(PAIN_CLINIC, fhir.SNOMED)),  # no lumbar fusion
    ],
)
def test_orders_that_need_not_wait(client: FlaskClient, chart: list[Json], draft: Json) -> None:
    assert "order-open-alarm" not in fired(client, request("order-sign", chart, [draft]))


def test_one_exempt_draft_does_not_excuse_another(client: FlaskClient) -> None:
    drafts = [order(MRI), order(PAIN_CLINIC, fhir.SNOMED)]
    assert "order-open-alarm" in fired(client, request("order-sign", [FUSION, FOOT_DROP], drafts))


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_an_opioid_for_neuropathic_pain(client: FlaskClient, hook: str) -> None:
    assert fired(client, request(hook, [FUSION, RADICULAR], [medicine(OPIOID)])) == {"order-opioid-neuropathic": "warning"}
    assert fired(client, request(hook, [FUSION, RADICULAR], [medicine(GABAPENTIN)])) == {}
    assert fired(client, request(hook, [FUSION], [medicine(OPIOID)])) == {}
    assert fired(client, request(hook, [fhir.fusion("2026-01-18"), RADICULAR], [medicine(OPIOID)])) == {}  # day 42


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize(
    ("listed", "drafted"), [([GABAPENTIN], [OPIOID]), ([OPIOID], [GABAPENTIN]), ([], [OPIOID, GABAPENTIN]), ([], [GABAPENTIN, OPIOID])]
)
def test_an_opioid_with_a_gabapentinoid(client: FlaskClient, hook: str, listed: list[str], drafted: list[str]) -> None:
    chart = [medicine(code, status="active") for code in listed]
    body = request(hook, chart, [medicine(code) for code in drafted])
    assert fired(client, body) == {"order-opioid-gabapentinoid": "warning"}  # without any fusion
    stranger = [medicine(code, subject={"reference": "Patient/p2"}) for code in drafted]
    assert fired(client, request(hook, chart, stranger)) == {"data-unreadable": "warning"}  # named, never used


def test_both_active_and_neither_ordered_is_for_another_hook(client: FlaskClient) -> None:
    chart = [FUSION, medicine(OPIOID, status="active"), medicine(GABAPENTIN, status="active")]
    assert fired(client, request("order-sign", chart, [order(CT)])) == {}
    assert fired(client, request("patient-view", chart)) == {"care-opioid-gabapentinoid-together": "warning"}


@pytest.mark.parametrize("draft", [order(MRI), order("86994-1"), order(NEUROSURGEON, fhir.SNOMED)])
def test_work_up_before_the_joint_was_examined(client: FlaskClient, draft: Json) -> None:
    joint = fhir.finding("workup-sij", fhir.day(330))
    assert fired(client, request("order-sign", [FUSION, *LASTING], [draft])) == {"order-si-joint-unexamined": "info"}
    assert fired(client, request("order-sign", [FUSION, *LASTING, joint], [draft])) == {}
    assert fired(client, request("order-sign", [FUSION], [draft])) == {}
    assert fired(client, request("order-select", [FUSION, *LASTING], [draft])) == {}


def test_other_orders_leave_the_joint_alone(client: FlaskClient) -> None:
    assert fired(client, request("order-sign", [FUSION, *LASTING], [order("308447003", fhir.SNOMED)])) == {}


def test_a_neurostimulator_before_causes_are_excluded(client: FlaskClient) -> None:
    lead = order("00HU0MZ", fhir.PCS)
    (card,) = cards(client, request("order-sign", [FUSION, *DONE[:4]], [lead]))
    assert card["extension"]["org.postfusion"]["rule"] == "order-neurostimulator-early"
    assert card["summary"] == "Spinal cord stimulation before causes are excluded: piriformis"
    assert fired(client, request("order-sign", [FUSION, *DONE], [lead])) == {}
    assert fired(client, request("order-sign", [FUSION, *DONE[:4]], [order(CT)])) == {}
    told = fired(client, request("order-sign", [FUSION, *DONE, FOOT_DROP], [lead]))
    assert told == {"red-flag-motor-deficit": "critical", "order-neurostimulator-early": "warning"}


def test_fbss_added_while_causes_are_open(client: FlaskClient) -> None:
    label = fhir.condition("202725007")
    (card,) = cards(client, request("problem-list-item-create", [FUSION, *DONE[:2]], [label]))
    assert card["summary"] == "FBSS is a diagnosis of exclusion: CT, SI joint, piriformis"
    labels = [suggestion["label"] for suggestion in card["suggestions"]]
    assert labels == ["Order CT of the lumbar spine", "Ask for SI joint provocation tests", "Ask for a piriformis examination"]
    assert fired(client, request("problem-list-item-create", [FUSION, *DONE], [label])) == {}
    assert fired(client, request("problem-list-item-create", [FUSION, *DONE[:2]], [fhir.condition("279039007")])) == {}
    assert fired(client, request("problem-list-item-create", [], [label])) == {}


def test_fbss_added_again_while_causes_are_open(client: FlaskClient) -> None:
    chart = [FUSION, *LASTING, fhir.condition("202725007", fhir.day(250))]
    told = fired(client, request("problem-list-item-create", chart, [fhir.condition("M96.1", system=fhir.ICD10)]))
    assert told == {"problem-list-fbss-open-causes": "warning"}


def test_advice_at_discharge(client: FlaskClient) -> None:
    fresh = fhir.fusion("2026-02-15")
    assert fired(client, request("encounter-discharge", [fresh])) == {"discharge-alarm-advice": "info"}
    assert fired(client, request("encounter-discharge", [fhir.fusion("2026-02-14")])) == {}
    assert fired(client, request("patient-view", [fresh])).keys() == {"stage-weeks-1-6"}


@pytest.mark.parametrize(("present", "instead"), [(True, {"red-flag-motor-deficit": "critical"}), (None, {"data-unreadable": "warning"})])
def test_an_alarm_hides_the_advice(client: FlaskClient, present: bool | None, instead: dict[str, str]) -> None:
    chart = [fhir.fusion("2026-02-15"), fhir.finding("foot-drop-new", "2026-02-27", present)]
    assert fired(client, request("encounter-discharge", chart)) == instead


def test_the_start_of_an_encounter_is_answered_like_an_opened_chart(client: FlaskClient) -> None:
    told = fired(client, request("encounter-start", [FUSION, *LASTING]))
    assert "fbss-time-criteria" in told
    assert told == fired(client, request("patient-view", [FUSION, *LASTING]))


def test_only_what_was_just_chosen_is_in_question(client: FlaskClient) -> None:
    earlier, chosen = order(PAIN_CLINIC, fhir.SNOMED, id="earlier"), order("69388-7", id="chosen")
    chart = [FUSION, FOOT_DROP]
    assert "order-open-alarm" not in fired(client, request("order-select", chart, [earlier, chosen], ["ServiceRequest/chosen"]))
    assert "order-open-alarm" in fired(client, request("order-select", chart, [earlier, chosen], ["ServiceRequest/earlier"]))


def test_a_choice_beside_an_earlier_draft(client: FlaskClient) -> None:
    drafts = [medicine(GABAPENTIN, id="earlier"), medicine(OPIOID, id="chosen")]
    assert fired(client, request("order-select", [], drafts, ["MedicationRequest/chosen"])) == {"order-opioid-gabapentinoid": "warning"}
    neither = [*drafts, order(CT, id="other")]
    assert fired(client, request("order-select", [], neither, ["ServiceRequest/other"])) == {}


def test_drafts_are_no_part_of_the_chart(client: FlaskClient) -> None:
    body = request("problem-list-item-create", [FUSION], [fhir.condition("192970008")])  # cauda equina syndrome, about to be added
    assert fired(client, body) == {}


def test_an_unreadable_draft_is_not_passed_over(client: FlaskClient) -> None:
    told = fired(client, request("order-sign", [FUSION], [{**order(MRI), "code": {"coding": MRI}}]))
    assert told == {"data-unreadable": "warning"}


@pytest.mark.parametrize(
    ("chart", "draft"), [([FUSION, FOOT_DROP], order(PAIN_CLINIC, fhir.SNOMED)), ([FUSION, *LASTING], order(MRI)), ([], order(MRI))]
)
def test_a_whole_order_request_to_evaluate_gives_the_same_cards(client: FlaskClient, chart: list[Json], draft: Json) -> None:
    def bare(card: Json) -> Json:
        for suggestion in card.get("suggestions", []):
            suggestion.pop("uuid")
        return {name: value for name, value in card.items() if name != "uuid"}

    body = request("order-sign", chart, [draft])
    there = sent(client, "/evaluate", body)
    assert [bare(card) for card in there["cards"]] == [bare(card) for card in cards(client, body)]
    assert {verdict["rule"] for verdict in there["verdicts"]} >= {"order-si-joint-unexamined"}


@pytest.mark.parametrize("drafts", [[], "x", None, 3])
def test_draft_orders_of_another_shape_are_refused(client: FlaskClient, drafts: Any) -> None:
    body = request("order-sign", [FUSION])
    body["context"]["draftOrders"] = drafts
    refused(client.post("/cds-services/postfusion-order-sign", json=body), 400, "value", "context.draftOrders")


def test_draft_orders_that_are_no_bundle_are_refused(client: FlaskClient) -> None:
    body = request("order-sign", [FUSION])
    body["context"]["draftOrders"] = order(MRI)
    refused(client.post("/cds-services/postfusion-order-sign", json=body), 400, "structure", "context.draftOrders")


def test_a_key_given_twice_in_a_draft_is_refused(client: FlaskClient) -> None:
    text = json.dumps(request("order-sign", [FUSION], [order(MRI)])).replace('"status": "draft"', '"status": "draft", "status": "revoked"')
    refused(client.post("/cds-services/postfusion-order-sign", data=text, content_type="application/json"), 400, "structure")


@pytest.mark.parametrize("hook", ["order-sign", "order-select", "problem-list-item-create"])
def test_the_drafts_are_required(client: FlaskClient, hook: str) -> None:
    body = request(hook, [FUSION])
    name = "conditions" if hook.startswith("problem") else "draftOrders"
    del body["context"][name]
    refused(client.post(f"/cds-services/{IDS[hook]}", json=body), 400, "required", f"context.{name}")


def test_a_service_answers_its_own_hook_alone(client: FlaskClient) -> None:
    refused(client.post("/cds-services/postfusion-order-select", json=request("order-sign", [FUSION])), 400, "value", "hook")
