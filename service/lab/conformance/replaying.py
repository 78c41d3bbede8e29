"""A FHIR server that holds exactly what one request had as prefetch, so that fetching and being sent can be compared."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qsl, unquote

from service.lab.calling import Answer, Json
from service.lab.conformance.ehr import Call, Ehr, again
from service.lab.fhir_answers import BASE
from service.lab.hooks import authorization, filled
from service.lab.listening import Listener, Reply, Seen, listening

TOKEN: Final = "lent-to-one-service-7f1c"  # noqa: S105 made up, and good for nothing
NOTHING: Final = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def _key(address: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What two spellings of one address share."""
    path, _, query = address.partition("?")
    return unquote(path), tuple(sorted(parse_qsl(query)))


def routes(call: Call) -> dict[tuple[str, tuple[tuple[str, str], ...]], Json]:
    """Address -> value, for every template of the service that can be filled. What was not sent is no hits."""
    context, prefetch = call.request["context"], call.request.get("prefetch") or {}
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Json] = {}
    for key, template in (call.service.get("prefetch") or {}).items():
        address = filled(template, context)
        if address is not None and (prefetch.get(key) is not None or "?" in template):
            found[_key(f"{BASE}/{address}")] = prefetch.get(key) or NOTHING
    return found


@contextmanager
def replaying(ehr: Ehr, call: Call, status: int = 200) -> Iterator[Listener]:
    """Serve what `call` had as prefetch to whoever brings the token; any other `status` is given to everyone."""
    known = routes(call)

    def answering(seen: Seen) -> Reply:
        value = known.get(_key(seen.target))
        if status != 200:
            return _refusal(status)
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return _refusal(401)
        return _refusal(404) if value is None else Reply(json.dumps(value).encode())

    with listening(answering, ehr.options.listener_port) as listener:
        yield listener


def _refusal(status: int) -> Reply:
    issue = {"severity": "error", "code": "security" if status == 401 else "not-found"}
    return Reply(json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode(), status)


def lent(request: Json, root: str, *, prefetch: bool) -> Json:
    """A copy of `request` with access to the FHIR server at `root`; without `prefetch` the service has to ask there for everything."""
    made = again(request)
    made["fhirServer"] = f"{root}{BASE}"
    made["fhirAuthorization"] = authorization(TOKEN, request["context"].get("patientId", ""))
    if not prefetch:
        made.pop("prefetch", None)
    return made


def without_prefetch(ehr: Ehr, call: Call, status: int = 200) -> tuple[Answer, list[Seen]]:
    """The call with access instead of prefetch: its answer, and what the FHIR server saw."""
    with replaying(ehr, call, status) as listener:
        answer = ehr.call(call.service, lent(call.request, listener.root, prefetch=False))
    return answer, listener.seen


def first_page(request: Json, key: str, next_url: str) -> Json:
    """`request` with the search under `key` marked as a first page."""
    made = copy.deepcopy(request)
    made["prefetch"][key]["link"] = [{"relation": "next", "url": next_url}]
    return made
