"""Who may call: every fault of a client's token is answered alike, and a good token is taken once."""

import base64
import hashlib
import json
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from service.cli import main
from service.web.app import build
from service.web.auth.explain import explain
from service.web.auth.guard import REFUSAL
from service.web.auth.replay import NAME, Replays
from service.web.deps import Deps
from service.web.settings import Settings, SettingsError, read_settings, refuse_open_address
from tests.access.server import Reply, Server, serving
from tests.web.conftest import NOW, ORIGIN

PUBLIC = "https://pf.example.org/base"
PATH = "/cds-services/postfusion-patient-view"
ISS = "https://ehr.example.org/fhir"
JKU = "https://ehr.example.org/jwks.json"
T = int(NOW.timestamp())
EC, OTHER_EC = ECKey.generate_key("P-384", {"kid": "ec-1"}), ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
ALL = ["ES256", "ES384", "RS256", "RS384", "HS256", "HS384", "none"]


@dataclass
class Made:
    """A token to be: what to change before it is signed. A claim or member of None is left out."""

    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = EC

    def text(self, address: str = PUBLIC + PATH) -> str:
        alg = "RS384" if isinstance(self.key, RSAKey) else "ES384"
        header = {"alg": alg, "typ": "JWT", "kid": self.key.kid, "jku": JKU} | self.header
        claims = {"iss": ISS, "aud": address, "exp": T + 300, "iat": T, "jti": uuid.uuid4().hex} | self.claims
        return signed(_kept(header), _kept(claims), self.key)


def _kept(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """Signed by the algorithm the key is for, whatever the header says."""
    registry = jws.JWSRegistry(algorithms=ALL, strict_check_header=False)
    parts = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    name = {"EC": "ES384", "RSA": "RS384", "oct": "HS256"}[key.key_type]
    return f"{parts}.{b64(registry.get_alg(name).sign(parts.encode(), key))}"


def key_set(*keys: Any, **members: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) | members for key in keys]})


Write = Callable[..., Path]


@pytest.fixture
def clients_file(tmp_path: Path) -> Write:
    """Writes a clients file with its key set beside it; members of None are left out."""

    def write(keys: str | None = None, **members: Any) -> Path:
        (tmp_path / "keys.json").write_text(keys or key_set(EC, RSA))
        client = _kept({"iss": [ISS], "jku": [JKU], "jwks_file": "keys.json"} | members)
        path = tmp_path / "clients.yaml"
        path.write_text(json.dumps({"clients": {"big-hospital": client}}))
        return path

    return write


@pytest.fixture
def guarded(deps: Deps, clients_file: Write) -> Callable[..., FlaskClient]:
    """The application with one client; `members` of its entry, and settings under `settings`."""

    def make(settings: dict[str, Any] | None = None, **members: Any) -> FlaskClient:
        file = str(clients_file(**members))
        changed = replace(deps.settings, clients_file=file, public_url=PUBLIC, **(settings or {}))
        return build(replace(deps, settings=changed)).test_client()

    return make


def post(client: FlaskClient, token: str | None, body: Any, path: str = PATH, **headers: str) -> Any:
    sent = headers | ({"Authorization": f"Bearer {token}"} if token is not None else {})
    return client.post(path, data=json.dumps(body), content_type="application/json", headers=sent)


def refused(response: Any) -> None:
    """401, with the one body there is for it."""
    assert response.status_code == 401
    assert response.data == REFUSAL
    assert response.mimetype == "application/fhir+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_one_body() -> None:
    issue = json.loads(REFUSAL)["issue"]
    assert json.loads(REFUSAL)["resourceType"] == "OperationOutcome"
    assert [(one["severity"], one["code"]) for one in issue] == [("error", "login")]


GOOD = {
    "ES384": Made(),
    "RS384": Made(key=RSA),
    "aud in a list": Made({"aud": ["https://elsewhere.example", PUBLIC + PATH]}),
    "expired within the skew": Made({"exp": T - 60, "iat": T - 300}),
    "made within the skew": Made({"iat": T + 60, "nbf": T + 60}),
    "not before five minutes ago": Made({"nbf": T - 300}),
    "longest life": Made({"exp": T + 3600}),
    "fractions": Made({"exp": T + 0.5}),
    "no jku": Made(header={"jku": None}),
    "no typ, members nobody knows": Made({"sub": "x", "tenant": "t"}, {"typ": None, "x5t": "abc", "other": 1}),
}


