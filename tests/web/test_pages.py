"""Pages for people, and openapi.yaml."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from service.web import openapi
from service.web.app import build
from service.web.deps import Deps
from tests.web.conftest import Judge, Post

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load(openapi.document())


@pytest.mark.parametrize("path", ["/", "/docs", "/about/intended-use"])
def test_pages_need_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "text/html"
    text = response.get_data(as_text=True)
    assert '<html lang="en">' in text
    for address in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert address.startswith("/") and not address.startswith("//")
        ready = 503 if address == "/readyz" else 200  # the stand-in shows a card for an empty chart
        assert client.get(address, buffered=True).status_code == ready
    assert not re.search(r"<script>|<style|style=|onclick", text)


def test_the_page_asks_for_a_token_only_where_one_is_wanted(client: FlaskClient, deps: Deps, tmp_path: Path) -> None:
    assert "token" not in client.get("/").get_data(as_text=True)
    file = tmp_path / "operators"
    file.write_text(f"tester {'0' * 64}\n")
    guarded = build(replace(deps, settings=replace(deps.settings, operator_tokens_file=str(file)))).test_client()
    assert 'type="password"' in guarded.get("/").get_data(as_text=True)


def test_the_committed_description_is_the_generated_one() -> None:
    assert (ROOT / "openapi.yaml").read_text() == openapi.document(), "run: make openapi"


def routes(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.add((re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()))
    return found - {("/static/{filename}", "get")}


def test_every_route_is_described_and_every_description_is_a_route(deps: Deps) -> None:
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == routes(build(deps))


def test_docs_lists_every_endpoint(client: FlaskClient) -> None:
    text = client.get("/docs").get_data(as_text=True)
    for path in DOCUMENT["paths"]:
        assert path in text


def test_openapi_is_served(client: FlaskClient) -> None:
    response = client.get("/openapi.yaml")
    assert response.mimetype == "application/yaml"
    assert yaml.safe_load(response.data)["openapi"] == "3.1.0"


def holds(path: str, method: str, response: Any) -> None:
    """The answer is of the shape openapi.yaml gives for its status."""
    reply = DOCUMENT["paths"][path][method]["responses"][str(response.status_code)]
    schema = reply["content"][response.mimetype]["schema"]
    jsonschema.validate(response.get_json(force=True), {**schema, "components": DOCUMENT["components"]})


def test_answers_have_the_described_shape(client: FlaskClient, ask: Post, call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection"}
    holds("/evaluate", "post", ask(bundle))
    holds("/evaluate", "post", ask(b"["))
    holds("/cds-services/{service_id}", "post", call(hook_body))
    holds("/cds-services/{service_id}", "post", call({}))
    holds("/cds-services", "get", client.get("/cds-services"))
    holds("/rules", "get", client.get("/rules"))
    holds("/rules/{rule_id}", "get", client.get("/rules/some-rule"))
    holds("/rules/{rule_id}", "get", client.get("/rules/none"))
    holds("/rules/{rule_id}/{version}/source-attributes", "get", client.get("/rules/some-rule/1.0.0/source-attributes"))
    holds("/version", "get", client.get("/version"))
    holds("/livez", "get", client.get("/livez"))
    holds("/readyz", "get", client.get("/readyz"))
    judge.cards = []
    holds("/readyz", "get", client.get("/readyz"))
