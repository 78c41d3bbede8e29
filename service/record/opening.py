"""Opening the record: where it lies, whether it is sound, and its tables brought up to date."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from service.record.connecting import is_supported, make_engine
from service.record.hashing import MIN_KEY, key_in
from service.record.migrate import NewerTables, upgrade
from service.record.store import Store, StoreUnusable, kind_of

FILE: Final = "record.sqlite3"
CHECKED_UP_TO: Final = 256 * 1024 * 1024  # bytes: a larger file would hold up the start for too long


def open_record(data_dir: Path, database_url: str = "", hash_key: str = "") -> Store:
    """The record of an installation: a SQLite file in `data_dir`, or `database_url`. Raises StoreUnusable."""
    url = _parsed(database_url) if database_url else URL.create("sqlite", database=str(data_dir / FILE))
    return open_store(url, hash_key.encode() if hash_key else _kept_key(url))


def open_store(url: str | URL, key: bytes) -> Store:
    """The store at `url`, sound and up to date. `key` is the secret of the keyed hashes. Raises StoreUnusable."""
    parsed = _parsed(url)
    if len(key) < MIN_KEY:
        raise StoreUnusable(f"The hash key is shorter than {MIN_KEY} characters. Set POSTFUSION_HASH_KEY to a longer one.")
    place = str(parsed.database) if _is_file(parsed) else parsed.render_as_string(hide_password=True)
    engine = make_engine(parsed)
    try:
        if _is_file(parsed):
            _make_file(Path(place))
        _prepare(engine, Path(place) if _is_file(parsed) else None)
    except (SQLAlchemyError, OSError, _Unsound, NewerTables) as error:
        raise StoreUnusable(_why(error, place, file=_is_file(parsed))) from None
    finally:
        engine.dispose()  # connections opened here must not be inherited by workers
    return Store(engine, key, place, one_writer=_is_file(parsed))


class _Unsound(Exception):
    """SQLite found the file damaged."""


def _parsed(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or not is_supported(parsed):  # the text may hold a password
        raise StoreUnusable("POSTFUSION_DATABASE_URL is not understood. Known: postgresql://user@host:5432/name, sqlite:////path/to/file.")
    return parsed


def _is_file(url: URL) -> bool:
    return url.drivername == "sqlite"


def _kept_key(url: URL) -> bytes:
    if not _is_file(url):
        raise StoreUnusable(
            f"POSTFUSION_HASH_KEY is needed with PostgreSQL: a secret of at least {MIN_KEY} characters, the same for every process. "
            "One is made by: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    folder = Path(str(url.database)).parent
    _make_folder(folder)
    return key_in(folder)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"{folder}: this folder cannot be made ({error.strerror}). Set POSTFUSION_DATA_DIR to one that can.") from None


def _make_file(path: Path) -> None:
    """The file, readable by its owner alone; SQLite gives the files beside it the same mode."""
    _make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(engine: Engine, file: Path | None) -> None:
    if file:
        with engine.connect() as connection:
            _check_file(connection, file)
    upgrade(engine)


def _check_file(connection: Connection, file: Path) -> None:
    """Refuse a damaged file; then let readers and the writer work side by side (WAL)."""
    if file.stat().st_size <= CHECKED_UP_TO and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
        raise _Unsound
    connection.rollback()
    raw = connection.connection.dbapi_connection
    if raw and raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        raw.execute("PRAGMA journal_mode=WAL")


def _why(error: Exception, place: str, *, file: bool) -> str:
    if isinstance(error, NewerTables):
        return f"{place}: this record was made by a newer release. Run that release, or open another record."
    kind = "damaged" if isinstance(error, _Unsound) else kind_of(error)
    if isinstance(error, OSError):
        return f"{place}: this file cannot be opened or made ({error.strerror}). Mend its rights, or set another POSTFUSION_DATA_DIR."
    if not file:
        return f"{place}: this database cannot be used ({kind}). Check that it runs, and POSTFUSION_DATABASE_URL."
    if kind in _DAMAGED:
        return f"{place}: this file is not a sound record ({kind}). Restore it from a copy, or move it aside to begin a new one."
    return f"{place}: this file cannot be used ({kind}). Check that no other program holds it and that its disk has room."


_DAMAGED: Final = ("damaged", "SQLITE_CORRUPT", "SQLITE_NOTADB")
