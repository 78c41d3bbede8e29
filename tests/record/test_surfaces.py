"""HTTP around the record: decisions on every answer, feedback in, reports out, and what happens when the record fails."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, select

from service.engine.vocabulary import Code, ValueSet, Vocabulary
from service.record import Store, keyed_hash
from service.record.store import reading
from service.record.tables import answer, card, decision, feedback, rule_version, suggestion, taken
from service.web.app import build, make_deps
from service.web.deps import Deps
from service.web.recording import with_record
from service.web.settings import Settings
from tests.record.conftest import KEY, SERVICE, counts, faults, opened
from tests.web.conftest import MARKER, NOW, VERDICT, Judge, a_book, refused

ROOT = Path(__file__).resolve().parents[2]
PATH = f"/cds-services/{SERVICE}/feedback"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
REASONS = "https://postfusion.example.org/CodeSystem/override-reasons"
WHEN = "2026-03-01T13:30:00.123+01:00"
CARD: dict[str, Any] = {
    "uuid": str(uuid.UUID(int=7)),
    "summary": f"{MARKER} of a card",
    "indicator": "warning",
    "source": {"label": "postfusion"},
    "suggestions": [{"label": "Examine", "uuid": str(uuid.UUID(int=8)), "actions": []}],
    "extension": {"org.postfusion": {"rule": "some-rule", "version": "1.0.0", "digest": "sha256:1.0.0"}},
}
DRAFT = VERDICT | {"rule": "some-rule", "version": "1.1.0", "status": "draft", "answer": "yes", "failed": True}
Send = Callable[..., Any]


@pytest.fixture
def judge() -> Judge:
    made = Judge()
    made.cards = [CARD]
    return made


@pytest.fixture
def settings() -> Settings:
    return Settings(max_bytes=2_000_000)


@pytest.fixture
def store(sqlite_url: URL) -> Iterator[Store]:
    with opened(sqlite_url) as store:
        yield store


@pytest.fixture
def deps(judge: Judge, store: Store, settings: Settings) -> Deps:
    reasons = ValueSet("override-reasons", "Reasons", "Why not", (Code(REASONS, "already-done", "Already done", "us"),))
    vocabulary = Vocabulary("1.0.0", {}, {"override-reasons": reasons}, {})
    book = replace(a_book(), vocabularies={"1.0.0": vocabulary})
    made = make_deps(settings, book=book, clock=lambda: NOW, evaluate_bundle=judge.bundle, evaluate_hook=judge.hook)
    return replace(made, store=store)


@pytest.fixture
def app(deps: Deps) -> Flask:
    return build(deps)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def send(client: FlaskClient) -> Send:
    def post(*items: Any, path: str = PATH, **more: Any) -> Any:
        return client.post(path, data=json.dumps({"feedback": list(items)} | more).encode(), content_type="application/json")

    return post


def call_hook(client: FlaskClient) -> Any:
    context = {"userId": f"Practitioner/{MARKER}", "patientId": "p1"}
    body = {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, "prefetch": {}}
    return client.post(f"/cds-services/{SERVICE}", json=body)


def evaluate(client: FlaskClient, **query: str) -> Any:
    return client.post("/evaluate", json={"resourceType": "Bundle", "type": "collection"}, query_string=query)


def accepted(**changes: Any) -> dict[str, Any]:
    taken_one = {"id": CARD["suggestions"][0]["uuid"]}
    return {"card": CARD["uuid"], "outcome": "accepted", "acceptedSuggestions": [taken_one], "outcomeTimestamp": WHEN} | changes


def overridden(**changes: Any) -> dict[str, Any]:
    return {"card": CARD["uuid"], "outcome": "overridden", "outcomeTimestamp": WHEN} | changes


def rows(store: Store, table: Any) -> list[Any]:
    with reading(store) as connection:
        return list(connection.execute(select(table)))


# ---- decisions


def test_a_hook_call_is_recorded_before_it_is_answered(client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERDICT, "answer", "yes")
    response = call_hook(client)
    assert response.json == {"cards": [CARD]}
    assert "X-Decision-Logged" not in response.headers
    (row,) = rows(store, decision)
    assert (row.surface, row.service, row.hook) == ("hook", SERVICE, "patient-view")
    assert (row.at, row.release, row.pinned) == (NOW, "sha256:release", False)
    assert row.patient == keyed_hash(KEY, "patient", "p1")
    assert row.instance == keyed_hash(KEY, "instance", INSTANCE)
    assert 0 <= row.duration_ms < 60_000
    assert [(r.rule, r.version, r.digest) for r in rows(store, rule_version)] == [("some-rule", "1.0.0", "sha256:1.0.0")]
    assert [(r.answer, r.shown, r.shadow, r.failed) for r in rows(store, answer)] == [("yes", False, False, False)]
    assert [r.uuid for r in rows(store, card)] == [CARD["uuid"]]
    assert [(r.uuid, r.label) for r in rows(store, suggestion)] == [(str(uuid.UUID(int=8)), "Examine")]


def test_drafts_are_shadows(client: FlaskClient, store: Store, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.web.conftest.VERDICT", DRAFT)
    call_hook(client)
    assert [(r.answer, r.shadow, r.failed) for r in rows(store, answer)] == [("yes", True, True)]
    assert [r.digest for r in rows(store, rule_version) if r.version == "1.1.0"] == ["sha256:1.1.0"]


def test_evaluate_is_recorded_apart(client: FlaskClient, store: Store, judge: Judge) -> None:
    judge.cards = []
    evaluate(client, patient="p1")
    evaluate(client, pin="some-rule@1.0.0", asOf="2001-01-01")
    first, second = rows(store, decision)
    assert (first.surface, first.service, first.hook, first.pinned, first.instance) == ("evaluate", "", "patient-view", False, "")
    assert (second.pinned, second.at, second.patient) == (True, NOW, "")
    assert client.get("/reports/feedback").json["decisions"] == 0


@pytest.mark.parametrize("ask", [call_hook, evaluate])
def test_cards_are_served_whatever_the_record_does(
    app: Flask, store: Store, judge: Judge, ask: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, unlogged = app.test_client(), 0
    with faults(store.engine) as planted:
        for n in range(1, 60):
            judge.cards = [CARD | {"uuid": str(uuid.UUID(int=1000 + n)), "suggestions": []}]
            before = counts(store)["decision"]
            planted.calls, planted.at = 0, n
            response = ask(client)
            planted.at = 0
            assert response.status_code == 200
            assert response.json["cards"] == judge.cards
            logged = response.headers.get("X-Decision-Logged") != "false"
            assert counts(store)["decision"] == before + logged
            if logged:
                break
            unlogged += 1
    assert unlogged == n - 1 >= 5
    assert f"postfusion_store_failures_total {float(unlogged)}" in client.get("/metrics").text
    failures = [record for record in caplog.records if record.name == "postfusion.record"]
    assert len(failures) == unlogged
    assert MARKER not in caplog.text


def test_not_even_an_unforeseen_error_costs_a_card(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: Any) -> None:
        raise ValueError(MARKER)

    monkeypatch.setattr("service.web.recording.write_decision", break_down)
    response = call_hook(client)
    assert (response.status_code, response.headers["X-Decision-Logged"]) == (200, "false")
    assert [record.error for record in caplog.records if record.name == "postfusion.record"] == ["ValueError"]
    assert MARKER not in caplog.text


def test_without_a_record(deps: Deps) -> None:
    client = build(replace(deps, store=None)).test_client()
    assert call_hook(client).headers["X-Decision-Logged"] == "false"
    for response in (client.post(PATH, json={"feedback": [overridden()]}), client.get("/reports/feedback")):
        refused(response, 501, "not-supported")


def test_ready_means_the_record_takes_a_write(client: FlaskClient, store: Store, judge: Judge, deps: Deps) -> None:
    judge.cards = []
    assert client.get("/readyz").json["checks"]["record"] == "writable"
    with faults(store.engine) as planted:
        planted.at = 2
        response = client.get("/readyz")
    refused(response, 503, "transient")
    assert response.headers["Retry-After"]
    assert client.get("/livez").status_code == 200
    assert build(replace(deps, store=None)).test_client().get("/readyz").json["checks"]["record"] == "off"
    assert counts(store)["decision"] == 0  # the self-test is no evaluation


@pytest.mark.parametrize("choice", ["on", "off"])
def test_the_operator_decides_whether_there_is_a_record(deps: Deps, tmp_path: Path, choice: str) -> None:
    made = with_record(replace(deps, store=None, settings=replace(deps.settings, record=choice, data_dir=tmp_path / "var")))
    assert (made.store is not None) == (tmp_path / "var").exists() == (choice == "on")
    if made.store:
        made.store.engine.dispose()


# ---- feedback


def test_feedback_is_kept_and_counted(client: FlaskClient, send: Send, store: Store) -> None:
    call_hook(client)
    reason = {"code": "already-done", "system": REASONS, "display": "Already done"}
    response = send(accepted(), overridden(overrideReason={"reason": reason, "userComment": MARKER}, extension={"org.example": {"x": 1}}))
    assert response.status_code == 200
    assert response.json == {"kept": 2, "repeated": 0, "unmatched": 0}
    assert response.headers["Cache-Control"] == "no-store"
    assert send(accepted()).json == {"kept": 0, "repeated": 1, "unmatched": 0}
    assert send(accepted(outcomeTimestamp="2026-03-01T12:30:00.123Z")).json["repeated"] == 1  # the same instant, said otherwise
    first, second = rows(store, feedback)
    assert (first.outcome, first.received_at, first.outcome_at.microsecond) == ("accepted", NOW, 123_000)
    assert (second.reason_code, second.reason_system, second.commented, second.comment) == ("already-done", REASONS, True, None)
    assert [row.suggestion for row in rows(store, taken)] == [CARD["suggestions"][0]["uuid"]]
    metrics = client.get("/metrics").text
    assert 'postfusion_feedback_total{outcome="accepted"} 3.0' in metrics


@pytest.mark.parametrize(
    "item",
    [
        overridden(),
        overridden(overrideReason=None, acceptedSuggestions=None, extension=None),
        overridden(overrideReason={}),
        overridden(overrideReason={"userComment": "c"}),
        overridden(overrideReason={"reason": {"code": "x"}}),
        overridden(overrideReason={"reason": {"code": "x", "system": "https://e.example/s"}, "userComment": None}),
        overridden(acceptedSuggestions=[]),
        overridden(card="'; DROP TABLE feedback; --"),
        overridden(card=str(uuid.uuid4()).upper()),
        overridden(somethingNew=[1], outcomeTimestamp="2026-03-01T08:00:00Z"),
        accepted(acceptedSuggestions=[{"id": "a", "extension": {}}, {"id": "b"}]),
        accepted(overrideReason={"userComment": "of no use here"}),
    ],
)
def test_what_is_taken(send: Send, store: Store, item: dict[str, Any]) -> None:
    response = send(item, extension={"org.example": 1})
    assert response.status_code == 200, response.text
    assert response.json["kept"] == 1
    assert counts(store)["feedback"] == 1


@pytest.mark.parametrize(
    ("item", "code", "where"),
    [
        ({}, "required", "feedback[1].card"),
        (overridden(outcome="ignored"), "value", "feedback[1].outcome"),
        (overridden(outcome=None), "value", "feedback[1].outcome"),
        (overridden(card=""), "value", "feedback[1].card"),
        (overridden(card="x" * 257), "value", "feedback[1].card"),
        (overridden(card=5), "value", "feedback[1].card"),
        (overridden(outcomeTimestamp="yesterday"), "value", "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-01"), "value", "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-01T08:00:00"), "value", "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-02-30T08:00:00Z"), "value", "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="0001-01-01T00:00:00+14:00"), "value", "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp=5), "value", "feedback[1].outcomeTimestamp"),
        (accepted(acceptedSuggestions=None), "value", "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[]), "value", "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=["x"]), "value", "feedback[1].acceptedSuggestions[0]"),
        (accepted(acceptedSuggestions=[{"id": "x"}, {}]), "required", "feedback[1].acceptedSuggestions[1].id"),
        (accepted(acceptedSuggestions=[{"id": "x"}] * 101), "value", "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=MARKER), "value", "feedback[1].acceptedSuggestions"),
        (overridden(overrideReason=MARKER), "value", "feedback[1].overrideReason"),
        (overridden(overrideReason={"reason": {"system": "s"}}), "required", "feedback[1].overrideReason.reason.code"),
        (overridden(overrideReason={"reason": [MARKER]}), "value", "feedback[1].overrideReason.reason"),
        (overridden(overrideReason={"userComment": "x" * 10_001}), "value", "feedback[1].overrideReason.userComment"),
        (overridden(overrideReason={"userComment": 5}), "value", "feedback[1].overrideReason.userComment"),
        (overridden(extension=MARKER), "value", "feedback[1].extension"),
        (MARKER, "value", "feedback[1]"),
    ],
)
def test_a_faulty_item_refuses_all(send: Send, store: Store, item: Any, code: str, where: str) -> None:
    refused(send(overridden(), item), 400, code, where)
    assert counts(store)["feedback"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"items": []}', 400, "required"),
        (b'{"feedback": []}', 400, "value"),
        (b'{"feedback": {}}', 400, "value"),
        (b'{"feedback": null}', 400, "value"),
        (b"[]", 400, "structure"),
        (b"", 400, "structure"),
        (b"{", 400, "structure"),
        (b'{"feedback": [{"card": "a", "card": "b"}]}', 400, "structure"),
        (b'{"feedback": [NaN]}', 400, "structure"),
        (b'{"feedback": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "structure"),
        (b'{"feedback": "\xff"}', 400, "structure"),
        (b'{"feedback": [1e400]}', 400, "structure"),
        (b'{"feedback": [' + b"9" * 5000 + b"]}", 400, "structure"),
        (b'{"feedback": [' + b",".join([b"1"] * 1001) + b"]}", 413, "too-long"),
        (b'{"feedback": [1], "x": "' + b"x" * 1_100_000 + b'"}', 413, "too-long"),
    ],
)
def test_a_faulty_body(client: FlaskClient, store: Store, body: bytes, status: int, code: str) -> None:
    refused(client.post(PATH, data=body, content_type="application/json"), status, code)
    assert counts(store)["feedback"] == 0


def test_a_thousand_items_are_taken(send: Send, store: Store) -> None:
    assert send(*(overridden(card=f"c{i}") for i in range(1000))).json == {"kept": 1000, "repeated": 0, "unmatched": 1000}


def test_other_addresses_and_types(client: FlaskClient, send: Send) -> None:
    refused(send(overridden(), path="/cds-services/no-such-service/feedback"), 404, "not-found")
    refused(client.post(PATH, data=b"{}", content_type="text/plain"), 415, "not-supported")
    refused(client.get(PATH), 405, "not-supported")


def test_feedback_is_refused_while_the_record_is_down(client: FlaskClient, send: Send, store: Store) -> None:
    kept = 0
    with faults(store.engine) as planted:
        for n in range(1, 60):
            planted.calls, planted.at = 0, n
            response = send(accepted(), overridden())
            planted.at = 0
            if response.status_code == 200:
                kept = response.json["kept"]
                break
            refused(response, 503, "transient")
            assert response.headers["Retry-After"] == "5"
            assert counts(store)["feedback"] == 0
    assert (kept, counts(store)["feedback"]) == (2, 2)
    assert n > 5


@pytest.mark.parametrize("choice", ["off", "on"])
def test_own_words_are_kept_by_choice_only(deps: Deps, store: Store, choice: str) -> None:
    client = build(replace(deps, settings=replace(deps.settings, store_comments=choice))).test_client()
    why = {"reason": {"code": f"{MARKER}\x00", "system": "urn:own"}, "userComment": f"{MARKER} \x00 wrote this"}
    response = client.post(PATH, json={"feedback": [overridden(overrideReason=why), overridden(card=MARKER)]})
    assert response.status_code == 200
    first, second = rows(store, feedback)
    own = choice == "on"
    assert first.comment == (f"{MARKER}  wrote this" if own else None)
    assert (first.reason_system, first.reason_code, first.commented) == (("urn:own", MARKER, True) if own else ("", "other", True))
    assert MARKER not in second.card
    assert len(second.card) == 64


def test_halves_of_surrogate_pairs_break_nothing(deps: Deps, store: Store) -> None:
    client = build(replace(deps, settings=replace(deps.settings, store_comments="on"))).test_client()
    body = json.dumps({"feedback": [overridden(card="\ud800", overrideReason={"userComment": "a\ud800b"})]}).encode()
    refused(client.post(PATH, data=body, content_type="application/json"), 400, "structure")
    assert counts(store)["feedback"] == 0


# ---- reports


def test_a_report(client: FlaskClient, send: Send, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERDICT, "answer", "yes")
    call_hook(client)
    send(accepted(), overridden(card="no-such"))
    body = client.get("/reports/feedback").json
    assert (body["decisions"], body["unmatched"]) == (1, 1)
    (line,) = body["rules"]
    assert (line["rule"], line["version"], line["fired"], line["accepted"], line["overridden"]) == ("some-rule", "1.0.0", 1, 1, 0)
    assert line["suggestions"] == [{"label": "Examine", "count": 1}]
    there = client.get("/reports/feedback", query_string={"from": "2026-03-01", "to": "2026-03-01"}).json
    assert there == {"from": "2026-03-01", "to": "2026-03-01"} | body
    for query in ({"from": "2026-03-02"}, {"to": "2026-02-28"}):
        assert client.get("/reports/feedback", query_string=query).json["rules"] == []


@pytest.mark.parametrize(
    ("query", "accept", "kind", "begins"),
    [
        ("", None, "application/json", "{"),
        ("", "*/*", "application/json", "{"),
        ("", "text/html", "application/json", "{"),
        ("", "text/csv", "text/csv", "rule,version"),
        ("?format=csv", "application/json", "text/csv", "rule,version"),
        ("?format=ndjson", None, "application/x-ndjson", '{"rule"'),
        ("", "application/x-ndjson", "application/x-ndjson", '{"rule"'),
        ("?format=json", "text/csv", "application/json", "{"),
    ],
)
def test_forms_of_a_report(client: FlaskClient, query: str, accept: str | None, kind: str, begins: str) -> None:
    call_hook(client)
    response = client.get(f"/reports/feedback{query}", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.mimetype == kind
    assert response.text.startswith(begins)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("from=yesterday", "from"),
        ("to=2026-03-01T00:00:00Z", "to"),
        ("from=2026-03-02&to=2026-03-01", "to"),
        ("from=2026-03-02&from=2026-03-01", "from"),
        ("form=2026-03-02", "query"),
        (f"{MARKER}=1", "query"),
        ("format=xml", "format"),
    ],
)
def test_a_faulty_query(client: FlaskClient, query: str, where: str) -> None:
    refused(client.get(f"/reports/feedback?{query}"), 400, "value", where)


def test_a_misspelt_bound_is_guessed(client: FlaskClient) -> None:
    assert "Did you mean from?" in refused(client.get("/reports/feedback?fromm=2026-03-02"), 400, "value")["diagnostics"]


def test_no_report_while_the_record_is_down(client: FlaskClient, store: Store) -> None:
    with faults(store.engine) as planted:
        planted.at = 3
        refused(client.get("/reports/feedback"), 503, "transient")


# ---- metrics


def test_workers_share_their_figures(tmp_path: Path) -> None:
    """Two processes count, either answers for both, and the folder goes with the one that made it."""
    script = """
