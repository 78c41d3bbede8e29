"""Keyed hashes in place of ids, and the operator's key. Without the key nobody can tell whose row it is, or try all ids."""

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from service.record.store import StoreUnusable

MIN_KEY: Final = 32  # characters
KEY_FILE: Final = "hash.key"


def keyed_hash(key: bytes, kind: str, value: str) -> str:
    """64 hex digits. `kind` keeps equal values of two kinds apart. An empty value stays empty: there is nothing to hide."""
    return hmac.new(key, f"{kind}:{value}".encode("utf-8", "surrogatepass"), sha256).hexdigest() if value else ""


def key_in(folder: Path) -> bytes:
    """The key kept in `folder`, made there once, readable by its owner alone. Raises StoreUnusable."""
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise StoreUnusable(f"{path}: the hash key cannot be read or made ({type(error).__name__}). {_MEND}") from None
    if len(key) < MIN_KEY:
        raise StoreUnusable(f"{path}: the hash key is shorter than {MIN_KEY} characters. {_MEND}")
    return key.encode()


_MEND: Final = "Restore the file from a copy, or set POSTFUSION_HASH_KEY to the key."


def _make(path: Path) -> None:
    """Written aside and linked into place, so that of two processes starting at once one key wins, and it is whole."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
