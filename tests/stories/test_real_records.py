"""Whole records as generators make them: nothing to say about patients without a fusion, and the red flag first once there is one."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.stories.chart import Resource, finding, fusion, nrs
from tests.stories.replay import HOOK, ROOT, card_in_short, client

RECORDS = sorted((ROOT / "tests" / "data" / "synthea").glob("*.json.gz"))
NOW = datetime(2021, 4, 1, 9, tzinfo=UTC)
KINDS = {
    "conditions": "Condition", "observations": "Observation", "procedures": "Procedure",
    "medications": "MedicationRequest", "reports": "DiagnosticReport",
}  # fmt: skip
each_record = pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name.removesuffix(".json.gz"))


@pytest.fixture(scope="module")
def http() -> FlaskClient:
    return client(NOW)


def record(path: Path) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return bundle


def spliced(path: Path, *given: Resource) -> dict[str, Any]:
    """The record with a fusion four months ago, a saddle finding of yesterday and `given`, told as the record tells things."""
    bundle = record(path)
    (patient,) = (e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    story = [fusion("2020-12-01T08:00:00-05:00"), finding("saddle-sensory-change", True, "2021-03-31", id="saddle"), *given]
    rows = [{"resource": {**resource, "subject": {"reference": patient}}} for resource in story]
    return {**bundle, "entry": [*bundle["entry"][:5], *rows, *bundle["entry"][5:]]}


def evaluated(http: FlaskClient, bundle: dict[str, Any], **query: str) -> dict[str, Any]:
    response = http.post("/evaluate", json=bundle, query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


def as_hook(bundle: dict[str, Any]) -> dict[str, Any]:
    """The record as an EHR would prefetch it: searches by type."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    (patient,) = (r for r in resources if r["resourceType"] == "Patient")

    def search(kind: str) -> dict[str, Any] | None:
        rows = [{"resource": r} for r in resources if r["resourceType"] == kind]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(rows), "entry": rows} if rows else None

    request = {
        "hook": "patient-view",
        "hookInstance": "7f1d1c6e-3ad1-4b5e-9a55-6f0c1b0f2a11",
        "context": {"userId": "Practitioner/1", "patientId": patient["id"]},
        "prefetch": {"patient": patient, **{key: search(kind) for key, kind in KINDS.items()}},
    }
    text = json.dumps(request).replace(f"urn:uuid:{patient['id']}", f"Patient/{patient['id']}")  # what a server does on import
    sent: dict[str, Any] = json.loads(text)
    return sent


def test_the_records_are_there() -> None:
    assert len(RECORDS) == 5
    assert sum(len(record(path)["entry"]) for path in RECORDS) > 1000


@each_record
def test_no_fusion_no_card(http: FlaskClient, path: Path) -> None:
    answer = evaluated(http, record(path))
    assert answer["cards"] == []
    assert "indexFusion" not in answer
    assert {v["rule"]: v["answer"] for v in answer["verdicts"] if v["answer"] != "no"} == {}
    assert [issue["severity"] for issue in answer["outcome"]["issue"]] == ["information"]


@each_record
def test_no_fusion_no_card_at_the_hook(http: FlaskClient, path: Path) -> None:
    response = http.post(HOOK, json=as_hook(record(path)))
    assert (response.status_code, response.get_json()) == (200, {"cards": []})


@each_record
def test_a_spliced_red_flag_comes_first(http: FlaskClient, path: Path) -> None:
    answer = evaluated(http, spliced(path, nrs(6, "2021-03-31T10:00:00-05:00")))
    assert card_in_short(answer["cards"][0])["rule"] == "red-flag-cauda-equina"
    assert answer["cards"][0]["indicator"] == "critical"
    assert "`Observation/saddle`" in answer["cards"][0]["detail"]
    assert (answer["indexFusion"]["stage"], answer["indexFusion"]["source"]) == ("months-3-6", "Procedure/fusion")
    assert not {card_in_short(card)["rule"] for card in answer["cards"]} & {"data-unreadable", "data-incomplete", "rule-failed"}


@each_record
def test_a_spliced_red_flag_comes_first_at_the_hook(http: FlaskClient, path: Path) -> None:
    bundle = spliced(path)
    cards = http.post(HOOK, json=as_hook(bundle)).get_json()["cards"]
    assert [card_in_short(card) for card in cards] == [card_in_short(card) for card in evaluated(http, bundle)["cards"]]
    assert cards[0]["indicator"] == "critical"


@each_record
def test_another_type_of_bundle_makes_no_difference(http: FlaskClient, path: Path) -> None:
    bundle = spliced(path)
    told = [evaluated(http, bundle | {"type": kind})["cards"] for kind in ("transaction", "collection", "batch")]
    first, *others = ([card_in_short(card) for card in cards] for cards in told)
    assert first
    assert others == [first, first]
