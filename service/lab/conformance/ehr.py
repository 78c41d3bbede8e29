"""The EHR that is played: what it knows of the service, and the ordinary calls every group of checks looks at."""

import copy
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from service.lab.calling import Answer, Json, post_json, send
from service.lab.fhir_answers import BASE, Manners, answer
from service.lab.hooks import Fetch, request_of
from service.lab.listening import Seen
from service.lab.records import Records
from service.lab.signing import Sign

MANY: Final = 40  # stories of the first service
FEW: Final = 4  # of each other one


@dataclass(frozen=True, slots=True)
class Options:
    """How to play. `sign(aud, changes)` makes a JWT for an address, EXP_DELTA and ISS of `changes` replacing what is usual; None: no
    authentication. `origin`: of a browser client. `listener_port`: of the FHIR server played (0: any). `budget`: seconds of an answer.
    `seconds` tells time that never runs backwards."""

    seconds: Callable[[], float]
    sign: Sign | None = None
    origin: str = "https://sandbox.cds-hooks.org"
    listener_port: int = 0
    budget: float = 0.5
    patience: float = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """One ordinary call: the service as discovery describes it, the request, the answer."""

    service: Json
    request: Json
    answer: Answer

    @property
    def name(self) -> str:
        """For sentences: service and patient of a call."""
        return f"{self.service['id']} ({self.request['context'].get('patientId', 'no patient')})"


@dataclass
class Ehr:
    """The EHR. `given`: requests to send instead of those made from `records`."""

    url: str
    records: Records
    options: Options
    given: tuple[Json, ...] = ()
    tokens: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Answer:
        """GET below the base, with a fresh token where tokens are asked for."""
        return send("GET", self.url + path, headers={**self.signed(path), **_named(headers)}, timeout=self.options.patience)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """POST JSON below the base, with a fresh token."""
        return post_json(self.url + path, body, {**self.signed(path), **_named(headers)})

    def raw(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Any call; headers stand before the token."""
        return send(method, self.url + path, body, {**self.signed(path), **headers}, timeout=self.options.patience)

    def signed(self, path: str) -> dict[str, str]:
        """The header of authentication for a call of `path`; none without tokens."""
        return {"Authorization": f"Bearer {self.options.sign(self.url + path, {})}"} if self.options.sign else {}

    def call(self, service: Json, request: Json, **headers: str) -> Answer:
        """Call a service."""
        return self.post(path_of(service), request, **headers)

    @cached_property
    def discovery(self) -> Answer:
        """The answer of discovery."""
        return self.get("/cds-services", Accept="application/json")

    @cached_property
    def services(self) -> list[Json]:
        """The services that can be called: those with an id and a hook."""
        body = self.discovery.json
        listed = body.get("services") if isinstance(body, dict) else None
        found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return [one for one in found if isinstance(one.get("id"), str) and isinstance(one.get("hook"), str)]

    @cached_property
    def calls(self) -> list[Call]:
        """Every ordinary request, posted once to its service."""
        return [Call(service, request, self.call(service, request)) for service in self.services for request in self.requests(service)]

    def requests(self, service: Json) -> Iterator[Json]:
        """The ordinary requests for a service."""
        if self.given:
            yield from (one for one in self.given if one.get("hook") == service["hook"])
            return
        most = MANY if service is self.services[0] else FEW
        yield from (request_of(service, patient, self.fetch) for patient in self.records.patients[:most])

    @cached_property
    def fetch(self) -> Fetch:
        """Reads the played EHR's own data by relative address."""

        def fetch(address: str) -> object | None:
            reply = answer(Seen(f"{BASE}/{address}", {}, "https://ehr.example.org"), self.records, Manners())
            return Answer(reply.status, {}, reply.body, 0.0).json if reply.status == 200 else None

        return fetch

    @cached_property
    def bases(self) -> list[Call]:
        """For each service one ordinary call that was answered 200, with cards where there is one: what variations start from."""
        found: dict[str, Call] = {}
        for call in sorted((one for one in self.calls if one.answer.status == 200), key=lambda one: not one.answer.cards):
            found.setdefault(call.service["id"], call)
        return [found[one["id"]] for one in self.services if one["id"] in found]

    def varied(self, change: Callable[[Json], Any], bases: list[Call] | None = None, **headers: str) -> Iterator[tuple[Call, Answer]]:
        """Each base request changed in a copy, and what came back. A change that returns False leaves the service out."""
        for base in self.bases if bases is None else bases:
            request = again(base.request)
            if change(request) is not False:
                yield base, self.call(base.service, request, **headers)


def again(request: Json) -> Json:
    """A copy with a hookInstance of its own."""
    return {**copy.deepcopy(request), "hookInstance": str(uuid.uuid4())}


def path_of(service: Json) -> str:
    """The path of a service below the base."""
    return f"/cds-services/{quote(str(service['id']), safe='')}"


def told(answer: Answer) -> list[str]:
    """What the cards of an answer say, in order: what must not change from call to call."""
    return [f"{card.get('indicator')}: {card.get('summary')}" for card in answer.cards]


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
