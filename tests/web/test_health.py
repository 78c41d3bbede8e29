"""Alive, ready, and what is running."""

import json

from flask.testing import FlaskClient

from service.web.version import VERSION
from tests.web.conftest import CARD, MARKER, Judge, refused


def test_alive(client: FlaskClient) -> None:
    assert client.get("/livez").json == {"status": "alive"}


def test_ready_means_an_empty_chart_is_judged(client: FlaskClient, judge: Judge) -> None:
    judge.cards = []
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json["status"] == "ready"
    assert json.loads(judge.bundles[0])["entry"][0]["resource"]["resourceType"] == "Patient"


def test_not_ready(client: FlaskClient, judge: Judge) -> None:
    judge.cards = [CARD]
    assert refused(client.get("/readyz"), 503, "exception")
    judge.raises = RuntimeError(MARKER)
    response = client.get("/readyz")
    refused(response, 503, "exception")
    assert response.headers["Retry-After"] == "10"
    assert client.get("/livez").status_code == 200


def test_a_rule_that_throws_is_not_ready(client: FlaskClient, judge: Judge) -> None:
    judge.cards = []
    judge.failed = ("some-rule",)
    refused(client.get("/readyz"), 503, "exception")


def test_version(client: FlaskClient) -> None:
    body = client.get("/version").json
    assert body == {"name": "postfusion", "version": VERSION, "cdsHooks": "2.0.1", "book": {"digest": "sha256:book", "rules": 1}}
