"""Codes that only look like ours: listed by place with the name of our concept, never matched, and never with the words that were sent."""

import json
from typing import Any

import pytest

from service.evaluation import as_json, site_codes
from service.fhir.near_misses import MOST
from tests.fhir.build import LOCAL, SNOMED, Json, Told, ask, book, condition, day, fusion, made, observed
from tests.fhir.charts import GABAPENTIN, medicine

OWN = "urn:oid:1.2.36.1"
NOW = day(100)


def coded(code: str | None, display: str | None, system: str | None = OWN) -> Json:
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [{name: value for name, value in coding.items() if value is not None}]}


def dx(concept: Json, **members: Any) -> Json:
    """An active diagnosis with a CodeableConcept of its own."""
    return {**condition("x", day(99), **members), "code": concept}


def seen(concept: Json) -> Json:
    """A finding with a CodeableConcept of its own, present."""
    return {**observed("x", day(99), OWN, valueBoolean=True), "code": concept}


def misses(told: Told) -> list[Json]:
    return [issue for issue in told.issues if issue["code"] == "code-invalid"]


def test_a_diagnosis_that_reads_like_cauda_equina_is_named_and_does_not_count() -> None:
    told = ask(fusion(), dx(coded("CES1", "Cauda equina syndrome")), as_of=NOW)
    assert told.answer("red-flag-cauda-equina") == "no"
    assert misses(told) == [
        {
            "severity": "information",
            "code": "code-invalid",
            "diagnostics": "a code that is not mapped resembles cauda-equina-dx; map it in the site's ConceptMap if it means that",
            "expression": ["Bundle.entry[2].resource.code"],
        }
    ]


def test_order_case_and_punctuation_of_the_words_do_not_matter() -> None:
    told = ask(fusion(), dx(coded("x", "syndrome, CAUDA-EQUINA (disorder)")), as_of=NOW)
    assert "cauda-equina-dx" in misses(told)[0]["diagnostics"]


def test_a_finding_of_our_own_under_another_code() -> None:
    told = ask(fusion(), seen(coded("SAD", "Saddle sensory change")), as_of=NOW)
    assert len(misses(told)) == 1
    assert told.answer("red-flag-cauda-equina") == "no"


def test_a_product_whose_display_names_an_ingredient() -> None:
    product = made(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=coded("1049621", "Oxycodone hydrochloride 5 MG Oral Tablet"),
    )
    told = ask(product, medicine(GABAPENTIN), as_of=NOW)
    assert told.answer("care-opioid-gabapentinoid-together") == "no"
    assert misses(told)[0]["expression"] == ["Bundle.entry[1].resource.medication"]
    assert "rx-opioid" in misses(told)[0]["diagnostics"]


@pytest.mark.parametrize(
    ("concept", "why"),
    [
        (coded("x", "Cauda equina lesion of unknown kind"), "further words make it another thing"),
        (coded("x", None), "no display"),
        (coded(None, "Cauda equina syndrome"), "no code: nothing to map"),
        (coded("x", "Cauda equina syndrome", None), "no system: nothing to map"),
        (coded("x", "L5"), "too short to say anything"),
        ({"text": "Cauda equina syndrome"}, "free text"),
        ({"coding": [{"system": SNOMED, "code": "192970008"}, coded("x", "Sciatica")["coding"][0]]}, "another coding is ours"),
    ],
)
def test_what_is_no_near_miss(concept: dict[str, Any], why: str) -> None:
    assert misses(ask(fusion(), dx(concept), as_of=NOW)) == [], why


def test_the_words_that_were_sent_are_never_repeated() -> None:
    told = ask(fusion(), dx(coded("Zz-code", "SYNDROME cauda EQUINA", "urn:zz-system")), as_of=NOW)
    answer = json.dumps(as_json(told.outcome))
    assert misses(told)
    for sent in ("SYNDROME cauda EQUINA", "Zz-code", "urn:zz-system"):
        assert sent not in answer


def test_a_mapped_code_is_no_near_miss() -> None:
    body = {
        "resourceType": "ConceptMap",
        "group": [
            {
                "source": OWN,
                "target": LOCAL,
                "element": [{"code": "SAD", "target": [{"code": "saddle-sensory-change", "equivalence": "equal"}]}],
            }
        ],
    }
    told = ask(fusion(), seen(coded("SAD", "Saddle sensory change")), as_of=NOW, site=site_codes(json.dumps(body).encode(), book()))
    assert misses(told) == []
    assert told.answer("red-flag-cauda-equina") == "yes"


def test_of_a_chart_full_of_them_only_some_are_named() -> None:
    rows = [dx(coded(f"x{number}", "Cauda equina syndrome")) for number in range(MOST + 5)]
    assert len(misses(ask(fusion(), *rows, as_of=NOW))) == MOST


def test_another_patients_codes_are_not_looked_at() -> None:
    other = dx(coded("x", "Cauda equina syndrome"), subject={"reference": "Patient/p2"})
    assert misses(ask(fusion(), other, as_of=NOW)) == []
