"""The story files themselves: valid R4, one patient, codes out of the value sets, request and bundle telling the same."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from fhir.resources.R4B import get_fhir_model_class

from service.lab.hooks import HOOKS
from service.web.discovery import prefetch_templates
from tests.stories.replay import NAMES, ROOT, as_of, book, hook_of, request_on, story, text_of

DRAFTED = ("draftOrders", "conditions")
each_story = pytest.mark.parametrize("name", NAMES)
each_with_drafts = pytest.mark.parametrize("name", [name for name in NAMES if {*DRAFTED} & story(name, "request.json")["context"].keys()])


def in_bundle(name: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in story(name, "bundle.json")["entry"]]


def in_request(name: str) -> list[dict[str, Any]]:
    values = request_on(name, as_of(name))["prefetch"].values()
    bundles = [value["entry"] if value["resourceType"] == "Bundle" and "entry" in value else [{"resource": value}] for value in values]
    return [e["resource"] for held in bundles for e in held if e["resource"]["resourceType"] != "Bundle"]


def drafts(name: str) -> list[dict[str, Any]]:
    context = request_on(name, as_of(name))["context"]
    return [entry["resource"] for member in DRAFTED for entry in context.get(member, {"entry": []})["entry"]]


def codings(node: Any) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        yield from node.get("coding", [])
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from codings(inner)


@pytest.fixture(scope="module")
def vocabulary() -> dict[tuple[str, str], str]:
    """(system, code) -> display, out of every value set."""
    files = sorted((ROOT / "rules" / "vocabulary" / "1.0.0" / "valuesets").glob("*.yaml"))
    rows = [row for path in files for row in yaml.safe_load(path.read_text())["codes"]]
    return {(row["system"], str(row["code"])): row["display"] for row in rows}


@each_story
def test_bundle_and_request_tell_the_same_story(name: str) -> None:
    def by_id(resources: list[dict[str, Any]]) -> dict[str, Any]:
        return {f"{r['resourceType']}/{r['id']}": r for r in resources}

    assert by_id(in_bundle(name)) == by_id(in_request(name))


@each_story
def test_everything_is_valid_r4(name: str) -> None:
    bundle = story(name, "bundle.json")
    get_fhir_model_class("Bundle").model_validate(bundle)
    for value in request_on(name, as_of(name))["prefetch"].values():
        if value is not None:
            get_fhir_model_class(value["resourceType"]).model_validate(value)
    for resource in in_bundle(name):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@each_story
def test_one_patient_and_his_own_rows(name: str) -> None:
    people = [r["id"] for r in in_bundle(name) if r["resourceType"] == "Patient"]
    subjects = {r["subject"]["reference"] for r in in_bundle(name) if r["resourceType"] != "Patient"}
    request = story(name, "request.json")
    assert len(people) == 1
    assert subjects == {f"Patient/{people[0]}"} == {f"Patient/{request['context']['patientId']}"}


@each_story
def test_the_request_is_whole(name: str) -> None:
    request = story(name, "request.json")
    assert list(request) == ["hook", "hookInstance", "context", "prefetch"]
    assert list(request["prefetch"]) == list(prefetch_templates(book(), request["hook"]))
    wanted = HOOKS[request["hook"]]
    assert {*wanted.required} <= request["context"].keys() <= {*wanted.required, *wanted.optional}
    assert "{{" in text_of(name, "request.json")
    assert not re.search(r'"\d{4}-\d\d-\d\d', text_of(name, "request.json").replace('"birthDate": "', "")), "a fixed date rots"
    assert "{{" not in text_of(name, "bundle.json")


@each_story
def test_no_data_is_said_by_empty_searches(name: str) -> None:
    values = [value for key, value in story(name, "request.json")["prefetch"].items() if key != "patient"]
    for value in values:
        assert (value["type"], value["total"]) == ("searchset", len(value.get("entry", [])))
        assert value.get("entry") != [], "R4 knows no empty list"


@each_with_drafts
def test_drafts_are_valid_r4_and_of_the_patient(name: str) -> None:
    context = request_on(name, as_of(name))["context"]
    for member in {*DRAFTED} & context.keys():
        get_fhir_model_class("Bundle").model_validate(context[member])
    assert drafts(name)
    for draft in drafts(name):
        get_fhir_model_class(draft["resourceType"]).model_validate(draft)
        assert draft["subject"] == {"reference": f"Patient/{context['patientId']}"}
        assert draft["encounter"] == {"reference": f"Encounter/{context['encounterId']}"}
        assert draft.get("status") == (None if draft["resourceType"] == "Condition" else "draft")


@each_with_drafts
def test_drafts_are_no_part_of_the_chart(name: str) -> None:
    drafted = [f"{draft['resourceType']}/{draft['id']}" for draft in drafts(name)]
    assert not {*drafted} & {f"{row['resourceType']}/{row['id']}" for row in in_bundle(name)}
    selections = story(name, "request.json")["context"].get("selections", [])
    assert {*selections} <= {*drafted}
    assert bool(selections) == (hook_of(name) == "order-select")


@each_story
def test_codes_come_from_the_value_sets(name: str, vocabulary: dict[tuple[str, str], str]) -> None:
    for coding in codings([in_bundle(name), drafts(name)]):
        if not coding["system"].startswith("http://terminology.hl7.org/"):
            assert vocabulary.get((coding["system"], coding["code"])) == coding["display"], coding


@each_story
def test_the_readme_is_short(name: str) -> None:
    title, blank, *lines = text_of(name, "README.md").splitlines()
    assert title.startswith("# ")
    assert not blank
    assert 3 <= len(lines) <= 6


def test_the_hook_instances_differ() -> None:
    assert len({story(name, "request.json")["hookInstance"] for name in NAMES}) == len(NAMES)


def test_json_is_written_alike() -> None:
    for name in NAMES:
        for file in ("bundle.json", "request.json"):
            assert text_of(name, file) == json.dumps(story(name, file), indent=2) + "\n"
