"""Tokens at a real server: taken once by all its workers and after a restart, and no address that they or a request name is called."""

import base64
import json
import socket
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.faults.corpus import HOOK, call, chart, text
from tests.stories.asking import SECRET
from tests.web.auth.tokens import signed
from tests.web.test_server import Running, start, stop

pytestmark = pytest.mark.slow
PUBLIC = "https://pf.example.org"
ISS = "https://ehr.example.org/fhir"
OURS, THEIRS = (ECKey.generate_key("P-384", {"kid": "ours"}) for _ in range(2))


class Ear:
    """Counts who connects to a port of its own, and says nothing."""

    def __init__(self) -> None:
        self.heard = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self.heard += 1
            peer.close()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("callers")
    (made / "keys.json").write_text(json.dumps({"keys": [OURS.as_dict(private=False)]}))
    (made / "clients.yaml").write_text(json.dumps({"clients": {"ehr": {"iss": [ISS], "jwks_file": "keys.json"}}}))
    return made


@pytest.fixture(scope="module")
def live(folder: Path) -> Iterator[Running]:
    running = start(folder, CLIENTS_FILE=str(folder / "clients.yaml"), PUBLIC_URL=PUBLIC, WORKERS="3")
    yield running
    if running.process.poll() is None:
        assert stop(running) == 0


def token(key: ECKey = OURS, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(datetime.now(UTC).timestamp())
    claims = {"iss": ISS, "aud": PUBLIC + HOOK, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())} | changes
    return signed({"alg": "ES384", "kid": "ours"} | (header or {}), claims, key)


def post(live: Running, bearer: str, body: Any = None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
    sent = urllib.request.Request(f"http://127.0.0.1:{live.port}{HOOK}", text(body or call(chart())), headers)
    try:
        with urllib.request.urlopen(sent, timeout=10) as reply:  # noqa: S310
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _urls(port: int) -> list[str]:
    spelt = ("127.0.0.1", "localhost", "127.1", "2130706433", "0", "0x7f.1", "user@127.0.0.1", "[::ffff:127.0.0.1]", "localtest.me")
    return [f"http://{host}:{port}/jwks.json" for host in spelt] + [
        f"file:///proc/self/environ?{port}",
        f"//127.0.0.1:{port}/",
        f"gopher://127.0.0.1:{port}/",
    ]


def test_no_address_that_a_token_names_is_called(live: Running, ear: Ear) -> None:
    der = base64.b64encode(THEIRS.as_der(private=False)).decode()
    for url in _urls(ear.port):
        for header in (
            {"jku": url},
            {"x5u": url},
            {"kid": url},
            {"jku": url, "kid": "new"},
            {"x5u": url, "x5c": [der]},
            {"jwk": THEIRS.as_dict(private=False)},
        ):
            assert post(live, token(THEIRS, header))[0] == 401
        for claims in ({"iss": url}, {"aud": url}, {"iss": f"{ISS}@{url}"}):
            assert post(live, token(OURS, **claims))[0] == 401
        assert post(live, token(OURS, {"jku": url}))[0] == 401, "a good key beside an address that is not listed"
    assert ear.heard == 0


def test_no_address_that_a_request_names_is_called(live: Running, ear: Ear) -> None:
    access = {"access_token": SECRET, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "x"}
    for url in _urls(ear.port):
        tree = chart(meta={"profile": [url]}, implicitRules=url)
        tree["entry"][2]["fullUrl"] = url
        request = call(tree) | {"fhirServer": url, "fhirAuthorization": access}
        request["prefetch"]["observations"]["link"] = [{"relation": "next", "url": url}]
        del request["prefetch"]["conditions"], request["prefetch"]["medications"]
        status, said = post(live, token(), request)
        assert status in (200, 400)
        assert SECRET.encode() not in said
    assert ear.heard == 0
    assert SECRET not in live.log.read_text()


def test_a_token_is_taken_once_by_all_workers_and_after_a_restart(live: Running, folder: Path) -> None:
    """Runs last: the server is started anew."""
    one = token()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(post(live, one)[0])) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [200] + [401] * 23
    assert stop(live) == 0
    anew = start(folder, CLIENTS_FILE=str(folder / "clients.yaml"), PUBLIC_URL=PUBLIC)
    try:
        assert [post(anew, bearer)[0] for bearer in (one, token(), one)] == [401, 200, 401]
    finally:
        assert stop(anew) == 0
