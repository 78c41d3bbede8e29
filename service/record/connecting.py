"""Engines for the two databases: what each needs so that a commit is on disk, and so that nobody waits long."""

import os
import weakref
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event

BUSY_SECONDS: Final = 2  # longest wait for a lock, a connection or a statement while a caller waits for cards
_GRACE: Final = 0.5  # seconds for the server's own word that time is up
_LOOK: Final = 0.1  # seconds between psycopg's looks at the connection
POSTGRES: Final = "postgresql+psycopg"
_ALIASES: Final = ("postgres", "postgresql", POSTGRES)
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def make_engine(url: URL) -> Engine:
    """An engine for `url`, not yet connected. `url` is SQLite or PostgreSQL."""
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url.set(drivername=POSTGRES))
    _engines.add(engine)
    return engine


def is_supported(url: URL) -> bool:
    """True for a SQLite file and for PostgreSQL."""
    return url.drivername in _ALIASES or (url.drivername == "sqlite" and bool(url.database) and url.database != ":memory:")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}, max_overflow=-1)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """FULL: a commit is on disk before it returns. The driver's own BEGIN is turned off: it comes too late and too weak."""
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: one that starts by reading cannot wait for it later."""
    connection.exec_driver_sql("BEGIN" if _purpose(connection) == "read" else "BEGIN IMMEDIATE")


def _purpose(connection: Connection) -> str:
    """read, write or upgrade."""
    return str(connection.get_execution_options().get("purpose", "read"))


class _Bounded(psycopg.Connection[Any]):
    """A connection that gives up on a server which took a statement and says nothing: a proxy that hangs, a process that was stopped.

    `patience` is in seconds; None: as long as it takes.
    """

    patience: float | None = BUSY_SECONDS + _GRACE

    def wait(self, gen: Any, interval: float = _LOOK, timeout: float | None = None) -> Any:
        """psycopg's own wait, with an end. Raises OperationalError, and the connection is closed: an answer may still be on its way."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def _postgres(url: URL) -> Engine:
    """A peer that is gone is noticed in seconds: by the server's word, by a probe before use, by the kernel, or by its silence."""
    seconds = str(BUSY_SECONDS)
    waits = {"connect_timeout": seconds, "tcp_user_timeout": str(BUSY_SECONDS * 1000)}
    quiet = {"keepalives_idle": "5", "keepalives_interval": seconds, "keepalives_count": "2"}
    engine = create_engine(
        url, hide_parameters=True, connect_args=waits | quiet, pool_size=5, max_overflow=11, pool_timeout=BUSY_SECONDS, pool_pre_ping=True
    )
    event.listen(engine, "do_connect", lambda _dialect, _record, args, named: _Bounded.connect(*args, **named))
    event.listen(engine, "begin", _begin_postgres)
    event.listen(engine, "checkin", _checkin_postgres)
    return engine


def _begin_postgres(connection: Connection) -> None:
    """A writer has an end; who reads or brings tables up to date may take as long as it takes."""
    writes = _purpose(connection) == "write"
    raw: Any = connection.connection.driver_connection
    raw.patience = BUSY_SECONDS + _GRACE if writes else None
    if writes:
        limits = {"statement_timeout": BUSY_SECONDS * 1000, "lock_timeout": BUSY_SECONDS * 1000, "synchronous_commit": "on"}
        connection.exec_driver_sql("; ".join(f"SET LOCAL {name} = {value}" for name, value in limits.items()))


def _checkin_postgres(raw: Any, _: Any) -> None:
    """The probe before the next use has an end as well."""
    if raw is not None:
        raw.patience = BUSY_SECONDS + _GRACE


def _forget_connections() -> None:
    """A worker forked from a loaded parent must not speak over the parent's connections."""
    for engine in _engines:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections)
