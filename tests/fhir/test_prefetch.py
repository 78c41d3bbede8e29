"""Six states of a prefetch key: sent, null, failed, cut short, the wrong thing, not sent. Only looking and finding nothing is nothing."""

from typing import Any

import pytest

from service.fhir import Refused
from tests.fhir.build import Json, ask_hook, bundle, condition, day, finding, fusion, nrs, patient

NOW = day(300)
CES = "red-flag-cauda-equina"


def prefetch(**members: Any) -> dict[str, Any]:
    """Everything sent and empty but the fusion, with some keys replaced; `...` leaves a key out."""
    none = bundle(kind="searchset", total=0)
    usual: Json = {
        "patient": patient(),
        "conditions": none,
        "observations": none,
        "procedures": bundle(fusion(), kind="searchset"),
        "medications": none,
        "reports": none,
    }
    return {key: value for key, value in {**usual, **members}.items() if value is not ...}


FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def test_all_sent_and_nothing_found_is_no_card() -> None:
    told = ask_hook(prefetch(), NOW)
    assert not told.shown and told.answer(CES) == "no"


def test_null_is_no_data() -> None:
    assert not ask_hook(prefetch(conditions=None, observations=None, medications=None, reports=None), NOW).shown


@pytest.mark.parametrize("key", ["conditions", "observations", "procedures"])
@pytest.mark.parametrize("value", [..., FAILED, '"<html>502</html>"', {"resourceType": "Binary"}, bundle(kind="searchset", total=40)])
def test_what_could_not_be_looked_at_is_told_and_forbids_a_no(key: str, value: Any) -> None:
    told = ask_hook(prefetch(**{key: value}), NOW)
    assert told.shown.get("data-incomplete") == "warning"
    assert key == "procedures" or told.answer(CES) == "unknown"


@pytest.mark.parametrize("key", ["medications", "reports"])
def test_optional_keys_left_out_are_no_news_but_failed_ones_are(key: str) -> None:
    assert not ask_hook(prefetch(**{key: ...}), NOW).shown
    assert "data-incomplete" in ask_hook(prefetch(**{key: FAILED}), NOW).shown


def test_an_alarm_that_can_be_seen_is_shown_beside_the_notice() -> None:
    told = ask_hook(prefetch(conditions=..., observations=bundle(finding("saddle-sensory-change", day(299)))), NOW)
    assert told.shown[CES] == "critical" and "data-incomplete" in told.shown


@pytest.mark.parametrize("value", [..., FAILED, {"resourceType": "Bundle", "entry": 5}])
def test_nothing_to_judge_with_is_refused(value: Any) -> None:
    with pytest.raises(Refused) as caught:
        ask_hook(prefetch(conditions=value, observations=value, procedures=value), NOW)
    assert caught.value.status == 412 and "prefetch.observations" in caught.value.expression


def test_the_patient_of_the_prefetch_must_be_the_patient_of_the_hook() -> None:
    with pytest.raises(Refused) as caught:
        ask_hook(prefetch(patient=patient(id="p2")), NOW)
    assert caught.value.status == 422


def test_the_patient_may_be_left_out() -> None:
    assert ask_hook(prefetch(patient=...), NOW).outcome.patient == "p1"


def test_a_single_resource_is_read_as_well() -> None:
    assert ask_hook(prefetch(conditions=condition("192970008", day(299))), NOW).answer(CES) == "yes"


def test_rows_of_others_are_set_aside_and_told() -> None:
    other = nrs(9, day(299), subject={"reference": "Patient/p2"})
    told = ask_hook(prefetch(observations=bundle(other)), NOW)
    assert told.shown == {"data-incomplete": "warning"}


def test_the_named_server_is_the_base_of_absolute_references() -> None:
    mine = finding("saddle-sensory-change", day(299), subject={"reference": "https://ehr.example/fhir/Patient/p1"})
    assert ask_hook(prefetch(observations=bundle(mine)), NOW, server="https://ehr.example/fhir/").answer(CES) == "yes"
    assert ask_hook(prefetch(observations=bundle(mine)), NOW, server="https://other.example/fhir").answer(CES) == "no"


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        ask_hook(prefetch(observations='{"resourceType": "Bundle", '), NOW)
    assert caught.value.status == 400