@pytest.mark.parametrize("made", GOOD.values(), ids=GOOD.keys())
def test_good_tokens_are_let_in(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], made: Made) -> None:
    assert post(guarded(), made.text(), hook_body).status_code == 200


BAD = {
    "alg of a key not taken": Made(header={"alg": "RS384"}),
    "alg unlisted": Made(header={"alg": "ES256"}),
    "alg in small letters": Made(header={"alg": "es384"}),
    "alg missing": Made(header={"alg": None}),
    "alg a list": Made(header={"alg": ["ES384"]}),
    "another key": Made(key=OTHER_EC),
    "embedded jwk": Made(header={"jwk": OTHER_EC.as_dict(private=False)}, key=OTHER_EC),
    "embedded jwk beside a good key": Made(header={"jwk": EC.as_dict(private=False)}),
    "jku not listed": Made(header={"jku": "https://evil.example/jwks.json"}),
    "jku longer than the listed one": Made(header={"jku": JKU + "?x"}),
    "jku a list": Made(header={"jku": [JKU]}),
    "kid unknown": Made(header={"kid": "ec-2"}),
    "kid missing": Made(header={"kid": None}),
    "kid a path": Made(header={"kid": "../../../../dev/null"}),
    "kid SQL": Made(header={"kid": "x' UNION SELECT 'key"}),
    "kid no text": Made(header={"kid": 1}),
    "kid of the other key": Made(header={"kid": "rsa-1"}),
    "crit": Made(header={"crit": ["exp"], "exp": 1}),
    "crit b64": Made(header={"crit": ["b64"], "b64": False}),
    "crit empty": Made(header={"crit": []}),
    "expired": Made({"exp": T - 61, "iat": T - 300}),
    "not yet": Made({"nbf": T + 61}),
    "nbf no number": Made({"nbf": "soon"}),
    "made in the future": Made({"iat": T + 61}),
    "ten years": Made({"exp": T + 315_360_000}),
    "a life too long, begun long ago": Made({"iat": T - 4000, "exp": T + 300}),
    "exp missing": Made({"exp": None}),
    "exp a text": Made({"exp": str(T + 300)}),
    "exp true": Made({"exp": True}),
    "exp huge": Made({"exp": 10**400}),
    "iat missing": Made({"iat": None}),
    "iss missing": Made({"iss": None}),
    "iss unknown": Made({"iss": "https://evil.example"}),
    "iss with a suffix": Made({"iss": ISS + "/"}),
    "iss with a prefix": Made({"iss": "x" + ISS}),
    "iss with another host behind": Made({"iss": ISS + ".evil.example"}),
    "iss in capitals": Made({"iss": ISS.upper()}),
    "iss a list": Made({"iss": [ISS]}),
    "aud missing": Made({"aud": None}),
    "aud of another service": Made({"aud": PUBLIC + PATH + "-other"}),
    "aud a prefix": Made({"aud": PUBLIC}),
    "aud a substring": Made({"aud": "https://x.example/?" + PUBLIC + PATH}),
    "aud with a slash": Made({"aud": PUBLIC + PATH + "/"}),
    "aud discovery": Made({"aud": PUBLIC + "/cds-services"}),
    "aud the host as called": Made({"aud": "http://localhost" + PATH}),
    "aud an empty list": Made({"aud": []}),
    "aud a list of lists": Made({"aud": [[PUBLIC + PATH]]}),
    "aud an object": Made({"aud": {PUBLIC + PATH: 1}}),
    "jti missing": Made({"jti": None}),
    "jti empty": Made({"jti": ""}),
    "jti no text": Made({"jti": 7}),
    "jti very long": Made({"jti": "x" * 600}),
}


@pytest.mark.parametrize("made", BAD.values(), ids=BAD.keys())
def test_bad_tokens_are_refused_alike(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], made: Made) -> None:
    client = guarded()
    refused(post(client, made.text(), hook_body))
    assert post(client, Made().text(), hook_body).status_code == 200  # the same call with a good token


def _none(alg: str) -> str:
    header, claims, _ = Made(header={"alg": alg}).text().split(".")
    return f"{header}.{claims}."


