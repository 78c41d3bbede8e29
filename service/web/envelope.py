"""The CDS Hooks request around the chart: checked by marshmallow, while prefetch values stay raw bytes for service/fhir."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from marshmallow import INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from service.web.problems import Issue, Problem, problem
from service.web.strict_json import MAX_ENTRIES, check_bundle, check_depth, split

ID: Final = r"[A-Za-z0-9\-.]{1,64}"
UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BUNDLES: Final = ("draftOrders", "conditions")  # members of a context that hold drafts
_SEEN_PREFETCH: Final = ("patient", "conditions", "observations", "procedures", "medications", "reports")
_Texts = dict[str, str | list[Any] | dict[Any, Any]]
_TEXT: Final[_Texts] = {"required": "This member is required.", "null": "This member may not be null.", "invalid": "A string is wanted."}
_OBJECT: Final[_Texts] = {**_TEXT, "invalid": "A JSON object is wanted."}
_LIST: Final[_Texts] = {**_TEXT, "invalid": "A JSON array is wanted."}


def _matching(pattern: str, wanted: str) -> validate.Validator:
    """The whole text, without the newline Python's $ would let pass; the pattern also stands in openapi.yaml."""
    return validate.Regexp(re.compile(rf"^(?:{pattern})(?!\n)$"), error=wanted)