import os, sys
from service.web import metrics
metrics.share()
metrics.share()
from flask import Flask
app = Flask("x")
metrics.register(app)
app.register_blueprint(metrics.blueprint)
client = app.test_client()
child = os.fork()
client.get("/nowhere")
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
print(os.environ[metrics.SHARED])
print(os.path.isdir(os.environ[metrics.SHARED]))
print(client.get("/metrics").text)
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    folder, there, *text = ended.stdout.splitlines()
    assert there == "True"
    assert 'postfusion_requests_total{status="404",surface="(none)"} 2.0' in text
    assert not Path(folder).exists()


def test_metrics(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERDICT, "answer", "yes")
    call_hook(client)
    client.get(f"/{MARKER}")
    response = client.get("/metrics")
    assert response.mimetype == "text/plain"
    text = response.text
    assert 'postfusion_requests_total{status="200",surface="/cds-services/<service_id>"} 1.0' in text
    assert 'postfusion_requests_total{status="404",surface="(none)"} 1.0' in text
    assert 'postfusion_cards_total{indicator="warning",rule="some-rule",version="1.0.0"} 1.0' in text
    assert 'postfusion_answers_total{answer="yes",rule="some-rule",version="1.0.0"} 1.0' in text
    assert 'postfusion_request_seconds_count{surface="/cds-services/<service_id>"} 1.0' in text
    assert "postfusion_store_failures_total 0.0" in text
    assert MARKER not in text
