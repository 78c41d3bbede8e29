"""Whatever fails, a write is either kept whole and acknowledged, or not kept and said so. Nothing is lost, nothing silent."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL, Engine, event, text
from sqlalchemy.exc import OperationalError

from service.record import (
    Kept,
    Period,
    Store,
    StoreUnavailable,
    make_report,
    open_store,
    ping,
    purge,
    write_decision,
    write_feedback,
)
from tests.record.conftest import KEY, NOW, POSTGRES, a_card, a_decision, a_feedback, counts, faults, opened

TEXT = "The record could not be reached or written."
Call = Callable[[Store], Any]


def decide(store: Store) -> None:
    write_decision(store, a_decision(a_card("rule-a", "1.0.0", "Examine"), answers=()))


def feed(store: Store) -> None:
    write_feedback(store, [a_feedback("c1", "accepted", suggestions=("s1",)), a_feedback("c2")])


CALLS: dict[str, Call] = {
    "decision": decide,
    "feedback": feed,
    "ping": ping,
    "report": lambda store: make_report(store, Period()),
    "purge": lambda store: purge(store, NOW),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_nth_call_fails_for_every_n(store: Store, name: str) -> None:
    """Until a run needs fewer calls than n: every failure is said, and nothing of it stays."""
    before, failed = counts(store), 0
    with faults(store.engine) as planted:
        for n in range(1, 100):
            planted.calls, planted.at = 0, n
            try:
                CALLS[name](store)
            except StoreUnavailable as error:
                failed += 1
                assert str(error) == TEXT
                planted.at = 0
                assert counts(store) == before
                continue
            break
        assert planted.calls < n, "the planted fault was swallowed"
    assert failed == n - 1 >= 3
    if name in ("decision", "feedback"):
        assert counts(store)[name] > before[name]


def test_an_error_after_the_commit_is_said_and_can_be_repeated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks before the database's yes arrives: nobody knows, so the caller is told no, and may send it again."""
    commit = store.engine.dialect.do_commit

    def then_break(connection: Any) -> None:
        commit(connection)
        raise sqlite3.OperationalError("broken") if isinstance(connection.driver_connection, sqlite3.Connection) else OSError("broken")

    item = a_feedback("c1", "accepted", suggestions=("s1",))
    with monkeypatch.context() as broken:
        broken.setattr(store.engine.dialect, "do_commit", then_break)
        with pytest.raises(StoreUnavailable):
            write_feedback(store, [item])
    assert write_feedback(store, [item]) == Kept(repeated=1, unmatched=1)
    assert counts(store)["feedback"] == 1


def test_feedback_is_kept_whole_or_not_at_all(store: Store) -> None:
    too_long = a_feedback("c2", reason=None, service="x" * 5000, comment="\x00")
    bad = too_long if store.engine.dialect.name == "postgresql" else a_feedback("c2", outcome=None)
    with pytest.raises(StoreUnavailable):
        write_feedback(store, [a_feedback("c1"), bad])
    assert counts(store)["feedback"] == 0


def test_the_error_says_nothing_of_the_row(store: Store) -> None:
    marker = "Zz-planted-marker"
    write_decision(store, a_decision(id=marker))
    with pytest.raises(StoreUnavailable) as caught:
        write_decision(store, a_decision(id=marker))
    assert marker not in f"{caught.value!r}{caught.value.kind}{caught.value.__cause__}{store!r}"
    assert caught.value.kind in ("SQLITE_CONSTRAINT_UNIQUE", "23505")
    assert caught.value.__suppress_context__