def _text(wanted: str, pattern: str = r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*", *, required: bool = True) -> fields.String:
    rule = [_matching(pattern, wanted), validate.Length(max=2048, error=wanted)]
    return fields.String(required=required, allow_none=not required, validate=rule, error_messages=_TEXT)


def _object(*, required: bool = False) -> fields.Field[Any]:
    return fields.Dict(required=required, allow_none=not required, keys=fields.String(), error_messages=_OBJECT)


class Tolerant(Schema):
    """Hooks grow by members: what is not named here is let through."""

    class Meta:
        """See the class."""

        unknown = INCLUDE

    error_messages = {"type": "A JSON object is wanted."}  # noqa: RUF012 marshmallow's own way


class PatientViewContext(Tolerant):
    """context of patient-view."""

    userId = _text("A reference such as Practitioner/1 is wanted.")
    patientId = _text("One FHIR id is wanted: letters, digits, '-' and '.', at most 64.", ID)
    encounterId = _text("A FHIR id is wanted.", ID, required=False)


class EncounterContext(PatientViewContext):
    """context of encounter-start and encounter-discharge."""

    encounterId = _text("A FHIR id is wanted.", ID)


class OrderSignContext(PatientViewContext):
    """context of order-sign."""

    draftOrders = _object(required=True)


class OrderSelectContext(OrderSignContext):
    """context of order-select."""

    selections = fields.List(_text("A reference such as ServiceRequest/1 is wanted."), required=True, error_messages=_LIST)


class ProblemListContext(PatientViewContext):
    """context of problem-list-item-create."""

    conditions = _object(required=True)


CONTEXTS: Final[Mapping[str, type[Tolerant]]] = {
    "patient-view": PatientViewContext,
    "order-sign": OrderSignContext,
    "order-select": OrderSelectContext,
    "encounter-start": EncounterContext,
    "encounter-discharge": EncounterContext,
    "problem-list-item-create": ProblemListContext,
}


class FhirAuthorization(Tolerant):
    """The access a client grants to its FHIR server. The token is never stored or logged."""

    access_token = _text("An access token is wanted.", r"[\x21-\x7e]+")
    token_type = fields.String(required=True, validate=_matching("[Bb][Ee][Aa][Rr][Ee][Rr]", "Bearer is wanted."), error_messages=_TEXT)
    expires_in = fields.Integer(required=True, strict=True, error_messages={**_TEXT, "invalid": "A whole number of seconds is wanted."})
    scope = fields.String(required=True, error_messages=_TEXT)
    subject = fields.String(required=True, error_messages=_TEXT)
    patient = _text("A FHIR id is wanted.", ID, required=False)


class HookRequest(Tolerant):
    """A CDS Hooks 2.0.1 request. `context` is checked by the schema of its hook, prefetch values by service/fhir."""

    hook = _text("The name of a hook is wanted.")
    hookInstance = _text("A UUID is wanted.", UUID)
    context = _object(required=True)
    fhirServer = _text("An http(s) URL is wanted.", r"https?://[^\s]+", required=False)
    fhirAuthorization = fields.Nested(FhirAuthorization, required=False, allow_none=True)
    prefetch = _object()
    extension = _object()

    @validates_schema(skip_on_field_errors=False)
    def _access_needs_a_server(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("fhirAuthorization") and not data.get("fhirServer"):
            raise ValidationError("fhirAuthorization is of no use without this member.", "fhirServer")


@dataclass(frozen=True, slots=True)
class HookCall:
    """A checked request: the hook, the patient in context, each prefetch value as the raw JSON that was sent, the FHIR base.

    `token` is for the FHIR server of this call alone: it is never shown, stored or logged. `context` holds the plain texts only,
    `drafts` its Bundles of drafts as they were sent, `selections` which of them were just chosen. `vetted`: no key is repeated in any
    object of the request; else that was looked at in the envelope alone.
    """

    hook: str
    patient: str
    prefetch: Mapping[str, bytes]
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    context: Mapping[str, str] = field(default_factory=dict)
    instance: str = ""
    drafts: Mapping[str, bytes] = field(default_factory=dict)
    selections: tuple[str, ...] = ()
    vetted: bool = False


def read_hook_call(members: Mapping[str, bytes], hooks: tuple[str, ...], vetted: bool = False) -> HookCall:
    """The call in the already split request `members`. Raises Problem 400 with every fault of the envelope.

    `hooks`: those that may be called here. `vetted`: no key is repeated anywhere, that is known. Fields of resources are not looked
    at; repeated keys of prefetch are refused.
    """
    envelope = {name: _decode(raw) for name, raw in members.items() if name not in ("prefetch", "context")}
    context = _shallow(members, "context")
    prefetch = _shallow(members, "prefetch")
    envelope |= {name: value for name, value in (("context", context), ("prefetch", prefetch)) if name in members}
    _refuse(HookRequest().validate(envelope), "")
    hook = envelope["hook"]
    if hook not in hooks:
        raise problem(400, "value", f"This hook is not answered here; known: {', '.join(hooks)}.", "hook")
    decoded, drafts = _read_context(context or {}, CONTEXTS[hook]())
    _check_entries(prefetch or {}, drafts)
    token = (envelope.get("fhirAuthorization") or {}).get("access_token")
    texts = {name: value for name, value in decoded.items() if isinstance(value, str)}
    return HookCall(
        hook=hook,
        patient=decoded["patientId"],
        prefetch=prefetch or {},
        server=envelope.get("fhirServer"),
        token=token,
        context=texts,
        instance=envelope["hookInstance"],
        drafts=drafts,
        selections=tuple(decoded.get("selections", ())) if drafts else (),
        vetted=vetted,
    )


def _read_context(context: Mapping[str, bytes], schema: Tolerant) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The checked members of a context, and apart from them its Bundles of drafts, still raw. Raises Problem 400."""
    drafts = {name: raw for name, raw in context.items() if name in _BUNDLES and name in schema.fields}
    decoded = {name: _outside(raw) if name in drafts else _decode(raw) for name, raw in context.items()}
    _refuse(schema.validate(decoded), "context.")
    return decoded, drafts


def _shallow(members: Mapping[str, bytes], name: str) -> Any:
    """The members of an object, still raw; any other value decoded, for marshmallow to refuse."""
    raw = members.get(name, b"null")
    return split(raw, name) if raw.startswith(b"{") else _decode(raw)


def _decode(raw: bytes) -> Any:
    check_depth(raw)
    try:
        return msgspec.json.decode(raw)
    except msgspec.MsgspecError:  # 1e400, or an integer of 5,000 digits
        raise problem(400, "structure", "A number of the request is beyond what can be read.") from None


def _outside(raw: bytes) -> Any:
    """A Bundle of drafts as marshmallow needs it: that it is an object; what it holds is for service/fhir."""
    return {} if raw.startswith(b"{") else _decode(raw)


def _check_entries(prefetch: Mapping[str, bytes], drafts: Mapping[str, bytes]) -> None:
    """Keys of prefetch other than ours are not echoed: a client's own names may be anything."""
    for name, raw in drafts.items():
        check_bundle(raw, f"context.{name}")
    entries = sum(check_bundle(raw, f"prefetch.{key}" if key in _SEEN_PREFETCH else "prefetch") for key, raw in prefetch.items())
    if entries > MAX_ENTRIES:
        raise problem(413, "too-long", f"The prefetch has more than {MAX_ENTRIES} entries.", "prefetch")


def _refuse(errors: Mapping[str, Any], prefix: str) -> None:
    if errors:
        raise Problem(400, tuple(_issues(errors, prefix)))


def _issues(errors: Mapping[str, Any], prefix: str) -> Iterator[Issue]:
    for name, found in sorted(errors.items(), key=lambda pair: str(pair[0])):
        if isinstance(found, dict):
            yield from _issues(found, f"{prefix}{name}.")
            continue
        for text in found:
            where = prefix.rstrip(".") if name == "_schema" else f"{prefix}{name}"
            yield Issue("required" if text == _TEXT["required"] else "value", text, (where,))
