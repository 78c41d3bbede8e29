"""For every check, one way to fail it: what the stub does to its answer. A fault stands under the id of the check that must see it."""

import copy
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.lab.stub import SERVICE, Fault, Json, Out, Req, a_card

HOOK = f"/cds-services/{SERVICE}"
FEEDBACK = f"{HOOK}/feedback"
OK = Out(200, {"cards": []}, {"Content-Type": "application/json", "Cache-Control": "no-store"})
CONSTANT = str(uuid.uuid4())


def always(out: Out) -> Fault:
    return lambda _, __: out


def discovery(change: Callable[[Json], Any]) -> Fault:
    """Change the discovery document; what is returned replaces it, unless it is None."""

    def fault(req: Req, out: Out) -> Out:
        if req.path != "/cds-services" or req.method != "GET":
            return out
        body = copy.deepcopy(out.body)
        changed = change(body)
        return replace(out, body=body if changed is None else changed)

    return fault


def service(change: Callable[[Json], Any]) -> Fault:
    """Change the service in discovery."""

    def fault(body: Json) -> None:
        change(body["services"][0])

    return discovery(fault)


def template(key: str, text: Any) -> Fault:
    return service(lambda one: one["prefetch"].update({key: text}))


def cards(change: Callable[[Json], Any]) -> Fault:
    """Change each card of an answer."""

    def fault(req: Req, out: Out) -> Out:
        if out.status != 200 or not req.hook:
            return out
        body = copy.deepcopy(out.body)
        for card in body["cards"]:
            change(card)
        return replace(out, body=body)

    return fault


def suggestion(**members: Any) -> Fault:
    return cards(lambda card: card["suggestions"][0].update(members))


def action(number: int, change: Callable[[Json], Any]) -> Fault:
    return cards(lambda card: change(card["suggestions"][0]["actions"][number]))


def link(number: int, **members: Any) -> Fault:
    return cards(lambda card: card["links"][number].update(members))


def answer(change: Callable[[Out], Out]) -> Fault:
    """Change the answer to a hook."""
    return lambda req, out: change(out) if req.hook and out.status == 200 else out


def body(**members: Any) -> Fault:
    return answer(lambda out: replace(out, body={**out.body, **members}))


def when(asked: Callable[[Req], Any], status: int = 400) -> Fault:
    """Answer requests of one kind with another status than they deserve."""
    return lambda req, out: replace(OK if status == 200 else out, status=status) if req.method == "POST" and asked(req) else out


def taken(asked: Callable[[Req], Any]) -> Fault:
    """Take what ought to be refused."""
    return when(asked, 200)


def sent(asked: Callable[[Json], Any], status: int = 400) -> Fault:
    """As `when`, asked of the request of a hook."""
    return when(lambda req: req.hook and asked(req.hook), status)


def values(asked: Callable[[Any], Any], status: int = 500) -> Fault:
    """As `when`, asked of each prefetch value."""
    return when(lambda req: any(asked(value) for value in req.prefetch.values()), status)


def entries(value: Any) -> list[Any]:
    return value.get("entry", []) if isinstance(value, dict) else []


def is_first_page(value: Any) -> bool:
    return isinstance(value, dict) and any(link["relation"] == "next" for link in value.get("link", ()))


def is_outcome(value: Any) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "OperationOutcome"


def item(asked: Callable[[Json], Any], status: int) -> Fault:
    """As `when`, asked of each item of feedback."""
    return when(lambda req: req.path == FEEDBACK and any(asked(one) for one in req.json.get("feedback", ())), status)


def header(name: str, text: str | None, *methods: str) -> Fault:
    """Set a header, or leave it out."""

    def fault(req: Req, out: Out) -> Out:
        rest = {key: value for key, value in out.headers.items() if key != name}
        return replace(out, headers=rest | ({} if text is None else {name: text})) if not methods or req.method in methods else out

    return fault


def admits(asked: Callable[[Req], Any]) -> Fault:
    """Let in a caller who ought to be turned away."""
    return lambda req, out: OK if out.status == 401 and asked(req) else out