def _hmac_with_the_public_key() -> str:
    """Signed with the bytes of the public key as if they were a secret."""
    secret = OctKey.import_key(EC.as_pem(private=False))
    header = {"alg": "HS256", "typ": "JWT", "kid": "ec-1", "jku": JKU}
    return signed(header, {"iss": ISS, "aud": PUBLIC + PATH, "exp": T + 300, "iat": T, "jti": "1"}, secret)


def _tampered(part: int) -> str:
    parts = Made().text().split(".")
    if part == 1:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        parts[1] = b64(json.dumps(claims | {"sub": "admin"}).encode())
    elif part == 0:
        parts[0] = b64(json.dumps({"alg": "ES384", "kid": "ec-1"}).encode())
    else:
        parts[2] = ("A" if parts[2][5] != "A" else "B").join((parts[2][:5], parts[2][6:]))
    return ".".join(parts)


def _repeated_name() -> str:
    header, claims, _ = Made().text().split(".")
    raw = base64.urlsafe_b64decode(claims + "==")[:-1] + b', "iss": "' + ISS.encode() + b'"}'
    parts = f"{header}.{b64(raw)}"
    return f"{parts}.{b64(jws.JWSRegistry(algorithms=ALL).get_alg('ES384').sign(parts.encode(), EC))}"


BROKEN = {
    "nothing": "",
    "garbage": "garbage",
    "two parts": "a.b",
    "four parts": Made().text() + ".x",
    "none": _none("none"),
    "None": _none("None"),
    "nOnE": _none("nOnE"),
    "no signature": Made().text().rsplit(".", 1)[0] + ".",
    "HS256 with the public key": _hmac_with_the_public_key(),
    "tampered header": _tampered(0),
    "tampered claims": _tampered(1),
    "tampered signature": _tampered(2),
    "claims no object": f"{b64(b'{}')}.{b64(b'[]')}.{b64(b'x')}",
    "claims no JSON": f"{b64(b'{}')}.{b64(b'{')}.{b64(b'x')}",
    "NaN": f"{b64(b'{}')}.{b64(b'{_exp_: NaN}'.replace(b'_', bytes([34])))}.{b64(b'x')}",
    "deep": f"{b64(b'{}')}.{b64(b'[' * 3000)}.{b64(b'x')}",
    "not base64": "ä.ö.ü",
    "very long": Made({"x": "x" * 20_000}).text(),
    "a repeated name": _repeated_name(),
}


