"""Drafts of a hook's context: whose they are, which count, and that they never become part of the chart."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.evaluation import Refused
from service.evaluation.codes import index_of
from service.fhir.drafts import Draft, Drafted, read_drafts
from service.fhir.pickers.drafts import drafted
from service.fhir.scene import Scene
from tests.fhir.build import LOINC, RXNORM, SNOMED, Json, ask_hook, book, bundle, coding, condition, fusion, made, patient
from tests.fhir.charts import FBSS, GABAPENTIN, OXYCODONE, medicine

INDEX = index_of(book().vocabularies["1.0.0"])
MRI, CES = "24967-2", "192970008"


def order(code: str = MRI, system: str = LOINC, **members: Any) -> Json:
    return made("ServiceRequest", **{"status": "draft", "intent": "proposal", "code": coding(system, code), **members})


def drafts(*resources: Json, selections: tuple[str, ...] = (), **members: bytes) -> tuple[Draft, ...]:
    bundles = {"draftOrders": json.dumps(bundle(*resources)).encode(), **members}
    return read_drafts(Drafted(bundles, selections), "p1", INDEX)


def concepts(draft: Draft) -> set[str]:
    return {match.concept for match in draft.matches}


def test_an_order_is_told_by_its_code() -> None:
    one = order()
    (draft,) = drafts(one)
    assert draft.reference == f"ServiceRequest/{one['id']}"
    assert draft.codes == {f"{LOINC}|{MRI}"}
    assert "spinal-imaging-order" in concepts(draft)
    assert draft.selected and not draft.problem


def test_a_diagnosis_about_to_be_added() -> None:
    (draft,) = drafts(condition(FBSS))
    assert "fbss-dx" in concepts(draft)


def test_medicines_by_code_by_reference_and_contained() -> None:
    held: Json = {"resourceType": "Medication", "id": "m1", "code": coding(RXNORM, OXYCODONE)}
    by_reference = made("MedicationRequest", status="draft", intent="order", medicationReference={"reference": "Medication/m1"})
    contained = made("MedicationRequest", status="draft", intent="order", medicationReference={"reference": "#m1"}, contained=[held])
    found = drafts(medicine(OXYCODONE, status="draft"), by_reference, contained, held)
    assert [concepts(draft) for draft in found] == [{"rx-opioid"}] * 3


@pytest.mark.parametrize("status", ["entered-in-error", "revoked", "cancelled", "completed", "stopped"])
def test_what_is_over_is_no_draft(status: str) -> None:
    assert drafts(order(status=status)) == ()


@pytest.mark.parametrize("status", ["draft", "active", "on-hold", "unknown"])
def test_what_is_not_over_is_one(status: str) -> None:
    assert len(drafts(order(status=status))) == 1


def test_an_order_not_to_do_something_is_no_draft() -> None:
    assert drafts(order(doNotPerform=True)) == ()


def test_whose_a_draft_is() -> None:
    assert len(drafts(order(subject=None))) == 1, "without a subject it is of the patient in context"
    assert len(drafts(order(subject={"reference": "https://ehr.example.org/fhir/Patient/p1"}))) == 1
    (foreign,) = drafts(order(subject={"reference": "Patient/p2"}))
    assert (foreign.reference, foreign.problem) == ("context.draftOrders.entry[0].resource", "it is of another patient")
    assert not foreign.matches and not foreign.codes
    assert drafts(order("1234-5", subject={"reference": "Patient/p2"})) == (), "no rule asks about it"


def test_other_resources_are_passed_over() -> None:
    assert drafts({"resourceType": "NutritionOrder", "id": "n1"}, patient()) == ()


@pytest.mark.parametrize("kind", ["Servicerequest", "serviceRequest", "", None, 7])
def test_what_is_no_resource_type_may_be_any_draft(kind: Any) -> None:
    (draft,) = drafts({**order(), "resourceType": kind})
    assert draft.problem == "its resource type is not one of FHIR R4"


def test_an_unreadable_draft_may_be_anything() -> None:
    (draft,) = drafts({**order(), "code": "no concept"})
    assert draft.problem == "an element has the wrong type"
    assert draft.place == "context.draftOrders.entry[0].resource"
    assert not draft.matches


def test_selections_put_some_drafts_in_question() -> None:
    one, other = order(), medicine(OXYCODONE, status="draft")
    found = drafts(one, other, selections=(f"MedicationRequest/{other['id']}",))
    assert [draft.selected for draft in found] == [False, True]
    assert all(draft.selected for draft in drafts(one, other))


def test_what_is_no_bundle_is_refused() -> None:
    with pytest.raises(Refused) as error:
        read_drafts(Drafted({"draftOrders": b'{"resourceType": "Patient"}'}), "p1", INDEX)
    assert error.value.status == 400


# --- they are not the chart --------------------------------------------------------------------------------------------

CHART = {
    "patient": patient(),
    "conditions": None,
    "observations": None,
    "procedures": bundle(fusion(), kind="searchset"),
    "medications": None,
    "reports": None,
}
TOGETHER = "care-opioid-gabapentinoid-together"


def test_a_draft_is_no_evidence() -> None:
    drafted = Drafted({"conditions": json.dumps(bundle(condition(CES, "2025-09-01", SNOMED))).encode()})
    told = ask_hook(CHART, "2025-09-02", hook="problem-list-item-create", drafted=drafted)
    assert told.answer("red-flag-cauda-equina") == "no"


def test_two_draft_medicines_do_not_make_the_chart_rule_fire() -> None:
    drafted = Drafted(
        {"draftOrders": json.dumps(bundle(medicine(OXYCODONE, status="draft"), medicine(GABAPENTIN, status="draft"))).encode()}
    )
    told = ask_hook(CHART, "2025-09-02", drafted=drafted)
    assert told.answer(TOGETHER) == "no"
    signed = ask_hook(CHART, "2025-09-02", hook="order-sign", drafted=drafted)
    assert signed.answer("order-opioid-gabapentinoid") == "yes"


def test_a_draft_that_cannot_be_read_leaves_its_rules_open() -> None:
    drafted = Drafted({"draftOrders": json.dumps(bundle(medicine(GABAPENTIN, status="draft"), {**order(), "code": "no concept"})).encode()})
    told = ask_hook(CHART, "2025-09-02", hook="order-sign", drafted=drafted)
    assert told.answer("order-opioid-gabapentinoid") == "unknown"


def test_a_fact_about_the_chosen_drafts_hears_only_of_those() -> None:
    two = drafts(order(id="a"), order(id="b"), selections=("ServiceRequest/a",))
    spec, scene = book().vocabularies["1.0.0"].facts["draft_work_up"], cast(Scene, SimpleNamespace(drafts=two))
    assert [item.saw[0].resource for item in drafted(scene, spec)] == ["ServiceRequest/a"]
    assert [item.saw[0].resource for item in drafted(scene, replace(spec, settings={}))] == ["ServiceRequest/a", "ServiceRequest/b"]
