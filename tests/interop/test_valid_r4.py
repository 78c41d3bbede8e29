"""Every resource is valid R4 (4.0.1): by fhir.resources, whose models are R4B's, and by fhirclient, whose models are R4's.

Checked here because neither library does: required bindings, the patterns of id, uri, code and dateTime, the invariants of the types
used, elements that R4 does not have, and the narrative.
"""

import importlib
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.interop.published import NAMES, resources, walk

STATUS = {"draft", "active", "retired", "unknown"}
REQUEST_PRIORITY = {"routine", "urgent", "asap", "stat"}
SELECTION = {"any", "all", "all-or-none", "exactly-one", "at-most-one", "one-or-more"}
RELATED = {"documentation", "justification", "citation", "predecessor", "successor", "derived-from", "depends-on", "composed-of"}
# elements with a required binding in R4, among those that are used
REQUIRED = {
    "PlanDefinition.status": STATUS,
    "ValueSet.status": STATUS,
    "CodeSystem.status": STATUS,
    "Library.status": STATUS,
    "CapabilityStatement.status": STATUS,
    "PlanDefinition.text.status": {"generated", "extensions", "additional", "empty"},
    "PlanDefinition.relatedArtifact.type": RELATED,
    "Library.relatedArtifact.type": RELATED,
    "PlanDefinition.action.documentation.type": RELATED,
    "PlanDefinition.action.priority": REQUEST_PRIORITY,
    "PlanDefinition.action.action.action.priority": REQUEST_PRIORITY,
    "PlanDefinition.action.trigger.type": {
        *("named-event", "periodic", "data-changed", "data-added", "data-modified", "data-removed", "data-accessed", "data-access-ended"),
    },
    "PlanDefinition.action.condition.kind": {"applicability", "start", "stop"},
    "PlanDefinition.action.action.condition.kind": {"applicability", "start", "stop"},
    "PlanDefinition.action.groupingBehavior": {"visual-group", "logical-group", "sentence-group"},
    "PlanDefinition.action.action.groupingBehavior": {"visual-group", "logical-group", "sentence-group"},
    "PlanDefinition.action.selectionBehavior": SELECTION,
    "PlanDefinition.action.action.selectionBehavior": SELECTION,
    "PlanDefinition.action.action.requiredBehavior": {"must", "could", "must-unless-documented"},
    "PlanDefinition.action.action.precheckBehavior": {"yes", "no"},
    "PlanDefinition.action.input.type": {
        *("Patient", "Condition", "Observation", "Procedure", "MedicationRequest", "DiagnosticReport"),
    },
    "PlanDefinition.action.action.action.output.type": {"ServiceRequest", "CommunicationRequest", "Condition"},
    "ValueSet.compose.include.filter.op": {"=", "is-a", "descendent-of", "is-not-a", "regex", "in", "not-in", "generalizes", "exists"},
    "CodeSystem.content": {"not-present", "example", "fragment", "complete", "supplement"},
    "CapabilityStatement.kind": {"instance", "capability", "requirements"},
    "CapabilityStatement.fhirVersion": {"4.0.1"},
    "CapabilityStatement.rest.mode": {"client", "server"},
    "CapabilityStatement.rest.resource.interaction.code": {"read", "search-type"},
    "CapabilityStatement.rest.resource.versioning": {"no-version", "versioned", "versioned-update"},
    "CapabilityStatement.rest.resource.conditionalRead": {"not-supported", "modified-since", "not-match", "full-support"},
    "CapabilityStatement.rest.resource.searchParam.type": {
        *("number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"),
    },
    "Bundle.type": {"searchset", "transaction"},
    "Bundle.entry.search.mode": {"match", "include", "outcome"},
    "Bundle.entry.request.method": {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"},
}
# the codes of extensible and example bindings that are used, each from the code system R4 names for it
CODED = {
    "http://terminology.hl7.org/CodeSystem/plan-definition-type": {"order-set", "clinical-protocol", "eca-rule", "workflow-definition"},
    "http://terminology.hl7.org/CodeSystem/library-type": {"logic-library", "model-definition", "asset-collection", "module-definition"},
    "http://terminology.hl7.org/CodeSystem/action-type": {"create", "update", "remove", "fire-event"},
    "http://terminology.hl7.org/CodeSystem/evidence-quality": {"high", "moderate", "low", "very-low"},
    "http://terminology.hl7.org/CodeSystem/recommendation-strength": {"strong", "weak"},
}
# in R4B and not in R4, or of another type there
NOT_R4 = ("subjectCanonical", "versionAlgorithmString", "versionAlgorithmCoding", "copyrightLabel", "asNeededBoolean")
NAMED = ("PlanDefinition", "ValueSet", "CodeSystem", "Library", "CapabilityStatement")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
URI = re.compile(r"https?://[^\s|]+")
CANONICAL = re.compile(r"https?://[^\s|]+(\|[^\s|]+)?")
CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.mark.parametrize("name", NAMES)
def test_both_libraries_read_it_back_as_it_is(name: str) -> None:
    resource = resources()[name]
    kind = resource["resourceType"]
    assert get_fhir_model_class(kind).model_validate(resource).model_dump(mode="json", exclude_none=True) == resource
    r4 = getattr(importlib.import_module(f"fhirclient.models.{kind.lower()}"), kind)
    assert r4(resource, strict=True).as_json() == resource


@pytest.mark.parametrize("name", NAMES)
def test_codes_of_required_bindings(name: str) -> None:
    for path, value in walk(resources()[name]):
        if path in REQUIRED and isinstance(value, str):
            assert value in REQUIRED[path], path
        if isinstance(value, dict) and value.get("system", "").startswith("http://terminology.hl7.org/CodeSystem/") and "code" in value:
            assert value["code"] in CODED.get(value["system"], {value["code"]})


def test_every_required_binding_was_met() -> None:
    seen = {path for name in NAMES for path, value in walk(resources()[name]) if isinstance(value, str)}
    assert set(REQUIRED) <= seen


@pytest.mark.parametrize("name", NAMES)
def test_patterns_of_r4(name: str) -> None:
    for path, value in walk(resources()[name]):
        last = path.rsplit(".", 1)[-1]
        if isinstance(value, str):
            assert value.strip(), path
            assert last not in NOT_R4, path
        if last in ("url", "fullUrl", "system", "reference") and isinstance(value, str) and ".request." not in path:
            assert (CANONICAL if last == "reference" else URI).fullmatch(value), (path, value)
        if last in ("resource", "library") and isinstance(value, str):
            assert CANONICAL.fullmatch(value), (path, value)
        if last in ("date", "start", "end") and isinstance(value, str):
            assert DATE.fullmatch(value), (path, value)
        if last == "code" and isinstance(value, str):
            assert CODE.fullmatch(value), (path, value)
        assert value not in ({}, []), path


@pytest.mark.parametrize("name", NAMES)
def test_what_every_published_resource_says(name: str) -> None:
    for _, value in walk(resources()[name]):
        if isinstance(value, dict) and value.get("resourceType") in NAMED:
            assert ID.fullmatch(value["id"])
            assert URI.fullmatch(value["url"])
            assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", value["name"])  # pdf-0, vsd-0, csd-0, lib-0, cpb-0
            assert re.match(r"\d+\.\d+\.\d+(-[A-Za-z0-9.-]+)?\Z", value["version"])
            assert {"title", "publisher", "description", "status", "experimental"} <= value.keys()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("PlanDefinition/")])
