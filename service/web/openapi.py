"""openapi.yaml, made from the marshmallow schemas: `python -m service.web.openapi > openapi.yaml`."""

import sys
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from service.web import envelope, feedback_body, shapes
from service.web.version import VERSION

_ABOUT: Final = (
    "Decision support for pain after lumbar fusion: FHIR R4 in, CDS Hooks cards out. "
    "No cards means looked, and found nothing; what could not be judged is a card or an error, never silence."
)
_REASONS: Final = {
    400: "The JSON, its envelope or the query is at fault; or the hook is not the one of this service.",
    401: "A token is needed here, and none that is good was sent.",
    404: "There is no such thing.",
    405: "The method is not answered here.",
    406: "Resources are served as JSON alone.",
    412: "Data that is needed cannot be had, and nothing can be judged.",
    413: "The body is too large.",
    415: "The content type is not taken, or the body is compressed.",
    422: "Patient or pin cannot be resolved, or no rule is in force.",
    500: "The service failed.",
    501: "This installation keeps no record.",
    503: "Busy, not ready, or the record does not answer; Retry-After says when to ask again.",
}
_JUDGING: Final = (400, 401, 413, 415, 422, 500, 503)
_RULE: Final = ("rule_id", "path", "Id of a rule.", True)
_VERSION: Final = ("version", "path", "Version of a rule, such as 1.0.0.", True)
_AS_OF: Final = ("asOf", "query", "Day whose versions and statuses are told, such as 2026-03-01. Default: today.", False)
_FORMAT: Final = ("_format", "query", "application/fhir+json, application/json or json.", False)
_TYPE: Final = ("resource_type", "path", "PlanDefinition, ValueSet, CodeSystem or Library.", True)
_TAG: Final = ("If-None-Match", "header", "The ETag of an answer already held: 304 when it still holds.", False)


def _reply(text: str, shape: type[Schema] | None = None, kind: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": shape or {"type": "string" if kind != "application/json" else "object"}}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    return {str(status): _reply(_REASONS[status], shapes.OperationOutcome, "application/fhir+json") for status in statuses}


def _parameters(*listed: tuple[str, str, str, bool]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "description": text, "required": required, "schema": {"type": "string"}}
        for name, place, text, required in listed
    ]


def _get(summary: str, reply: dict[str, Any], *parameters: tuple[str, str, str, bool], refused: tuple[int, ...] = ()) -> dict[str, Any]:
    kept = {"304": {"description": "Not changed."}} if _TAG in parameters else {}
    operation = {"summary": summary, "responses": {"200": reply, **kept, **_refusals(*refused)}}
    return {"get": operation | ({"parameters": _parameters(*parameters)} if parameters else {})}


def _body(*shapes_by_type: tuple[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": shape} for kind, shape in shapes_by_type}}


def _bundle_or_call() -> dict[str, Any]:
    bundle = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"const": "Bundle"}}}
    return {"anyOf": [{"$ref": "#/components/schemas/HookRequest"}, bundle]}


