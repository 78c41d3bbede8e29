"""A mock EHR: a FHIR server over made-up patients, and a caller of hooks who behaves as an EHR does."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from service.lab.calling import Answer, Json, post_json, send
from service.lab.fhir_answers import Manners, answer
from service.lab.hooks import Fetch, authorization, request_of
from service.lab.listening import Listener, listening
from service.lab.records import Records
from service.lab.signing import Sign

PREFETCH: Final = ("all", "half", "none")


class CannotCall(RuntimeError):
    """The service cannot be called as asked; the text says why, and what there is instead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call: the service's base URL, whom and what for, the FHIR base that is lent, how much is prefetched ('half': every other key).

    `token`: for the FHIR server, empty where it asks for none. `sign`: makes the JWT the service asks for, if it does.
    `now`: the instant that feedback carries.
    """

    url: str
    patient: str
    hook: str
    fhir: str
    prefetch: str = "all"
    token: str = ""
    sign: Sign | None = None
    now: str = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was made: the service as discovery describes it, what was sent, what came back."""

    service: Json
    request: Json
    answer: Answer


def serving(records: Records, manners: Manners, port: int = 0) -> AbstractContextManager[Listener]:
    """Serve the records on loopback for the length of a with block. Raises PortTaken."""
    return listening(lambda seen: answer(seen, records, manners), port)


def call(wanted: Wanted) -> Called:
    """Discover, prefetch, call. Raises CannotCall or NoAnswer."""
    service = _service(wanted)
    request = request_of(_thinned(service, wanted.prefetch), wanted.patient, fetching(wanted.fhir, wanted.token))
    request["fhirServer"] = wanted.fhir
    if wanted.token:
        request["fhirAuthorization"] = authorization(wanted.token, wanted.patient)
    return Called(service, request, _post(wanted, path_of(service), request))


def fetching(fhir: str, token: str) -> Fetch:
    """Reads from a FHIR server by relative address, as a client fills prefetch: what failed is its OperationOutcome, what it does not
    have, or answers without FHIR, is left out."""
    headers = {"Accept": "application/fhir+json", **({"Authorization": f"Bearer {token}"} if token else {})}

    def fetch(address: str) -> object | None:
        got = send("GET", f"{fhir}/{address}", headers=headers)
        return None if got.status == 404 else got.json

    return fetch


def accept(wanted: Wanted, called: Called) -> Answer:
    """Take the first suggestion there is, and tell the service. Raises CannotCall when no card suggests anything."""
    for card in called.answer.cards:
        for suggestion in card.get("suggestions", ()):
            item = {"outcome": "accepted", "acceptedSuggestions": [{"id": suggestion.get("uuid")}]}
            return _feedback(wanted, called, card, item)
    raise CannotCall("No card suggests anything, so there is nothing to accept.")


def override(wanted: Wanted, called: Called) -> Answer:
    """Put the first card aside, with its first reason where it offers some, and tell the service. Raises CannotCall without cards."""
    for card in called.answer.cards:
        reason = [{name: one.get(name) for name in ("code", "system")} for one in card.get("overrideReasons", ())][:1]
        return _feedback(wanted, called, card, {"outcome": "overridden", **({"overrideReason": {"reason": reason[0]}} if reason else {})})
    raise CannotCall("There is no card to override.")


def path_of(service: Json) -> str:
    """The path of a service below its base."""
    return f"/cds-services/{quote(str(service['id']), safe='')}"


def _feedback(wanted: Wanted, called: Called, card: Json, item: Json) -> Answer:
    body = {"feedback": [{"card": card.get("uuid"), "outcomeTimestamp": wanted.now, **item}]}
    return _post(wanted, f"{path_of(called.service)}/feedback", body)


def _service(wanted: Wanted) -> Json:
    """The first service for the hook."""
    found = send("GET", f"{wanted.url}/cds-services", headers={"Accept": "application/json", **_signed(wanted, "/cds-services")})
    body = found.json
    listed = body.get("services") if isinstance(body, dict) else None
    if found.status != 200 or not isinstance(listed, list):
        raise CannotCall(f"{wanted.url}/cds-services answers {found.status} and lists no services.")
    services = [one for one in listed if isinstance(one, dict) and "id" in one]
    for one in services:
        if one.get("hook") == wanted.hook:
            return one
    known = ", ".join(sorted({str(one.get("hook")) for one in services}))
    raise CannotCall(f"No service there answers the hook {wanted.hook}. Known: {known or 'none'}.")


def _thinned(service: Json, prefetch: str) -> Json:
    """The service, asking for as much as the client will fill."""
    templates = service.get("prefetch")
    keys = list(templates) if isinstance(templates, dict) else []
    kept = {"all": keys, "half": keys[::2], "none": []}[prefetch]
    return {**service, "prefetch": {key: templates[key] for key in kept}} if isinstance(templates, dict) else service


def _post(wanted: Wanted, path: str, body: Any) -> Answer:
    return post_json(wanted.url + path, body, _signed(wanted, path))


def _signed(wanted: Wanted, path: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {wanted.sign(wanted.url + path, {})}"} if wanted.sign else {}
