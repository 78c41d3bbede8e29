"""POST /timeline over HTTP: the answer, and every status it documents. What the days are is tested beside the evaluation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.app import build, make_deps
from service.web.recording import with_record
from service.web.settings import Settings
from tests.stories import chart as a
from tests.stories.replay import book, client, request_on
from tests.web.conftest import MARKER, refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STORY = a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left"))


@pytest.fixture(scope="module")
def whole() -> FlaskClient:
    """The whole service, judging in earnest."""
    return client(NOW)


def post(service: FlaskClient, body: Any, kind: str = "application/json", **query: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service.post("/timeline", data=data, content_type=kind, query_string=query)


def test_200(whole: FlaskClient) -> None:
    response = post(whole, STORY, asOf="2026-03-01")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert (body["asOf"], body["from"], body["to"]) == ("2026-03-01T00:00:00+00:00", "2025-03-15", "2027-03-14")
    (line,) = [one for one in body["rules"] if one["rule"] == "red-flag-motor-deficit"]
    assert line == {
        "rule": "red-flag-motor-deficit",
        "version": "1.0.0",
        "status": "active",
        "on": [{"from": "2025-06-09", "to": "2025-06-25", "answer": "yes"}],
    }


def test_a_hook_request(whole: FlaskClient) -> None:
    request = request_on("10-fbss-six-months", NOW)
    body = post(whole, request).json
    assert body["patient"] == request["context"]["patientId"]
    assert any(one["on"] for one in body["rules"] if one["rule"] == "fbss-time-criteria")


@pytest.mark.parametrize("query", [{"explain": "full"}, {"asof": "2026-01-01"}, {"asOf": "today"}, {MARKER: "1"}])
def test_400_query(whole: FlaskClient, query: dict[str, str]) -> None:
    refused(post(whole, STORY, **query), 400, "value")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", {"resourceType": "Patient"}, b'{"resourceType": "Bundle", "resourceType": "Bundle"}'])
def test_400_body(whole: FlaskClient, body: Any) -> None:
    refused(post(whole, body), 400, "structure")


def test_405(whole: FlaskClient) -> None:
    refused(whole.get("/timeline"), 405, "not-supported")


def test_412(whole: FlaskClient, hook_body: dict[str, Any]) -> None:
    refused(post(whole, {**hook_body, "prefetch": {}}), 412, "incomplete")


def test_413() -> None:
    small = build(make_deps(Settings(max_bytes=1024), book=book())).test_client()
    refused(post(small, STORY + b" " * 1024), 413, "too-long")


def test_415(whole: FlaskClient) -> None:
    refused(post(whole, STORY, "text/plain"), 415, "not-supported")


def test_422(whole: FlaskClient) -> None:
    issue = refused(post(whole, a.chart(a.fusion(None))), 422, "business-rule", "Bundle.entry")
    assert "dated lumbar fusion is needed" in issue["diagnostics"]
    refused(post(whole, STORY, patient="nobody"), 422, "not-found", "patient")
    refused(post(whole, STORY, pin="no-such-rule@1.0.0"), 422, "not-found", "pin")
    refused(post(whole, STORY, rulesAsOf="1950-01-01"), 422, "business-rule", "rulesAsOf")


def test_500(whole: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(MARKER)

    monkeypatch.setattr("service.web.timeline.timeline_bundle", fail)
    refused(post(whole, STORY), 500, "exception")


@pytest.mark.parametrize("path", ["/timeline", "/validate"])
def test_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    kept: list[Any] = []
    monkeypatch.setattr("service.web.recording.write_decision", lambda *given: kept.append(given))
    service = build(with_record(make_deps(Settings(data_dir=tmp_path), book=book()))).test_client()
    response = service.post(path, data=STORY, content_type="application/json")
    assert response.status_code == 200
    assert "X-Decision-Logged" not in response.headers
    assert kept == []
    service.post("/evaluate", data=STORY, content_type="application/json")
    assert len(kept) == 1


def test_a_token_is_asked_for_where_operators_have_one(tmp_path: Path) -> None:
    from service.web.auth.guard import OPERATORS_AT

    assert {"/timeline", "/validate"} <= set(OPERATORS_AT)
