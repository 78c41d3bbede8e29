"""A fresh record per test, once in SQLite and once in PostgreSQL, where each test has a schema of its own."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import URL, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import OperationalError

from service.record import Answered, CardMade, Decision, Feedback, Store, Suggested, open_store
from service.record.store import reading
from service.record.tables import metadata

NOW: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
KEY: Final = b"a key of the tests, 32 bytes or more"
SERVICE: Final = "postfusion-patient-view"
POSTGRES: Final = make_url(os.environ.get("POSTFUSION_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"))


def _admin() -> Engine:
    return create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """The server. Without one these tests are skipped, unless POSTFUSION_TEST_REQUIRE_POSTGRES=1."""
    engine = _admin()
    try:
        engine.connect().close()
    except OperationalError:
        where = POSTGRES.render_as_string(hide_password=True)
        if os.environ.get("POSTFUSION_TEST_REQUIRE_POSTGRES") == "1":
            pytest.fail(f"PostgreSQL does not answer at {where}, and POSTFUSION_TEST_REQUIRE_POSTGRES=1 asks for it")
        pytest.skip(f"PostgreSQL does not answer at {where}; POSTFUSION_TEST_DATABASE_URL names another")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_url(postgres: Engine) -> Iterator[URL]:
    schema = f"postfusion_{uuid.uuid4().hex}"
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    try:
        yield POSTGRES.update_query_dict({"options": f"-csearch_path={schema}"})
    finally:
        with postgres.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> URL:
    return URL.create("sqlite", database=str(tmp_path / "record.sqlite3"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> URL:
    found: URL = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found


@contextmanager
def opened(url: URL) -> Iterator[Store]:
    store = open_store(url, KEY)
    try:
        yield store
    finally:
        store.engine.dispose()


@pytest.fixture
def store(url: URL) -> Iterator[Store]:
    with opened(url) as store:
        yield store


def new_id() -> str:
    return str(uuid.uuid4())


def answered(rule: str = "rule-a", version: str = "1.0.0", answer: Any = "yes", **more: Any) -> Answered:
    return Answered(rule, version, f"sha256:{rule}@{version}", answer, **{"shown": answer == "yes"} | more)


def a_card(rule: str = "rule-a", version: str = "1.0.0", *labels: str, uuid: str = "") -> CardMade:
    offered = tuple(Suggested(new_id(), label) for label in labels)
    return CardMade(uuid or new_id(), rule, version, f"sha256:{rule}@{version}", offered)


def a_decision(*cards: CardMade, **changes: Any) -> Decision:
    told = {
        "id": new_id(),
        "at": NOW,
        "surface": "hook",
        "release": "sha256:release",
        "service": SERVICE,
        "hook": "patient-view",
        "instance": "i" * 64,
        "patient": "p" * 64,
        "caller": "https://ehr.example.org",
        "duration_ms": 12,
        "answers": (answered(), answered("rule-b", answer="no"), answered("rule-c", answer="unknown")),
        "cards": cards,
    }
    return Decision(**told | changes)


def a_feedback(card: str, outcome: Any = "overridden", **changes: Any) -> Feedback:
    told = {"service": SERVICE, "card": card, "outcome": outcome, "outcome_at": NOW, "received_at": NOW}
    return Feedback(**told | changes)


def counts(store: Store) -> dict[str, int]:
    """Rows per table."""
    with reading(store) as connection:
        return {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in metadata.tables.items()}


class Faults:
    """Counts what the store asks of its database, and fails the n-th call. 0: none."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls = 0
        self.at = 0

    def __call__(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise OperationalError("planted", None, RuntimeError("planted"))


@contextmanager
def faults(engine: Engine) -> Iterator[Faults]:
    """Calls are: taking a connection, each statement (BEGIN too), and the commit."""
    planted = Faults(engine)
    hooks: list[tuple[Any, str, Callable[..., None]]] = [
        (engine, "checkout", planted.__call__),
        (engine, "before_cursor_execute", planted.__call__),
        (engine, "commit", planted.__call__),
    ]
    for target, name, call in hooks:
        event.listen(target, name, call)
    try:
        yield planted
    finally:
        for target, name, call in hooks:
            event.remove(target, name, call)