@pytest.mark.parametrize("token", BROKEN.values(), ids=BROKEN.keys())
def test_broken_tokens_are_refused_alike(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], token: str) -> None:
    refused(post(guarded(), token, hook_body))


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic abc", "bearer", "Token x"])
def test_no_bearer_token(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    refused(post(guarded(), None, hook_body, **headers))


def test_two_tokens_are_none(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    refused(post(guarded(), f"{Made().text()},Bearer {Made().text()}", hook_body))


def test_the_scheme_may_be_written_small(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    assert post(guarded(), None, hook_body, Authorization=f"bearer {Made().text()}").status_code == 200


def test_a_token_is_taken_once_by_all_workers_and_after_a_restart(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    one, other, token = guarded(), guarded(), Made().text()
    assert post(one, token, hook_body).status_code == 200
    for client in (one, other, guarded()):
        refused(post(client, token, hook_body))
    assert post(other, Made().text(), hook_body).status_code == 200


def test_a_refused_token_is_not_used_up(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    client, token = guarded(), Made().text()
    refused(post(client, token, {"feedback": []}, f"{PATH}/feedback"))
    assert post(client, token, hook_body).status_code == 200


def test_the_store_holds_no_token_id(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], deps: Deps) -> None:
    assert post(guarded(), Made({"jti": "planted-marker"}).text(), hook_body).status_code == 200
    for file in deps.settings.data_dir.glob(f"{NAME}*"):
        assert b"planted-marker" not in file.read_bytes()


@pytest.mark.parametrize("harm", ["DROP TABLE used", "ALTER TABLE used RENAME TO other"])
def test_a_store_that_fails_lets_nobody_in(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], deps: Deps, harm: str) -> None:
    client = guarded()
    with sqlite3.connect(deps.settings.data_dir / NAME) as connection:
        connection.execute(harm)
    connection.close()
    response = post(client, Made().text(), hook_body)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert json.loads(response.data)["issue"][0]["code"] == "transient"


def test_a_store_that_cannot_be_opened_stops_the_start(guarded: Callable[..., FlaskClient], deps: Deps) -> None:
    (deps.settings.data_dir / NAME).write_bytes(b"no database at all, but a text of some length" * 50)
    with pytest.raises(SettingsError, match=NAME):
        guarded()


def test_expired_ids_are_forgotten_and_others_kept(tmp_path: Path) -> None:
    store = Replays(tmp_path)
    assert store.first_use("a", "1", until=100, now=50)
    assert store.first_use("a", "2", until=500, now=50)
    assert not store.first_use("a", "1", until=100, now=99)
    assert store.first_use("b", "1", until=500, now=120)
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


def test_every_address_below_cds_services_asks(guarded: Callable[..., FlaskClient]) -> None:
    client = guarded()
    for path in ("/cds-services", "/cds-services/", "/cds-services/nothing", PATH):
        refused(client.get(path))
    for path in ("/livez", "/readyz", "/version", "/docs", "/openapi.yaml", "/"):
        assert client.get(path, buffered=True).status_code == 200


def test_discovery_has_its_own_audience(guarded: Callable[..., FlaskClient]) -> None:
    token = Made().text(f"{PUBLIC}/cds-services")
    assert guarded().get("/cds-services", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_discovery_may_be_open(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    client = guarded({"discovery": "open"})
    assert client.get("/cds-services").status_code == 200
    refused(post(client, None, hook_body))
    refused(client.get("/cds-services/"))


def test_scopes(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    client = guarded(scopes=["discovery"])
    refused(post(client, Made().text(), hook_body))
    token = Made().text(f"{PUBLIC}/cds-services")
    assert client.get("/cds-services", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_what_a_site_typed_as_audience(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    client = guarded(aud=["sand_man"], sub=["client-1"], tenant=["t1"])
    assert post(client, Made({"aud": "sand_man", "sub": "client-1", "tenant": "t1"}).text(), hook_body).status_code == 200
    for changed in ({"aud": PUBLIC + PATH}, {"sub": "client-2"}, {"sub": None}, {"tenant": "t2"}, {"tenant": None}):
        refused(post(client, Made({"aud": "sand_man", "sub": "client-1", "tenant": "t1"} | changed).text(), hook_body))


def test_other_signatures_by_choice(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
    client = guarded({"jwt_algorithms": ("RS384",)})
    refused(post(client, Made().text(), hook_body))
    assert post(client, Made(key=RSA).text(), hook_body).status_code == 200


def test_browsers_are_answered_before_and_after(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]) -> None:
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
    guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = Made({"aud": "planted-marker", "jti": "planted-marker"}).text()
    refused(post(guarded(), token, hook_body))
    told = [record for record in caplog.records if record.name == "postfusion.auth"]
    assert [record.__dict__["place"] for record in told] == ["aud"]
    everything = " ".join(str(record.__dict__) for record in caplog.records)
    assert "planted-marker" not in everything and token not in everything


# Keys


@pytest.fixture
def key_server() -> Any:
    with serving() as server:
        yield server


def keys_at(server: Server, *keys: Any) -> None:
    server.routes["/jwks.json"] = Reply(key_set(*keys).encode(), kind="application/json")


def test_keys_of_a_pinned_address(guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], key_server: Server) -> None:
    """Fetched at start; its address counts as listed; the jku of a token is compared, never called."""
    keys_at(key_server, EC)
    url = f"{key_server.url}/jwks.json"
    client = guarded(jwks_file=None, jwks_url=url, jku=None)
    assert post(client, Made(header={"jku": url}).text(), hook_body).status_code == 200
    refused(post(client, Made(header={"jku": f"{key_server.url}/evil.json"}).text(), hook_body))
    refused(post(client, Made(header={"kid": "new-1"}).text(), hook_body))
    assert key_server.paths() == ["/jwks.json"]


def test_unknown_keys_are_fetched_at_most_once_a_minute(
    guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch
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


def test_a_withdrawn_key_ends(
    guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    guarded: Callable[..., FlaskClient], hook_body: dict[str, Any], key_server: Server, monkeypatch: pytest.MonkeyPatch
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


def test_keys_are_not_fetched_by_way_of_a_redirect(guarded: Callable[..., FlaskClient], key_server: Server) -> None:
    key_server.routes["/jwks.json"] = Reply(b"", 302, headers={"Location": "/other.json"})
    guarded(jwks_file=None, jwks_url=f"{key_server.url}/jwks.json")
    assert key_server.paths() == ["/jwks.json"]


WEAK = RSAKey.generate_key(1024, {"kid": "weak"}, auto_kid=False)


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
        (key_set(WEAK), "below 2048"),
    ],
)
def test_key_sets_that_cannot_be_used(guarded: Callable[..., FlaskClient], keys: str, says: str) -> None:
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
def test_a_clients_file_that_cannot_be_used(guarded: Callable[..., FlaskClient], members: dict[str, Any], says: str) -> None:
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


def test_an_audience_needs_a_public_address(guarded: Callable[..., FlaskClient], deps: Deps, clients_file: Write) -> None:
    with pytest.raises(SettingsError, match="POSTFUSION_PUBLIC_URL"):
        build(replace(deps, settings=replace(deps.settings, clients_file=str(clients_file()))))
    build(replace(deps, settings=replace(deps.settings, clients_file=str(clients_file(aud=["x"])))))


# Operators


@pytest.fixture
def operated(deps: Deps, tmp_path: Path) -> FlaskClient:
    path = tmp_path / "operators"
    digest = hashlib.sha256(b"open-sesame").hexdigest()
    path.write_text(f"# who may\n\nalice {hashlib.sha256(b'other').hexdigest()}\nbob sha256:{digest.upper()}\n")
    return build(replace(deps, settings=replace(deps.settings, operator_tokens_file=str(path)))).test_client()


@pytest.mark.parametrize("path", ["/evaluate", "/timeline", "/validate", "/reports", "/reports/feedback", "/evaluate/"])
@pytest.mark.parametrize("token", [None, "", "open-sesam", "open-sesame2", hashlib.sha256(b"open-sesame").hexdigest()])
def test_operators_are_asked(operated: FlaskClient, path: str, token: str | None) -> None:
    refused(post(operated, token, {}, path))
    refused(operated.get(path, headers={"Authorization": f"Bearer {token}"}))


def test_operators_are_let_in(operated: FlaskClient, hook_body: dict[str, Any]) -> None:
    for token in ("open-sesame", "other"):
        assert post(operated, token, {"resourceType": "Bundle", "type": "collection"}, "/evaluate").status_code == 200
    assert post(operated, None, hook_body).status_code == 200  # clients are another file
    assert operated.get("/rules").status_code == 200


@pytest.mark.parametrize("text", ["", "# nobody\n", "alice\n", "alice open-sesame\n", f"alice {'0' * 63}\n", f"al ice {'0' * 64}\n"])
def test_an_operators_file_that_cannot_be_used(deps: Deps, tmp_path: Path, text: str) -> None:
    path = tmp_path / "operators"
    path.write_text(text)
    for file in (path, tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match="OPERATOR_TOKENS_FILE"):
            build(replace(deps, settings=replace(deps.settings, operator_tokens_file=str(file))))


# Start


def test_an_open_address_needs_both_files() -> None:
    open_to_all = Settings(host="0.0.0.0")  # noqa: S104
    for settings in (open_to_all, replace(open_to_all, clients_file="c"), replace(open_to_all, operator_tokens_file="o")):
        with pytest.raises(SettingsError, match="CLIENTS_FILE and POSTFUSION_OPERATOR_TOKENS_FILE"):
            refuse_open_address(settings)
    refuse_open_address(replace(open_to_all, clients_file="c", operator_tokens_file="o"))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("JWT_ALGORITHMS", "none"),
        ("JWT_ALGORITHMS", "HS256"),
        ("JWT_ALGORITHMS", "ES384,HS384"),
        ("JWT_ALGORITHMS", ","),
        ("JWT_MAX_LIFETIME", "0"),
        ("JWT_MAX_LIFETIME", "315360000"),
        ("DISCOVERY", "maybe"),
        ("FHIR_ORIGINS", "http://fhir.example.org"),
        ("FHIR_ORIGINS", "https://a.example.org,https://u@b.example.org"),
        ("FHIR_BUDGET_MS", "10001"),
    ],
)
def test_settings_that_would_be_unsafe(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(f"POSTFUSION_{variable}", text)
    with pytest.raises(SettingsError, match=f"POSTFUSION_{variable}"):
        read_settings()


def test_settings_of_this_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "CLIENTS_FILE": "clients.yaml",
        "OPERATOR_TOKENS_FILE": "operators",
        "DISCOVERY": "open",
        "JWT_ALGORITHMS": "RS384, ES256",
        "JWT_MAX_LIFETIME": "300",
        "FHIR_ORIGINS": "https://a.example.org/r4, http://localhost:8090",
        "FHIR_BUDGET_MS": "10000",
        "CA_FILE": "ca.pem",
    }.items():
        monkeypatch.setenv(f"POSTFUSION_{name}", text)
    read = read_settings()
    assert (read.clients_file, read.operator_tokens_file, read.open_discovery) == ("clients.yaml", "operators", True)
    assert (read.jwt_algorithms, read.jwt_max_lifetime) == (("RS384", "ES256"), 300)
    assert (read.fhir_origins, read.fhir_budget_ms, read.ca_file) == (
        ("https://a.example.org/r4", "http://localhost:8090"),
        10000,
        "ca.pem",
    )


# postfusion jwt explain


@pytest.fixture
def settings(deps: Deps, clients_file: Write) -> Settings:
    return replace(deps.settings, clients_file=str(clients_file()), public_url=PUBLIC)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            Made({"aud": "https://wrong.example"}),
            f"aud       is not, letter by letter, the address called or one listed here; accepted: {PUBLIC}{PATH}",
        ),
        (Made({"exp": T - 100, "iat": T - 300}), "exp       is in the past"),
        (Made({"iss": ISS + "/"}), f"iss       is not one of this client's, letter by letter; accepted: {ISS}"),
        (Made(header={"kid": "other"}), "kid       names no key of this client"),
        (Made(header={"jku": None, "alg": "HS256"}), "alg       is not one of ES384, RS384"),
        (Made(key=OTHER_EC), "signature was not made with the key that kid names"),
    ],
)
def test_the_claim_that_fails_is_explained(settings: Settings, made: Made, told: str) -> None:
    lines, admitted = explain(made.text(), PATH, settings, NOW)
    assert f"  {told}" in lines
    assert "Client big-hospital: refused." in lines
    assert not admitted


def test_a_good_token_is_explained_and_not_used_up(
    settings: Settings, guarded: Callable[..., FlaskClient], hook_body: dict[str, Any]
) -> None:
    token = Made().text()
    for _ in range(2):
        lines, admitted = explain(f"Bearer {token}", PATH, settings, NOW)
        assert "Client big-hospital: every check is passed." in lines
        assert any(line.strip().startswith("exp") and "2026-03-01T12:35:00+00:00" in line for line in lines)
        assert admitted
    assert post(guarded(), token, hook_body).status_code == 200
    lines, admitted = explain(token, PATH, settings, NOW)
    assert lines[-1].startswith("The token was used before") and not admitted


def test_what_is_no_token_is_explained(settings: Settings) -> None:
    assert explain("garbage", PATH, settings, NOW) == (["The token is not a signed JWT of three parts."], False)
    assert explain(f"{b64(b'1')}.{b64(b'{}')}.x", PATH, settings, NOW) == (["The header is not a JSON object."], False)
    assert explain("x", PATH, Settings(), NOW)[1]


def test_nothing_in_a_token_moves_the_cursor(settings: Settings) -> None:
    lines, _ = explain(Made({"iss": "\x1b[2Jx\n"}).text(), PATH, settings, NOW)
    assert not any("\x1b" in line or "\n" in line for line in lines)


def test_the_command(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("POSTFUSION_CLIENTS_FILE", settings.clients_file)
    monkeypatch.setenv("POSTFUSION_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("POSTFUSION_DATA_DIR", str(settings.data_dir))
    told = CliRunner().invoke(main, ["jwt", "explain", "-"], input=Made({"exp": T}).text())
    assert told.exit_code == 1
    assert "Client big-hospital: refused." in told.output
    monkeypatch.setenv("POSTFUSION_CLIENTS_FILE", "/nowhere")
    told = CliRunner().invoke(main, ["jwt", "explain", "x"])
    assert told.exit_code == 2 and "cannot be read" in told.output
    monkeypatch.delenv("POSTFUSION_CLIENTS_FILE")
    assert CliRunner().invoke(main, ["jwt", "explain", "x"]).exit_code == 0
