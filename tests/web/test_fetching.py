"""Hook calls whose data lies on a FHIR server: the web room around service/access, and the same cards either way."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.library import Book, load_book
from service.web import fetching, places
from service.web.app import build, make_deps
from service.web.clock import new_id
from service.web.deps import Deps
from service.web.discovery import prefetch_templates
from service.web.settings import Settings
from tests.access.server import Reply, Server, bundle, observation, serving
from tests.web.conftest import Judge, a_book

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "planted-marker-token"
PATH = "/cds-services/postfusion-patient-view"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "cds"}
KINDS = {
    "conditions": ("Condition",),
    "observations": ("Observation",),
    "procedures": ("Procedure",),
    "medications": ("MedicationRequest",),
    "reports": ("DiagnosticReport",),
}


@pytest.fixture
def fhir() -> Iterator[Server]:
    with serving() as server:
        server.routes = {f"/{kinds[0]}?patient=p1": Reply(bundle()) for kinds in KINDS.values()}
        server.routes["/Patient/p1"] = Reply({"resourceType": "Patient", "id": "p1"})
        yield server


@pytest.fixture
def client(deps: Deps, fhir: Server) -> FlaskClient:
    return build(replace(deps, settings=replace(deps.settings, fhir_origins=(fhir.url,), fhir_budget_ms=5000))).test_client()


def call(client: FlaskClient, body: dict[str, Any], path: str = PATH) -> Any:
    return client.post(path, data=json.dumps(body), content_type="application/json")


def asking(body: dict[str, Any], server: str, **prefetch: Any) -> dict[str, Any]:
    return body | {"fhirServer": server, "fhirAuthorization": GRANT, "prefetch": prefetch}


def test_a_call_without_data_fetches_it(client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any]) -> None:
    assert call(client, asking(hook_body, fhir.url)).status_code == 200
    wanted = prefetch_templates(a_book(), "patient-view")
    assert set(judge.prefetch) == set(wanted) >= {"patient", "conditions", "observations", "procedures"}
    assert json.loads(judge.prefetch["patient"])["id"] == "p1"
    assert fhir.paths() == sorted(f"/{template.replace('{{context.patientId}}', 'p1')}" for template in wanted.values())
    assert judge.question is not None and judge.question.server == fhir.url and not judge.question.unfetched


def test_others_are_judged_while_a_server_is_waited_for(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, seen = client.application.extensions[places.KEY].judge, []
    true = fetching.complete
    monkeypatch.setattr(fetching, "complete", lambda *asked: (seen.append(gate.inside), true(*asked))[1])
    assert call(client, asking(hook_body, fhir.url)).status_code == 200
    assert (seen, gate.inside) == ([0], 0)


def test_evaluate_fetches_alike(client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any]) -> None:
    assert call(client, asking(hook_body, fhir.url), "/evaluate").status_code == 200
    assert set(judge.prefetch) == set(prefetch_templates(a_book(), "patient-view"))


def test_nothing_is_fetched_unless_listed(deps: Deps, fhir: Server, judge: Judge, hook_body: dict[str, Any]) -> None:
    for origins in ((), ("https://other.example.org",), (f"{fhir.url}/r4",)):
        client = build(replace(deps, settings=replace(deps.settings, fhir_origins=origins))).test_client()
        assert call(client, asking(hook_body, fhir.url, conditions=None)).status_code == 200
        assert judge.prefetch == {"conditions": b"null"}
        assert judge.question is not None and not judge.question.unfetched
    assert not fhir.calls


@pytest.mark.parametrize(("status", "told"), [(401, False), (403, False), (404, False), (400, False), (500, True), (302, True)])
def test_optional_input_that_is_not_offered_is_as_if_left_out(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any], monkeypatch: pytest.MonkeyPatch, status: int, told: bool
) -> None:
    monkeypatch.setattr("service.web.fetching.prefetch_templates", lambda *_: {"reports": "DiagnosticReport?patient={{context.patientId}}"})
    fhir.routes["/DiagnosticReport?patient=p1"] = Reply({}, status)
    call(client, asking(hook_body, fhir.url))
    assert judge.question is not None and bool(judge.question.unfetched) is told
    call(client, asking(hook_body, fhir.url, reports="<html>"))
    assert judge.question.unfetched


def test_why_it_could_not_be_had_goes_along(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fhir.routes["/Observation?patient=p1"] = Reply({}, 401)
    response = call(client, asking(hook_body, fhir.url))
    assert "observations" not in judge.prefetch
    assert judge.question is not None
    assert judge.question.unfetched == {"observations": "the FHIR server did not accept the access token"}
    told = [record.__dict__ for record in caplog.records if record.name == "postfusion.access"]
    assert [(one["place"], one["error"]) for one in told] == [("prefetch.observations", "the FHIR server did not accept the access token")]
    assert TOKEN not in response.text + " ".join(str(record.__dict__) for record in caplog.records)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"resourceType": "Bundle", "resourceType": "Bundle", "entry": []}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "valueQuantity": {"value": 1, "value": 2}}}]}',
        b'{"resourceType": "Bundle", "x": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "note": "\xff"}}]}',
    ],
)
def test_what_is_fetched_is_read_as_strictly_as_what_is_sent(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any], raw: bytes
) -> None:
    fhir.routes["/Observation?patient=p1"] = Reply(raw)
    assert call(client, asking(hook_body, fhir.url)).status_code == 200
    assert "observations" not in judge.prefetch
    assert judge.question is not None and set(judge.question.unfetched) == {"observations"}


def test_a_page_that_was_sent_is_kept_when_what_follows_is_not_fit(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any]
) -> None:
    fhir.routes["/2"] = Reply(b'{"resourceType": "Bundle", "entry": [{"resource": {}, "resource": {}}]}')
    sent = bundle(observation("o1"), next_url=f"{fhir.url}/2")
    call(client, asking(hook_body, fhir.url, observations=sent))
    assert json.loads(judge.prefetch["observations"]) == sent


def test_too_many_entries_are_given_up(
    client: FlaskClient, fhir: Server, judge: Judge, hook_body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.web.fetching.MAX_ENTRIES", 3)
    fhir.routes["/Observation?patient=p1"] = Reply(bundle(*(observation(f"o{n}") for n in range(4))))
    call(client, asking(hook_body, fhir.url))
    assert "observations" not in judge.prefetch and "conditions" in judge.prefetch


# The whole way, with the rules of the book


@lru_cache(maxsize=1)
def book() -> Book:
    return load_book(ROOT / "rules", verify_lock=False)  # tests/test_rules.py looks at the lock


def story(name: str) -> dict[str, Any]:
    """The prefetch of a sample: its Bundle split by type, for patient p1."""
    resources = [entry["resource"] for entry in json.loads((ROOT / "fhir_samples" / name / "bundle.json").read_text())["entry"]]
    patient = next(one for one in resources if one["resourceType"] == "Patient")
    split = {key: bundle(*(one for one in resources if one["resourceType"] in kinds)) for key, kinds in KINDS.items()}
    return {"patient": patient, **split}


def whole(fhir: Server, name: str = "02-cauda-equina") -> FlaskClient:
    """The application with the rules of the book, its clock at the time of a sample."""
    settings = Settings(fhir_origins=(fhir.url,), fhir_budget_ms=10_000)
    as_of = datetime.fromisoformat(json.loads((ROOT / "fhir_samples" / name / "expected.json").read_text())["asOf"])
    return build(make_deps(settings, book=book(), clock=lambda: as_of, new_id=new_id)).test_client()


def serve(fhir: Server, prefetch: dict[str, Any]) -> str:
    """Put a prefetch behind the server; the patient's id."""
    patient: str = prefetch["patient"]["id"]
    fhir.routes = {f"/{KINDS[key][0]}?patient={patient}": Reply(value) for key, value in prefetch.items() if key != "patient"}
    fhir.routes[f"/Patient/{patient}"] = Reply(prefetch["patient"])
    return patient


