"""The open store, the two errors it knows, and the one way to reach the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.record import connecting
from service.record.tables import heartbeat


class StoreUnusable(Exception):
    """The store cannot be used at all: the service does not start. The text names the file or database, and how to mend it."""


class StoreUnavailable(Exception):
    """The store could not be reached, read or written just now. `kind` is the database's own code, such as SQLITE_BUSY.

    The text is constant, and nothing that was to be written is in it.
    """

    def __init__(self, kind: str = "") -> None:
        super().__init__("The record could not be reached or written.")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Store:
    """An open, migrated store. `place` names it for people, without a password; `key` is the secret of the keyed hashes.

    `one_writer`: SQLite takes one writer at a time, and chance decides among those who wait; within a process they queue for `turn`.
    `stuck`: the last writer waited in vain, and none has succeeded since.
    """

    engine: Engine = field(repr=False)
    key: bytes = field(repr=False)
    place: str
    one_writer: bool = False
    turn: Lock = field(default_factory=Lock, repr=False)
    stuck: Event = field(default_factory=Event, repr=False)


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """One transaction that writes; committed on leaving, or undone with StoreUnavailable."""
    with _turn(store) as first:
        try:
            with _reaching(store, "write") as connection:
                _give_up_if_stuck(store, first)
                yield connection
        except StoreUnavailable as error:
            if _waited(error.kind):
                store.stuck.set()
            raise
        store.stuck.clear()


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """One transaction that reads."""
    with _reaching(store, "read") as connection:
        yield connection


def ping(store: Store) -> None:
    """Prove that the store takes a write, as a lock or a full disk would not let it. Raises StoreUnavailable."""
    with writing(store) as connection:
        if connection.execute(update(heartbeat).values(beats=heartbeat.c.beats + 1)).rowcount != 1:
            raise StoreUnavailable("heartbeat")


@contextmanager
def _turn(store: Store) -> Iterator[bool]:
    """A writer's turn; True for one that did not wait for it. While the store is stuck one at a time finds out whether it still is.
    The others give up at once: their callers get the cards now, and not each after a wait of its own.
    """
    if not store.one_writer and not store.stuck.is_set():
        yield False
        return
    first = store.turn.acquire(blocking=False)
    if not first:
        _give_up_if_stuck(store, first)
        if not store.turn.acquire(timeout=connecting.BUSY_SECONDS):
            raise StoreUnavailable("SQLITE_BUSY")
    try:
        _give_up_if_stuck(store, first)
        yield first
    finally:
        store.turn.release()


def _give_up_if_stuck(store: Store, first: bool) -> None:
    if store.stuck.is_set() and not first:
        raise StoreUnavailable("stuck")


def _waited(kind: str) -> bool:
    """True for the errors that come after waiting: for a lock, a statement, a connection, or a server that is silent."""
    return kind.startswith(("SQLITE_BUSY", "55P03", "57014")) or kind.endswith(("Timeout", "TimeoutError"))


@contextmanager
def _reaching(store: Store, purpose: str) -> Iterator[Connection]:
    try:
        with store.engine.connect().execution_options(purpose=purpose) as connection, connection.begin():
            yield connection
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreUnavailable(kind_of(error)) from None


def kind_of(error: Exception) -> str:
    """The database's code for an error: a constant such as SQLITE_FULL or 57014; never its text, which may hold values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return str(code or type(cause or error).__name__)