def _paths() -> dict[str, dict[str, Any]]:
    return {
        "/cds-services": _get(
            "List the CDS services.", _reply("The services with their prefetch templates.", shapes.Services), refused=(401,)
        ),
        "/cds-services/{service_id}": {"post": _call()},
        "/evaluate": {"post": _evaluate()},
        "/timeline": {"post": _timeline()},
        "/validate": {"post": _validate()},
        "/cds-services/{service_id}/feedback": {"post": _feedback()},
        "/reports/feedback": {"get": _report()},
        "/metrics": _get("Count for Prometheus.", _reply("The figures of all workers.", kind="text/plain")),
        "/rules": _get("List every rule with its versions.", _reply("The book.", shapes.RuleList), _TAG),
        "/rules/{rule_id}": _get(
            "List the versions of one rule.", _reply("The versions.", shapes.RuleVersions), _RULE, _TAG, refused=(404,)
        ),
        "/rules/{rule_id}/{version}": _get(
            "Show one version of a rule, its thresholds resolved.", _reply("The rule."), _RULE, _VERSION, _TAG, refused=(404,)
        ),
        "/rules/{rule_id}/{version}/source-attributes": _get(
            "Show who made a rule and on what it rests.",
            _reply("The attributes; a table for a browser.", shapes.SourceAttributes),
            *(_RULE, _VERSION, _TAG),
            refused=(404,),
        ),
        **_fhir(),
        "/livez": _get("Say that the process answers.", _reply("Alive.", shapes.Health)),
        "/readyz": _get("Say whether a chart would be judged.", _reply("Ready.", shapes.Health), refused=(503,)),
        "/version": _get("Name the code and the book of rules.", _reply("What is running.", shapes.Version)),
        "/openapi.yaml": _get("Serve this description.", _reply("OpenAPI 3.1.", kind="application/yaml")),
        "/docs": _get("List the endpoints for people.", _reply("A page.", kind="text/html")),
        "/about/intended-use": _get("State the intended use.", _reply("A page.", kind="text/html")),
        "/": _get("Say what the service is; a form to try it.", _reply("A page.", kind="text/html")),
    }


def _resource(text: str) -> dict[str, Any]:
    """One schema for all resources: FHIR describes its own."""
    schema = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
    return {"description": text, "content": {"application/fhir+json": {"schema": schema}}}


def _fhir() -> dict[str, dict[str, Any]]:
    """The rules as FHIR resources."""
    asked = ("_id", "url", "version", "name", "title", "status")
    by = [(name, "query", f"The `{name}` of the resources wanted, as FHIR searches it.", False) for name in asked]
    version = ("version", "query", "A version of the resource that a plain id names.", False)
    resource_id = ("resource_id", "path", "Id of a rule, value set, code system or library; with -1.0.0 after it, that version.", True)
    mode = ("mode", "query", "full or normative.", False)
    return {
        "/fhir/metadata": _get(
            "Say what the FHIR endpoint answers.",
            _resource("The CapabilityStatement."),
            *(mode, _AS_OF, _FORMAT, _TAG),
            refused=(400, 406),
        ),
        "/fhir/{resource_type}": _get(
            "Search rules, value sets, code systems or libraries as FHIR R4 resources.",
            _resource("A Bundle of the type searchset: every version is an entry."),
            *(_TYPE, *by, _AS_OF, _FORMAT, _TAG),
            refused=(400, 404, 406),
        ),
        "/fhir/{resource_type}/{resource_id}": _get(
            "Read a rule, value set, code system or library as a FHIR R4 resource.",
            _resource("The resource."),
            *(_TYPE, resource_id, version, _AS_OF, _FORMAT, _TAG),
            refused=(400, 404, 406),
        ),
    }


def _call() -> dict[str, Any]:
    return {
        "summary": "Judge the chart of the patient in context, as of now.",
        "description": "A CDS Hooks call. A prefetch key that is null means no data; one that is left out means not asked for.",
        "parameters": _parameters(("service_id", "path", "Id of a service, from discovery.", True)),
        "requestBody": _body(("application/json", envelope.HookRequest)),
        "responses": {"200": _reply("The cards.", shapes.Cards), **_refusals(400, 404, 412, *_JUDGING[1:])},
    }


def _evaluate() -> dict[str, Any]:
    pin = {"name": "pin", "in": "query", "required": False, "schema": {"type": "array", "items": {"type": "string"}}}
    pin["description"] = "rule@version: decide this rule by that version. May be repeated."
    asked = _parameters(
        ("asOf", "query", "Date, or dateTime with zone, of the judgement; a date is the start of that day. Default: now.", False),
        ("rulesAsOf", "query", "Date whose rules decide. Default: the date of asOf.", False),
        ("patient", "query", "Id of the patient, where the Bundle holds more than one.", False),
        ("explain", "query", "no leaves out ways, steps and checks; full adds what is in the way of each rule. Default: yes.", False),
    )
    return {
        "summary": "Judge any Bundle, or a whole CDS Hooks request.",
        "description": "The same rules and cards as the CDS services, with every verdict behind them. A Bundle acts as patient-view.",
        "parameters": [*asked, pin],
        "requestBody": _body(("application/json", _bundle_or_call()), ("application/fhir+json", _bundle_or_call())),
        "responses": {"200": _reply("Cards and verdicts.", shapes.Evaluation), **_refusals(400, 412, *_JUDGING[1:])},
    }