def test_invariants_of_a_plan_definition(name: str) -> None:
    plan = resources()[name]
    assert plan["type"]["coding"][0]["code"] == "eca-rule"
    assert plan["effectivePeriod"]["start"] <= plan["effectivePeriod"].get("end", "9999")  # per-1
    for path, value in walk(plan):
        if path.endswith(".trigger") and isinstance(value, dict):
            assert value["type"] == "named-event" and value["name"]  # trd-3: a named event requires a name
            assert not {"data", "condition"} & value.keys()  # trd-1, trd-2
        if path.endswith(".expression") and isinstance(value, dict):
            assert value["language"] and (value.get("expression") or value.get("reference"))  # language is 1..1; exp-1
        if path.endswith(".condition") and isinstance(value, dict):
            assert value["kind"]  # 1..1
    assert "definitionCanonical" not in str(plan)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("ValueSet/")])
def test_invariants_of_a_value_set(name: str) -> None:
    for include in resources()[name]["compose"]["include"]:
        assert include["system"]  # vsd-1, vsd-2
        assert ("concept" in include) != ("filter" in include)  # vsd-3: not both; and never a whole system
        for one in include.get("filter", ()):
            assert {"property", "op", "value"} == one.keys()  # 1..1 each
        for one in include.get("concept", ()):
            assert set(one) <= {"code", "display", "extension"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("CodeSystem/")])
