"""Token ids that have been used, kept until they expire: shared by all workers, and still known after a restart."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Final

from service.web.setting_values import SettingsError

NAME: Final = "tokens.sqlite3"
PATIENCE: Final = 2.0  # seconds to wait for another worker's write
SWEEP: Final = 60.0  # seconds between two removals of what has expired
_TABLE: Final = "CREATE TABLE IF NOT EXISTS used (id BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID"


class Replays:
    """The store of used ids. Ids are kept as hashes, so that a copy of the file gives nobody a token id."""

    def __init__(self, folder: Path) -> None:
        """Raises SettingsError when the store cannot be opened."""
        self._path = folder / NAME
        self._lock = Lock()
        self._held: tuple[int, sqlite3.Connection] | None = None
        self._swept = 0.0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as connection:
                connection.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(f"The store of used token ids, {self._path}, cannot be opened: {error}.") from None

    def first_use(self, iss: str, jti: str, until: float, now: float) -> bool:
        """True, and noted until `until`, for an id not seen before. Raises sqlite3.Error when the store does not answer."""
        with self._lock:
            connection = self._connection()
            self._sweep(connection, now)
            row = (_id(iss, jti), until)
            return connection.execute("INSERT INTO used VALUES (?, ?) ON CONFLICT DO NOTHING", row).rowcount == 1

    def used(self, iss: str, jti: str) -> bool:
        """True when the id was used before. Nothing is noted."""
        with closing(self._open()) as connection:
            return connection.execute("SELECT 1 FROM used WHERE id = ?", (_id(iss, jti),)).fetchone() is not None

    def _sweep(self, connection: sqlite3.Connection, now: float) -> None:
        if abs(now - self._swept) >= SWEEP:
            self._swept = now
            connection.execute("DELETE FROM used WHERE until < ?", (now,))

    def _connection(self) -> sqlite3.Connection:
        """One for each process: a connection must not cross a fork."""
        if self._held is None or self._held[0] != os.getpid():
            self._held = (os.getpid(), self._open())
        return self._held[1]

    def _open(self) -> sqlite3.Connection:
        """Every statement commits by itself. WAL: readers and writers of other workers go on; a killed process loses nothing."""
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._held is not None:
                self._held[1].close()
                self._held = None


def _id(iss: str, jti: str) -> bytes:
    """Both together, told apart by length, since an id is unique only within its issuer; lone surrogates must not raise here."""
    text = f"{len(iss)}:{iss}{jti}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
