"""POST {service}/feedback: optional for a service; where it is there, it takes what the specification lets a client send."""

import uuid
from collections.abc import Iterable
from typing import Any

from service.lab.calling import Answer, Json
from service.lab.conformance.checking import MUST, OWN, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, path_of

check = of_group("feedback", "feedback")
_WHEN = "2026-03-01T12:00:00Z"


def _call(ehr: Ehr) -> Call:
    if not ehr.bases:
        raise Skip("no ordinary request was answered 200")
    return ehr.bases[0]


def _offered(ehr: Ehr) -> None:
    """Raises Skip where the service has no such endpoint."""
    if _sent(ehr, _overridden(ehr)).status in (404, 405, 501):
        raise Skip("the service takes no feedback")


def _sent(ehr: Ehr, *items: Any) -> Answer:
    return ehr.post(f"{path_of(_call(ehr).service)}/feedback", {"feedback": list(items)})


def _card(ehr: Ehr) -> Json:
    """A card to answer for: one with suggestions where there is one, or one that nobody made."""
    cards = [card for call in ehr.bases[:1] for card in call.answer.cards if "uuid" in card]
    return next((card for card in cards if card.get("suggestions")), cards[0] if cards else {"uuid": str(uuid.uuid4())})


def _accepted(ehr: Ehr) -> Json:
    card = _card(ehr)
    taken = [{"id": one["uuid"]} for one in card.get("suggestions", ())[:1] if "uuid" in one] or [{"id": str(uuid.uuid4())}]
    return {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": taken, "outcomeTimestamp": _WHEN}


def _overridden(ehr: Ehr, **why: Any) -> Json:
    reason = {"overrideReason": why} if why else {}
    return {"card": _card(ehr)["uuid"], "outcome": "overridden", "outcomeTimestamp": _WHEN, **reason}


def _reason(ehr: Ehr) -> Json:
    """A reason the card offers, as feedback names it: without its display."""
    offered = _card(ehr).get("overrideReasons") or [{"code": "not-needed", "system": "https://ehr.example.org/reasons"}]
    return {name: offered[0][name] for name in ("code", "system")}


def _taken(ehr: Ehr, *items: Any) -> Iterable[str]:
    _offered(ehr)
    answer = _sent(ehr, *items)
    if not 200 <= answer.status < 300:
        yield f"status {answer.status}"


def _refused(ehr: Ehr, item: Json) -> Iterable[str]:
    _offered(ehr)
    answer = _sent(ehr, item)
    if not 400 <= answer.status < 500:
        yield f"status {answer.status}"


@check("accepted", MUST, "accepted, with the suggestions taken, is taken")
def _take_accepted(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, _accepted(ehr))


@check("overridden", MUST, "overridden, without a reason, is taken")
def _take_overridden(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, _overridden(ehr))


@check("reason", MUST, "overridden, with a reason of the card and a comment, is taken")
def _take_reason(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, _overridden(ehr, reason=_reason(ehr), userComment="Seen this morning."))


@check("comment", MUST, "overridden, with a comment alone, is taken")
def _take_comment(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, _overridden(ehr, userComment="Seen this morning."))


@check("several", MUST, "several items at once are taken")
def _take_several(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, _accepted(ehr), _overridden(ehr))


@check("extension", MUST, "an extension of an item is taken")
def _take_extension(ehr: Ehr) -> Iterable[str]:
    return _taken(ehr, {**_overridden(ehr), "extension": {"org.example.lab": {"a": 1}}})


@check("repeated", MUST, "what is sent twice is taken twice")
def _take_repeated(ehr: Ehr) -> Iterable[str]:
    item = _overridden(ehr)
    yield from _taken(ehr, item)
    yield from _taken(ehr, item)


@check("unknown-card", OWN, "feedback for a card the service does not remember is no fault of the server (no 5xx)")
def _unknown_card(ehr: Ehr) -> Iterable[str]:
    _offered(ehr)
    answer = _sent(ehr, {**_overridden(ehr), "card": str(uuid.uuid4())})
    if answer.status >= 500:
        yield f"status {answer.status}"


@check("bad-outcome", OWN, "an outcome that is neither accepted nor overridden is refused")
def _bad_outcome(ehr: Ehr) -> Iterable[str]:
    return _refused(ehr, {**_overridden(ehr), "outcome": "ignored"})


@check("no-card", OWN, "an item without card is refused")
def _no_card(ehr: Ehr) -> Iterable[str]:
    item = _overridden(ehr)
    del item["card"]
    return _refused(ehr, item)


@check("nothing-accepted", OWN, "accepted without the suggestions taken is refused")
def _nothing_accepted(ehr: Ehr) -> Iterable[str]:
    item = _accepted(ehr)
    del item["acceptedSuggestions"]
    return _refused(ehr, item)


@check("bad-time", OWN, "an outcomeTimestamp that is no instant is refused")
def _bad_time(ehr: Ehr) -> Iterable[str]:
    return _refused(ehr, {**_overridden(ehr), "outcomeTimestamp": "this morning"})


@check("no-array", OWN, "a body without the array `feedback` is refused")
def _no_array(ehr: Ehr) -> Iterable[str]:
    _offered(ehr)
    answer = ehr.post(f"{path_of(_call(ehr).service)}/feedback", _overridden(ehr))
    if not 400 <= answer.status < 500:
        yield f"status {answer.status}"


@check("unknown-service", OWN, "feedback for a service that is not there is answered 404")
def _unknown_service(ehr: Ehr) -> Iterable[str]:
    _offered(ehr)
    answer = ehr.post("/cds-services/no-such-service-here/feedback", {"feedback": [_overridden(ehr)]})
    if answer.status != 404:
        yield f"status {answer.status}"
