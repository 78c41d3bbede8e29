"""Around the answers: browsers, time, caches, and callers that come at once."""

import copy
import json
import math
import re
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from service.lab.calling import Answer, Json, send
from service.lab.conformance.checking import MUST, OWN, SHOULD, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, again, path_of

check = of_group("network", "network")
_LOOPBACK: Final = re.compile(r"127(\.\d+){3}|localhost|::1")
_TIMED: Final = 20
_AT_ONCE: Final = 8
_PATIENTS: Final = 16


def _base(ehr: Ehr) -> Call:
    if not ehr.bases:
        raise Skip("no ordinary request was answered 200")
    return ehr.bases[0]


def _preflights(ehr: Ehr) -> list[Answer]:
    """What a browser asks before it asks anything else; it sends no token with that."""
    asked = {"Origin": ehr.options.origin, "Access-Control-Request-Headers": "authorization,content-type"}
    return [
        send("OPTIONS", ehr.url + path, headers={**asked, "Access-Control-Request-Method": method})
        for path, method in (("/cds-services", "GET"), (path_of(_base(ehr).service), "POST"))
    ]


def _shared(ehr: Ehr) -> list[Answer]:
    base = _base(ehr)
    return [ehr.get("/cds-services", Origin=ehr.options.origin), ehr.call(base.service, again(base.request), Origin=ehr.options.origin)]


def _allowed(headers: Mapping[str, str], name: str) -> set[str]:
    return {one.strip().lower() for one in headers.get(name, "").split(",")}


def _origin_let_in(answer: Answer, origin: str) -> bool:
    return answer.headers.get("Access-Control-Allow-Origin") in (origin, "*")


@check("preflight", SHOULD, "browser clients are let in: preflights allow origin, method, Authorization and Content-Type")
def _preflight(ehr: Ehr) -> Iterable[str]:
    for answer, method in zip(_preflights(ehr), ("GET", "POST"), strict=True):
        named = _allowed(answer.headers, "Access-Control-Allow-Headers")
        methods = _allowed(answer.headers, "Access-Control-Allow-Methods") | {"get", "post"}
        good = _origin_let_in(answer, ehr.options.origin) and {"authorization", "content-type"} <= named and method.lower() in methods
        if not 200 <= answer.status < 300 or not good:
            yield f"{method}: status {answer.status}, for origin {ehr.options.origin}"


@check("cors", SHOULD, "browser clients may read discovery and cards: Access-Control-Allow-Origin")
def _cors(ehr: Ehr) -> Iterable[str]:
    yield from (f"status {one.status}, without it" for one in _shared(ehr) if not _origin_let_in(one, ehr.options.origin))


@check("no-open-credentials", OWN, "`Access-Control-Allow-Origin: *` never comes with Allow-Credentials")
def _credentials(ehr: Ehr) -> Iterable[str]:
    for answer in (*_preflights(ehr), *_shared(ehr)):
        headers = answer.headers
        if headers.get("Access-Control-Allow-Origin") == "*" and headers.get("Access-Control-Allow-Credentials", "").lower() == "true":
            yield f"status {answer.status}"


@check("fast", SHOULD, "95 of 100 answers are there within the budget")
def _fast(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    taken = sorted(ehr.call(base.service, again(base.request)).seconds for _ in range(_TIMED))
    slow = taken[math.ceil(0.95 * _TIMED) - 1]
    if slow > ehr.options.budget:
        yield f"{slow * 1000:.0f} ms instead of {ehr.options.budget * 1000:.0f} ms"


@check("https", MUST, "the transport is https")
def _https(ehr: Ehr) -> Iterable[str]:
    parts = urlsplit(ehr.url)
    if parts.scheme != "https" and _LOOPBACK.fullmatch(parts.hostname or ""):
        raise Skip("a loopback address")
    if parts.scheme != "https":
        yield f"{parts.scheme}"


@check("no-store", OWN, "answers about a patient are not to be kept: Cache-Control no-store")
def _no_store(ehr: Ehr) -> Iterable[str]:
    _base(ehr)
    kept = [call.name for call in ehr.bases if "no-store" not in call.answer.headers.get("Cache-Control", "").lower()]
    yield from kept


@check("apart", OWN, "calls for different patients at once stay apart")
def _apart(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    ids = [f"apart-{uuid.uuid4().hex[:12]}" for _ in range(_PATIENTS)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda name: ehr.call(base.service, _for(base.request, name)), ids))
    for own, answer in zip(ids, answers, strict=True):
        if answer.status != 200:
            yield f"status {answer.status}"
        if any(other in answer.text for other in ids if other != own):
            yield "an answer names another patient"


def _for(request: Json, patient: str) -> Json:
    """The request with every mention of its patient replaced."""
    old = request["context"]["patientId"]
    text = json.dumps(copy.deepcopy(request)).replace(f'"{old}"', f'"{patient}"').replace(f"/{old}", f"/{patient}")
    return again(json.loads(text))


@check("not-all-critical", OWN, "not every card is critical: an alarm that always rings is not heard")
def _not_all(ehr: Ehr) -> Iterable[str]:
    found = [card.get("indicator") for call in ehr.calls for card in call.answer.cards]
    if len(ehr.calls) < 3 or not found:
        raise Skip("fewer than three requests, or no cards")
    if set(found) == {"critical"}:
        yield f"all of {len(found)} are"


@check("quiet-server", OWN, "headers do not tell which version of which server answers")
def _quiet(ehr: Ehr) -> Iterable[str]:
    for answer in [ehr.discovery, *(call.answer for call in ehr.bases[:1])]:
        told = [f"{name}: {answer.headers[name]}" for name in ("Server", "X-Powered-By") if name in answer.headers]
        yield from (one for one in told if re.search(r"/\d", one))
