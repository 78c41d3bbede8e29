"""The service as it is run: a real server on a real port, hostile peers, and its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from gunicorn.workers.gthread import ThreadWorker

from service.web import server
from service.web.app import build
from service.web.deps import Deps
from service.web.server import Server, greeting, options, warm
from service.web.settings import Settings
from service.web.worker import Worker
from tests.assurance import record
from tests.web.conftest import CARD, Judge

ROOT = Path(__file__).resolve().parents[2]
PATIENT = b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}]}'
HEAD = b"POST /evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

SLACK = 1 if os.environ.get("POSTFUSION_FULL") == "1" else 3  # beside every other test; the demand itself is for a run of its own


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def raw(self, sent: bytes) -> bytes:
        """Everything the server says to these bytes, until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as peer:
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
            parts = []
            while part := peer.recv(65536):
                parts.append(part)
            return b"".join(parts)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path, **settings: str) -> Running:
    """The service on a free port, its data and log in `folder`; `settings` by their names without the prefix."""
    port, log = free_port(), folder / "log"
    more = {f"POSTFUSION_{name}": value for name, value in settings.items()}
    environ = {**os.environ, "PORT": str(port), "POSTFUSION_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **more}
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "service.cli", "serve"], cwd=ROOT, env=environ, stdout=out, stderr=out)
    return wait_for(Running(process, port, log))


def wait_for(running: Running) -> Running:
    """The same, once it answers."""
    for _ in range(300):
        assert running.process.poll() is None, running.log.read_text()
        try:
            if running.get("/livez")[0] == 200:
                return running
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def stop(running: Running) -> int:
    running.process.send_signal(signal.SIGTERM)
    return running.process.wait(30)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("live"))
    yield running
    assert stop(running) == 0


@pytest.mark.slow
def test_it_is_ready_and_judges(live: Running) -> None:
    assert live.get("/readyz")[0] == 200
    status, body = live.get("/evaluate?asOf=2026-03-01", PATIENT)
    assert status == 200
    assert json.loads(body)["cards"] == []


@pytest.mark.slow
def test_it_says_where_to_look(live: Running) -> None:
    text = live.log.read_text()
    line = re.search(r"--data-binary @(\S+) 'http://127.0.0.1:\d+(\S+)'", text)
    assert line is not None
    assert f"@{line.group(1)} 'http://127.0.0.1:8080{line.group(2)}'" in (ROOT / "README.md").read_text()
    body = (ROOT / line.group(1)).read_bytes()
    assert json.loads(body)["timestamp"] == server.SAMPLE_AS_OF
    status, answer = live.get(line.group(2), body)
    assert status == 200
    assert json.loads(answer)["cards"][0]["indicator"] == "critical"
    assert f"http://127.0.0.1:{live.port}/cds-services" in text
    assert "curl -s" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nZZ\r\n',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        HEAD + b"Content-Length: 50\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: nine\r\n\r\n{}",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
    ids=["bad chunk", "negative chunk", "short body", "two lengths", "no number", "long line", "many headers", "TLS"],
)
def test_broken_messages_get_one_clean_refusal(live: Running, sent: bytes) -> None:
    said = live.raw(sent)
    assert said.count(b"HTTP/1.1 ") <= 1
    assert not said or re.match(rb"HTTP/1.1 4\d\d ", said), said[:80]
    assert b"Traceback" not in said and b"gunicorn" not in said.split(b"\r\n\r\n")[-1]
    assert live.get("/livez")[0] == 200


@pytest.mark.slow
def test_chunked_bodies_are_taken(live: Running) -> None:
    chunk = b"%x\r\n" % len(PATIENT) + PATIENT + b"\r\n0\r\n\r\n"
    assert live.raw(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["headers", "body", "silent", "kept"])
def test_slow_callers_do_not_hold_up_others(live: Running, kind: str) -> None:
    """Twenty of them: in the middle of a header or a body, without a word, or resting after a call."""
    kept = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    first = {"headers": HEAD + b"X-Slow: ", "body": HEAD + b"Content-Length: 100\r\n\r\n{", "kept": kept}
    peers = [socket.create_connection(("127.0.0.1", live.port), timeout=10) for _ in range(20)]
    try:
        for peer in peers:
            peer.sendall(first.get(kind, b""))
        worst = 0.0
        for _ in range(20):
            begun = time.monotonic()
            assert live.get("/evaluate", PATIENT)[0] == 200
            worst = max(worst, time.monotonic() - begun)
    finally:
        for peer in peers:
            peer.close()
    record("slow-peers-20", f"{worst:.2f}", f"s, worst of 20 valid answers beside 20 slow peers: {kind}")
    assert worst < SLACK


