"""What must hold of a client's token, one check after the other. Every check names its claim, so that an operator can be told which failed.

Callers are told nothing but 401: which check failed would help only those who try.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from joserfc import jws
from joserfc.errors import JoseError

from service.web.auth.clients import Client

CLIENTS_AT: Final = "/cds-services"
SKEW: Final = 60  # seconds that clocks may differ, both ways
MAX_LENGTH: Final = 8192
MAX_ID: Final = 512


class Fault(Exception):
    """A token that is refused: the claim or part it fails at, and why, in constant words."""

    def __init__(self, claim: str, why: str) -> None:
        super().__init__(f"{claim}: {why}")
        self.claim, self.why = claim, why


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart, nothing of it believed yet."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]

    def __repr__(self) -> str:
        return "Token(...)"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for: the address called, the scope it needs, the time (seconds since 1970), and what the operator allows."""

    address: str
    scope: str
    now: float
    algorithms: tuple[str, ...]
    max_lifetime: int


def scope_of(path: str) -> str:
    """The scope that a call of `path` needs."""
    if path == CLIENTS_AT:
        return "discovery"
    return "feedback" if path.endswith("/feedback") else "call"


Check = Callable[[Token, Client, Asked], str]


class _Registry(jws.JWSRegistry):
    """Room for the longer headers some clients send; members without a meaning to us are let through, `crit` is refused before."""

    max_header_length = 4096
    max_payload_length = MAX_LENGTH


def take_apart(text: str) -> Token:
    """The parts of a compact JWS. Raises Fault."""
    parts = text.split(".")
    if len(text) > MAX_LENGTH or len(parts) != 3:
        raise Fault("token", "is not a signed JWT of three parts")
    return Token(text, _object(parts[0], "header"), _object(parts[1], "claims"))


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, binascii.Error, RecursionError):
        raise Fault(name, "is not JSON in base64url") from None
    if not isinstance(value, dict):
        raise Fault(name, "is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is repeated")
    return dict(pairs)


def _refuse(_: str) -> NoReturn:
    raise ValueError("not JSON")


def faults(token: Token, client: Client, asked: Asked) -> Iterator[Fault]:
    """Every check of `token` that fails for `client`, in the order they are made. None: the token is good, but for its repetition."""
    for claim, check in CHECKS:
        why = check(token, client, asked)
        if why:
            yield Fault(claim, why)


def _iss(token: Token, client: Client, _: Asked) -> str:
    return "" if _is_among(token.claims.get("iss"), client.iss) else "is not one of this client's, letter by letter"


def _alg(token: Token, _: Client, asked: Asked) -> str:
    return "" if token.header.get("alg") in asked.algorithms else f"is not one of {', '.join(asked.algorithms)}"


def _header(token: Token, _: Client, __: Asked) -> str:
    named = [name for name in ("crit", "b64", "jwk") if name in token.header]
    return f"holds {', '.join(named)}, which is not taken" if named else ""


def _jku(token: Token, client: Client, _: Asked) -> str:
    """It is compared, never called: keys come from the client's file or pinned address alone."""
    return "" if "jku" not in token.header or _is_among(token.header["jku"], client.jku) else "is not listed for this client"


def _kid(token: Token, client: Client, _: Asked) -> str:
    kid = token.header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_ID:
        return "is missing or no text"
    return "" if client.keys.find(kid) is not None else "names no key of this client"


def _signature(token: Token, client: Client, asked: Asked) -> str:
    kid, alg = token.header.get("kid"), token.header.get("alg")
    key = client.keys.find(kid) if isinstance(kid, str) else None
    if key is None or alg not in asked.algorithms:
        return "cannot be checked without key and algorithm"
    try:
        jws.deserialize_compact(token.text, key, registry=_Registry(algorithms=[alg], strict_check_header=False))
    except (JoseError, ValueError, TypeError):
        return "was not made with the key that kid names"
    return ""


def _aud(token: Token, client: Client, asked: Asked) -> str:
    said = token.claims.get("aud")
    wanted = client.aud or frozenset([asked.address])
    named = said if isinstance(said, list) else [said]
    return "" if any(_is_among(one, wanted) for one in named) else "is not, letter by letter, the address called or one listed here"


def _exp(token: Token, _: Client, asked: Asked) -> str:
    exp = _moment(token.claims.get("exp"))
    if exp is None:
        return "is missing or no number"
    if exp < asked.now - SKEW:
        return "is in the past"
    return "" if exp <= asked.now + asked.max_lifetime + SKEW else f"is more than {asked.max_lifetime} seconds ahead"


def _iat(token: Token, _: Client, asked: Asked) -> str:
    iat, exp = _moment(token.claims.get("iat")), _moment(token.claims.get("exp"))
    if iat is None:
        return "is missing or no number"
    if iat > asked.now + SKEW:
        return "is in the future"
    return "" if exp is None or exp - iat <= asked.max_lifetime + SKEW else f"is more than {asked.max_lifetime} seconds before exp"


def _nbf(token: Token, _: Client, asked: Asked) -> str:
    if "nbf" not in token.claims:
        return ""
    nbf = _moment(token.claims["nbf"])
    if nbf is None:
        return "is no number"
    return "" if nbf <= asked.now + SKEW else "is in the future"


def _jti(token: Token, _: Client, __: Asked) -> str:
    jti = token.claims.get("jti")
    return "" if isinstance(jti, str) and 0 < len(jti) <= MAX_ID else "is missing or no text"


def _sub(token: Token, client: Client, _: Asked) -> str:
    return "" if not client.sub or _is_among(token.claims.get("sub"), client.sub) else "is not listed for this client"


def _tenant(token: Token, client: Client, _: Asked) -> str:
    return "" if not client.tenant or _is_among(token.claims.get("tenant"), client.tenant) else "is not listed for this client"


def _scope(_: Token, client: Client, asked: Asked) -> str:
    return "" if asked.scope in client.scopes else f"{asked.scope} is not granted to this client"


def _is_among(value: Any, listed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in listed


def _moment(value: Any) -> float | None:
    """A time in seconds; true and false are no numbers here, though Python thinks so."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


# iss first: it tells whose token it is. Nothing is looked up at another's address before iss, alg and jku are known to be right.
CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("iss", _iss),
    ("alg", _alg),
    ("header", _header),
    ("jku", _jku),
    ("kid", _kid),
    ("signature", _signature),
    ("aud", _aud),
    ("exp", _exp),
    ("iat", _iat),
    ("nbf", _nbf),
    ("jti", _jti),
    ("sub", _sub),
    ("tenant", _tenant),
    ("scope", _scope),
)