def test_invariants_of_a_code_system(name: str) -> None:
    system = resources()[name]
    codes = [one["code"] for one in system["concept"]]
    assert len(codes) == len(set(codes)) == system["count"]  # csd-1
    assert system["content"] == "complete"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("Library/")])
def test_invariants_of_a_library(name: str) -> None:
    library = resources()[name]
    assert library["type"]["coding"][0]["system"] == "http://terminology.hl7.org/CodeSystem/library-type"  # type is 1..1
    for content in library.get("content", ()):
        assert content["contentType"] and content["data"]  # att-1


def test_invariants_of_the_capability_statement() -> None:
    statement = resources()["metadata"]
    assert DATE.fullmatch(statement["date"])  # 1..1
    assert statement["kind"] == "instance" and statement["implementation"]["description"]  # cpb-15; description is 1..1
    (rest,) = statement["rest"]
    types = [one["type"] for one in rest["resource"]]
    assert len(types) == len(set(types))  # cpb-9
    for one in rest["resource"]:
        names = [param["name"] for param in one["searchParam"]]
        assert len(names) == len(set(names))  # cpb-12


@pytest.mark.parametrize("name", ["searchset", "empty searchset", "transaction"])
def test_invariants_of_a_bundle(name: str) -> None:
    bundle = resources()[name]
    entries = bundle.get("entry", [])
    urls = [one["fullUrl"] for one in entries]
    assert len(urls) == len(set(urls))  # bdl-7
    for one in entries:
        assert one["fullUrl"].endswith(f"/{one['resource']['resourceType']}/{one['resource']['id']}")
        assert ("search" in one) is (bundle["type"] == "searchset")  # bdl-2
        assert ("request" in one) is (bundle["type"] == "transaction")  # bdl-3
    assert ("total" in bundle) is (bundle["type"] == "searchset")  # bdl-1


@pytest.mark.parametrize("name", NAMES)
def test_the_narrative_is_plain_xhtml(name: str) -> None:
    """txt-1 and txt-2: only formatting, and some text; what people wrote is escaped."""
    for path, value in walk(resources()[name]):
        if path.endswith(".div"):
            tree = ElementTree.fromstring(value)  # noqa: S314 our own text
            assert tree.tag == f"{XHTML}div"
            assert {one.tag.removeprefix(XHTML) for one in tree.iter()} <= {"div", "h2", "h3", "p", "table", "tbody", "tr", "th", "td"}
            assert not any(one.attrib for one in tree.iter())
            assert "".join(tree.itertext()).strip()


@pytest.mark.parametrize(
    ("change", "caught"),
    [
        ({"status": "published"}, test_codes_of_required_bindings),
        ({"url": "https://a b"}, test_patterns_of_r4),
        ({"subjectCanonical": "x"}, test_patterns_of_r4),
        ({"name": "lower"}, test_what_every_published_resource_says),
        ({"text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml"><script/></div>'}}, test_the_narrative_is_plain_xhtml),
    ],
    ids=["status", "url", "element", "name", "narrative"],
)
def test_these_tests_can_fail(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], caught: Any) -> None:
    name = "PlanDefinition/red-flag-infection"
    spoilt = {name: {**resources()[name], **change}}
    monkeypatch.setattr("tests.interop.test_valid_r4.resources", lambda: spoilt)
    with pytest.raises(AssertionError):
        caught(name)
