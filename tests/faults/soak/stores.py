"""The two stores from outside the service: how to lock and fill them, and what is really in them."""

import resource
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, text

KEY = "a key of the soak, of 32 bytes or more"
_WHOLE = (
    "SELECT {} FROM decision d WHERE EXISTS (SELECT 1 FROM answer a WHERE a.decision = d.number) "
    "AND EXISTS (SELECT 1 FROM card c WHERE c.decision = d.number)"
)
_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_decision BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION no_room();
CREATE TRIGGER full_feedback BEFORE INSERT ON feedback FOR EACH ROW EXECUTE FUNCTION no_room();
CREATE TRIGGER full_heartbeat BEFORE UPDATE ON heartbeat FOR EACH ROW EXECUTE FUNCTION no_room();
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """The keyed hashes of all decisions that have their answers and cards, and the cards that got feedback."""

    decisions: frozenset[str]
    feedback: frozenset[str]


class Place(ABC):
    """A store, and what is done to it behind the service's back."""

    name: str

    def __init__(self, url: URL) -> None:
        self.url = url

    @abstractmethod
    def environ(self) -> Mapping[str, str]:
        """What makes the service use it."""

    @abstractmethod
    def locked(self) -> AbstractContextManager[None]:
        """While it is open, nobody else can write."""

    @abstractmethod
    def full(self, pids: Iterable[int]) -> AbstractContextManager[None]:
        """While it is open, there is no room for what the processes `pids` write."""

    def rows(self) -> Rows:
        """What is in it, read without the service's own code."""
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                hashes = [connection.scalars(text(_WHOLE.format(f"d.{name}"))).all() for name in ("instance", "patient")]
                answered = connection.scalars(text("SELECT card FROM feedback")).all()
        finally:
            engine.dispose()
        return Rows(frozenset(h for some in hashes for h in some if h), frozenset(answered))


class Sqlite(Place):
    """A file in the data folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        super().__init__(URL.create("sqlite", database=str(folder / "record.sqlite3")))

    def environ(self) -> Mapping[str, str]:
        return {"POSTFUSION_HASH_KEY": KEY}

    @contextmanager
    def locked(self) -> Iterator[None]:
        holder = sqlite3.connect(str(self.url.database), isolation_level=None, timeout=10)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            holder.close()

    @contextmanager
    def full(self, pids: Iterable[int]) -> Iterator[None]:
        """No byte more may be written to any file, the log of the service included; as it is on a disk that is full."""
        before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
        try:
            for pid, (_, hard) in before.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
            yield
        finally:
            for pid, limits in before.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


class Postgres(Place):
    """A schema of a PostgreSQL server."""

    name = "PostgreSQL"

    def environ(self) -> Mapping[str, str]:
        named = self.url.update_query_dict({"application_name": self._mark})
        return {"POSTFUSION_HASH_KEY": KEY, "POSTFUSION_DATABASE_URL": named.render_as_string(hide_password=False)}

    @property
    def _mark(self) -> str:
        """What the service's connections are known by: others may use the same server."""
        return str(self.url.query["options"]).rpartition("=")[2]

    @contextmanager
    def locked(self) -> Iterator[None]:
        engine = create_engine(self.url)
        try:
            with engine.begin() as holder:
                holder.execute(text("LOCK TABLE decision, feedback, heartbeat IN ACCESS EXCLUSIVE MODE"))
                yield
        finally:
            engine.dispose()

    @contextmanager
    def full(self, pids: Iterable[int]) -> Iterator[None]:
        """Every insert fails as on a full disk; and the server drops all connections of the service once."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(_FULL)
                drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :mark"
                connection.execute(text(drop), {"mark": self._mark})
                yield
                connection.exec_driver_sql("DROP FUNCTION no_room CASCADE")
        finally:
            engine.dispose()
