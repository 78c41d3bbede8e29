"""Public keys of CDS clients, from a file or one pinned address. The addresses that tokens name are never called."""

import base64
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from service.access.calling import Caller, get
from service.access.limits import Allowance
from service.access.reasons import Unavailable
from service.web.clock import ticks

log: Final = logging.getLogger("postfusion.auth")
Key = ECKey | RSAKey
MAX_BYTES: Final = 256 * 1024
PATIENCE: Final = 3.0  # seconds for fetching a key set
PAUSE: Final = 60.0  # seconds between two fetches, whatever tokens ask for
MAX_AGE: Final = 3600.0  # seconds after which a key set is fetched anew, so that withdrawn keys end
WEAK_RSA: Final = 2048
_TYPES: Final = ("application/json", "application/jwk-set+json")


class NoKeys(ValueError):
    """A key set that cannot be used; the text says why."""


class Keys:
    """The keys of one client by their ids. Keys of an address are fetched anew for an unknown id, at most once in PAUSE seconds."""

    def __init__(self, load: Callable[[], bytes], *, remote: bool, seconds: Callable[[], float] = ticks) -> None:
        self._load, self._remote, self._seconds = load, remote, seconds
        self._keys: Mapping[str, Key] = {}
        self._lock = Lock()
        self._asked: float | None = None

    def start(self) -> None:
        """Load the keys. Raises NoKeys for a file; an address that does not answer is asked again when a token comes."""
        if self._remote:
            self._refresh()
        else:
            self._keys = read_keys(self._load())

    def find(self, kid: str) -> Key | None:
        """The key of this id, if it is known by now."""
        if self._remote and (kid not in self._keys or self._age() > MAX_AGE):
            self._refresh()
        return self._keys.get(kid)

    def _age(self) -> float:
        return MAX_AGE + 1 if self._asked is None else self._seconds() - self._asked

    def _refresh(self) -> None:
        """Fetch the keys, and keep those that were known when that fails."""
        with self._lock:
            if self._asked is not None and self._seconds() - self._asked < PAUSE:
                return
            self._asked = self._seconds()
            try:
                self._keys = read_keys(self._load())
            except (Unavailable, NoKeys) as error:
                log.warning("keys of a client not fetched", extra={"error": str(error)})


def keys_of_file(path: Path) -> Keys:
    """The keys in a file. Raises NoKeys."""

    def load() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise NoKeys(f"{path} cannot be read: {error.strerror}.") from None

    keys = Keys(load, remote=False)
    keys.start()
    return keys


def keys_of_url(url: str, ca_file: str = "", seconds: Callable[[], float] = ticks) -> Keys:
    """The keys at a pinned address, fetched once now."""

    def load() -> bytes:
        allowed = Allowance(ticks() + PATIENCE, ticks, MAX_BYTES)
        return get(url, Caller((("Accept", "application/json"),), ca_file), allowed, _TYPES)

    keys = Keys(load, remote=True, seconds=seconds)
    keys.start()
    return keys


def read_keys(raw: bytes) -> dict[str, Key]:
    """The usable keys of a JWK set by kid: EC and RSA, for signatures, public. Raises NoKeys."""
    try:
        entries = msgspec.json.decode(raw)["keys"]
        usable = [entry for entry in entries if isinstance(entry, dict) and _for_signing(entry)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, KeyError):
        raise NoKeys('a JWK set is wanted: {"keys": [...]}') from None
    if any("d" in entry for entry in usable):
        raise NoKeys("the JWK set holds a private key: list the public one, and replace this one, since it has been given away")
    keys = {entry["kid"]: key for entry in usable if (key := _key(entry)) is not None}
    if len(keys) != len(usable):
        raise NoKeys(f"a key of the JWK set repeats a kid, is damaged, or is an RSA key below {WEAK_RSA} bits")
    if not keys:
        raise NoKeys("the JWK set holds no EC or RSA key with a kid that is meant for signatures")
    return keys


def _for_signing(entry: dict[str, Any]) -> bool:
    return entry.get("kty") in ("EC", "RSA") and entry.get("use", "sig") == "sig" and isinstance(entry.get("kid"), str)


def _key(entry: dict[str, Any]) -> Key | None:
    try:
        if entry["kty"] == "RSA" and _bits(entry["n"]) < WEAK_RSA:
            return None
        key = import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, ECKey | RSAKey) else None


def _bits(number: str) -> int:
    """The length of a number in base64url."""
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
