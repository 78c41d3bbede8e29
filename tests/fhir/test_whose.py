"""Whose chart it is: references in every form, several patients, rows of others, and who is judged at all."""

import json
from typing import Any

import pytest

from service.fhir import Refused
from tests.fhir.build import ICD10, Json, ask, ask_bundle, bundle, condition, day, finding, fusion, nrs, patient

NOW = day(300)
BASE = "https://ehr.example/fhir"
CES = "red-flag-cauda-equina"


def about(reference: str | None, **members: Any) -> Json:
    return finding("saddle-sensory-change", day(299), subject={"reference": reference} if reference else None, **members)


def entry(resource: Json, url: str | None = None) -> Json:
    return {"fullUrl": url, "resource": resource} if url else {"resource": resource}


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        (None, "Patient/p1"),
        (None, "Patient/p1/_history/2"),
        (None, f"{BASE}/Patient/p1"),
        (f"{BASE}/Patient/p1", "Patient/p1"),
        (f"{BASE}/Patient/p1", f"{BASE}/Patient/p1"),
        (f"{BASE}/Patient/p1", f"{BASE}/Patient/p1/_history/7"),
        (f"{BASE}/Patient/p1/_history/3", f"{BASE}/Patient/p1"),
        ("urn:uuid:0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11", "urn:uuid:0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11"),
        ("urn:uuid:0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11", "Patient/p1"),
    ],
)
def test_forms_of_a_reference_to_the_patient(url: str | None, reference: str) -> None:
    told = ask_bundle(bundle(entry(patient(), url), entry(about(reference))), as_of=NOW)
    assert told.answer(CES) == "yes" and "data-incomplete" not in told.shown


NOT_ALLOWED = [
    "Patient/p1 ", " Patient/p1", "/Patient/p1", "./Patient/p1", "../Patient/p1", "Patient/p2/Patient/p1", "Patient//p1", "Patient/p1/", "patient/p1",
    "Patient/p1#x", "Patient/p1?x", "Patient/p1|1", "Patient/p1/_history/", "Patient/%70%31", "urn:uuid:p1", "urn:oid:p1", "urn:p1", "p1",
    "ftp://ehr.example/fhir/Patient/p1", "javascript:/Patient/p1", "file:///Patient/p1", "//ehr.example/Patient/p1", "https:///Patient/p1 ",
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        (f"{BASE}/Patient/p1", "https://other.example/fhir/Patient/p1"),
        (f"{BASE}/Patient/p1", f"{BASE}2/Patient/p1"),
        (None, "Patient/p10"),
        (None, "Patient/p"),
        (None, "Patient/P1"),
        (None, "Group/p1"),
        (None, "urn:uuid:0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11"),
        (None, "#p2"),
        (None, None),
        *((None, one) for one in NOT_ALLOWED),
        ("Patient/p2", "Patient/p2"),
    ],
)
def test_rows_of_somebody_else_are_set_aside_by_place_and_told(url: str | None, reference: str | None) -> None:
    told = ask_bundle(bundle(entry(patient(), url), entry(fusion()), entry(about(reference))), as_of=NOW)
    assert told.answer(CES) == "no" and told.shown == {"data-incomplete": "warning"}
    assert any(issue.get("expression") == ["Bundle.entry[2].resource"] for issue in told.issues)
    assert reference is None or reference not in json.dumps(told.outcome.outcome)


UUID = "0b6b5ad1-27c4-4a2e-8d0c-6f6a6dd4ed11"


def test_a_uuid_that_is_the_id_needs_no_full_url() -> None:
    """As in bundles of generated patients whose resources were sorted into a prefetch."""
    rows = [fusion(subject={"reference": f"urn:uuid:{UUID}"}), about(f"urn:uuid:{UUID}")]
    assert ask_bundle(bundle(patient(id=UUID), *rows), as_of=NOW).shown == {CES: "critical"}


@pytest.mark.parametrize("url", [f"{BASE}/Patient/p1", f"{BASE}/Patient/p1/_history/2", f"urn:uuid:{UUID}", None])
def test_a_patient_without_an_id_is_known_by_its_full_url(url: str | None) -> None:
    name = {None: "Patient/p1", f"urn:uuid:{UUID}": url}.get(url, "Patient/p1")
    told = ask_bundle(bundle(entry(patient(id=None), url), fusion(subject={"reference": name}), about(name)), as_of=NOW)
    assert told.shown == ({CES: "critical"} if url else {"data-incomplete": "warning"})


@pytest.mark.parametrize("name", ["p_1", "<b>p1</b>", "p1 ", "p" * 65, "Patient/p1", "p1\u2028"])
def test_an_id_that_is_no_fhir_id_is_refused_and_not_repeated(name: str) -> None:
    body = bundle(patient(id=name), fusion(subject={"reference": f"Patient/{name}"}))
    with pytest.raises(Refused) as caught:
        ask_bundle(body, as_of=NOW)
    assert caught.value.status == 422 and caught.value.expression == ("Bundle.entry[0].resource.id",)
    assert name not in caught.value.text


