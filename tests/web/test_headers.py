"""CORS for listed origins, and the headers every answer carries."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.app import build
from service.web.deps import Deps
from tests.web.conftest import ORIGIN, Judge, Post

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
PATHS = ["/", "/cds-services", "/nowhere", "/static/style.css", "/docs", "/livez"]


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/postfusion-patient-view", "/evaluate", "/nowhere"])
def test_preflight(client: FlaskClient, path: str) -> None:
    response = client.options(path, headers=PREFLIGHT | {"Origin": ORIGIN})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ORIGIN + ".evil.example", ORIGIN.upper(), ORIGIN + ":444", ""])
def test_other_origins_get_nothing(client: FlaskClient, origin: str) -> None:
    for response in (
        client.options("/evaluate", headers=PREFLIGHT | {"Origin": origin}),
        client.get("/cds-services", headers={"Origin": origin}),
    ):
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control")]
        assert "Origin" in response.headers["Vary"]


def test_real_answers_and_refusals_carry_it_too(client: FlaskClient, call: Post, judge: Judge, hook_body: dict[str, Any]) -> None:
    judge.raises = RuntimeError()
    responses = [
        client.get("/cds-services", headers={"Origin": ORIGIN}),
        call(hook_body, headers={"Origin": ORIGIN}),
        call(b"", headers={"Origin": ORIGIN}),
    ]
    assert [response.status_code for response in responses] == [200, 500, 400]
    for response in responses:
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in response.headers["Vary"]


def test_a_plain_options_is_answered(client: FlaskClient) -> None:
    assert client.options("/cds-services").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_where_it_is_used(deps: Deps) -> None:
    app = build(replace(deps, settings=replace(deps.settings, public_url="https://pf.example.org")))
    assert "max-age" in app.test_client().get("/livez").headers["Strict-Transport-Security"]
