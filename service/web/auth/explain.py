"""`postfusion jwt explain`: which claim of a token fails for which client, and why. For the operator's own terminal, never over HTTP."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from service.web.auth.clients import Client, load_clients
from service.web.auth.replay import NAME, Replays
from service.web.auth.tokens import CHECKS, Asked, Fault, Token, faults, scope_of, take_apart
from service.web.setting_values import PREFIX
from service.web.settings import Settings

_SHOWN: Final = {"header": ("alg", "kid", "jku"), "claims": ("iss", "aud", "sub", "tenant", "iat", "nbf", "exp")}
_TIMES: Final = ("iat", "nbf", "exp")
_LISTED: Final = ("iss", "aud", "jku", "sub", "tenant")


def explain(text: str, path: str, settings: Settings, now: datetime) -> tuple[list[str], bool]:
    """Lines for the operator, and whether a call of `path` with this token would be let in. Raises SettingsError."""
    clients = load_clients(settings)
    if not clients:
        return [f"{PREFIX}CLIENTS_FILE is not set: nobody is asked for a token."], True
    try:
        token = take_apart(text.strip().removeprefix("Bearer ").strip())
    except Fault as fault:
        return [f"The {fault.claim} {fault.why}."], False
    asked = Asked(settings.public_url + path, scope_of(path), now.timestamp(), settings.jwt_algorithms, settings.jwt_max_lifetime)
    lines = [f"A call of {asked.address} at {now.isoformat(timespec='seconds')}", *_contents(token)]
    passed = [client for client in clients if not list(faults(token, client, asked))]
    for client in clients:
        lines += _verdict(token, client, asked)
    return [*lines, *_repeated(token, passed, settings)], bool(passed) and not _is_used(token, settings)


def _contents(token: Token) -> Iterator[str]:
    for part, names in _SHOWN.items():
        values: Mapping[str, Any] = token.header if part == "header" else token.claims
        for name in names:
            if name in values:
                yield f"  {name:<9} {_value(name, values[name])}"


def _value(name: str, value: Any) -> str:
    """As JSON, so that nothing in a token can move the cursor; times also in words."""
    shown = json.dumps(value)
    if name in _TIMES and isinstance(value, int | float) and 0 <= value < 4_000_000_000:
        return f"{shown} ({datetime.fromtimestamp(value, UTC).isoformat(timespec='seconds')})"
    return shown


def _verdict(token: Token, client: Client, asked: Asked) -> list[str]:
    found = {fault.claim: fault.why for fault in faults(token, client, asked)}
    if not found:
        return [f"Client {client.name}: every check is passed."]
    lines = [f"  {claim:<9} {found[claim]}{_wanted(claim, client, asked)}" for claim, _ in CHECKS if claim in found]
    return [f"Client {client.name}: refused.", *lines]


def _wanted(claim: str, client: Client, asked: Asked) -> str:
    if claim not in _LISTED:
        return ""
    listed: frozenset[str] = getattr(client, claim) or (frozenset([asked.address]) if claim == "aud" else frozenset())
    return f"; accepted: {', '.join(sorted(listed)) or 'none'}"


def _repeated(token: Token, passed: list[Client], settings: Settings) -> list[str]:
    if passed and _is_used(token, settings):
        return ["The token was used before (jti): a caller makes a new one for every call."]
    return []


def _is_used(token: Token, settings: Settings) -> bool:
    """As far as the store can be read here; it is not made for the question's sake."""
    iss, jti = token.claims.get("iss"), token.claims.get("jti")
    if not isinstance(iss, str) or not isinstance(jti, str) or not (settings.data_dir / NAME).exists():
        return False
    try:
        return Replays(settings.data_dir).used(iss, jti)
    except sqlite3.Error:
        return False