def test_one_id_on_two_servers_is_two_patients() -> None:
    here, there = (entry(patient(), f"{base}/Patient/p1") for base in (BASE, "https://other.example/fhir"))
    assert refusal(bundle(here, there, fusion())) == 422
    assert refusal(bundle(here, there, fusion()), patient="p1") == 422
    assert not ask_bundle(bundle(here, here, fusion()), as_of="2026-01-09").shown, "the same entry twice is one"


def test_one_address_of_two_patients_is_no_address() -> None:
    both = [entry(patient(id=name), f"urn:uuid:{UUID}") for name in ("p1", "p2")]
    assert refusal(bundle(*both, fusion()), patient="p2") == 422


def mixed(*urls: str | None) -> Json:
    """A fusion by a relative reference beside a finding by an absolute one; urls are their fullUrls."""
    rows = [fusion(), about("https://other.example/fhir/Patient/p1")]
    return bundle(patient(), *(entry(row, url) for row, url in zip(rows, urls, strict=True)))


@pytest.mark.parametrize(
    ("urls", "shown"),
    [
        ((None, None), {"data-incomplete": "warning"}),
        ((f"{BASE}/Procedure/1", f"{BASE}/Observation/1"), {"data-incomplete": "warning"}),
        ((f"{BASE}/Procedure/1", "https://other.example/fhir/Observation/1"), {"data-incomplete": "warning"}),
        (("https://other.example/fhir/Procedure/1", "https://other.example/fhir/Observation/1"), {CES: "critical"}),
    ],
)
def test_relative_and_absolute_references_side_by_side(urls: tuple[str | None, str | None], shown: dict[str, str]) -> None:
    """Without a base to go by an absolute reference may be to another server's patient of the same id; full urls can tell."""
    assert ask_bundle(mixed(*urls), as_of=NOW).shown == shown


def test_a_foreign_row_that_no_rule_could_use_is_named_without_a_card() -> None:
    other = finding("unheard-of", day(299), subject={"reference": "Patient/p2"})
    told = ask(fusion(), other, as_of=NOW)
    assert not told.shown and any("another patient" in issue["diagnostics"] for issue in told.issues)


def test_a_contained_patient_speaks_for_the_chart_by_its_id() -> None:
    inner = {"resourceType": "Patient", "id": "p1"}
    assert ask(fusion(), about("#p1", contained=[inner]), as_of=NOW).answer(CES) == "yes"
    assert ask(fusion(), about("#p2", contained=[{**inner, "id": "p2"}]), as_of=NOW).answer(CES) == "no"
    assert ask(fusion(), about("#p1", contained=[{"resourceType": "Group", "id": "p1"}]), as_of=NOW).answer(CES) == "no"


def test_a_single_patient_resource_decides() -> None:
    rows = [finding("saddle-sensory-change", day(299), subject={"reference": "Patient/p2"}) for _ in range(3)]
    told = ask_bundle(bundle(patient(), fusion(), *rows), as_of=NOW)
    assert told.outcome.patient == "p1" and told.answer(CES) == "no"


def test_without_a_patient_resource_a_common_subject_is_enough() -> None:
    assert ask_bundle(bundle(fusion(), about("Patient/p1")), as_of=NOW).outcome.patient == "p1"


def refusal(body: Json, **members: Any) -> int:
    with pytest.raises(Refused) as caught:
        ask_bundle(body, as_of=NOW, **members)
    assert "p1" not in caught.value.text and "p2" not in caught.value.text
    return caught.value.status


def test_bodies_whose_patient_cannot_be_told() -> None:
    two = [patient(), patient(id="p2")]
    foreign = fusion(subject={"reference": "Patient/p2"})
    assert refusal(bundle(*two)) == 422
    assert refusal(bundle(fusion(), foreign)) == 422
    assert refusal(bundle()) == 422
    assert refusal(bundle(fusion(subject=None))) == 422
    assert refusal(bundle(fusion(subject={"reference": "Group/g1"}))) == 422
    assert refusal(bundle(patient()), patient="p3") == 422


def test_bodies_that_are_no_bundle() -> None:
    assert refusal(patient()) == 400
    assert refusal({"resourceType": "Bundle", "type": "collection", "entry": {}}) == 400


def test_one_of_several_patients_can_be_asked_for() -> None:
    mine, other = about("Patient/p1"), about("Patient/p2")
    for asked in ("p1", "Patient/p1"):
        told = ask_bundle(bundle(patient(), patient(id="p2"), fusion(), mine, other), as_of=NOW, patient=asked)
        assert told.outcome.patient == "p1" and told.shown == {CES: "critical"}
    told = ask_bundle(bundle(patient(), patient(id="p2"), other), as_of=NOW, patient="p1")
    assert not told.shown