def _story(as_of: str) -> list[dict[str, Any]]:
    """The query of the surfaces that take what /evaluate takes and give no cards."""
    asked = _parameters(
        ("asOf", "query", as_of, False),
        ("rulesAsOf", "query", "Date whose rules decide throughout.", False),
        ("patient", "query", "Id of the patient, where the Bundle holds more than one.", False),
    )
    pin = {"name": "pin", "in": "query", "required": False, "schema": {"type": "array", "items": {"type": "string"}}}
    return [*asked, pin | {"description": "rule@version: decide this rule by that version. May be repeated."}]


def _timeline() -> dict[str, Any]:
    return {
        "summary": "Say on which days each rule turns on and off.",
        "description": (
            "Weeks 0 to 104 after the index operation. Each day is judged by the rules in force on it and by what is dated up to "
            "the day after it. Nothing is recorded."
        ),
        "parameters": _story("Date, or dateTime with zone: the index operation is the latest lumbar fusion by then. Default: now."),
        "requestBody": _body(("application/json", _bundle_or_call()), ("application/fhir+json", _bundle_or_call())),
        "responses": {"200": _reply("The days.", shapes.Timeline), **_refusals(400, 412, *_JUDGING[1:])},
    }


def _validate() -> dict[str, Any]:
    found = _reply("Every problem with its place; informational when there is none.", shapes.OperationOutcome, "application/fhir+json")
    return {
        "summary": "Name every problem of a body, and the rules that could not be judged because of it.",
        "description": "200 however much is wrong; 400 only for what is neither a Bundle nor a CDS Hooks request. Nothing is recorded.",
        "parameters": _story("Date, or dateTime with zone, of the judgement. Default: now."),
        "requestBody": _body(("application/json", _bundle_or_call()), ("application/fhir+json", _bundle_or_call())),
        "responses": {"200": found, **_refusals(400, 413, 415, 500)},
    }


def _feedback() -> dict[str, Any]:
    return {
        "summary": "Keep what clinicians did with cards.",
        "description": "All items are kept, or none. A repeat is kept once; a card that is not known is kept as unmatched.",
        "parameters": _parameters(("service_id", "path", "Id of a service, from discovery.", True)),
        "requestBody": _body(("application/json", feedback_body.FeedbackRequest)),
        "responses": {"200": _reply("Kept for good.", shapes.FeedbackKept), **_refusals(400, 401, 404, 413, 415, 500, 501, 503)},
    }


def _report() -> dict[str, Any]:
    asked = _parameters(
        ("from", "query", "First day, such as 2026-03-01. Default: the first there is.", False),
        ("to", "query", "Last day, included. Default: the last there is.", False),
        ("format", "query", "json, csv or ndjson. Default: what Accept asks for, else json.", False),
    )
    ok = _reply("Counts per rule and version.", shapes.FeedbackReport)
    ok["content"] |= {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/x-ndjson")}
    told = {"summary": "Count what was shown, accepted and overridden.", "description": "Only hook calls count, and none with pins."}
    return {**told, "parameters": asked, "responses": {"200": ok, **_refusals(400, 401, 500, 501, 503)}}


def document() -> str:
    """The text of openapi.yaml."""
    spec = APISpec(
        title="postfusion",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        plugins=[MarshmallowPlugin()],
    )
    for path, operations in _paths().items():
        spec.path(path=path, operations=operations)
    text: str = spec.to_yaml({"sort_keys": False, "width": 120})
    return text


if __name__ == "__main__":
    sys.stdout.write(document())
