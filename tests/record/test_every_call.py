"""Every surface that touches the record, on both stores: its n-th database call fails, for every n. Nothing is lost, nothing is silent."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from service import cli_record
from service.cli import main
from service.record import Store, write_decision, write_feedback
from service.record.store import reading
from service.record.tables import card, decision, feedback
from service.web.app import build, make_deps
from service.web.settings import Settings
from tests.assurance import record
from tests.faults import corpus
from tests.record.conftest import KEY, NOW, a_card, a_decision, a_feedback, counts, faults
from tests.stories.replay import book

AT = datetime(2025, 4, 4, 9, tzinfo=UTC)  # day 20 after the fusion of the corpus
RED_FLAG = "red-flag-infection"


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller was told: it worked; and when not, that it was said in the way of the surface."""

    kept: bool
    said: bool


@dataclass(frozen=True, slots=True)
class Service:
    """The service around one store."""

    store: Store
    client: FlaskClient

    def cards(self, path: str, body: dict[str, Any]) -> Told:
        """A surface with cards: whatever the store does, the red flag is shown."""
        response = self.client.post(path, json=body)
        assert response.status_code == 200, response.text
        shown = {one["extension"]["org.postfusion"]["rule"]: one["indicator"] for one in response.get_json()["cards"]}
        assert shown[RED_FLAG] == "critical"
        unlogged = response.headers.get("X-Decision-Logged") == "false"
        return Told(not unlogged, unlogged)

    def answer(self, response: Any) -> Told:
        """A surface that needs the store: 503 and when to come again."""
        refused = response.status_code == 503 and bool(response.headers["Retry-After"])
        assert refused or response.status_code == 200, response.text
        return Told(not refused, refused and response.get_json()["issue"][0]["code"] == "transient")


def _hook(service: Service) -> Told:
    return service.cards(corpus.HOOK, corpus.call(corpus.chart()))


def _evaluate(service: Service) -> Told:
    return service.cards("/evaluate", corpus.chart())


def _feedback(service: Service) -> Told:
    taken = {"outcome": "accepted", "acceptedSuggestions": [{"id": "s1"}], "outcomeTimestamp": "2025-04-04T08:00:00Z"}
    items = [{"card": str(uuid.uuid4()), **taken} for _ in range(2)]
    return service.answer(service.client.post(f"{corpus.HOOK}/feedback", json={"feedback": items}))


def _report(service: Service) -> Told:
    return service.answer(service.client.get("/reports/feedback"))


def _ready(service: Service) -> Told:
    return service.answer(service.client.get("/readyz"))


def _command(*arguments: str) -> Callable[[Service], Told]:
    def run(_: Service) -> Told:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code in (0, 2), result.output
        return Told(result.exit_code == 0, "The record could not be reached or written." in result.output)

    return run


SURFACES: dict[str, Callable[[Service], Told]] = {
    "hook": _hook,
    "evaluate": _evaluate,
    "feedback": _feedback,
    "report": _report,
    "ready": _ready,
    "report command": _command("report"),
}
PURGE = _command("db", "purge", "--older-than", "1")
ADDS = {"hook": {"decision": 1}, "evaluate": {"decision": 1}, "feedback": {"feedback": 2, "taken": 2}}


@pytest.fixture
def service(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("POSTFUSION_HASH_KEY", KEY.decode())
    monkeypatch.setattr(cli_record, "open_record", lambda *_: store)
    deps = make_deps(Settings(), book=book(), clock=lambda: AT)
    yield Service(store, build(replace(deps, store=store)).test_client())


@pytest.mark.parametrize("name", SURFACES)
def test_the_nth_call_of_a_surface(service: Service, name: str) -> None:
    SURFACES[name](service)  # the rule versions are known from now on, as in a service at work
    with faults(service.store.engine) as planted:
        for n in range(1, 100):
            before = counts(service.store)
            planted.calls, planted.at = 0, n
            told = SURFACES[name](service)
            reached, planted.at = planted.calls, 0
            after = counts(service.store)
            if reached < n:
                break
            assert (told.kept, told.said) == (False, True), f"call {n} failed, and nobody was told"
            assert after == before, f"something of it stayed after call {n} failed"
    assert told.kept
    assert n > 3
    grown = {table: after[table] - before[table] for table in after if after[table] > before[table]}
    assert ADDS.get(name, {}).items() <= grown.items()
    record("nth-store-call", f"0 lost, 0 silent of {n - 1}", f"{name}, {service.store.engine.dialect.name}")


def _fill(store: Store) -> set[str]:
    """Old decisions with more feedback than a bite takes, and a young one with feedback, whose ids are given."""
    for _ in range(3):
        made = a_card("rule-a", "1.0.0", "Examine")
        write_decision(store, a_decision(made))
        write_feedback(store, [a_feedback(made.uuid, outcome_at=NOW + timedelta(days=day)) for day in range(3)])
    young = a_card("rule-a", "1.0.0")
    made_now = a_decision(young, at=AT.replace(year=2030))
    write_decision(store, made_now)
    write_feedback(store, [a_feedback(young.uuid, received_at=AT.replace(year=2030))])
    return {made_now.id, young.uuid}


def test_the_nth_call_of_a_purge(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bites of two. What an error leaves is sound, no young one is touched, and the next run goes on."""
    monkeypatch.setattr("service.record.purging.BITE", 2)
    monkeypatch.setattr(cli_record, "now", lambda: NOW.replace(year=2027))
    store = service.store
    with faults(store.engine) as planted:
        for n in range(1, 200):
            young = _fill(store)
            planted.calls, planted.at = 0, n
            told = PURGE(service)
            reached, planted.at = planted.calls, 0
            assert young <= _ids(store)
            assert _orphans(store) == set(), f"call {n}: a decision went without its feedback, which counts as unmatched now"
            if reached < n:
                break
            assert (told.kept, told.said) == (False, True)
            assert PURGE(service).kept
            assert young <= _ids(store)
    assert told.kept
    assert n > 10
    left = counts(store)
    assert left["decision"] == left["feedback"] == n  # the young ones
    record("nth-store-call", f"0 lost, 0 silent of {n - 1}", f"purge, {store.engine.dialect.name}")


def _ids(store: Store) -> set[str]:
    with reading(store) as connection:
        return {*connection.scalars(select(decision.c.id)), *connection.scalars(select(feedback.c.card))}


def _orphans(store: Store) -> set[str]:
    """Cards that got feedback and are gone."""
    with reading(store) as connection:
        return {*connection.scalars(select(feedback.c.card))} - {*connection.scalars(select(card.c.uuid))}