def test_a_row_of_a_third_person_is_told_even_when_a_patient_was_asked_for() -> None:
    told = ask_bundle(bundle(patient(), fusion(), about("Patient/p9")), as_of=NOW, patient="p1")
    assert told.shown == {"data-incomplete": "warning"} and told.answer("red-flag-motor-deficit") == "no"


def test_every_type_of_bundle_is_read_alike() -> None:
    for kind in ("collection", "searchset", "batch", "transaction", "document", "message", "history"):
        assert ask_bundle(bundle(patient(), fusion(), about("Patient/p1"), kind=kind), as_of=NOW).answer(CES) == "yes", kind


def test_a_bundle_inside_a_bundle_is_read() -> None:
    assert ask_bundle(bundle(patient(), bundle(fusion(), about("Patient/p1"))), as_of=NOW).answer(CES) == "yes"


def test_a_bundle_that_is_cut_short_says_so() -> None:
    parts = [patient(), fusion()]
    more: Json = {"link": [{"relation": "next", "url": "https://ehr.example/next"}]}
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert ask_bundle(bundle(*parts, **more), as_of=NOW).shown["data-incomplete"] == "warning"
    assert ask_bundle(bundle(*parts, kind="searchset", total=9), as_of=NOW).shown["data-incomplete"] == "warning"
    assert ask_bundle(bundle(*parts, failed, kind="searchset"), as_of=NOW).shown["data-incomplete"] == "warning"
    assert not ask_bundle(bundle(*parts, hint, kind="searchset", total=2), as_of=NOW).shown


def test_included_resources_do_not_count_as_matches() -> None:
    entries = [{"resource": patient(), "search": {"mode": "include"}}, {"resource": fusion(), "search": {"mode": "match"}}]
    assert "data-incomplete" in ask_bundle(bundle(*entries, kind="searchset", total=2), as_of=NOW).shown


def test_one_broken_entry_takes_no_other_down() -> None:
    wrong = finding("saddle-sensory-change", day(299))
    wrong["valueBoolean"] = "true"
    told = ask(fusion(), wrong, finding("foot-drop-new", day(299)), as_of=NOW)
    assert told.answer(CES) == "unknown" and told.shown["red-flag-motor-deficit"] == "critical" and "data-unreadable" in told.shown
    untyped = {key: value for key, value in about("Patient/p1").items() if key != "resourceType"}
    assert ask_bundle(bundle(patient(), fusion(), {"resource": untyped}), as_of=NOW).shown == {"data-incomplete": "warning"}
    assert ask_bundle(bundle(patient(), fusion(), {"resource": 5}), as_of=NOW).shown
    assert not ask_bundle(bundle(patient(), fusion(), {"request": {"method": "GET", "url": "x"}}), as_of=NOW).shown


CHART = [fusion(), finding("foot-drop-new", day(299)), nrs(6, day(200)), nrs(6, day(299))]


@pytest.mark.parametrize(
    ("person", "motor", "saddle"),
    [
        (patient(birthDate="2008-01-09"), "yes", "yes"),
        (patient(birthDate="2008-01-10"), "no", "yes"),
        (patient(birthDate="2008"), "yes", "yes"),
        (patient(birthDate="2009"), "no", "yes"),
        (patient(birthDate=None), "yes", "yes"),
        (patient(birthDate="unknown"), "yes", "yes"),
        (patient(deceasedBoolean=True), "no", "no"),
        (patient(deceasedBoolean=False), "yes", "yes"),
        (patient(deceasedDateTime="2025-12-01"), "no", "no"),
        (patient(deceasedDateTime="2026-12-01"), "yes", "yes"),
    ],
)
def test_adults_alive(person: Json, motor: str, saddle: str) -> None:
    told = ask(*CHART, about("Patient/p1"), as_of="2026-01-09", person=person)
    assert (told.answer("red-flag-motor-deficit"), told.answer(CES)) == (motor, saddle)
    others = {v["rule"] for v in told.outcome.verdicts if v["answer"] != "no"} - {CES}
    assert motor == "yes" or not others


def test_the_outcome_says_why_nobody_is_judged() -> None:
    for person, word in (
        (patient(birthDate="2015-01-01"), "under 18"),
        (patient(deceasedBoolean=True), "deceased"),
        (patient(birthDate=None), "not recorded"),
    ):
        assert any(word in issue["diagnostics"] for issue in ask(fusion(), as_of=NOW, person=person).issues), word


def test_the_safety_net_holds_for_minors_without_a_fusion() -> None:
    told = ask(condition("G83.4", day(299), ICD10), as_of=NOW, person=patient(birthDate="2015-01-01"))
    assert told.shown == {CES: "critical"}


def test_two_servers_without_a_patient_resource_are_two_patients() -> None:
    rows = [about("https://a.example/fhir/Patient/p1"), about("https://b.example/fhir/Patient/p1")]
    assert refusal(bundle(*rows)) == 422
