"""Requests that are wrong: refused with 4xx, in words that help and hold no patient data."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from service.lab.calling import Answer, Json
from service.lab.conformance.checking import OWN, SHOULD, Look, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, again, path_of
from service.lab.hooks import HOOKS

check = of_group("bad requests", "bad")
_JSON: Final = {"Content-Type": "application/json"}
_SECRET: Final = "Zxplantedname"  # noqa: S105 a made-up family name
_TRACES: Final = re.compile(r"Traceback|\.py\b|\.java\b|\.js:\d|at [\w.$]+\(|Werkzeug|/usr/|/home/|site-packages|node_modules")


def _base(ehr: Ehr) -> Call:
    if not ehr.bases:
        raise Skip("no ordinary request was answered 200")
    return ehr.bases[0]


def _refused(answer: Answer) -> Iterable[str]:
    if not 400 <= answer.status < 500:
        yield f"status {answer.status}"


def _raw(name: str, text: str, body: bytes, headers: dict[str, str] | None = None) -> None:
    """A check that posts these very bytes."""

    def look(ehr: Ehr) -> Iterable[str]:
        return _refused(ehr.raw("POST", path_of(_base(ehr).service), body, headers or _JSON))

    check(name, OWN, text)(look)


def _changed(name: str, text: str) -> Callable[[Callable[[Json], Any]], Look]:
    """A check that posts an ordinary request after this change."""

    def keep(change: Callable[[Json], Any]) -> Look:
        def look(ehr: Ehr) -> Iterable[str]:
            for call, answer in ehr.varied(change, [_base(ehr)]):
                yield from (f"{call.name}: {fault}" for fault in _refused(answer))

        return check(name, OWN, text)(look)

    return keep


_raw("not-json", "text that is not JSON is refused", b"hook=patient-view")
_raw("cut-off", "JSON that breaks off is refused", b'{"hook": "patient-view", "context": {')
_raw("empty", "an empty body is refused", b"")
_raw("array", "an array is refused", b"[]")
_raw("not-utf8", "bytes that are not UTF-8 are refused", b'{"hook": "\xff\xfe"}')


@check("content-type", OWN, "a body sent as text/plain is refused")
def _content_type(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    body = json.dumps(again(base.request)).encode()
    yield from _refused(ehr.raw("POST", path_of(base.service), body, {"Content-Type": "text/plain"}))


@_changed("no-hook", "a request without hook is refused")
def _no_hook(request: Json) -> None:
    del request["hook"]


@_changed("no-instance", "a request without hookInstance is refused")
def _no_instance(request: Json) -> None:
    del request["hookInstance"]


@_changed("instance-form", "a hookInstance that is no UUID is refused")
def _instance_form(request: Json) -> None:
    request["hookInstance"] = "first-try"


@_changed("no-context", "a request without context is refused")
def _no_context(request: Json) -> None:
    del request["context"]


@_changed("context-text", "a context that is no object is refused")
def _context_text(request: Json) -> None:
    request["context"] = "patient"


@_changed("no-patient", "a context without patientId is refused")
def _no_patient(request: Json) -> None:
    del request["context"]["patientId"]


@_changed("patient-number", "a patientId that is no string is refused")
def _patient_number(request: Json) -> None:
    request["context"]["patientId"] = 17


@check("no-user", OWN, "a context without a userId that the hook requires is refused")
def _no_user(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    if base.request["hook"] not in HOOKS or "userId" not in HOOKS[base.request["hook"]].required:
        raise Skip("the hook requires no userId")
    for _, answer in ehr.varied(lambda request: request["context"].pop("userId"), [base]):
        yield from _refused(answer)


@_changed("other-hook", "a hook that is not the service's is refused")
def _other_hook(request: Json) -> None:
    request["hook"] = "org.example.other-hook"


@_changed("token-alone", "fhirAuthorization without fhirServer is refused")
def _token_alone(request: Json) -> None:
    request.pop("fhirServer", None)
    request["fhirAuthorization"] = {
        **{"access_token": "t", "token_type": "Bearer", "expires_in": 300},
        **{"scope": "patient/*.read", "subject": "cds-service"},
    }


@_changed("prefetch-array", "a prefetch that is no object is refused")
def _prefetch_array(request: Json) -> None:
    request["prefetch"] = ["patient"]


@check("unknown-service", OWN, "a service that is not there is answered 404")
def _unknown(ehr: Ehr) -> Iterable[str]:
    answer = ehr.post("/cds-services/no-such-service-here", again(_base(ehr).request))
    if answer.status != 404:
        yield f"status {answer.status}"


@check("get", OWN, "GET of a service is answered 404 or 405")
def _get(ehr: Ehr) -> Iterable[str]:
    answer = ehr.get(path_of(_base(ehr).service))
    if answer.status not in (404, 405):
        yield f"status {answer.status}"


def _refusals(ehr: Ehr) -> list[Answer]:
    """Three different refusals; the planted name stands in each request."""
    base = _base(ehr)
    broken = json.dumps({**again(base.request), "note": _SECRET}).encode()[:-1]
    wrong = {**again(base.request), "hook": _SECRET}
    nobody = again(base.request)
    nobody["context"] = {**nobody["context"], "patientId": f"{_SECRET} / {_SECRET}"}
    path = path_of(base.service)
    return [ehr.raw("POST", path, broken, _JSON), ehr.post(path, wrong), ehr.post(path, nobody)]


@check("outcome", SHOULD, "a refusal carries an OperationOutcome (3.0)")
def _outcome(ehr: Ehr) -> Iterable[str]:
    for answer in _refusals(ehr):
        body = answer.json
        if answer.status >= 400 and not (isinstance(body, dict) and body.get("resourceType") == "OperationOutcome"):
            yield f"status {answer.status} without one"


@check("no-traces", OWN, "a refusal shows no stack trace, debugger or path of a file")
def _no_traces(ehr: Ehr) -> Iterable[str]:
    yield from (f"status {answer.status}" for answer in _refusals(ehr) if answer.status >= 400 and _TRACES.search(answer.text))


@check("no-echo", OWN, "a refusal does not repeat what was sent")
def _no_echo(ehr: Ehr) -> Iterable[str]:
    yield from (f"status {answer.status}" for answer in _refusals(ehr) if answer.status >= 400 and _SECRET in answer.text)
