"""Where public keys come from, and clients files and key sets that cannot be used."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from service.web.app import build
from service.web.deps import Deps
from service.web.setting_values import SettingsError
from tests.access.server import Reply, Server, serving
from tests.web.auth.tokens import EC, ISS, PUBLIC, RSA, Guarded, Made, Write, b64, key_set, post, refused


@pytest.fixture
def key_server() -> Any:
    with serving() as server:
        yield server


def keys_at(server: Server, *keys: Any) -> None:
    server.routes["/jwks.json"] = Reply(key_set(*keys).encode(), kind="application/json")


def test_keys_of_a_pinned_address(guarded: Guarded, hook_body: dict[str, Any], key_server: Server) -> None:
    """Fetched at start; its address counts as listed; the jku of a token is compared, never called."""
    keys_at(key_server, EC)
    url = f"{key_server.url}/jwks.json"
    client = guarded(jwks_file=None, jwks_url=url, jku=None)
    assert post(client, Made(header={"jku": url}).text(), hook_body).status_code == 200
    refused(post(client, Made(header={"jku": f"{key_server.url}/evil.json"}).text(), hook_body))
    refused(post(client, Made(header={"kid": "new-1"}).text(), hook_body))
    assert key_server.paths() == ["/jwks.json"]


def test_unknown_keys_are_fetched_at_most_once_a_minute(
    guarded: Guarded, hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys_at(key_server, EC)
    client = guarded(jwks_file=None, jwks_url=f"{key_server.url}/jwks.json")
    keys = client.application.extensions["postfusion.gate"].clients[0].keys
    clock = [keys._asked]
    monkeypatch.setattr(keys, "_seconds", lambda: clock[0])
    keys_at(key_server, EC, RSA)
    refused(post(client, Made(key=RSA).text(), hook_body))
    clock[0] += 61
    for _ in range(3):
        assert post(client, Made(key=RSA).text(), hook_body).status_code == 200
        refused(post(client, Made(header={"kid": uuid.uuid4().hex}).text(), hook_body))
    assert len(key_server.calls) == 2


def test_a_withdrawn_key_ends(guarded: Guarded, hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    keys_at(key_server, EC, RSA)
    client = guarded(jwks_file=None, jwks_url=f"{key_server.url}/jwks.json")
    keys = client.application.extensions["postfusion.gate"].clients[0].keys
    clock = [keys._asked]
    monkeypatch.setattr(keys, "_seconds", lambda: clock[0])
    keys_at(key_server, RSA)
    assert post(client, Made().text(), hook_body).status_code == 200
    clock[0] += 3601
    refused(post(client, Made().text(), hook_body))


def test_an_address_of_keys_that_fails(
    guarded: Guarded, hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service starts, knows nobody, and asks again; keys once known are kept."""
    client = guarded(jwks_file=None, jwks_url=f"{key_server.url}/jwks.json")
    refused(post(client, Made().text(), hook_body))
    keys = client.application.extensions["postfusion.gate"].clients[0].keys
    clock = [keys._asked + 61]
    monkeypatch.setattr(keys, "_seconds", lambda: clock[0])
    keys_at(key_server, EC)
    assert post(client, Made().text(), hook_body).status_code == 200
    clock[0] += 4000
    key_server.routes["/jwks.json"] = Reply(b"<html>", kind="text/html")
    assert post(client, Made().text(), hook_body).status_code == 200


def test_keys_are_not_fetched_by_way_of_a_redirect(guarded: Guarded, key_server: Server) -> None:
    key_server.routes["/jwks.json"] = Reply(b"", 302, headers={"Location": "/other.json"})
    guarded(jwks_file=None, jwks_url=f"{key_server.url}/jwks.json")
    assert key_server.paths() == ["/jwks.json"]


WEAK = json.dumps({"keys": [{"kty": "RSA", "kid": "weak", "e": "AQAB", "n": b64(b"\xc1" * 128)}]})


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("[]", "JWK set"),
        ("nonsense", "JWK set"),
        ('{"keys": 5}', "JWK set"),
        ('{"keys": []}', "no EC or RSA key"),
        (json.dumps({"keys": [OctKey.generate_key(256, {"kid": "o"}).as_dict()]}), "no EC or RSA key"),
        (key_set(EC, use="enc"), "no EC or RSA key"),
        (key_set(EC, kid=None), "no EC or RSA key"),
        (json.dumps({"keys": [EC.as_dict(private=True)]}), "private key"),
        (key_set(EC, EC), "repeats a kid"),
        (key_set(EC, x="AAAA"), "damaged"),
        (WEAK, "below 2048"),
    ],
    ids=[*"abcdefghijk"],  # keys are new in every process, names of tests must not be
)
def test_key_sets_that_cannot_be_used(guarded: Guarded, keys: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        guarded(keys=keys)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"iss": None}, "clients.big-hospital.iss"),
        ({"iss": []}, "clients.big-hospital.iss"),
        ({"iss": "https://ehr.example"}, "clients.big-hospital.iss"),
        ({"jwks_file": None}, "One of jwks_file and jwks_url"),
        ({"jwks_url": "https://ehr.example/jwks"}, "One of jwks_file and jwks_url"),
        ({"jwks_file": None, "jwks_url": "http://ehr.example/jwks"}, "https URL"),
        ({"jwks_file": None, "jwks_url": "https://u@ehr.example/jwks"}, "https URL"),
        ({"jwks_file": "nowhere.json"}, "nowhere.json cannot be read"),
        ({"issuer": [ISS]}, "issuer.*Known: iss, aud"),
        ({"scopes": ["all"]}, "scopes"),
    ],
)
def test_a_clients_file_that_cannot_be_used(guarded: Guarded, members: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        guarded(**members)


@pytest.mark.parametrize(
    "text", ["", "clients: {}", "clients: [", "clients: {a b: {}}", "a: b", "- x", "clients: {a: {iss: [x], iss: [y]}}"]
)
def test_a_clients_file_that_is_none(deps: Deps, tmp_path: Path, text: str) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="POSTFUSION_CLIENTS_FILE"):
        build(replace(deps, settings=replace(deps.settings, clients_file=str(path), public_url=PUBLIC)))


def test_a_clients_file_that_is_not_there(deps: Deps) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        build(replace(deps, settings=replace(deps.settings, clients_file="/nowhere/clients.yaml", public_url=PUBLIC)))


def test_an_audience_needs_a_public_address(guarded: Guarded, deps: Deps, clients_file: Write) -> None:
    with pytest.raises(SettingsError, match="POSTFUSION_PUBLIC_URL"):
        build(replace(deps, settings=replace(deps.settings, clients_file=str(clients_file()))))
    build(replace(deps, settings=replace(deps.settings, clients_file=str(clients_file(aud=["x"])))))
