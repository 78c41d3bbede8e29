"""A hook call made whole: prefetch keys it lacks are fetched from its FHIR server, when the operator listed that server."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from service.access import Completed, Limits, Reason, State, complete, read_origin
from service.fhir import is_optional
from service.web.clock import ticks
from service.web.deps import Deps
from service.web.discovery import prefetch_templates
from service.web.envelope import HookCall
from service.web.places import away
from service.web.problems import Problem
from service.web.settings import Settings
from service.web.strict_json import MAX_ENTRIES, check_bundle, check_members, check_text

log: Final = logging.getLogger("postfusion.access")
_FOR_JUDGING: Final = 0.8  # of the budget goes to fetching; the rest is left for judging
_NOT_OFFERED: Final = (Reason.UNAUTHORISED, Reason.NOT_FOUND, Reason.REFUSED)
_NOT_STRICT: Final = "the FHIR server answered with JSON that repeats a key or is nested too deep"
_TOO_MANY: Final = "the FHIR server sent more entries than are taken"


@dataclass(frozen=True, slots=True)
class Whole:
    """The call with what could be fetched, and for each key tried in vain the constant words that say why."""

    call: HookCall
    unfetched: Mapping[str, str]


def made_whole(call: HookCall, deps: Deps) -> Whole:
    """`call`, its prefetch completed as far as that is allowed. Without a list of servers nothing is looked at."""
    limits = limits_of(deps.settings)
    if not limits.origins or not call.server:
        return Whole(call, {})
    templates = prefetch_templates(deps.book, call.hook)
    with away():
        done = complete(call.prefetch, templates, call.context, call.server, call.token, limits)
    prefetch, refused = _strict(call.prefetch, done)
    unfetched = {key: str(reason) for key, reason in done.reasons.items()} | refused
    for key, reason in unfetched.items():
        log.warning("not fetched", extra={"place": f"prefetch.{key}", "error": reason})
    return Whole(replace(call, prefetch=prefetch), {key: why for key, why in unfetched.items() if not _no_news(key, why, call)})


def _no_news(key: str, why: str, call: HookCall) -> bool:
    """True where having tried must not make the answer other than it is for a client that only leaves the key out.

    So it is with a server that may not be called, and with optional input that the server does not offer to us.
    """
    return why == Reason.NOT_LISTED or (why in _NOT_OFFERED and key not in call.prefetch and is_optional(key))


@lru_cache(maxsize=8)
def limits_of(settings: Settings) -> Limits:
    """The limits of fetching as the operator set them."""
    return Limits(
        seconds=ticks,
        origins=tuple(read_origin(origin) for origin in settings.fhir_origins),
        budget=settings.fhir_budget_ms / 1000 * _FOR_JUDGING,
        max_bytes=settings.max_bytes,
        ca_file=settings.ca_file,
    )


def _strict(sent: Mapping[str, bytes], done: Completed) -> tuple[dict[str, bytes], dict[str, str]]:
    """What was fetched stands the same checks as what is sent; a value that does not is given up for the one that was sent, if any."""
    prefetch, refused = dict(done.prefetch), {}
    for key, fault in _faults(done):
        refused[key] = fault
        prefetch.pop(key)
        if key in sent:
            prefetch[key] = sent[key]
    return prefetch, refused


def _faults(done: Completed) -> Iterator[tuple[str, str]]:
    entries = 0
    for key, state in done.states.items():
        if state not in (State.FETCHED, State.TRUNCATED):
            continue
        try:
            check_text(done.prefetch[key])
            check_members(done.prefetch[key], small=len(done.prefetch[key]))
            entries += check_bundle(done.prefetch[key].strip(), f"prefetch.{key}")
        except Problem:
            yield key, _NOT_STRICT
            continue
        if entries > MAX_ENTRIES:
            yield key, _TOO_MANY
