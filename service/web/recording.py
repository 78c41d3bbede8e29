"""Decisions on their way into the record: after the answer is made, before it is sent. Cards are served even when that fails."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Response, g

from service.evaluation import Outcome
from service.evaluation.question import Said
from service.record import (
    Answered,
    CardMade,
    Decision,
    Store,
    StoreUnavailable,
    Suggested,
    keyed_hash,
    open_record,
    ping,
    write_decision,
)
from service.web import metrics
from service.web.deps import Deps, deps
from service.web.problems import Problem, problem

log: Final = logging.getLogger("postfusion.record")
UNLOGGED: Final = {"X-Decision-Logged": "false"}
RETRY_SECONDS: Final = "5"


@dataclass(frozen=True, slots=True)
class Surface:
    """Where an evaluation came in. `kind` is hook or evaluate; `service` is empty unless a CDS service was called."""

    kind: str
    service: str = ""
    pinned: bool = False


def with_record(deps: Deps) -> Deps:
    """`deps` with the record open, unless the operator turned it off. Raises StoreUnusable."""
    settings = deps.settings
    if settings.record == "off":
        return deps
    return replace(deps, store=open_record(settings.data_dir, settings.database_url, settings.hash_key))


def recorded(response: Response, outcome: Outcome, surface: Surface) -> Response:
    """`response`, its decision kept; or marked as not logged."""
    metrics.count_outcome(outcome)
    if not record_decision(outcome, surface, deps()):
        response.headers.extend(UNLOGGED)
    return response


def record_decision(outcome: Outcome, surface: Surface, deps: Deps) -> bool:
    """True when the decision is kept for good. Whatever goes wrong here must not cost anyone their cards."""
    if deps.store is None:
        return False
    try:
        write_decision(deps.store, _decision(outcome, surface, deps, deps.store))
    except Exception as error:  # told by type and counted; the answer says that it was not logged
        _failed(error)
        return False
    return True


def store_of(deps: Deps) -> Store:
    """The record. Raises Problem 501 where the operator turned it off."""
    if deps.store is None:
        raise problem(501, "not-supported", "This installation keeps no record (POSTFUSION_RECORD=off).")
    return deps.store


def unavailable(error: StoreUnavailable) -> Problem:
    """The refusal of a request that needs the record while it does not answer."""
    _failed(error)
    return problem(503, "transient", str(error), headers={"Retry-After": RETRY_SECONDS})


def record_check(deps: Deps) -> str:
    """What /readyz says of the record. Raises Problem 503 when it takes no write."""
    if deps.store is None:
        return "off"
    try:
        ping(deps.store)
    except StoreUnavailable as error:
        raise unavailable(error) from None
    return "writable"


def _failed(error: Exception) -> None:
    metrics.count_store_failure()
    kind = error.kind if isinstance(error, StoreUnavailable) else ""
    log.error("the record failed", extra={"error": kind or type(error).__name__})


def _decision(outcome: Outcome, surface: Surface, deps: Deps, store: Store) -> Decision:
    return Decision(
        id=deps.new_id(),
        at=deps.clock(),
        surface=surface.kind,
        release=outcome.release_digest,
        service=surface.service,
        hook=outcome.hook,
        instance=keyed_hash(store.key, "instance", outcome.instance),
        patient=keyed_hash(store.key, "patient", outcome.patient or ""),
        caller=str(getattr(g, "caller", ""))[:256],
        duration_ms=_took(),
        pinned=surface.pinned,
        site="\n".join(map(str, outcome.switched)),
        answers=tuple(map(_answer, (*outcome.answered, *outcome.shadow))),
        cards=tuple(_cards(outcome.cards)),
    )


def _took() -> int:
    """Whole milliseconds since the request came in."""
    return round((time.perf_counter() - g.started) * 1000) if "started" in g else 0


def _answer(one: Said) -> Answered:
    return Answered(one.rule, one.version, one.digest, one.answer, one.shown, one.shadow, one.failed)


def _cards(cards: list[dict[str, Any]]) -> Iterator[CardMade]:
    for card in cards:
        ours: Mapping[str, str] = card["extension"]["org.postfusion"]
        offered = tuple(Suggested(one["uuid"], one["label"][:512]) for one in card.get("suggestions", ()))
        yield CardMade(card["uuid"], ours["rule"], ours["version"], ours["digest"], offered)
