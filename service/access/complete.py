"""A prefetch made whole: keys that are missing, failed or cut short are fetched, all at once, within one allowance."""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from service.access.calling import Caller, get
from service.access.limits import Allowance, Limits, allowance
from service.access.origins import Origin, Url, permitted, read_url
from service.access.pages import Page, joined, kind_of, page_from, page_of, short
from service.access.reasons import Reason, Unavailable
from service.access.states import State, state_of
from service.access.templates import filled, is_search, kind_asked

FHIR: Final = ("application/fhir+json", "application/json", "application/json+fhir")
GRACE: Final = 0.05  # seconds for a fetch that has just run out of time to hand over the pages it has
THREADS: Final = 48  # at most so many fetches of one process at a time; a stuck server makes keys time out, no more


@dataclass(frozen=True, slots=True)
class Completed:
    """Every key that there is a value for, the state of each key asked for, and why those tried and not had could not be had."""

    prefetch: Mapping[str, bytes]
    states: Mapping[str, State]
    reasons: Mapping[str, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Access:
    """A FHIR server that may be called for one answer."""

    base: Url
    origin: Origin
    caller: Caller
    allowed: Allowance
    max_pages: int


@dataclass(frozen=True, slots=True)
class Got:
    """What a fetch brought: a value, and the reason when it is less than all there is."""

    value: bytes
    short: Reason | None = None


def complete(
    prefetch: Mapping[str, bytes],
    templates: Mapping[str, str],
    context: Mapping[str, str],
    server: str | None,
    authorization: str | None,
    limits: Limits,
) -> Completed:
    """Fetch what `templates` ask for and `prefetch` lacks from `server` (a FHIR base), with the bearer token `authorization`.

    Nothing is called unless `server` lies in one of `limits.origins`. A value that cannot be had stays as it was sent. Never raises
    for what a server does.
    """
    states = {key: state_of(prefetch.get(key), kind_asked(template)) for key, template in templates.items()}
    lacking = [key for key, state in states.items() if state in (State.NOT_AVAILABLE, State.SENT_FAILED, State.TRUNCATED)]
    place = permitted(server, limits.origins)
    if not lacking or place is None:
        return Completed(prefetch, states, dict.fromkeys(lacking, Reason.NOT_LISTED) if server else {})
    access = Access(*place, _caller(authorization, limits), allowance(limits), limits.max_pages)
    asked = {key: (prefetch.get(key), templates[key], filled(templates[key], context)) for key in lacking}
    return _merged(prefetch, states, _all_at_once(asked, access))


def _caller(token: str | None, limits: Limits) -> Caller:
    headers = (("Accept", "application/fhir+json"), *((("Authorization", f"Bearer {token}"),) if token else ()))
    return Caller(headers, limits.ca_file)


Asked = tuple[bytes | None, str, str | None]


def _all_at_once(asked: Mapping[str, Asked], access: Access) -> dict[str, Got | Reason]:
    """Every key in a thread of its own; none is waited for beyond the deadline."""
    running = {key: _pool(os.getpid()).submit(_fetch, *one, access) for key, one in asked.items()}
    left = access.allowed.deadline - access.allowed.seconds()
    wait(running.values(), timeout=max(0.0, left) + GRACE)
    return {key: _result(future) for key, future in running.items()}


def _result(future: "Future[Got | Reason]") -> Got | Reason:
    if future.done():
        return future.result()
    future.cancel()
    return Reason.TIMED_OUT


def _fetch(sent: bytes | None, template: str, address: str | None, access: Access) -> Got | Reason:
    """One key. A page that was sent is gone on from; anything else is asked for anew."""
    try:
        if address is None:
            return Reason.NO_TEMPLATE
        page = page_of(sent) if sent else None
        if page is not None and page.next() is not None:
            return _gather([page], access)
        raw = get(f"{access.base.text()}/{address}", access.caller, access.allowed, FHIR)
        if not is_search(template):
            return Got(raw) if kind_of(raw) == kind_asked(template) else Reason.NOT_FHIR
        first = page_from(raw)
        return _gather([first], access) if first.next() is not None else Got(raw, Reason.SHORT if first.cut() else None)
    except Unavailable as error:
        return error.reason


def _gather(pages: list[Page], access: Access) -> Got:
    """Go on from page to page while that is allowed; the pages had so far are kept whatever ends it."""
    try:
        _follow(pages, access)
    except Unavailable as error:
        return Got(joined(pages, more=True), error.reason)
    return Got(joined(pages, more=False), Reason.SHORT if short(pages) else None)


def _follow(pages: list[Page], access: Access) -> None:
    """Append the pages that follow the last one. Raises Unavailable when there are more that cannot be had."""
    seen: set[str] = set()
    while (link := pages[-1].next()) is not None:
        url = read_url(link)
        if url is None or not access.origin.holds(url) or link in seen:
            raise Unavailable(Reason.FOREIGN_PAGE)
        if len(pages) >= access.max_pages:
            raise Unavailable(Reason.TOO_MANY_PAGES)
        seen.add(link)
        pages.append(page_from(get(url.text(), access.caller, access.allowed, FHIR)))


def _merged(prefetch: Mapping[str, bytes], states: Mapping[str, State], got: Mapping[str, Got | Reason]) -> Completed:
    values, after, reasons = dict(prefetch), dict(states), {}
    for key, one in got.items():
        if isinstance(one, Reason):
            reasons[key] = one
            continue
        values[key] = one.value
        after[key] = State.TRUNCATED if one.short else State.FETCHED
        if one.short:
            reasons[key] = one.short
    return Completed(values, after, reasons)


@lru_cache(maxsize=2)
def _pool(process: int) -> ThreadPoolExecutor:
    """The threads that fetch; made at first use and one set per process, since threads do not survive a fork."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="fhir")