def has(*path: str) -> Callable[[Json], Any]:
    def look(request: Json) -> Any:
        value: Any = request
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return look


class Each:
    """Another value at every call."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, one: Json, name: str) -> None:
        self.count += 1
        one[name] = f"{one.get(name, '')} {self.count}"


def unstable() -> Fault:
    each = Each()
    return service(lambda one: each(one, "description"))


def unrepeatable() -> Fault:
    each = Each()
    return cards(lambda card: each(card, "summary"))


def second_time(of: str) -> Fault:
    """Refuse the same body the second time."""
    seen: set[bytes] = set()

    def fault(req: Req, out: Out) -> Out:
        if req.path != of:
            return out
        again = req.body in seen
        seen.add(req.body)
        return replace(out, status=409) if again else out

    return fault


def slow(req: Req, out: Out) -> Out:
    if req.hook:
        threading.Event().wait(0.03)
    return out


def as_if_whole(req: Req, out: Out) -> Out:
    """Take a first page for everything."""
    return ordinary(req, out) if any(is_first_page(value) for value in req.prefetch.values()) else out


def as_if_theirs(req: Req, out: Out) -> Out:
    """Answer with ordinary cards whose patient was sent."""
    return ordinary(req, out) if out.status == 422 else out


def ordinary(req: Req, out: Out) -> Out:
    """The cards of whatever rows were sent, without a look at what they are."""
    rows = sum(len(entries(value)) for value in req.prefetch.values())
    return Out(200, {"cards": [a_card(req.hook["context"]["patientId"], rows, req.hook)]}, out.headers)


_LAST: list[str] = []


def mixing(req: Req, out: Out) -> Out:
    """Name the patient of an earlier call."""
    if not req.hook or out.status != 200:
        return out
    _LAST.append(req.hook["context"]["patientId"])
    return replace(out, body={**out.body, "extension": {"org.example.before": _LAST[max(len(_LAST) - 3, 0)]}})


def told_why(req: Req, out: Out) -> Out:
    return replace(out, body={"why": str(req.token[1].get("iss", "no token"))}) if out.status == 401 else out


def fetched_otherwise(req: Req, out: Out) -> Out:
    if req.hook and "fhirServer" in req.hook and len(req.prefetch) < 3 and out.status == 200:
        return replace(out, body={"cards": []})
    return out


def part_fetched_otherwise(req: Req, out: Out) -> Out:
    return fetched_otherwise(req, out) if req.prefetch else out


def echoing(req: Req, out: Out) -> Out:
    return replace(out, body={"resourceType": "OperationOutcome", "got": req.body.decode("utf-8", "replace")}) if out.status >= 400 else out


def tracing(_: Req, out: Out) -> Out:
    return replace(out, body=b"Traceback (most recent call last): File app.py") if out.status >= 400 else out


def lent(req: Req) -> Any:
    return req.hook.get("fhirAuthorization") and not req.prefetch


def leaking(req: Req, out: Out) -> Out:
    token = (req.hook.get("fhirAuthorization") or {}).get("access_token")
    return replace(out, headers={**out.headers, "X-Debug": f"called with {token}"}) if token else out


FAULTS: dict[str, Fault] = {
    "discovery.answers": lambda req, out: replace(out, status=308) if req.path == "/cds-services" else out,
    "discovery.json": lambda req, out: replace(out, headers={"Content-Type": "text/html"}) if req.method == "GET" else out,
    "discovery.services": discovery(lambda doc: {"services": {"one": doc["services"][0]}}),
    "discovery.members": service(lambda one: one.pop("description")),
    "discovery.types": service(lambda one: one.update(title=["a", "title"])),
    "discovery.no-empties": service(lambda one: one.update(usageRequirements=None)),
    "discovery.distinct": discovery(lambda doc: doc["services"].append(doc["services"][0])),
    "discovery.one-hook-per-id": discovery(lambda doc: doc["services"].append({**doc["services"][0], "hook": "order-sign"})),
    "discovery.id-in-path": service(lambda one: one.update(id="stub view/1")),
    "discovery.title": service(lambda one: one.pop("title")),
    "discovery.hook-names": service(lambda one: one.update(hook="chart-opened")),
    "discovery.deprecated": service(lambda one: one.update(hook="medication-prescribe")),
    "discovery.version": service(lambda one: one.pop("version")),
    "discovery.version-form": service(lambda one: one.update(version="STU 2")),
    "discovery.stable": unstable(),
    "discovery.any-accept": lambda req, out: replace(out, status=406) if req.headers.get("accept") == "*/*" else out,
    "prefetch.texts": template("conditions", " "),
    "prefetch.braces": template("conditions", "Condition?patient={context.patientId}"),
    "prefetch.tokens": template("conditions", "Condition?patient={{patient.id}}"),
    "prefetch.context-members": template("conditions", "Condition?patient={{context.patient}}"),
    "prefetch.relative": template("conditions", "https://ehr.example.org/Condition?patient={{context.patientId}}"),
    "prefetch.types": template("conditions", "Conditions?patient={{context.patientId}}"),
    "prefetch.subset": template("conditions", "Condition?patient={{context.patientId}}&code:text=pain"),
    "prefetch.dates": template("observations", "Observation?patient={{context.patientId}}&date=ap2025-01-01"),
    "prefetch.one-patient": template("observations", "Observation?code=8867-4"),
    "prefetch.required-members": template("visit", "Encounter/{{context.encounterId}}"),
    "prefetch.url-text": template("conditions", "Condition?patient={{context.patientId}}&category=problem list"),
    "prefetch.earlier-keys": template("conditions", "Condition/{{%later.entry.resource.id}}"),
    "prefetch.no-paths": template("observations", "Observation?patient={{context.patientId}}&date=gt{{today() - 30 days}}"),
    "invocation.answers": when(lambda req: req.hook, 500),
    "invocation.json": answer(lambda out: replace(out, headers={**out.headers, "Content-Type": "text/plain"})),
    "invocation.cards": answer(lambda out: replace(out, body={"cards": {"first": out.body["cards"][0]}})),
    "invocation.no-empties": cards(lambda card: card.update(detail=None)),
    "invocation.members": body(decisions=[{"id": "d1"}]),
    "invocation.system-actions": body(systemActions=[{"type": "annotate"}]),
    "invocation.some-card": body(cards=[]),
    "cards.summary": cards(lambda card: card.pop("summary")),
    "cards.summary-short": cards(lambda card: card.update(summary="x" * 140)),
    "cards.summary-one-line": cards(lambda card: card.update(summary="one\ntwo")),
    "cards.indicator": cards(lambda card: card.update(indicator="hard-stop")),
    "cards.source": cards(lambda card: card["source"].pop("label")),
    "cards.source-urls": cards(lambda card: card["source"].update(url="/about")),
    "cards.topic": cards(lambda card: card["source"].pop("topic")),
    "cards.topic-coded": cards(lambda card: card["source"].update(topic={"display": "Rows"})),
    "cards.uuid": cards(lambda card: card.pop("uuid")),
    "cards.uuid-form": cards(lambda card: card.update(uuid="card-1")),
    "cards.detail": cards(lambda card: card.update(detail=7)),
    "cards.detail-markdown": cards(lambda card: card.update(detail="<b>Rows</b>")),
    "cards.suggestions": suggestion(label=""),
    "cards.suggestion-uuid": cards(lambda card: card["suggestions"][1].pop("uuid")),
    "cards.selection": cards(lambda card: card.update(selectionBehavior="one")),
    "cards.one-recommended": cards(lambda card: card["suggestions"][1].update(isRecommended=True)),
    "cards.recommended-boolean": suggestion(isRecommended="yes"),
    "cards.actions": suggestion(actions=[]),
    "cards.action-type": action(0, lambda one: one.update(type="order")),
    "cards.action-description": action(0, lambda one: one.pop("description")),
    "cards.action-resource": action(1, lambda one: one["resource"].pop("id")),
    "cards.action-delete": action(2, lambda one: one.update(resourceId="x1")),
    "cards.action-patient": action(0, lambda one: one["resource"].update(subject={"reference": "Patient/another"})),
    "cards.no-action-selection": suggestion(actionSelectionBehavior="all"),
    "cards.override-reasons": cards(lambda card: card["overrideReasons"][0].pop("display")),
    "cards.links": link(0, type="html"),
    "cards.app-context": link(0, appContext="x"),
    "cards.autolaunch": link(1, autolaunchable="no"),
    "cards.https": link(0, url="http://stub.example.org/read"),
    "cards.members": cards(lambda card: card.update(rank=1)),
    "cards.fresh-uuids": cards(lambda card: card.update(uuid=CONSTANT)),
    "tolerance.extension": sent(has("extension")),
    "tolerance.context-members": sent(lambda request: set(request["context"]) - {"userId", "patientId", "encounterId"}),
    "tolerance.prefetch-keys": when(lambda req: set(req.prefetch) - {"patient", "conditions", "observations"}),
    "tolerance.optional-context": sent(lambda request: "encounterId" not in request["context"]),
    "tolerance.charset": when(lambda req: "charset" in req.headers.get("content-type", ""), 415),
    "tolerance.any-accept": when(lambda req: req.headers.get("accept") == "*/*", 406),
    "tolerance.authorization": when(lambda req: "authorization" in req.headers, 401),
    "tolerance.repeatable": unrepeatable(),
    "tolerance.server-alone": sent(lambda request: "fhirServer" in request and "fhirAuthorization" not in request),
    "tolerance.users": sent(lambda request: request["context"]["userId"].startswith("RelatedPerson/")),
    "tolerance.null": values(lambda value: value is None),
    "tolerance.no-hits": values(lambda value: isinstance(value, dict) and value.get("total") == 0, 412),
    "tolerance.outcome": values(is_outcome),
    "tolerance.outcome-entry": values(lambda value: any(is_outcome(one.get("resource")) for one in entries(value))),
    "tolerance.odd-entries": values(lambda value: any("resource" not in one for one in entries(value))),
    "tolerance.key-missing": when(lambda req: req.prefetch and len(req.prefetch) < 3, 500),
    "tolerance.nothing-sent": sent(lambda request: "prefetch" not in request, 200),
    "tolerance.paged": values(is_first_page),
    "tolerance.paged-said": as_if_whole,
    "tolerance.large": values(lambda value: len(entries(value)) > 1000),
    "tolerance.other-patient": as_if_theirs,
    "tolerance.odd-address": lambda req, out: replace(out, status=308) if req.path.endswith("/") else out,
    "bad.not-json": taken(lambda req: req.body.startswith(b"hook=")),
    "bad.cut-off": taken(lambda req: req.body.endswith(b'"context": {')),
    "bad.empty": taken(lambda req: not req.body),
    "bad.array": taken(lambda req: req.json == []),
    "bad.not-utf8": taken(lambda req: b"\xff" in req.body),
    "bad.content-type": taken(lambda req: req.headers.get("content-type") == "text/plain"),
    "bad.no-hook": sent(lambda request: "hook" not in request, 200),
    "bad.no-instance": sent(lambda request: "hookInstance" not in request, 200),
    "bad.instance-form": sent(lambda request: len(request.get("hookInstance", "")) < 36, 200),
    "bad.no-context": sent(lambda request: "context" not in request, 200),
    "bad.context-text": sent(lambda request: isinstance(request.get("context"), str), 500),
    "bad.no-patient": sent(lambda request: "patientId" not in request["context"], 200),
    "bad.patient-number": sent(lambda request: isinstance(has("context", "patientId")(request), int), 200),
    "bad.no-user": sent(lambda request: "userId" not in request["context"], 200),
    "bad.other-hook": sent(lambda request: request["hook"] != "patient-view", 200),
    "bad.token-alone": sent(lambda request: "fhirAuthorization" in request and "fhirServer" not in request, 200),
    "bad.prefetch-array": sent(lambda request: isinstance(request.get("prefetch"), list), 200),
    "bad.unknown-service": lambda _, out: replace(out, status=400) if out.status == 404 else out,
    "bad.get": lambda req, out: OK if req.method == "GET" and req.path == HOOK else out,
    "bad.outcome": lambda _, out: replace(out, body={"error": "bad"}) if out.status >= 400 else out,
    "bad.no-traces": tracing,
    "bad.no-echo": echoing,
    "fhir.no-prefetch": when(lent, 502),
    "fhir.bearer": lambda _, out: out,  # the stub leaves its token out
    "fhir.same-cards": fetched_otherwise,
    "fhir.part-fetched": part_fetched_otherwise,
    "fhir.no-needless": lambda _, out: out,  # the stub fetches what it has
    "fhir.unreachable": when(lent, 200),
    "fhir.unauthorised": lambda req, out: OK if lent(req) and out.status == 412 else out,
    "fhir.failing": lambda req, out: replace(out, status=500) if lent(req) and out.status == 412 else out,
    "fhir.next-page": lambda _, out: out,  # the stub takes the first page for everything
    "fhir.token-stays": lambda _, out: out,  # the stub follows any next link
    "fhir.token-not-told": leaking,
    "feedback.accepted": item(lambda one: one["outcome"] == "accepted", 500),
    "feedback.overridden": second_time(FEEDBACK),
    "feedback.reason": item(lambda one: has("overrideReason", "reason")(one), 400),
    "feedback.comment": item(lambda one: has("overrideReason", "userComment")(one), 400),
    "feedback.several": when(lambda req: req.path == FEEDBACK and len(req.json["feedback"]) > 1, 400),
    "feedback.extension": item(has("extension"), 400),
    "feedback.repeated": second_time(FEEDBACK),
    "feedback.unknown-card": lambda req, out: replace(out, status=500) if req.path == FEEDBACK else out,
    "feedback.bad-outcome": item(lambda one: one["outcome"] == "ignored", 200),
    "feedback.no-card": item(lambda one: "card" not in one, 200),
    "feedback.nothing-accepted": item(lambda one: one["outcome"] == "accepted", 200),
    "feedback.bad-time": item(lambda one: one["outcomeTimestamp"] == "this morning", 200),
    "feedback.no-array": taken(lambda req: req.path == FEEDBACK and "feedback" not in req.json),
    "feedback.unknown-service": taken(lambda req: "no-such-service" in req.path),
    "network.preflight": header("Access-Control-Allow-Headers", "content-type", "OPTIONS"),
    "network.cors": header("Access-Control-Allow-Origin", None, "POST"),
    "network.no-open-credentials": lambda req, out: header("Access-Control-Allow-Credentials", "true")(
        req, header("Access-Control-Allow-Origin", "*")(req, out)
    ),
    "network.fast": slow,
    "network.https": lambda _, out: out,  # the test calls it by an address that is not loopback
    "network.no-store": header("Cache-Control", "max-age=60"),
    "network.apart": mixing,
    "network.not-all-critical": cards(lambda card: card.update(indicator="critical")),
    "network.quiet-server": header("Server", "stub/1.2.3"),
    "authentication.good": when(lambda req: req.hook, 401),
    "authentication.missing": admits(lambda req: "authorization" not in req.headers),
    "authentication.no-algorithm": admits(lambda req: req.token[0].get("alg") == "none"),
    "authentication.symmetric": admits(lambda req: req.token[0].get("alg") == "HS256"),
    "authentication.damaged": admits(lambda req: req.token[0].get("alg") == "ES384"),
    "authentication.not-a-token": admits(lambda req: req.headers.get("authorization", "").count(".") == 0),
    "authentication.audience": admits(lambda req: "elsewhere" in req.token[1].get("aud", "")),
    "authentication.expired": admits(lambda req: req.token[1].get("exp", 9e9) < 2e9),
    "authentication.issuer": admits(lambda req: "nobody" in req.token[1].get("iss", "")),
    "authentication.used-twice": admits(lambda req: req.token[1]),
    "authentication.says-nothing": told_why,
}
