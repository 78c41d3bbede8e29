"""Opening a record: made once, brought up to date, refused with its name when it cannot be used."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, text

from service.record import Period, StoreUnusable, keyed_hash, make_report, open_record, open_store, ping, write_decision
from service.record.migrate import newest
from service.record.tables import metadata
from tests.record.conftest import KEY, POSTGRES, a_decision, counts, opened

SECRET = "s3cret-of-the-database"


def test_a_new_record_has_the_tables_of_the_code(url: URL) -> None:
    with opened(url) as store, store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == newest() != ""


def test_opening_again_keeps_all(url: URL) -> None:
    with opened(url) as store:
        write_decision(store, a_decision())
    with opened(url) as store:
        assert counts(store)["decision"] == 1
        ping(store)


def test_many_may_open_a_new_record_at_once(url: URL) -> None:
    children = [in_another_process(url) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    with opened(url) as store:
        ping(store)


def in_another_process(url: URL) -> int:
    """Its id; it ends with 0 when the record could be opened."""
    child = os.fork()
    if child == 0:  # pragma: no cover another process
        code = 1
        try:
            open_store(url, KEY)
            code = 0
        finally:
            os._exit(code)
    return child


def test_a_record_of_a_newer_release_is_refused(url: URL) -> None:
    with opened(url) as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnusable, match="newer release"):
        open_store(url, KEY)


def test_a_commit_is_synced(sqlite_url: URL) -> None:
    with opened(sqlite_url) as store, store.engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 2000}


def test_a_commit_is_synced_whatever_the_role_says(postgres_url: URL) -> None:
    with opened(postgres_url) as store:
        with store.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("SET synchronous_commit = off")
        from service.record.store import writing

        with writing(store) as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "2s"


def test_a_record_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "var"
    store = open_record(folder)
    store.engine.dispose()
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes.pop("record.sqlite3") == 0o600
    assert modes.pop("hash.key") == 0o600
    assert set(modes.values()) <= {0o600}
    again = open_record(folder)
    assert again.key == store.key
    assert len(store.key) == 64
    again.engine.dispose()
    given = open_record(folder, hash_key="k" * 32)
    assert given.key == b"k" * 32
    given.engine.dispose()


def test_two_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    from service.record.hashing import key_in

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: key_in(tmp_path), range(8)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["hash.key"]


def test_a_key_that_is_lost_or_short(tmp_path: Path) -> None:
    (tmp_path / "hash.key").write_text("short\n")
    with pytest.raises(StoreUnusable, match=r"hash\.key.*shorter.*POSTFUSION_HASH_KEY"):
        open_record(tmp_path)
    (tmp_path / "hash.key").write_bytes(b"\xff" * 80)
    with pytest.raises(StoreUnusable, match=r"hash\.key.*cannot be read"):
        open_record(tmp_path)
    with pytest.raises(StoreUnusable, match="shorter"):
        open_record(tmp_path, hash_key="short")


def test_postgresql_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="POSTFUSION_HASH_KEY is needed"):
        open_record(tmp_path, POSTGRES.render_as_string(hide_password=False))
    assert not list(tmp_path.iterdir())


def test_postgresql_by_its_address(postgres_url: URL, tmp_path: Path) -> None:
    store = open_record(tmp_path, postgres_url.render_as_string(hide_password=False), KEY.decode())
    assert make_report(store, Period()).decisions == 0
    assert "hash.key" not in os.listdir(tmp_path)
    store.engine.dispose()


@pytest.mark.parametrize(
    "address", ["mysql://x:PW@h/d", "nonsense PW", "sqlite://", "sqlite:///:memory:", "oracle+x://PW@h", "postgresql+asyncpg://PW@h/d"]
)
def test_other_databases_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(StoreUnusable, match="POSTFUSION_DATABASE_URL is not understood") as caught:
        open_record(tmp_path, address.replace("PW", SECRET), KEY.decode())
    assert SECRET not in str(caught.value)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="cannot be used") as caught:
        open_record(tmp_path, f"postgresql://someone:{SECRET}@127.0.0.1:1/none", KEY.decode())
    assert SECRET not in str(caught.value)
    assert "127.0.0.1:1/none" in str(caught.value)


def test_a_file_that_is_no_database(sqlite_url: URL) -> None:
    path = Path(str(sqlite_url.database))
    path.write_bytes(b"some text that is no database\n" * 100)
    with pytest.raises(StoreUnusable, match="not a sound record") as caught:
        open_store(sqlite_url, KEY)
    assert str(path) in str(caught.value)


def test_a_file_damaged_in_the_middle(sqlite_url: URL) -> None:
    path = Path(str(sqlite_url.database))
    with opened(sqlite_url) as store:
        for _ in range(20):
            write_decision(store, a_decision())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    body = bytearray(path.read_bytes())
    for page in range(4, len(body) // 4096):
        body[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(body)
    with pytest.raises(StoreUnusable, match="not a sound record") as caught:
        open_store(sqlite_url, KEY)
    assert str(path) in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreUnusable, match="POSTFUSION_DATA_DIR") as caught:
            open_record(folder)
        assert str(tmp_path / "file") in str(caught.value)


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite3").mkdir()
    with pytest.raises(StoreUnusable, match=r"record\.sqlite3: this file cannot be opened"):
        open_record(tmp_path)


def test_a_file_held_by_another_program(sqlite_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.connecting.BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(str(sqlite_url.database), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreUnusable, match="no other program holds it"):
            open_store(sqlite_url, KEY)
    finally:
        holder.close()


def test_hashes() -> None:
    mine = keyed_hash(KEY, "patient", "p1")
    assert len(mine) == 64 and "p1" not in mine
    assert mine == keyed_hash(KEY, "patient", "p1")
    others = [keyed_hash(KEY, "instance", "p1"), keyed_hash(KEY, "patient", "p2"), keyed_hash(KEY[::-1], "patient", "p1")]
    assert len({mine, *others}) == 4
    assert keyed_hash(KEY, "patient", "") == ""
    assert len(keyed_hash(KEY, "patient", "\ud800")) == 64


def test_a_file_whose_free_pages_are_miscounted(sqlite_url: URL) -> None:
    """Damage that no statement would stumble over, only the search does."""
    path = Path(str(sqlite_url.database))
    with opened(sqlite_url):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(36)
        file.write((7).to_bytes(4, "big"))
    with pytest.raises(StoreUnusable, match=r"not a sound record \(damaged\)"):
        open_store(sqlite_url, KEY)


def test_a_large_file_is_not_searched(sqlite_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    test_a_file_whose_free_pages_are_miscounted(sqlite_url)
    monkeypatch.setattr("service.record.opening.CHECKED_UP_TO", 1)
    with opened(sqlite_url):
        pass
