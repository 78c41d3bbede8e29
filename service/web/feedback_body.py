"""The feedback a CDS client sends: checked by marshmallow, then stripped to what the record keeps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.record import Feedback, Reason
from service.web.envelope import UUID, Tolerant
from service.web.problems import Issue, Problem, problem
from service.web.strict_json import check_depth, check_members, check_text, split
from service.web.when import read_instant

MAX_BYTES: Final = 1024 * 1024
MAX_ITEMS: Final = 1000
MAX_SUGGESTIONS: Final = 100
MAX_COMMENT: Final = 10_000
OTHER: Final = Reason("", "other")  # a reason in a client's own words
_REQUIRED: Final = "This member is required."
_WORDS: Final[dict[str, Any]] = {"required": _REQUIRED, "null": "This member may not be null.", "invalid": "A string is wanted."}
_OBJECT: Final[dict[str, Any]] = {**_WORDS, "invalid": "A JSON object is wanted.", "type": "A JSON object is wanted."}
_LIST: Final[dict[str, Any]] = {**_WORDS, "invalid": "A JSON array is wanted."}
_UUID: Final = re.compile(UUID)
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T.*")


def _text(longest: int = 256, *, required: bool = True) -> fields.String:
    wanted = f"A text of 1 to {longest} characters is wanted."
    rule = validate.Length(min=1, max=longest, error=wanted)
    return fields.String(required=required, allow_none=not required, validate=rule, error_messages=_WORDS)


def _nested(shape: type[Schema]) -> fields.Nested:
    return fields.Nested(shape, allow_none=True, error_messages=_OBJECT)


class TakenSuggestion(Tolerant):
    """A suggestion of the card that the clinician took."""

    id = _text()


class ReasonCoding(Tolerant):
    """One of the card's override reasons."""

    code = _text()
    system = _text(required=False)
    display = fields.String(allow_none=True, error_messages=_WORDS)


class OverrideReason(Tolerant):
    """Why the card was overridden: a coded reason, own words, or both."""

    reason = _nested(ReasonCoding)
    userComment = fields.String(
        allow_none=True,
        validate=validate.Length(max=MAX_COMMENT, error=f"At most {MAX_COMMENT} characters are taken."),
        error_messages=_WORDS,
    )


class FeedbackItem(Tolerant):
    """What became of one card."""

    card = _text()
    outcome = fields.String(
        required=True, validate=validate.OneOf(("accepted", "overridden"), error="accepted or overridden is wanted."), error_messages=_WORDS
    )
    outcomeTimestamp = _text(64)
    acceptedSuggestions = fields.List(
        fields.Nested(TakenSuggestion, error_messages=_OBJECT),
        allow_none=True,
        validate=validate.Length(max=MAX_SUGGESTIONS, error=f"At most {MAX_SUGGESTIONS} suggestions are taken."),
        error_messages=_LIST,
    )
    overrideReason = _nested(OverrideReason)
    extension = fields.Dict(allow_none=True, keys=fields.String(), error_messages=_OBJECT)

    @validates_schema(skip_on_field_errors=False)
    def _accepting_names_a_suggestion(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("outcome") == "accepted" and not data.get("acceptedSuggestions"):
            raise ValidationError("accepted needs the id of at least one suggestion here.", "acceptedSuggestions")


class FeedbackRequest(Tolerant):
    """CDS Hooks 2.0.1 feedback."""

    feedback = fields.List(
        fields.Nested(FeedbackItem, error_messages=_OBJECT),
        required=True,
        validate=validate.Length(min=1, error="At least one item is wanted."),
        error_messages=_LIST,
    )


@dataclass(frozen=True, slots=True)
class Keeping:
    """What may be kept: the reasons this service offers, and, where the operator says so, a client's own words."""

    reasons: frozenset[tuple[str, str]]
    own_words: bool
    zone: ZoneInfo


def read_feedback(body: bytes, service: str, received: datetime, keeping: Keeping) -> list[Feedback]:
    """The items of `body`, ready for the record. Raises Problem 400 with every fault, or 413; then nothing is kept."""
    check_text(body)
    check_members(body, small=MAX_BYTES)
    check_depth(body)
    sent = _decoded(split(body))
    items: Any = sent.get("feedback")
    if isinstance(items, list) and len(items) > MAX_ITEMS:
        raise problem(413, "too-long", f"More than {MAX_ITEMS} items of feedback were sent at once.", "feedback")
    found = tuple(_faults(FeedbackRequest().validate(sent), ""))
    if found:
        raise Problem(400, found)
    return [_kept(item, f"feedback[{i}]", service, received, keeping) for i, item in enumerate(items)]


def _decoded(members: Mapping[str, bytes]) -> dict[str, Any]:
    """Only the member that is used; numbers beyond all use are no JSON of ours."""
    try:
        return {name: msgspec.json.decode(raw) for name, raw in members.items() if name == "feedback"}
    except msgspec.MsgspecError:
        raise problem(400, "structure", "A number or a text of this member cannot be read.", "feedback") from None


def _faults(errors: Mapping[Any, Any], prefix: str) -> Iterator[Issue]:
    """Places as paths; names are ours, never the caller's."""
    for name, found in sorted(errors.items(), key=lambda pair: str(pair[0])):
        where = f"{prefix}[{name}]" if isinstance(name, int) else prefix if name == "_schema" else f"{prefix}.{name}".lstrip(".")
        if isinstance(found, dict):
            yield from _faults(found, where)
        else:
            yield from (Issue("required" if text == _REQUIRED else "value", text, (where,)) for text in found)


def _kept(item: Mapping[str, Any], where: str, service: str, received: datetime, keeping: Keeping) -> Feedback:
    accepted = item["outcome"] == "accepted"
    why = {} if accepted else item.get("overrideReason") or {}
    comment = why.get("userComment") or ""
    return Feedback(
        service=service,
        card=_id(item["card"]),
        outcome=item["outcome"],
        outcome_at=_instant(item["outcomeTimestamp"], keeping.zone, f"{where}.outcomeTimestamp"),
        received_at=received,
        suggestions=tuple(_id(one["id"]) for one in item["acceptedSuggestions"]) if accepted else (),
        reason=_reason(why.get("reason"), keeping),
        commented=bool(comment.strip()),
        comment=_storable(comment) if keeping.own_words and comment.strip() else None,
    )


def _instant(text: str, zone: ZoneInfo, where: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        raise problem(400, "value", "An instant with its zone (2026-03-01T08:00:00Z) is wanted.", where)
    return read_instant(text, zone, where)


def _id(sent: str) -> str:
    """An id as kept. Ours are UUIDs; anything else may be anyone's words, and is kept as a digest that still tells two apart."""
    return sent.lower() if _UUID.fullmatch(sent) else sha256(sent.encode("utf-8", "surrogatepass")).hexdigest()


def _reason(sent: Mapping[str, Any] | None, keeping: Keeping) -> Reason | None:
    if not sent:
        return None
    reason = Reason(sent.get("system") or "", sent["code"])
    if (reason.system, reason.code) in keeping.reasons:
        return reason
    return Reason(_storable(reason.system), _storable(reason.code)) if keeping.own_words else OTHER


def _storable(text: str) -> str:
    """Without what a database refuses: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
