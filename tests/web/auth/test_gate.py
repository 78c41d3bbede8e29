"""Which addresses ask for a token, and that each token is taken once."""

import json
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.auth.guard import renew
from service.web.auth.replay import NAME, Replays
from service.web.deps import Deps
from service.web.setting_values import SettingsError
from tests.web.auth.tokens import OTHER_EC, PATH, PUBLIC, Guarded, Made, Write, key_set, post, refused
from tests.web.conftest import ORIGIN


def test_a_token_is_taken_once_by_all_workers_and_after_a_restart(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    one, other, token = guarded(), guarded(), Made().text()
    assert post(one, token, hook_body).status_code == 200
    for client in (one, other, guarded()):
        refused(post(client, token, hook_body))
    assert post(other, Made().text(), hook_body).status_code == 200


def test_a_withdrawn_key_ends_when_taken_over_and_used_tokens_stay_used(
    guarded: Guarded, hook_body: dict[str, Any], clients_file: Write
) -> None:
    client, used = guarded(), Made().text()
    assert post(client, used, hook_body).status_code == 200
    clients_file(key_set(OTHER_EC))
    assert renew(client.application)
    refused(post(client, Made().text(), hook_body))
    assert post(client, Made(key=OTHER_EC).text(), hook_body).status_code == 200
    clients_file()
    assert renew(client.application)
    refused(post(client, used, hook_body))
    assert post(client, Made().text(), hook_body).status_code == 200


def test_a_refused_token_is_not_used_up(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client, token = guarded(), Made().text()
    refused(post(client, token, {"feedback": []}, f"{PATH}/feedback"))
    assert post(client, token, hook_body).status_code == 200


def test_the_store_holds_no_token_id(guarded: Guarded, hook_body: dict[str, Any], deps: Deps) -> None:
    assert post(guarded(), Made({"jti": "planted-marker"}).text(), hook_body).status_code == 200
    for file in deps.settings.data_dir.glob(f"{NAME}*"):
        assert b"planted-marker" not in file.read_bytes()


@pytest.mark.parametrize("harm", ["DROP TABLE used", "ALTER TABLE used RENAME TO other"])
def test_a_store_that_fails_lets_nobody_in(guarded: Guarded, hook_body: dict[str, Any], deps: Deps, harm: str) -> None:
    client = guarded()
    with sqlite3.connect(deps.settings.data_dir / NAME) as connection:
        connection.execute(harm)
    connection.close()
    response = post(client, Made().text(), hook_body)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert json.loads(response.data)["issue"][0]["code"] == "transient"


def test_a_store_that_cannot_be_opened_stops_the_start(guarded: Guarded, deps: Deps) -> None:
    (deps.settings.data_dir / NAME).write_bytes(b"no database at all, but a text of some length" * 50)
    with pytest.raises(SettingsError, match=NAME):
        guarded()


def test_expired_ids_are_forgotten_and_others_kept(tmp_path: Path) -> None:
    store = Replays(tmp_path)
    assert store.first_use("a", "1", until=100, now=50)
    assert store.first_use("a", "2", until=500, now=50)
    assert not store.first_use("a", "1", until=100, now=99)
    assert store.first_use("b", "1", until=500, now=160)
    assert not store.used("a", "1")
    assert store.used("a", "2") and store.used("b", "1")
    assert not store.first_use("a", "2", until=500, now=200)
    store.close()
    store.close()


def test_an_issuer_and_an_id_are_told_apart(tmp_path: Path) -> None:
    store = Replays(tmp_path)
    assert store.first_use("ab", "c", 10, 1)
    assert store.first_use("a", "bc", 10, 1)
    assert store.first_use("a", "\ud800", 10, 1)
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_opens_the_store_for_itself(tmp_path: Path) -> None:
    store = Replays(tmp_path)
    assert store.first_use("a", "1", 10, 1)
    held = store._held
    assert held is not None
    store._held = (held[0] + 1, held[1])  # as a child finds it
    assert not store.first_use("a", "1", 10, 1)
    assert store._held[0] == os.getpid() and store._held[1] is not held[1]
    held[1].close()
    store.close()


def test_every_address_below_cds_services_asks(guarded: Guarded) -> None:
    client = guarded()
    for path in ("/cds-services", "/cds-services/", "/cds-services/nothing", PATH):
        refused(client.get(path))
    for path in ("/livez", "/readyz", "/version", "/docs", "/openapi.yaml", "/"):
        assert client.get(path, buffered=True).status_code != 401


def test_discovery_has_its_own_audience(guarded: Guarded) -> None:
    token = Made().text(f"{PUBLIC}/cds-services")
    assert guarded().get("/cds-services", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_discovery_may_be_open(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client = guarded({"discovery": "open"})
    assert client.get("/cds-services").status_code == 200
    refused(post(client, None, hook_body))
    refused(client.get("/cds-services/"))


def test_scopes(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client = guarded(scopes=["discovery"])
    refused(post(client, Made().text(), hook_body))
    token = Made().text(f"{PUBLIC}/cds-services")
    assert client.get("/cds-services", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_browsers_are_answered_before_and_after(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client = guarded()
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = client.options(PATH, headers=asked)
    assert preflight.status_code == 204
    answer = post(client, None, hook_body, Origin=ORIGIN)
    refused(answer)
    for response in (preflight, answer):
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_without_clients_a_token_is_tolerated(client: FlaskClient, hook_body: dict[str, Any]) -> None:
    for token in (None, "garbage", Made(key=OTHER_EC).text()):
        assert post(client, token, hook_body).status_code == 200


def test_the_log_names_the_claim_and_nothing_of_the_token(
    guarded: Guarded, hook_body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = Made({"aud": "planted-marker", "jti": "planted-marker"}).text()
    refused(post(guarded(), token, hook_body))
    told = [record for record in caplog.records if record.name == "postfusion.auth"]
    assert [record.__dict__["place"] for record in told] == ["aud"]
    everything = " ".join(str(record.__dict__) for record in caplog.records)
    assert "planted-marker" not in everything and token not in everything
