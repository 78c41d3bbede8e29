"""A slow or silent peer holds a thread for so long and no longer, and a silent one holds none."""

import errno
import resource
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from service.web import patience
from service.web.patience import Patience
from service.web.server import MOST_CONNECTIONS, connections, options
from service.web.settings import Settings
from tests.assurance import record
from tests.web.test_server import HEAD, PATIENT, Running, start, stop

SLOW = {"headers": HEAD + b"X-Slow: ", "body": HEAD + b"Content-Length: 100000\r\n\r\n{", "nothing": b""}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One worker of three threads; a message has two seconds."""
    with pytest.MonkeyPatch.context() as environ:
        for name, value in {"WORKERS": "1", "THREADS": "3", "READ_SECONDS": "2"}.items():
            environ.setenv(f"POSTFUSION_{name}", value)
        running = start(tmp_path_factory.mktemp("small"))
    yield running
    assert stop(running) == 0


def slow(running: Running, kind: str) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    peer.sendall(SLOW[kind])
    return peer


def said_until_cut(peer: socket.socket) -> bytes:
    parts = []
    with peer:
        while part := peer.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "said"), [("headers", b""), ("body", b"HTTP/1.1 400 "), ("nothing", b"")])
def test_a_slow_peer_is_cut(small: Running, kind: str, said: bytes) -> None:
    begun = time.monotonic()
    told = said_until_cut(slow(small, kind))
    took = time.monotonic() - begun
    assert told.startswith(said) and bool(told) == bool(said)
    assert 1.5 < took < 9, took
    assert small.get("/livez")[0] == 200


@pytest.mark.slow
def test_peers_that_say_nothing_hold_no_thread(small: Running) -> None:
    peers = [slow(small, "nothing") for _ in range(30)]
    try:
        begun = time.monotonic()
        assert small.get("/evaluate", PATIENT)[0] == 200
        assert time.monotonic() - begun < 2
    finally:
        for peer in peers:
            peer.close()


@pytest.mark.slow
def test_when_every_thread_is_taken_the_wait_has_an_end(small: Running) -> None:
    peers = [slow(small, "headers") for _ in range(3)]
    try:
        begun = time.monotonic()
        assert small.get("/evaluate", PATIENT)[0] == 200
        took = time.monotonic() - begun
        assert 0.5 < took < 8, took
        record("slow-peers-all-threads", f"{took:.1f}", "s a valid call waits while slow peers hold every thread, READ_SECONDS=2")
    finally:
        for peer in peers:
            peer.close()


class Held:
    """A connection that a thread is busy with."""

    def __init__(self, shutdown: Callable[[int], None]) -> None:
        self.sock = SimpleNamespace(shutdown=shutdown)


def a_worker() -> Any:
    worker = Patience.__new__(Patience)
    worker.pending_conns, worker._since = deque(), {}
    return worker


@pytest.mark.parametrize(
    ("held", "cut"), [(1.0, None), (10.5, socket.SHUT_RD), (119.0, socket.SHUT_RD), (120.5, socket.SHUT_RDWR)]
)
def test_first_the_reading_ends_then_all(monkeypatch: pytest.MonkeyPatch, held: float, cut: int | None) -> None:
    """A peer that does not take his answer holds a thread as well, but an answer may take longer than a message."""
    done: list[int] = []
    worker = a_worker()
    worker._since[Held(done.append)] = 100.0
    monkeypatch.setattr(patience, "ticks", lambda: 100.0 + held)
    worker.murder_pending()
    assert done == ([] if cut is None else [cut])


def test_a_peer_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: int) -> None:
        raise OSError(errno.ENOTCONN, "gone")

    worker = a_worker()
    worker._since[Held(gone)] = 0.0
    monkeypatch.setattr(patience, "ticks", lambda: 50.0)
    worker.murder_pending()


@pytest.mark.parametrize(("number", "raised"), [(errno.EAGAIN, False), (errno.ECONNABORTED, False), (errno.EMFILE, True)])
def test_a_connection_that_was_none(number: int, raised: bool) -> None:
    def accept() -> None:
        raise OSError(number, "no")

    worker, listener = a_worker(), SimpleNamespace(accept=accept)
    if raised:
        with pytest.raises(OSError):
            worker.accept(listener)
    else:
        worker.accept(listener)


@pytest.mark.parametrize(
    ("allowed", "threads", "held"),
    [(1024, 128, 704), (resource.RLIM_INFINITY, 128, MOST_CONNECTIONS), (1_000_000, 8, MOST_CONNECTIONS), (256, 128, 129)],
)
def test_a_worker_opens_no_more_files_than_it_may(monkeypatch: pytest.MonkeyPatch, allowed: int, threads: int, held: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    settings = Settings(threads=threads)
    assert connections(settings) == options(settings)["worker_connections"] == held


def test_the_limit_reaches_the_worker() -> None:
    worker = SimpleNamespace()
    options(Settings(read_seconds=42))["post_fork"](None, worker)
    assert worker.read_seconds == 42