def test_a_locked_file(sqlite_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.connecting.BUSY_SECONDS", 0.2)
    with opened(sqlite_url) as store:
        write_decision(store, a_decision())
        holder = sqlite3.connect(str(sqlite_url.database), isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            for call in (decide, feed, ping):
                with pytest.raises(StoreUnavailable) as caught:
                    call(store)
                assert caught.value.kind == "SQLITE_BUSY"
            assert make_report(store, Period()).decisions == 1  # readers do not wait for the writer
        finally:
            holder.close()
        decide(store)
        assert counts(store)["decision"] == 2


def test_a_queue_of_writers_has_an_end(sqlite_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.connecting.BUSY_SECONDS", 0.05)
    with opened(sqlite_url) as store:
        with store.turn, pytest.raises(StoreUnavailable) as caught:
            decide(store)
        assert caught.value.kind == "SQLITE_BUSY"
        decide(store)
        assert counts(store)["decision"] == 1


@pytest.mark.slow
def test_the_longest_wait_is_two_seconds(sqlite_url: URL) -> None:
    import time

    with opened(sqlite_url) as store:
        holder = sqlite3.connect(str(sqlite_url.database), isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            start = time.monotonic()
            with pytest.raises(StoreUnavailable):
                decide(store)
            assert 1.5 < time.monotonic() - start < 4
        finally:
            holder.close()


def test_a_locked_table(postgres_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.connecting.BUSY_SECONDS", 1)
    with opened(postgres_url) as store, opened(postgres_url) as other:
        with other.engine.begin() as holder:
            holder.execute(text("LOCK TABLE decision, feedback, heartbeat IN ACCESS EXCLUSIVE MODE"))
            for call in (decide, feed, ping):
                with pytest.raises(StoreUnavailable) as caught:
                    call(store)
                assert caught.value.kind in ("55P03", "57014")
        decide(store)
        assert counts(store)["decision"] == 1


def test_a_full_disk(sqlite_url: URL) -> None:
    """As many pages as the file has, and a few: what was acknowledged before the disk was full is there, and nothing else."""
    with opened(sqlite_url) as store:
        with store.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        store.engine.dispose()
        event.listen(store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages + 4}"))
        acknowledged = 0
        with pytest.raises(StoreUnavailable) as caught:
            for _ in range(10_000):
                write_decision(store, a_decision(a_card("rule-a", "1.0.0", "Examine" * 60)))
                acknowledged += 1
        assert caught.value.kind == "SQLITE_FULL"
        assert acknowledged > 0
        kept = counts(store)
        assert (kept["decision"], kept["answer"], kept["card"]) == (acknowledged, 3 * acknowledged, acknowledged)
        with pytest.raises(StoreUnavailable):
            write_feedback(store, [a_feedback(f"c{i}", comment="x" * 400) for i in range(200)])
        assert counts(store)["feedback"] == 0


def test_a_file_that_goes_away(sqlite_url: URL) -> None:
    with opened(sqlite_url) as store:
        store.engine.dispose()
        path = str(sqlite_url.database)
        with open(path, "r+b") as file:
            file.write(b"not a database at all" * 10)
        with pytest.raises(StoreUnavailable) as caught:
            decide(store)
        assert caught.value.kind == "SQLITE_NOTADB"


def test_a_server_that_drops_its_connections(postgres_url: URL, postgres: Engine) -> None:
    with opened(postgres_url) as store:
        decide(store)
        with store.engine.connect() as connection:
            ours = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with postgres.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({ours}, 2000)")
        decide(store)  # the dead connection is noticed before it is used
        assert counts(store)["decision"] == 2


def test_a_server_that_is_gone(postgres_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OperationalError("gone", None, OSError("refused"))

    with opened(postgres_url) as store:
        store.engine.dispose()
        monkeypatch.setattr("service.record.connecting._Bounded.connect", refused)
        with pytest.raises(StoreUnavailable) as caught:
            ping(store)
        assert caught.value.kind == "OSError"


def test_a_heartbeat_that_is_missing_is_no_heartbeat(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM heartbeat"))
    with pytest.raises(StoreUnavailable):
        ping(store)


def test_postgresql_needs_no_special_address(postgres_url: URL) -> None:
    plain = postgres_url.set(drivername="postgresql")
    store = open_store(plain, KEY)
    try:
        decide(store)
        assert store.place.startswith("postgresql://") and POSTGRES.database
    finally:
        store.engine.dispose()
