"""A small CDS Hooks service that does everything right, and one switch for each thing a service can do wrong."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from service.lab.calling import NoAnswer, send

Json = dict[str, Any]
KEY = ECKey.generate_key("P-384", {"kid": "stub"})
ISSUER = "https://ehr.example.org"
ORIGIN = "https://page.example.org"
SERVICE = "stub-view"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}",
}
DISCOVERY = {
    "services": [
        {
            "hook": "patient-view",
            "id": SERVICE,
            "title": "Stub",
            "description": "Counts rows.",
            "version": "2.0.1",
            "prefetch": TEMPLATES,
        }
    ]
}


@dataclass(frozen=True)
class Req:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def hook(self) -> Json:
        """The request of a hook, or an empty object."""
        body = self.json
        return body if self.path == f"/cds-services/{SERVICE}" and isinstance(body, dict) else {}

    @property
    def prefetch(self) -> Json:
        sent = self.hook.get("prefetch")
        return sent if isinstance(sent, dict) else {}

    @property
    def token(self) -> tuple[Json, Json]:
        """Header and claims of the token, not verified; empty ones without a token."""
        parts = self.headers.get("authorization", "").removeprefix("Bearer ").split(".")
        if len(parts) != 3:
            return {}, {}
        head, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
        return head, claims


@dataclass(frozen=True)
class Out:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Fault = Callable[[Req, Out], Out]


@dataclass
class Stub:
    """The service. `fault`: what it does to an answer before it leaves; `secured`: whether it asks for tokens."""

    url: str = ""
    fault: Fault = lambda _, out: out
    name: str = ""
    secured: bool = False
    used: set[str] = field(default_factory=set)
    card: str = ""

    def answer(self, req: Req) -> Out:
        out = self._answer(req)
        shared = {"Access-Control-Allow-Origin": ORIGIN} if req.headers.get("origin") == ORIGIN else {}
        kind = {} if req.method == "OPTIONS" else {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return self.fault(req, replace(out, headers={**kind, **shared, **out.headers}))

    def _answer(self, req: Req) -> Out:
        if req.method == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "authorization, content-type"}
            return Out(204, b"", allowed)
        if self.secured and not self._admitted(req):
            return refused(401)
        if req.path == "/cds-services":
            return Out(200, DISCOVERY)
        if req.path == f"/cds-services/{SERVICE}" and req.method == "POST":
            return self._hook(req)
        if req.path == f"/cds-services/{SERVICE}/feedback" and req.method == "POST":
            return Out(200, {}) if good_feedback(req.json) else refused(400)
        return refused(404)

    def _admitted(self, req: Req) -> bool:
        text = req.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(text, KEY, algorithms=["ES384"]).claims
        except (JoseError, ValueError):
            return False
        good = claims["iss"] == ISSUER and claims["aud"] == self.url + req.path and claims["exp"] > time.time()
        good = good and claims["jti"] not in self.used
        self.used.add(claims["jti"])
        return bool(good)

    def _hook(self, req: Req) -> Out:
        body = req.json
        if not req.headers.get("content-type", "").startswith("application/json") or not good_request(body):
            return refused(400)
        patient = body["context"]["patientId"]
        values = {key: self._value(key, body) for key in TEMPLATES}
        if all(value is None for value in values.values()):
            return refused(412)
        if (values["patient"] or {}).get("id", patient) != patient:
            return refused(422)
        missing = [key for key, value in values.items() if value is None]
        rows = sum(len((values[key] or {}).get("entry", ())) for key in ("conditions", "observations"))
        cards = [a_card(patient, rows, body)] + ([a_card(patient, rows, body, "Something is missing")] if missing else [])
        return Out(200, {"cards": cards})

    def _value(self, key: str, body: Json) -> Json | None:
        """What was sent, or can be had; an empty object for sent as null; None for what is not known."""
        sent = (body.get("prefetch") or {}).get(key, "")
        if sent is None:
            return {}
        address = TEMPLATES[key].replace("{{context.patientId}}", body["context"]["patientId"])
        if isinstance(sent, dict) and sent.get("resourceType") in ("Bundle", "Patient"):
            if self.name == "fhir.no-needless":
                self._fetched(address, body)
            return self._whole(sent, body)
        return self._fetched(address, body)

    def _whole(self, bundle: Json, body: Json) -> Json | None:
        after = next((link.get("url", "") for link in bundle.get("link", ()) if link.get("relation") == "next"), "")
        if not after:
            return bundle
        if self.name == "fhir.next-page":
            return bundle
        base = body.get("fhirServer", "")
        if self.name != "fhir.token-stays" and urlsplit(after).netloc != urlsplit(base).netloc:
            return None
        return self._get(after, body)

    def _fetched(self, address: str, body: Json) -> Json | None:
        return self._get(f"{body['fhirServer']}/{address}", body) if body.get("fhirServer", "").startswith("http://127") else None

    def _get(self, url: str, body: Json) -> Json | None:
        token = (body.get("fhirAuthorization") or {}).get("access_token")
        headers = {"Authorization": f"Bearer {token}"} if token and self.name != "fhir.bearer" else {}
        try:
            answer = send("GET", url, headers=headers, timeout=2)
        except NoAnswer:
            return None
        found = answer.json
        return found if answer.status == 200 and isinstance(found, dict) else None


def good_request(body: Any) -> bool:
    if not isinstance(body, dict) or body.get("hook") != "patient-view" or not UUID.fullmatch(str(body.get("hookInstance"))):
        return False
    context = body.get("context")
    named = isinstance(context, dict) and isinstance(context.get("patientId"), str) and isinstance(context.get("userId"), str)
    alone = "fhirAuthorization" in body and "fhirServer" not in body
    patient = re.fullmatch(r"[A-Za-z0-9.-]+", context["patientId"]) if named and isinstance(context, dict) else None
    return patient is not None and not alone and isinstance(body.get("prefetch", {}), dict)


def good_feedback(body: Any) -> bool:
    items = body.get("feedback") if isinstance(body, dict) else None
    return isinstance(items, list) and bool(items) and all(good_item(one) for one in items)


def good_item(one: Json) -> bool:
    taken = one.get("outcome") != "accepted" or bool(one.get("acceptedSuggestions"))
    known = one.get("outcome") in ("accepted", "overridden") and re.match(r"\d{4}-\d\d-\d\dT", str(one.get("outcomeTimestamp")))
    return bool(known) and taken and isinstance(one.get("card"), str)


def a_card(patient: str, rows: int, body: Json, summary: str = "") -> Json:
    resource = {"resourceType": "ServiceRequest", "id": "x1", "subject": {"reference": f"Patient/{patient}"}}
    actions = [
        {"type": "create", "description": "Order it", "resource": resource},
        {"type": "update", "description": "Change it", "resource": resource},
        {"type": "delete", "description": "Drop it", "resourceId": "ServiceRequest/x1"},
    ]
    return {
        "uuid": str(uuid.uuid4()),
        "summary": summary or f"{rows} rows were looked at",
        "detail": "**Rows** of the chart.",
        "indicator": "info",
        "source": {
            **{"label": "Stub", "url": "https://stub.example.org", "icon": "https://stub.example.org/icon.png"},
            "topic": {"code": "rows", "system": "https://stub.example.org/topics"},
        },
        "suggestions": [
            {"label": "Do it", "uuid": str(uuid.uuid4()), "isRecommended": True, "actions": actions},
            {"label": "Later", "uuid": str(uuid.uuid4())},
        ],
        "selectionBehavior": "at-most-one",
        "overrideReasons": [{"code": "no", "system": "https://stub.example.org/reasons", "display": "Not now"}],
        "links": [
            {"label": "Read", "url": "https://stub.example.org/read", "type": "absolute"},
            {"label": "App", "url": "https://stub.example.org/app", "type": "smart", "appContext": "x", "autolaunchable": False},
        ],
        "extension": {"org.example.stub": {"rows": rows}},
    }


def refused(status: int) -> Out:
    issue = {"severity": "error", "code": "invalid", "diagnostics": "This cannot be answered."}
    return Out(status, {"resourceType": "OperationOutcome", "issue": [issue]})


def sign(audience: str, changes: Mapping[str, str]) -> str:
    now = int(time.time())
    claims = {"iss": changes.get("ISS", ISSUER), "aud": audience, "iat": now, "exp": now + int(changes.get("EXP_DELTA", "300"))}
    return jwt.encode({"alg": "ES384", "kid": "stub"}, {**claims, "jti": str(uuid.uuid4())}, KEY, algorithms=["ES384"])


@contextmanager
def stubbed() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "stub", ""

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            out = stub.answer(Req(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response_only(out.status)
            raw = out.raw()
            for name, value in {"Content-Length": str(len(raw)), **out.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_OPTIONS = handle_any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
