"""How the mock EHR answers one FHIR call: reads, searches, pages, tokens, and the ways in which real servers go wrong."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from service.lab.calling import Json
from service.lab.listening import Reply, Seen
from service.lab.records import SEARCHED, Records, subject_of

BASE: Final = "/fhir"
FAULTS: Final = {
    "401": "no token is good enough",
    "slow": "every answer takes three seconds",
    "html": "a sign-in page instead of FHIR",
    "wrong-resource": "another resource than was asked for",
    "truncated": "half of the rows, a total that says so, and no next page",
    "foreign-rows": "a row of another patient among those asked for",
    "drop-key": "no Observations at all: 404, so that a client leaves the key out",
}
_SLOW: Final = 3.0
_PAGE: Final = "_page"


@dataclass(frozen=True, slots=True)
class Manners:
    """How the server behaves. `token`: the one bearer token it takes (empty: all are welcome); `page_size`: rows of a page (0: all);
    `fault`: one of FAULTS, or empty."""

    token: str = ""
    page_size: int = 0
    fault: str = ""


def answer(seen: Seen, records: Records, manners: Manners) -> Reply:
    """The answer to one GET."""
    path, _, query = seen.target.partition("?")
    if not path.startswith(f"{BASE}/"):
        return _outcome(404, "not-found", f"FHIR is served below {BASE}/.")
    kind, _, name = path.removeprefix(f"{BASE}/").partition("/")
    if kind == "metadata" and not name:
        return _json(_capabilities())
    wanted = f"Bearer {manners.token}"
    if manners.fault == "401" or (manners.token and seen.headers.get("authorization") != wanted):
        return _outcome(401, "login", "A bearer token that this server takes is wanted.")
    reply = _faulty(kind, manners.fault) or (
        _read(kind, name, records) if name else _search(kind, parse_qsl(query), seen.root, records, manners)
    )
    return Reply(reply.body, reply.status, reply.kind, _SLOW) if manners.fault == "slow" else reply


def _faulty(kind: str, fault: str) -> Reply | None:
    """The answer of a server with this fault, where it does not depend on the rows."""
    if fault == "html":
        return Reply(b"<!doctype html><title>Sign in</title><h1>Sign in</h1>", kind="text/html")
    if fault == "wrong-resource":
        return _json({"resourceType": "Basic", "id": "odd", "code": {"text": "not what was asked for"}})
    if fault == "drop-key" and kind == "Observation":
        return _outcome(404, "not-found", "This server has no Observation.")
    return None


def _read(kind: str, name: str, records: Records) -> Reply:
    found = records.read(kind, name)
    return _json(found) if found else _outcome(404, "not-found", "There is no such resource.")


def _search(kind: str, asked: list[tuple[str, str]], root: str, records: Records, manners: Manners) -> Reply:
    query = dict(asked)
    patient = (query.get("patient") or query.get("subject") or "").removeprefix("Patient/")
    if kind not in SEARCHED or not patient:
        return _outcome(400, "not-supported", f"Searches are {', '.join(SEARCHED)}, each with patient=.")
    rows = records.search(kind, patient, [code for code in query.get("code", "").split(",") if code])
    if manners.fault == "truncated":
        return _json(_bundle(rows[: len(rows) // 2], max(len(rows), 1), f"{root}{BASE}/{kind}"))
    if manners.fault == "foreign-rows":
        rows = rows + _of_another(kind, patient, records)
    return _json(_page_of(rows, kind, query, root, manners))


def _of_another(kind: str, patient: str, records: Records) -> list[Json]:
    others = [row for row in records.rows.get(kind, ()) if subject_of(row) != f"Patient/{patient}"]
    return others[:1]


def _page_of(rows: list[Json], kind: str, query: dict[str, str], root: str, manners: Manners) -> Json:
    size = _number(query.get("_count"), 0) or manners.page_size or max(len(rows), 1)
    number = _number(query.get(_PAGE), 1)
    address = f"{root}{BASE}/{kind}"
    after = f"{address}?{urlencode({**query, _PAGE: number + 1}, quote_via=quote)}" if number * size < len(rows) else ""
    return _bundle(rows[(number - 1) * size : number * size], len(rows), address, after)


def _bundle(rows: list[Json], total: int, address: str, after: str = "") -> Json:
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    bundle["link"] = [{"relation": "self", "url": address}] + ([{"relation": "next", "url": after}] if after else [])
    root = address.rsplit("/", 1)[0]
    entries = [{"fullUrl": f"{root}/{row['resourceType']}/{row.get('id')}", "resource": row, "search": {"mode": "match"}} for row in rows]
    return bundle | ({"entry": entries} if entries else {})


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else otherwise


def _capabilities() -> Json:
    reads = {"type": "Patient", "interaction": [{"code": "read"}]}
    search = [{"name": "patient", "type": "reference"}, {"name": "code", "type": "token"}]
    kinds = [{"type": kind, "interaction": [{"code": "read"}, {"code": "search-type"}], "searchParam": search} for kind in SEARCHED]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "software": {"name": "postfusion mock EHR"},
        "implementation": {"description": "Made-up patients of the sample stories"},
        "rest": [{"mode": "server", "resource": [reads, *kinds]}],
    }


def _json(body: Any) -> Reply:
    return Reply(json.dumps(body).encode())


def _outcome(status: int, code: str, text: str) -> Reply:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return Reply(json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode(), status)
