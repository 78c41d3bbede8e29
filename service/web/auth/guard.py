"""The gate before every call: who is asked for a token, and the one answer to all who have no good one."""

import logging
import sqlite3
from dataclasses import dataclass
from typing import Final, cast

from flask import Flask, Response, current_app, g, request

from service.web.answers import FHIR_JSON, encoded
from service.web.auth.clients import Client, load_clients
from service.web.auth.operators import load_operators, operator_of
from service.web.auth.replay import Replays
from service.web.auth.tokens import CLIENTS_AT, SKEW, Asked, Fault, Token, faults, scope_of, take_apart
from service.web.deps import KEY as DEPS
from service.web.deps import deps
from service.web.problems import problem
from service.web.settings import Settings

log: Final = logging.getLogger("postfusion.auth")
KEY: Final = "postfusion.gate"
OPERATORS_AT: Final = ("/evaluate", "/timeline", "/validate", "/reports")
# the same bytes whatever was wrong: no reason, no reference
REFUSAL: Final = encoded(
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "login", "diagnostics": "A valid bearer token is needed here."}],
    }
)


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may pass. No clients, or no operators: their addresses are open. `replays` is there when clients are."""

    clients: tuple[Client, ...]
    operators: dict[str, bytes]
    replays: Replays | None


def open_gate(settings: Settings, replays: Replays | None = None) -> Gate:
    """The gate as the operator's files describe it. Raises SettingsError."""
    clients = load_clients(settings)
    operators = load_operators(settings.operator_tokens_file)
    return Gate(clients, operators, (replays or Replays(settings.data_dir)) if clients else None)


def register(app: Flask) -> None:
    """Ask before every call; to be registered after what answers preflights, which carry no token."""
    app.extensions[KEY] = open_gate(app.extensions[DEPS].settings)
    app.before_request(_ask)


def renew(app: Flask) -> bool:
    """Let those pass whom the files name now; False when they cannot be used, and those of before go on. Used tokens stay used."""
    held: Gate = app.extensions[KEY]
    try:
        fresh = open_gate(app.extensions[DEPS].settings, held.replays)
    except Exception as error:  # whatever is wrong with a file must neither open the gate nor close it to all
        log.error("callers not taken over: %s", error, extra={"error": type(error).__name__})
        return False
    app.extensions[KEY] = fresh
    log.info("callers taken over: %d clients, %d operators", len(fresh.clients), len(fresh.operators))
    return True


def asks_operators(app: Flask) -> bool:
    """True where /evaluate and its like want an operator's token."""
    gate: Gate = app.extensions[KEY]
    return bool(gate.operators)


def _ask() -> Response | None:
    gate = cast(Gate, current_app.extensions[KEY])
    if gate.clients and _lies_at(CLIENTS_AT):
        open_to_all = deps().settings.open_discovery and request.path == CLIENTS_AT
        return None if open_to_all else _admit_client(gate)
    if gate.operators and any(_lies_at(place) for place in OPERATORS_AT):
        return _admit_operator(gate)
    return None


def _lies_at(place: str) -> bool:
    return request.path == place or request.path.startswith(f"{place}/")


def _admit_client(gate: Gate) -> Response | None:
    asked = _asked()
    try:
        token = take_apart(_bearer())
        g.caller = _client_of(token, gate, asked).name
        _use_once(token, gate, asked)
    except Fault as fault:
        log.warning("caller refused", extra={"place": fault.claim, "error": fault.why})
        return _refuse()
    return None


def _client_of(token: Token, gate: Gate, asked: Asked) -> Client:
    """The client that passes every check. Raises Fault: that of the client who came furthest is the one worth telling the operator."""
    worst = Fault("iss", "is not known")
    for client in gate.clients:
        found = next(faults(token, client, asked), None)
        if found is None:
            return client
        worst = found if found.claim != "iss" else worst
    raise worst


def _use_once(token: Token, gate: Gate, asked: Asked) -> None:
    """Note the token as used. Raises Fault for one seen before, Problem 503 when that cannot be told: never open then."""
    claims = token.claims
    try:
        fresh = gate.replays is not None and gate.replays.first_use(claims["iss"], claims["jti"], claims["exp"] + SKEW, asked.now)
    except sqlite3.Error as error:
        log.error("used tokens cannot be looked up", extra={"error": type(error).__name__})
        raise problem(503, "transient", "Callers cannot be checked at the moment.", headers={"Retry-After": "5"}) from None
    if not fresh:
        raise Fault("jti", "was used before")


def _admit_operator(gate: Gate) -> Response | None:
    try:
        name = operator_of(_bearer(), gate.operators)
    except Fault:
        name = None
    if name is None:
        log.warning("operator refused", extra={"place": "token"})
        return _refuse()
    g.caller = name
    return None


def _bearer() -> str:
    """The token of the call. Raises Fault."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Fault("token", "is missing")
    return token.strip()


def _asked() -> Asked:
    """The address is the configured public one: behind a proxy the request does not know it."""
    settings = deps().settings
    return Asked(
        address=settings.public_url + request.path,
        scope=scope_of(request.path),
        now=deps().clock().timestamp(),
        algorithms=settings.jwt_algorithms,
        max_lifetime=settings.jwt_max_lifetime,
    )


def _refuse() -> Response:
    response = Response(REFUSAL, status=401, mimetype=FHIR_JSON)
    response.headers["WWW-Authenticate"] = "Bearer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = deps().new_id()
    return response