@pytest.mark.slow
def test_the_health_check_of_the_image_holds(live: Running) -> None:
    text = re.search(r"HEALTHCHECK[^\[]*(\[.*\])", (ROOT / "Dockerfile").read_text())
    assert text is not None
    command = [sys.executable, *json.loads(text.group(1))[1:]]
    check = {**os.environ, "PORT": str(live.port)}
    check.pop("POSTFUSION_PORT", None)
    assert subprocess.run(command, env=check, check=False).returncode == 0
    dead = {**check, "PORT": str(free_port())}
    assert subprocess.run(command, env=dead, check=False, capture_output=True).returncode != 0


@pytest.mark.slow
def test_a_request_in_hand_is_answered_after_sigterm(tmp_path: Path) -> None:
    running = start(tmp_path)
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as peer:
        peer.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(PATIENT) + PATIENT[:10])
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        peer.sendall(PATIENT[10:])
        assert peer.recv(65536).startswith(b"HTTP/1.1 200")
    assert running.process.wait(30) == 0


@pytest.mark.slow
def test_an_open_address_is_refused(tmp_path: Path) -> None:
    environ = {**os.environ, "HOST": "0.0.0.0", "PYTHONPATH": str(ROOT)}  # noqa: S104
    done = subprocess.run([sys.executable, "-m", "service.cli", "serve"], cwd=ROOT, env=environ, check=False, capture_output=True)
    assert done.returncode == 2
    assert b"POSTFUSION_ALLOW_UNAUTHENTICATED" in done.stderr


@pytest.mark.slow
def test_a_damaged_record_stops_the_start_and_is_named(tmp_path: Path) -> None:
    record_file = tmp_path / "record.sqlite3"
    record_file.write_bytes(b"no database at all, but long enough to be taken for one " * 50)
    environ = {**os.environ, "POSTFUSION_DATA_DIR": str(tmp_path), "PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "service.cli", "serve"], cwd=ROOT, env=environ, check=False, capture_output=True)
    assert done.returncode == 2
    assert f"{record_file}: this file is not a sound record" in done.stderr.decode()
    assert "Restore it from a copy" in done.stderr.decode() and "Traceback" not in done.stderr.decode()


def test_gunicorn_takes_our_settings(deps: Deps) -> None:
    app = build(deps)
    under = Server(app, Settings(host="::1", port=9000, workers=3, threads=7))
    assert under.load() is app
    assert under.cfg.address == [("::1", 9000)]
    assert (under.cfg.workers, under.cfg.threads, under.cfg.worker_class) == (3, 7, Worker)
    assert issubclass(Worker, ThreadWorker)
    assert under.cfg.control_socket_disable


def test_the_greeting(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(port=9000)
    options(settings)["when_ready"](None)
    assert capsys.readouterr().err.strip() == greeting(settings)
    assert "'http://127.0.0.1:9000/evaluate?asOf=" in greeting(settings)


def test_what_does_not_judge_does_not_start(deps: Deps, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(server.gc, "freeze", lambda: frozen.append(True))
    with pytest.raises(server.NotReady):
        warm(build(deps))
    judge.cards = []
    warm(build(deps))
    assert frozen == [True]
    assert CARD


def test_serve_puts_it_together(deps: Deps, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Flask] = []
    judge.cards = []
    monkeypatch.setattr(server, "make_deps", lambda _: deps)
    monkeypatch.setattr(server.metrics, "share", lambda: None)
    monkeypatch.setattr(server, "to_standard_error", lambda _: None)
    monkeypatch.setattr(server.gc, "freeze", lambda: None)
    monkeypatch.setattr(Server, "run", lambda self: served.append(self.load()))
    server.serve(deps.settings)
    running = served[0].extensions["postfusion"]
    assert running.clock is deps.clock
    assert running.store is not None and Path(running.store.place).parent == deps.settings.data_dir
