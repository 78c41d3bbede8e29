"""A real evaluation of a chart full of planted identifiers, with feedback on its cards: none of them reaches the record."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import URL, select

from service.record import Store
from service.record.store import reading
from service.record.tables import decision, metadata
from service.web.app import build, make_deps
from service.web.settings import Settings
from tests.record.conftest import SERVICE, counts, opened
from tests.stories.replay import as_of, book, request_on, story

NAME = "02-cauda-equina"
PLANTED = {
    "id": "Zz-planted-id",
    "family": "Zz-planted-family",
    "identifier": "Zz-planted-mrn",
    "birth": "1961-11-23",
    "note": "Zz-planted-note",
    "user": "Zz-planted-user",
    "encounter": "Zz-planted-encounter",
    "comment": "Zz-planted-comment",
    "reason": "Zz-planted-reason",
    "display": "Zz-planted-display",
    "card": "Zz-planted-card",
    "token": "Zz-planted-token",
    "query": "Zz-planted-query",
}
INSTANCE = "615f1a90-1a33-4baf-b23d-ab01c394174c"


def planted(chart: Any, patient: str) -> Any:
    """`chart` about the planted patient; every resource with a note."""
    chart = json.loads(json.dumps(chart).replace(patient, PLANTED["id"]))
    for resource in resources(chart):
        resource["note"] = [{"text": PLANTED["note"]}] if resource["resourceType"] != "Patient" else None
        resource["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{PLANTED["note"]}</div>'}
        if resource["resourceType"] == "Patient":
            del resource["note"]
            resource |= {"name": [{"family": PLANTED["family"]}], "birthDate": PLANTED["birth"]}
            resource |= {"identifier": [{"value": PLANTED["identifier"]}]}
    return chart


def resources(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from resources(one)
    elif isinstance(value, dict):
        if "resourceType" in value and value["resourceType"] != "Bundle":
            yield value
        else:
            for one in value.values():
                yield from resources(one)


def client_of(store: Store) -> FlaskClient:
    moment = as_of(NAME)
    return build(replace(make_deps(Settings(), book=book(), clock=lambda: moment), store=store)).test_client()


def use(client: FlaskClient) -> int:
    """Every surface that writes; the number of cards."""
    patient = story(NAME, "request.json")["context"]["patientId"]
    request = planted(request_on(NAME, as_of(NAME)), patient)
    context = {"userId": f"Practitioner/{PLANTED['user']}", "encounterId": PLANTED["encounter"]}
    access = {"access_token": PLANTED["token"], "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "app"}
    request |= {"context": request["context"] | context, "hookInstance": INSTANCE}
    request |= {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": access}
    answer = client.post(f"/cds-services/{SERVICE}", json=request)
    assert answer.status_code == 200
    assert "X-Decision-Logged" not in answer.headers
    assert client.post("/evaluate", json=planted(story(NAME, "bundle.json"), patient)).status_code == 200
    why = {"reason": {"code": PLANTED["reason"], "system": "urn:x", "display": PLANTED["display"]}, "userComment": PLANTED["comment"]}
    said = {"outcome": "overridden", "outcomeTimestamp": "2026-03-02T09:00:00Z", "overrideReason": why}
    taken = {"outcome": "accepted", "outcomeTimestamp": "2026-03-02T09:00:00Z", "acceptedSuggestions": [{"id": PLANTED["card"]}]}
    items = [said | {"card": card["uuid"]} for card in answer.json["cards"]] + [taken | {"card": PLANTED["card"]}]
    assert client.post(f"/cds-services/{SERVICE}/feedback", json={"feedback": items}).status_code == 200
    client.get("/reports/feedback", query_string={PLANTED["query"]: 1})
    return len(answer.json["cards"])


def test_nothing_planted_is_in_the_files(sqlite_url: URL) -> None:
    folder = Path(str(sqlite_url.database)).parent
    with opened(sqlite_url) as store:
        cards = use(client_of(store))
        assert cards > 0
        assert counts(store)["card"] > cards  # those of /evaluate as well
        during = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    after = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    for body in (during, after):
        assert SERVICE.encode() in body  # this search can find something
        for what in (*PLANTED.values(), INSTANCE):
            assert what.encode() not in body
            assert what.encode("utf-16-le") not in body


def test_nothing_planted_is_in_the_tables(postgres_url: URL) -> None:
    with opened(postgres_url) as store:
        use(client_of(store))
        with reading(store) as connection:
            text = "\n".join(str(tuple(row)) for table in metadata.tables.values() for row in connection.execute(select(table)))
    assert SERVICE in text
    for what in (*PLANTED.values(), INSTANCE):
        assert what not in text


def test_the_same_patient_has_the_same_hash_on_every_surface(sqlite_url: URL) -> None:
    with opened(sqlite_url) as store:
        use(client_of(store))
        with reading(store) as connection:
            hashes = list(connection.scalars(select(decision.c.patient)))
    assert len(hashes) == 2
    assert len(set(hashes)) == 1
    assert len(hashes[0]) == 64


def test_every_verdict_is_in_the_record(sqlite_url: URL) -> None:
    """What the caller was told is what the record says, digests included."""
    from service.record.tables import answer, rule_version

    with opened(sqlite_url) as store:
        bundle = story(NAME, "bundle.json")
        told = client_of(store).post("/evaluate", json=bundle).json["verdicts"]
        with reading(store) as connection:
            joined = select(rule_version.c.rule, rule_version.c.version, rule_version.c.digest, answer.c.answer, answer.c.shown)
            kept = {(row.rule, row.version): row for row in connection.execute(joined.select_from(answer.join(rule_version)))}
    assert kept.keys() == {(verdict["rule"], verdict["version"]) for verdict in told}
    for verdict in told:
        row = kept[verdict["rule"], verdict["version"]]
        assert (row.answer, row.shown) == (verdict["answer"], verdict["shown"])
        assert row.digest.startswith("sha256:")
