"""Ordinary calls: are they answered, as JSON, in the shape of a CDS Hooks answer?"""

from collections.abc import Iterable
from typing import Final

from service.lab.conformance.checking import MUST, OWN, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr
from service.lab.conformance.shapes import empties, objects

check = of_group("invocation", "invocation")
_KNOWN: Final = {"cards", "systemActions", "extension"}


def _answered(ehr: Ehr) -> list[Call]:
    if not ehr.calls:
        raise Skip("there is no service to call, or no request for its hook")
    return ehr.calls


@check("answers", MUST, "every ordinary request is answered 200")
def _answers(ehr: Ehr) -> Iterable[str]:
    yield from (f"{call.name}: status {call.answer.status}" for call in _answered(ehr) if call.answer.status != 200)


@check("json", MUST, "answers are sent as JSON, and are JSON")
def _json(ehr: Ehr) -> Iterable[str]:
    for call in _answered(ehr):
        kind = call.answer.headers.get("Content-Type", "").split(";")[0].strip()
        if kind not in ("application/json", "application/fhir+json") or call.answer.json is None:
            yield f"{call.name}: {kind or 'no Content-Type'}"


@check("cards", MUST, "an answer has an array `cards` of objects")
def _cards(ehr: Ehr) -> Iterable[str]:
    for call in _answered(ehr):
        body = call.answer.json
        cards = body.get("cards") if isinstance(body, dict) else None
        if call.answer.status == 200 and (not isinstance(cards, list) or len(objects(cards)) != len(cards)):
            yield f"{call.name}: no such array"


@check("no-empties", MUST, "nothing in an answer is null or empty, but for an empty array of cards")
def _no_empties(ehr: Ehr) -> Iterable[str]:
    for call in _answered(ehr):
        yield from (f"{call.name}: {where}" for where in empties(call.answer.json) if where != "cards")


@check("members", OWN, "an answer has no member the specification does not know, outside `extension`")
def _members(ehr: Ehr) -> Iterable[str]:
    for call in _answered(ehr):
        body = call.answer.json
        if call.answer.status == 200 and isinstance(body, dict):
            yield from (f"{call.name}: {name}" for name in body if name not in _KNOWN)


@check("system-actions", MUST, "systemActions, where there are any, are actions of a known type with what they act on")
def _system_actions(ehr: Ehr) -> Iterable[str]:
    for call in _answered(ehr):
        body = call.answer.json
        actions = body.get("systemActions") if isinstance(body, dict) else None
        if actions is None:
            continue
        known = [one for one in objects(actions) if one.get("type") in ("create", "update", "delete")]
        aimed = [one for one in known if "resource" in one or "resourceId" in one]
        if not isinstance(actions, list) or not actions or len(aimed) != len(actions):
            yield f"{call.name}: systemActions"


@check("some-card", OWN, "at least one request gives a card, so that there was something to look at")
def _some_card(ehr: Ehr) -> Iterable[str]:
    if not any(call.answer.cards for call in _answered(ehr)):
        yield "no request gave a card"
