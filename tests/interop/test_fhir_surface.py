"""GET /fhir/... as an integration tester meets it."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from flask.testing import FlaskClient

from service.web.app import build, make_deps
from service.web.settings import Settings
from tests.interop.published import DAY
from tests.stories.replay import book
from tests.web.conftest import MARKER, refused

NOW = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
READS = (
    "/fhir/metadata",
    "/fhir/PlanDefinition",
    "/fhir/PlanDefinition/red-flag-infection",
    "/fhir/ValueSet/infection-dx",
    "/fhir/CodeSystem/findings",
    "/fhir/Library/red-flag-infection",
    "/fhir/Library/postfusion.vocabulary",
    "/fhir/Library/postfusion.release",
)


def service(folder: Path, **changes: Any) -> FlaskClient:
    return build(make_deps(Settings(data_dir=folder, **changes), book=book(), clock=lambda: NOW)).test_client()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield service(tmp_path_factory.mktemp("service"))


@pytest.mark.parametrize("path", READS)
def test_fhir_json_that_may_be_kept(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    assert first.mimetype == "application/fhir+json"
    assert first.headers["ETag"] == f'"sha256:{hashlib.sha256(first.data).hexdigest()}"'
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"another"'}).data == first.data
    assert client.head(path).headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", READS[1:])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: FlaskClient, path: str, method: str) -> None:
    response = client.open(path, method=method, json={})
    refused(response, 405, "not-supported")
    assert "GET" in response.headers["Allow"]


def test_a_rule_by_its_id_and_by_its_versions(client: FlaskClient) -> None:
    def asked(path: str) -> tuple[str, str, str]:
        body = client.get(f"/fhir/PlanDefinition/{path}").json
        return body["id"], body["version"], body["status"]

    assert asked("si-joint-possible") == ("si-joint-possible", "1.1.0", "active")
    assert asked("si-joint-possible-1.1.0") == ("si-joint-possible-1.1.0", "1.1.0", "active")
    assert asked("si-joint-possible-1.0.0") == ("si-joint-possible-1.0.0", "1.0.0", "retired")
    assert asked("si-joint-possible?version=1.0.0") == ("si-joint-possible-1.0.0", "1.0.0", "retired")
    assert asked("si-joint-possible?version=1.1.0") == ("si-joint-possible", "1.1.0", "active")
    assert asked("si-joint-possible?asOf=2026-10-31") == ("si-joint-possible", "1.0.0", "active")
    assert asked("si-joint-possible-1.1.0?asOf=2026-10-31") == ("si-joint-possible-1.1.0", "1.1.0", "draft")
    assert asked("red-flag-infection?asOf=1950-01-01") == ("red-flag-infection", "1.0.0", "draft")


def test_the_libraries_carry_the_very_texts(client: FlaskClient) -> None:
    body = client.get("/fhir/Library/si-joint-possible").json
    document, resolved = body["content"]
    raw = b64decode(document["data"])
    assert raw == (Path(__file__).resolve().parents[2] / "rules/si-joint-possible/1.1.0.yaml").read_bytes()
    assert (document["contentType"], document["size"]) == ("application/yaml", len(raw))
    assert b64decode(document["hash"]) == hashlib.sha1(raw, usedforsecurity=False).digest()
    whole = client.get("/rules/si-joint-possible/1.1.0").json
    without_tests = {name: value for name, value in whole.items() if name != "tests"}
    assert json.loads(b64decode(resolved["data"])) == without_tests
    words = json.loads(b64decode(client.get("/fhir/Library/postfusion.vocabulary").json["content"][0]["data"]))
    assert words["parameters"]["months_fbss"]["value"] == "6 months"
    assert set(words["facts"]) == set(book().vocabularies["1.0.0"].facts)


def found(client: FlaskClient, query: str) -> list[tuple[str, str]]:
    bundle = client.get(f"/fhir/{query}").json
    assert (bundle["type"], bundle["total"]) == ("searchset", len(bundle.get("entry", [])))
    return [(one["resource"]["id"], one["resource"]["status"]) for one in bundle.get("entry", [])]


def test_searches(client: FlaskClient) -> None:
    url = "https://postfusion.example.org/fhir/PlanDefinition/si-joint-possible"
    both = [("si-joint-possible-1.0.0", "retired"), ("si-joint-possible", "active")]
    assert len(found(client, "PlanDefinition")) == sum(len(versions) for versions in book().versions.values())
    assert found(client, f"PlanDefinition?url={url}") == both
    assert found(client, f"PlanDefinition?url={url}|1.0.0") == both[:1]
    assert found(client, f"PlanDefinition?url={url}&version=1.1.0") == both[1:]
    assert found(client, f"PlanDefinition?url={url}&version=9.9.9") == []
    assert found(client, "PlanDefinition?_id=si-joint-possible-1.0.0") == both[:1]
    assert found(client, "PlanDefinition?name=sijointposs") == both
    assert found(client, "PlanDefinition?title=the pain pattern SUGGESTS") == both
    assert found(client, "PlanDefinition?status=draft") == [("no-improvement-months-3-6-1.1.0", "draft")]
    assert found(client, "PlanDefinition?status=unknown") == []
    assert found(client, "ValueSet?_id=infection-dx") == [("infection-dx", "active")]
    assert [name for name, _ in found(client, "CodeSystem")] == ["findings", "override-reasons", "rules"]
    assert ("si-joint-possible", "active") in found(client, "PlanDefinition?asOf=2026-10-31&version=1.0.0")


def test_a_search_says_how_it_was_understood(client: FlaskClient) -> None:
    bundle = client.get("/fhir/CodeSystem?status=active&_format=json&asOf=2026-11-22").json
    (link,) = bundle["link"]
    assert link == {"relation": "self", "url": "https://postfusion.example.org/fhir/CodeSystem?status=active&asOf=2026-11-22"}
    assert bundle["entry"][0]["fullUrl"] == "https://postfusion.example.org/fhir/CodeSystem/findings"
    assert client.get("/fhir/CodeSystem").json["link"][0]["url"].endswith("/fhir/CodeSystem")


def test_addresses_and_uris_go_by_the_settings(tmp_path: Path) -> None:
    client = service(tmp_path, canonical="https://hospital.example/rules", public_url="https://cds.hospital.example")
    plan = client.get("/fhir/PlanDefinition/fbss-label").json
    assert plan["url"] == "https://hospital.example/rules/fhir/PlanDefinition/fbss-label"
    assert client.get("/fhir/CodeSystem/rules").json["url"] == "https://hospital.example/rules/CodeSystem/rules"
    # the service matches this URI in charts, so that no setting may change it
    assert client.get("/fhir/CodeSystem/findings").json["url"] == "https://postfusion.example.org/fhir/CodeSystem/findings"
    assert client.get("/fhir/metadata").json["implementation"]["url"] == "https://cds.hospital.example/fhir"
    assert client.get("/fhir/CodeSystem").json["entry"][0]["fullUrl"] == "https://cds.hospital.example/fhir/CodeSystem/findings"
    assert service(tmp_path, canonical="").get("/fhir/CodeSystem/rules").json["url"].startswith("https://postfusion.example.org/")


def test_what_it_says_it_can_do_it_does(client: FlaskClient) -> None:
    statement = client.get("/fhir/metadata?mode=full").json
    assert (statement["fhirVersion"], statement["kind"]) == ("4.0.1", "instance")
    for one in statement["rest"][0]["resource"]:
        (resource_id, _), *_ = found(client, one["type"])
        assert client.get(f"/fhir/{one['type']}/{resource_id}").status_code == 200
        for param in one["searchParam"]:
            assert client.get(f"/fhir/{one['type']}?{param['name']}=active").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code", "where", "says"),
    [
        ("Patient", 404, "not-supported", None, "PlanDefinition, ValueSet, CodeSystem, Library"),
        (f"{MARKER}/x", 404, "not-supported", None, "PlanDefinition, ValueSet, CodeSystem, Library"),
        (f"PlanDefinition/{MARKER}", 404, "not-found", None, "GET /fhir/PlanDefinition lists them"),
        ("PlanDefinition/red-flag-infectio", 404, "not-found", None, "Did you mean red-flag-infection?"),
        ("PlanDefinition/si-joint-possible|1.0.0", 404, "not-found", None, "?version="),
        ("ValueSet/infection", 404, "not-found", None, "GET /fhir/ValueSet lists them"),
        (f"PlanDefinition/si-joint-possible?version={MARKER}", 404, "not-found", "version", "Known: 1.0.0, 1.1.0."),
        ("PlanDefinition/si-joint-possible-1.0.0?version=1.1.0", 404, "not-found", None, "There is no such PlanDefinition"),
        (f"PlanDefinition?{MARKER}=1", 400, "value", "query", "_id, url, version, name, title, status, asOf, _format"),
        ("PlanDefinition?nam=x", 400, "value", "query", "Did you mean name?"),
        ("PlanDefinition?name=x&name=y", 400, "value", "name", "once"),
        (f"PlanDefinition?status={MARKER}", 400, "value", "status", "draft, active, retired, unknown"),
        (f"ValueSet/infection-dx?asOf={MARKER}", 400, "value", "asOf", "2026-03-01"),
        ("ValueSet/infection-dx?status=active", 400, "value", "query", "version, asOf, _format"),
        ("ValueSet/infection-dx?_format=xml", 406, "not-supported", "_format", "application/fhir+json"),
        (f"metadata?mode={MARKER}", 400, "value", "mode", "full or normative"),
        ("metadata?_format=text/html", 406, "not-supported", "_format", "application/fhir+json"),
    ],
)
def test_refusals_name_what_there_is(client: FlaskClient, path: str, status: int, code: str, where: str | None, says: str) -> None:
    issue = refused(client.get(f"/fhir/{path}"), status, code, where)
    assert says in issue["diagnostics"]


def test_formats_of_json_are_all_the_same(client: FlaskClient) -> None:
    plain = client.get("/fhir/CodeSystem/findings").data
    for name in ("json", "application/json", "application/fhir%2Bjson", "application/fhir%2Bjson;%20charset=utf-8"):
        assert client.get(f"/fhir/CodeSystem/findings?_format={name}").data == plain


def test_it_is_as_open_as_the_rules_are(tmp_path: Path) -> None:
    """Operators' tokens guard what judges and reports; what is published is for all, like /rules."""
    tokens = tmp_path / "operators"
    tokens.write_text(f"someone {hashlib.sha256(b'a-token-of-someone').hexdigest()}\n")
    client = service(tmp_path, operator_tokens_file=str(tokens))
    assert client.post("/evaluate", json={}).status_code == 401
    assert client.get("/rules").status_code == client.get("/fhir/PlanDefinition/fbss-label").status_code == 200


def test_before_the_first_rule_there_is_still_an_answer(client: FlaskClient) -> None:
    library = client.get("/fhir/Library/postfusion.release?asOf=1950-01-01").json
    assert "The 0 rules in force" in library["description"]
    assert {status for _, status in found(client, "PlanDefinition?asOf=1950-01-01")} == {"draft"}


@pytest.mark.parametrize("kind", ["PlanDefinition", "ValueSet", "CodeSystem", "Library"])
def test_what_a_search_finds_is_what_a_read_gives(client: FlaskClient, kind: str) -> None:
    bundle = client.get(f"/fhir/{kind}")
    assert Bundle.model_validate_json(bundle.data).total == len(bundle.json["entry"])
    for one in bundle.json["entry"]:
        assert client.get(f"/fhir/{kind}/{one['resource']['id']}").json == one["resource"]
