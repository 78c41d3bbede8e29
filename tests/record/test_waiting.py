"""A store that answers nobody holds up one writer, once; and a database server that says nothing is given up."""

import select
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import URL, text

from service.record import Store, StoreUnavailable, ping, write_decision
from service.record.store import reading, writing
from tests.record.conftest import POSTGRES, a_decision, counts, opened

BUSY, ROOM = 1, 0.9  # seconds; the last is room for a machine that is busy
Locking = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.connecting.BUSY_SECONDS", BUSY)
    monkeypatch.setattr("service.record.connecting._Bounded.patience", BUSY)


@pytest.fixture
def locking(store: Store, url: URL) -> Locking:
    """Somebody else takes the store for itself."""

    @contextmanager
    def file() -> Iterator[None]:
        holder = sqlite3.connect(str(url.database), isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            holder.close()

    @contextmanager
    def table() -> Iterator[None]:
        with opened(url) as other, other.engine.begin() as holder:
            holder.execute(text("LOCK TABLE decision IN ACCESS EXCLUSIVE MODE"))
            yield

    return file if store.one_writer else table


def took(store: Store) -> float:
    """Seconds until a write was refused."""
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        write_decision(store, a_decision())
    return time.monotonic() - begun


def test_of_many_writers_one_waits_long(store: Store, locking: Locking) -> None:
    write_decision(store, a_decision())
    with locking():
        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(lambda _: took(store), range(8)))
        assert max(waits) < BUSY + ROOM, "nobody waits for his turn and then for the lock, each time to the end"
        assert store.stuck.is_set()
        with ThreadPoolExecutor(8) as pool:
            later = sorted(pool.map(lambda _: took(store), range(8)))
        assert later[5] < ROOM / 2, "known to be stuck: nobody waits but the one who finds out"
        assert later[-1] > BUSY - 0.1
    write_decision(store, a_decision())
    assert not store.stuck.is_set()
    assert counts(store)["decision"] == 2


def test_what_never_waited_is_not_stuck(store: Store) -> None:
    write_decision(store, a_decision(id="one"))
    with pytest.raises(StoreUnavailable):
        write_decision(store, a_decision(id="one"))
    assert not store.stuck.is_set()


class Proxy:
    """Hands bytes on between callers and a server, until it is told to hold them back."""

    def __init__(self, host: str, port: int) -> None:
        self._server, self._listener = (host, port), socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.flowing, self._over = threading.Event(), False
        self.flowing.set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._over:
            if select.select([self._listener], [], [], 0.05)[0]:
                pair = (self._listener.accept()[0], socket.create_connection(self._server))
                thread = threading.Thread(target=self._hand_on, args=pair, daemon=True)
                thread.start()
                self._threads.append(thread)

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with one, other:
            while not self._over:
                self.flowing.wait(0.05)
                ready = select.select([one, other], [], [], 0.05)[0] if self.flowing.is_set() else []
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    (other if end is one else one).sendall(data)

    def close(self) -> None:
        self._over = True
        for thread in self._threads:
            thread.join(5)
        self._listener.close()


@pytest.fixture
def proxy(postgres_url: URL) -> Iterator[Proxy]:
    made = Proxy(POSTGRES.host or "127.0.0.1", POSTGRES.port or 5432)
    yield made
    made.close()


@pytest.mark.parametrize("when", ["between two writes", "within a write"])
def test_a_server_that_falls_silent(proxy: Proxy, postgres_url: URL, when: str) -> None:
    with opened(postgres_url.set(host="127.0.0.1", port=proxy.port)) as store:
        write_decision(store, a_decision())
        begun = time.monotonic()
        if when == "between two writes":
            proxy.flowing.clear()
            with pytest.raises(StoreUnavailable) as caught:
                write_decision(store, a_decision())
        else:
            with pytest.raises(StoreUnavailable) as caught, writing(store) as connection:
                proxy.flowing.clear()
                connection.execute(text("SELECT 1"))
        assert caught.value.kind.endswith("Timeout")
        assert time.monotonic() - begun < 3 * BUSY + 2 * ROOM  # the probe, a new connection, and the room
        proxy.flowing.set()
        write_decision(store, a_decision())
        ping(store)
        assert counts(store)["decision"] == 2


def test_a_report_may_take_its_time(postgres_url: URL) -> None:
    with opened(postgres_url) as store, reading(store) as connection:
        assert connection.execute(text("SELECT 1 FROM pg_sleep(:seconds)"), {"seconds": BUSY * 1.5}).scalar() == 1