def summaries(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 200, response.text
    return [(card["indicator"], card["summary"]) for card in response.json["cards"]]


@pytest.mark.parametrize("name", ["02-cauda-equina", "10-fbss-six-months"])
def test_the_same_data_gives_the_same_cards_fetched_or_prefetched(fhir: Server, hook_body: dict[str, Any], name: str) -> None:
    prefetch, client = story(name), whole(fhir, name)
    patient = serve(fhir, prefetch)
    body = hook_body | {"context": {"userId": "Practitioner/1", "patientId": patient}}
    sent = summaries(call(client, asking(body, fhir.url, **prefetch)))
    assert not fhir.calls
    assert sent
    assert summaries(call(client, asking(body, fhir.url))) == sent
    assert summaries(call(client, asking(body, fhir.url, conditions=prefetch["conditions"]))) == sent
    assert summaries(call(client, asking(body, fhir.url, observations={"resourceType": "OperationOutcome"}))) == sent
    entries = prefetch["observations"]["entry"]
    fhir.routes["/page/2"] = Reply({"resourceType": "Bundle", "type": "searchset", "entry": entries[1:]})
    cut = {**prefetch["observations"], "entry": entries[:1], "link": [{"relation": "next", "url": f"{fhir.url}/page/2"}]}
    assert summaries(call(client, asking(body, fhir.url, **prefetch | {"observations": cut}))) == sent


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_server_that_gives_nothing_is_told_as_412(fhir: Server, hook_body: dict[str, Any], status: int) -> None:
    for reply in fhir.routes.values():
        reply.status = status
    response = call(whole(fhir), asking(hook_body, fhir.url))
    assert response.status_code == 412
    issue = response.json["issue"][0]
    assert issue["expression"] == ["prefetch.conditions", "prefetch.observations", "prefetch.procedures"]
    assert "the FHIR server" in issue["diagnostics"]
    assert TOKEN not in response.text


def test_a_mixture_of_failed_and_missing_keys_is_412(fhir: Server, hook_body: dict[str, Any]) -> None:
    fhir.routes.clear()
    failed = {"resourceType": "OperationOutcome"}
    assert call(whole(fhir), asking(hook_body, fhir.url, conditions=failed, procedures="<html>")).status_code == 412


def test_part_of_the_data_gives_cards_and_a_visible_notice(fhir: Server, hook_body: dict[str, Any]) -> None:
    patient = serve(fhir, story("02-cauda-equina"))
    fhir.routes[f"/Procedure?patient={patient}"] = Reply({}, 500)
    body = hook_body | {"context": {"userId": "Practitioner/1", "patientId": patient}}
    response = call(whole(fhir), asking(body, fhir.url))
    rules = [card["extension"]["org.postfusion"]["rule"] for card in response.json["cards"]]
    assert "data-incomplete" in rules
    outcome = call(whole(fhir), asking(body, fhir.url), "/evaluate").json["outcome"]
    assert {"prefetch.procedures"} <= {place for issue in outcome["issue"] for place in issue.get("expression", [])}
    assert any("the FHIR server failed" in issue["diagnostics"] for issue in outcome["issue"])
