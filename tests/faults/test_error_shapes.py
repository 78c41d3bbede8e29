"""Every endpoint of openapi.yaml x what may be wrong with a call: the refusal has one shape, and its words never vary."""

import itertools
import json
import re
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from service.web.openapi import document
from tests.stories.asking import SECRET

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KNOWN = {
    "service_id": "postfusion-patient-view",
    "rule_id": "red-flag-infection",
    "version": "1.0.0",
    "resource_type": "PlanDefinition",
    "resource_id": "red-flag-infection",
}
CODES = {  # the FHIR issue types this service uses
    "structure", "required", "value", "invalid", "not-found", "not-supported", "too-long", "business-rule", "conflict", "incomplete",
    "exception", "transient", "throttled", "login", "processing",
}  # fmt: skip
_PATHS: dict[str, dict[str, Any]] = yaml.safe_load(document())["paths"]
PATHS = {re.sub(r"{(\w+)}", lambda found: KNOWN[found[1]], path): set(methods) for path, methods in _PATHS.items()}
POSTED = [path for path, methods in PATHS.items() if "post" in methods]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FROBNICATE")


def refused(response: Any, *statuses: int) -> dict[str, Any]:
    """The first issue, once the answer has the shape of every refusal."""
    text = response.get_data(as_text=True)
    assert response.status_code in statuses, text
    assert response.mimetype == "application/fhir+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert SECRET not in text
    body = json.loads(text)
    assert set(body) == {"resourceType", "issue"}
    assert body["resourceType"] == "OperationOutcome"
    for issue in body["issue"]:
        assert issue["severity"] == "error"
        assert issue["code"] in CODES
        assert issue["diagnostics"].strip()
        assert issue["details"]["text"] == f"Reference {response.headers['X-Request-Id']}"
        assert re.fullmatch(UUID, response.headers["X-Request-Id"])
    first: dict[str, Any] = body["issue"][0]
    return first


def words(response: Any) -> str:
    """The text of a refusal without its reference, to be compared."""
    return re.sub(UUID, "(reference)", response.get_data(as_text=True))


@pytest.mark.parametrize(("path", "method"), list(itertools.product(PATHS, METHODS)))
def test_a_method_that_is_not_answered(open_service: FlaskClient, path: str, method: str) -> None:
    if method.lower() in PATHS[path] or method == "OPTIONS" or (method == "HEAD" and "get" in PATHS[path]):
        pytest.skip("it is answered")
    response = open_service.open(path, method=method)
    if method == "HEAD":
        assert response.status_code == 405
        return
    assert refused(response, 405)["code"] == "not-supported"
    allowed = {one.strip() for one in response.headers["Allow"].split(",")}
    assert {one.upper() for one in PATHS[path]} <= allowed
    assert method not in allowed


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("below", [SECRET, f"{SECRET}/{SECRET}/{SECRET}", "%2e%2e", "%00", "{{7*7}}", "..%2f" + SECRET, ""])
def test_an_unknown_path_below(open_service: FlaskClient, path: str, below: str) -> None:
    if path == "/" and not below:
        pytest.skip("that is the page itself")
    response = open_service.get(f"{path.rstrip('/')}/{below}")
    refused(response, 404, 405)
    other = open_service.get(f"{path.rstrip('/')}/{below}", headers={"User-Agent": SECRET})
    assert words(response) == words(other)


@pytest.mark.parametrize("path", POSTED)
def test_a_body_that_is_too_large(open_service: FlaskClient, path: str) -> None:
    blanks = b" " * (16 * 1024 * 1024 + 1)
    issue = refused(open_service.post(path, data=blanks, content_type="application/json"), 413)
    assert issue["code"] == "too-long"


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", f"x/{SECRET}"])
def test_a_type_that_is_not_taken(open_service: FlaskClient, path: str, kind: str) -> None:
    issue = refused(open_service.post(path, data=SECRET.encode(), content_type=kind or None), 415)
    assert (issue["code"], issue["expression"]) == ("not-supported", ["Content-Type"])


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", f'{{"{SECRET}": 1, "{SECRET}": 2}}'.encode(), f'{{"{SECRET}": "{SECRET}"}}'.encode()]
)
def test_a_body_that_cannot_be_read(open_service: FlaskClient, path: str, body: bytes) -> None:
    responses = [open_service.post(path, data=body, content_type="application/json") for _ in range(2)]
    refused(responses[0], 400)
    assert words(responses[0]) == words(responses[1])


@pytest.mark.parametrize("path", POSTED)
def test_a_compressed_body(open_service: FlaskClient, path: str) -> None:
    response = open_service.post(path, data=b"{}", content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert refused(response, 415)["expression"] == ["Content-Encoding"]


@pytest.mark.parametrize(
    "path", ["/cds-services/{}", "/cds-services/{}/feedback", "/rules/{}", "/rules/{}/1.0.0", "/rules/red-flag-infection/{}"]
)
def test_a_name_that_is_not_known(open_service: FlaskClient, path: str) -> None:
    call = open_service.post if path.startswith("/cds") else open_service.get
    assert refused(call(path.format(SECRET), data=b"{}", content_type="application/json"), 404)["code"] == "not-found"


@pytest.mark.parametrize("path", ["/evaluate", "/timeline", "/validate", "/reports/feedback"])
def test_a_query_that_is_not_known(open_service: FlaskClient, path: str) -> None:
    call = open_service.get if "get" in PATHS[path] else open_service.post
    assert refused(call(f"{path}?{SECRET}={SECRET}", json={}), 400)["code"] == "value"
