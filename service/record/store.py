"""The open store, the two errors it knows, and the one way to reach the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

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

    `turn`: SQLite takes one writer at a time, and chance decides among those who wait; within a process they queue instead.
    """

    engine: Engine = field(repr=False)
    key: bytes = field(repr=False)
    place: str
    turn: "Lock | None" = field(default=None, repr=False)


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """One transaction that writes; committed on leaving, or undone with StoreUnavailable."""
    with _turn(store), _reaching(store, "write") as connection:
        yield connection


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
def _turn(store: Store) -> Iterator[None]:
    if store.turn is None:
        yield
        return
    if not store.turn.acquire(timeout=connecting.BUSY_SECONDS):
        raise StoreUnavailable("SQLITE_BUSY")
    try:
        yield
    finally:
        store.turn.release()


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
