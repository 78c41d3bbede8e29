"""A site's ConceptMap: local codes and product-level drug codes count as ours, everything else is refused by place, at start."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.evaluation import SiteCodes, SiteCodesError, site_codes
from service.web.app import build, make_deps
from service.web.setting_values import SettingsError
from service.web.settings import Settings
from tests.fhir.build import LOCAL, RXNORM, SNOMED, Json, ask, book, condition, day, finding, fusion, made, observed
from tests.fhir.charts import GABAPENTIN, medicine

SITE, PRODUCTS = "urn:oid:1.2.36.1", "urn:oid:1.2.36.2"
NOW = day(100)


def target(code: str | None, equivalence: str | None = "equivalent") -> Json:
    body = {"code": code, "equivalence": equivalence}
    return {name: value for name, value in body.items() if value is not None}


def group(source: str | None, system: str | None, **elements: Any) -> Json:
    """A group: source code -> one target or several."""
    rows = [{"code": code, "target": found if isinstance(found, list) else [found]} for code, found in elements.items()]
    body = {"source": source, "target": system, "element": rows}
    return {name: value for name, value in body.items() if value is not None}


def concept_map(*groups: Json) -> bytes:
    return json.dumps({"resourceType": "ConceptMap", "status": "active", "group": list(groups)}).encode()


def read(*groups: Json) -> SiteCodes:
    return site_codes(concept_map(*groups), book())


GOOD = group(SITE, LOCAL, SADDLE=target("saddle-sensory-change"))


def saddle(code: str = "SADDLE", system: str = SITE) -> Json:
    return observed(code, day(99), system, valueBoolean=True)


# --- what a map does ----------------------------------------------------------------------------------------------------


def test_a_local_code_counts_as_the_code_it_is_mapped_to() -> None:
    assert ask(fusion(), saddle(), as_of=NOW).answer("red-flag-cauda-equina") == "no"
    assert ask(fusion(), saddle(), as_of=NOW, site=read(GOOD)).shown["red-flag-cauda-equina"] == "critical"


@pytest.mark.parametrize("equivalence", ["equal", "equivalent", "wider", "subsumes"])
def test_equivalences_that_imply_the_target(equivalence: str) -> None:
    site = read(group(SITE, LOCAL, SADDLE=target("saddle-sensory-change", equivalence)))
    assert ask(fusion(), saddle(), as_of=NOW, site=site).answer("red-flag-cauda-equina") == "yes"


def test_a_product_counts_as_its_ingredient() -> None:
    product = made(
        "MedicationRequest", status="active", intent="order", medicationCodeableConcept={"coding": [{"system": PRODUCTS, "code": "OXY5"}]}
    )
    site = read(group(PRODUCTS, RXNORM, OXY5=target("7804", "wider")))
    assert ask(product, medicine(GABAPENTIN), as_of=NOW).answer("care-opioid-gabapentinoid-together") == "no"
    assert ask(product, medicine(GABAPENTIN), as_of=NOW, site=site).shown["care-opioid-gabapentinoid-together"] == "warning"


def test_a_product_of_two_ingredients_counts_as_both() -> None:
    site = read(group(PRODUCTS, RXNORM, MIX=[target("7804", "wider"), target("25480", "wider")]))
    product = made("MedicationStatement", status="active", medicationCodeableConcept={"coding": [{"system": PRODUCTS, "code": "MIX"}]})
    assert ask(product, as_of=NOW, site=site).answer("care-opioid-gabapentinoid-together") == "yes"


def test_an_operation_in_local_codes_is_an_index() -> None:
    site = read(group(SITE, SNOMED, PLIF=target("50172003")))
    told = ask(fusion(system=SITE, code="PLIF"), as_of=NOW, site=site)
    assert told.outcome.index_fusion and told.outcome.index_fusion["daysSince"] == 100


def test_values_may_be_mapped_as_well() -> None:
    site = read(group(SITE, SNOMED, YES=target("373066001")))
    told = ask(
        fusion(),
        finding("saddle-sensory-change", day(99), None, valueCodeableConcept={"coding": [{"system": SITE, "code": "YES"}]}),
        as_of=NOW,
        site=site,
    )
    assert told.answer("red-flag-cauda-equina") == "yes"


def test_a_target_may_lie_below_a_prefix() -> None:
    site = read(group(SITE, "http://hl7.org/fhir/sid/icd-10-cm", HW=target("T84.226A")))
    assert ask(fusion(), condition("HW", day(99), SITE), as_of=NOW, site=site).answer("red-flag-mechanical-pain") == "yes"


def test_aliases_of_systems_work_on_both_sides() -> None:
    site = read(group("urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct/", **{"999": target("192970008")}))
    assert ask(fusion(), condition("999", day(99), SNOMED), as_of=NOW, site=site).answer("red-flag-cauda-equina") == "yes"


def test_a_map_takes_nothing_away() -> None:
    site = read(group(SNOMED, SNOMED, **{"192970008": target("23056005")}))  # our own code for cauda equina, mapped to sciatica
    assert ask(fusion(), condition("192970008", day(99)), as_of=NOW, site=site).answer("red-flag-cauda-equina") == "yes"


def test_unmatched_and_disjoint_are_passed_over() -> None:
    site = read(GOOD, group(SITE, LOCAL, NOTHING=target(None, "unmatched"), OTHER=target("saddle-sensory-change", "disjoint")))
    assert len(site.mappings) == 1
    assert ask(fusion(), saddle("OTHER"), as_of=NOW, site=site).answer("red-flag-cauda-equina") == "no"


# --- its digest is part of what judged --------------------------------------------------------------------------------


def test_the_digest_joins_that_of_the_release() -> None:
    plain = ask(fusion(), as_of=NOW).outcome.release_digest
    one = ask(fusion(), as_of=NOW, site=read(GOOD)).outcome.release_digest
    other = ask(fusion(), as_of=NOW, site=read(group(SITE, LOCAL, SADDLE=target("foot-drop-new")))).outcome.release_digest
    assert len({plain, one, other}) == 3
    assert one == ask(fusion(), as_of=NOW, site=read(GOOD)).outcome.release_digest
    assert one.startswith("sha256:")


# --- what is refused ----------------------------------------------------------------------------------------------------

ICD = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        (
            [group(None, LOCAL, A=target("saddle-sensory-change"))],
            "ConceptMap.group[0]: source and target name the two code systems and may not be left out",
        ),
        (
            [group(SITE, None, A=target("saddle-sensory-change"))],
            "ConceptMap.group[0]: source and target name the two code systems and may not be left out",
        ),
        (
            [{"source": SITE, "target": LOCAL, "element": [{"target": [target("foot-drop-new")]}]}],
            "ConceptMap.group[0].element[0].code: the source code is missing",
        ),
        ([GOOD, group(SITE, LOCAL, A=target(None))], "ConceptMap.group[1].element[0].target[0]: the target code is missing"),
        (
            [group(SITE, LOCAL, A=target("saddle-sensory-change", "relatedto"))],
            "target[0]: equivalence must be one of equal, equivalent, wider, subsumes, unmatched, disjoint: a code of narrower",
        ),
        ([group(SITE, LOCAL, A=target("saddle-sensory-change", "narrower"))], "target[0]: equivalence must be one of"),
        ([group(SITE, LOCAL, A=target("saddle-sensory-change", None))], "target[0]: equivalence must be one of"),
        (
            [group(SITE, LOCAL, A=target("saddle-sensory-chnage"))],
            "target[0]: the target is no code of the vocabulary; did you mean saddle-sensory-change?",
        ),
        ([group(SITE, ICD, A=target("G83.5"))], "target[0]: the target is no code of the vocabulary; did you mean G834?"),
        ([group(SITE, LOCAL, A=target("zzzzzz"))], "target[0]: the target is no code of the vocabulary"),
        ([group(SITE, "http://loinc.example", A=target("x"))], "; code systems of the vocabulary: http"),
        ([], "ConceptMap.group: it maps no code; leave the setting empty to use none"),
        ([group(SITE, LOCAL, A=target("x", "unmatched"))], "ConceptMap.group: it maps no code"),
    ],
)
def test_refusals_name_the_place_and_the_remedy(groups: list[Json], wanted: str) -> None:
    with pytest.raises(SiteCodesError) as error:
        read(*groups)
    assert str(error.value).startswith("the ConceptMap cannot be used:\n")
    assert wanted in str(error.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SiteCodesError) as error:
        read(group(SITE, LOCAL, A=target("zzzzzz"), B=target(None), C=target("saddle-sensory-change", "inexact")))
    assert [f"element[{number}]" in str(error.value) for number in range(3)] == [True, True, True]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", b'{"resourceType": "ValueSet"}', b'{"group": 3}', b'{"resourceType": "ConceptMap", "group": 3}']
)
def test_what_is_no_concept_map(body: bytes) -> None:
    with pytest.raises(SiteCodesError, match=r"the ConceptMap cannot be (read|used)"):
        site_codes(body, book())


# --- the setting --------------------------------------------------------------------------------------------------------


def settings(tmp_path: Path, body: bytes) -> Settings:
    path = tmp_path / "map.json"
    path.write_bytes(body)
    return Settings(concept_map=str(path), data_dir=tmp_path, record="off")


def test_the_service_judges_with_the_map_and_names_it(tmp_path: Path) -> None:
    client = build(make_deps(settings(tmp_path, concept_map(GOOD)), book=book())).test_client()
    site = read(GOOD)
    assert client.get("/version").json["siteCodes"] == {"digest": site.digest, "mappings": 1}
    chart = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in ({"resourceType": "Patient", "id": "p1"}, fusion(), saddle())],
    }
    answer = client.post(f"/evaluate?asOf={NOW}", data=json.dumps(chart), content_type="application/json").json
    assert answer["cards"][0]["indicator"] == "critical"
    assert answer["release"]["digest"] == ask(fusion(), as_of=NOW, site=site).outcome.release_digest


def test_without_a_map_none_is_named(tmp_path: Path) -> None:
    assert "siteCodes" not in build(make_deps(Settings(data_dir=tmp_path, record="off"), book=book())).test_client().get("/version").json


def test_a_broken_map_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        make_deps(settings(tmp_path, concept_map(group(SITE, LOCAL, A=target("zzzzzz")))), book=book())
    assert str(error.value).startswith("POSTFUSION_CONCEPT_MAP: the ConceptMap cannot be used:")
    assert "ConceptMap.group[0].element[0].target[0]" in str(error.value)


def test_a_missing_file_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"POSTFUSION_CONCEPT_MAP names a file that cannot be read \(No such file or directory\)"):
        make_deps(Settings(concept_map=str(tmp_path / "none.json"), data_dir=tmp_path, record="off"), book=book())
