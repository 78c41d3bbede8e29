"""GET /rules and below."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.engine.dates import Duration
from service.library import load_book
from service.web.rules import plain
from service.web.settings import Settings
from tests.stories.replay import ROOT
from tests.web.conftest import MARKER, refused


def test_the_book(client: FlaskClient) -> None:
    body = client.get("/rules").json
    assert body["digest"] == "sha256:book"
    (rule,) = body["rules"]
    assert rule["rule"] == "some-rule"
    assert [version["version"] for version in rule["versions"]] == ["1.0.0", "1.1.0"]
    assert rule["versions"][0]["effective"] == {"from": "2000-01-01", "until": "2026-01-01"}
    assert rule["versions"][1]["effective"] == {"from": "2026-01-01"}


def test_one_rule_and_one_version(client: FlaskClient) -> None:
    assert client.get("/rules/some-rule").json["family"] == "criteria"
    version = client.get("/rules/some-rule/1.1.0").json
    assert version["version"] == "1.1.0"
    assert version["sourceAttributes"] == {"citation": "See citations", "developer": "<b>Someone</b>"}
    assert version["citations"] == {"guide": {"title": "A guide", "locator": "Page 3"}}
    assert "absorbs" not in version


@pytest.mark.parametrize("path", ["/rules", "/rules/some-rule", "/rules/some-rule/1.0.0", "/rules/some-rule/1.0.0/source-attributes"])
def test_etag(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_etag_is_the_digest(client: FlaskClient) -> None:
    assert client.get("/rules").headers["ETag"] == '"sha256:book"'
    assert client.get("/rules/some-rule/1.0.0/source-attributes").headers["ETag"] == '"sha256:1.0.0"'


@pytest.mark.parametrize("path", [f"/rules/{MARKER}", "/rules/some-rule/9.9.9", f"/rules/{MARKER}/1.0.0/source-attributes"])
def test_what_is_not_in_the_book(client: FlaskClient, path: str) -> None:
    refused(client.get(path), 404, "not-found")


def test_source_attributes_for_programs_and_browsers(client: FlaskClient) -> None:
    path = "/rules/some-rule/1.0.0/source-attributes"
    assert client.get(path).json["sourceAttributes"]["citation"] == "See citations"
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    text = page.get_data(as_text=True)
    assert "&lt;b&gt;Someone&lt;/b&gt;" in text
    assert "Some &lt;rule&gt;" in text
    assert "Accept" in page.headers["Vary"]


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    long_name: Any
    other: Any = None


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Thing("x"), {"longName": "x"}),
        (Thing(0, ()), {"longName": 0}),
        (Thing(Thing("y"), True), {"longName": {"longName": "y"}, "other": True}),
        (Thing({"a": Decimal("1.5")}, frozenset({"b", "a"})), {"longName": {"a": 1.5}, "other": ["a", "b"]}),
        (Decimal("4"), 4),
        (date(2026, 1, 2), "2026-01-02"),
        (Colour.RED, "red"),
        (Duration(6, "months"), str(Duration(6, "months"))),
        ((1, "two"), [1, "two"]),
    ],
)
def test_rule_data_as_json(value: Any, json: Any) -> None:
    assert plain(value) == json


def test_all_thirteen_attributes_are_told(client: FlaskClient) -> None:
    path = "/rules/some-rule/1.1.0/source-attributes"
    body = client.get(path).json
    assert len(body["attributes"]) == 13
    assert body["attributes"][0] == {"attribute": "Bibliographic citation of the evidence", "value": "See citations"}
    assert body["attributes"][5] == {"attribute": "Use of ethnicity", "value": "not used"}
    assert (body["certainty"], body["strength"], body["limits"]) == ("low", "conditional", "None known.")
    assert "no emergency monitor" in body["intendedUse"]
    page = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    for one in body["attributes"]:
        assert one["attribute"] in page
    assert page.count("not used") == 11 + 1 and "low certainty" in page and "None known." in page and 'href="/about/intended-use"' in page


def test_intended_use_says_what_it_is_not(client: FlaskClient) -> None:
    text = client.get("/about/intended-use").get_data(as_text=True)
    for said in ("for clinicians", "no emergency monitor", "no diagnosis", "does not read free text"):
        assert said in text


def test_history_of_the_shipped_rules() -> None:
    client = create_app(Settings(record="off"), book=load_book(ROOT / "rules", verify_lock=False)).test_client()
    body = client.get("/rules/si-joint-possible").json
    assert [(one["version"], one["effective"]) for one in body["versions"]] == [
        ("1.0.0", {"from": "2000-01-01", "until": "2026-11-01"}),
        ("1.1.0", {"from": "2026-11-01"}),
    ]
    assert body["history"][1]["why"].startswith("readers asked")
    for rule in client.get("/rules").json["rules"]:
        for version in rule["versions"]:
            told = client.get(f"/rules/{rule['rule']}/{version['version']}/source-attributes").json
            assert len(told["attributes"]) == 13 and all(one["value"] for one in told["attributes"])
