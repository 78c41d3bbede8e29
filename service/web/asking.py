"""From a body and its query to an outcome. HTTP and the command line both come through here, so both answer alike."""

import difflib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, TypeVar

from service.evaluation import Drafted, Outcome, Question, Refused
from service.evaluation.question import Told
from service.library import Book, NoRulesInForce, PinError
from service.web.clock import ticks
from service.web.deps import Deps
from service.web.envelope import ID, HookCall, read_hook_call
from service.web.fetching import made_whole
from service.web.metrics import timed
from service.web.problems import Issue, Problem, problem
from service.web.services import HOOKS
from service.web.strict_json import check_bundle, check_members, check_text, split
from service.web.when import read_day, read_instant

T = TypeVar("T")
log: Final = logging.getLogger("postfusion.evaluation")
MAX_PINS: Final = 64
_ONCE: Final = ("asOf", "rulesAsOf", "patient", "explain")
PARAMETERS: Final = (*_ONCE, "pin")
_ID: Final = re.compile(ID)
_EXPLAIN: Final[Mapping[str, Told]] = {
    **dict.fromkeys(("yes", "true", "1"), "steps"),
    "full": "full",
    **dict.fromkeys(("no", "false", "0"), "answers"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks beside the body. None: not asked."""

    as_of: datetime | None = None
    rules_as_of: date | None = None
    pins: tuple[str, ...] = ()
    patient: str | None = None
    told: Told = "steps"


def read_query(query: Mapping[str, Sequence[str]], deps: Deps, known: Sequence[str] = PARAMETERS) -> Wanted:
    """The parameters of /evaluate, or those of them that are `known`. Raises Problem 400: a misspelt asOf must not silently mean today."""
    for name, values in query.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise problem(400, "value", f"A query parameter is not known. {hint}Known: {', '.join(known)}.", "query")
        if name in _ONCE and len(values) > 1:
            raise problem(400, "value", "This query parameter may be given once.", name)
    one = {name: values[0] for name, values in query.items() if name in _ONCE}
    return Wanted(
        as_of=read_instant(one["asOf"], deps.settings.zone, "asOf") if "asOf" in one else None,
        rules_as_of=read_day(one["rulesAsOf"], "rulesAsOf") if "rulesAsOf" in one else None,
        pins=_pins(query.get("pin", ())),
        patient=_patient(one.get("patient")),
        told=_told(one.get("explain", "yes")),
    )


def answer_body(body: bytes, wanted: Wanted, deps: Deps) -> Outcome:
    """Judge a Bundle, or a whole CDS Hooks request. Raises Problem."""
    outcome, call = asked_of(body, wanted, deps, deps.evaluate_bundle, deps.evaluate_hook)
    return _of_call(outcome, call) if call else outcome


def asked_of(
    body: bytes,
    wanted: Wanted,
    deps: Deps,
    of_bundle: Callable[[bytes, Question, Book], T],
    of_hook: Callable[[Mapping[str, bytes], Question, Book], T],
) -> tuple[T, HookCall | None]:
    """What one of the two makes of the body: a Bundle, or a whole CDS Hooks request, which is given back too. Raises Problem."""
    members, vetted = _open(body)
    if "hook" in members:
        call = read_hook_call(members, HOOKS, vetted)
        return _told_of(call, _same_patient(wanted, call), deps, of_hook), call
    if members.get("resourceType") != b'"Bundle"':
        raise no_body()
    check_bundle(body.strip(), "Bundle")
    with _refusals():
        return of_bundle(body, replace(_question(wanted, deps), vetted=vetted), deps.book), None


def no_body() -> Problem:
    """The refusal of JSON that is neither of the two."""
    return problem(400, "structure", "A FHIR Bundle (resourceType) or a CDS Hooks request (hook) is wanted.", "resourceType")


def answer_hook(body: bytes, hook: str, deps: Deps) -> Outcome:
    """Judge the request of one CDS service, as of now. Raises Problem."""
    members, vetted = _open(body)
    call = read_hook_call(members, (hook,), vetted)
    return _of_call(_told_of(call, Wanted(told="cards"), deps, deps.evaluate_hook), call)


def _of_call(outcome: Outcome, call: HookCall) -> Outcome:
    return replace(outcome, hook=call.hook, instance=call.instance)


def _told_of(call: HookCall, wanted: Wanted, deps: Deps, of_hook: Callable[[Mapping[str, bytes], Question, Book], T]) -> T:
    question = _question(replace(wanted, patient=call.patient), deps, call)
    whole = made_whole(call, deps)
    with _refusals():
        return of_hook(whole.call.prefetch, replace(question, unfetched=whole.unfetched), deps.book)


def _open(body: bytes) -> tuple[dict[str, bytes], bool]:
    """The members of the root object, after every check that needs no knowledge of what they mean; and whether all of the body was
    searched for repeated keys.
    """
    check_text(body)
    vetted = check_members(body)
    return split(body), vetted


def _question(wanted: Wanted, deps: Deps, call: HookCall | None = None) -> Question:
    return Question(
        as_of=wanted.as_of or deps.clock(),
        zone=deps.settings.zone,
        rules_as_of=wanted.rules_as_of,
        pins=wanted.pins,
        hook=call.hook if call else "patient-view",
        server=call.server if call else None,
        site=deps.site,
        policy=deps.policy,
        drafted=Drafted(call.drafts, call.selections) if call and call.drafts else None,
        vetted=bool(call and call.vetted),
        patient=wanted.patient,
        public_url=deps.settings.public_url,
        canonical=deps.settings.canonical,
        new_id=deps.new_id,
        report=_report,
        timed=timed,
        told=wanted.told,
        left=_share_left(deps.settings.time_budget_ms / 1000),
    )


def _share_left(seconds: float) -> Callable[[], float]:
    """The share of `seconds`, counted from now, that is left."""
    begun = ticks()
    return lambda: 1 - (ticks() - begun) / seconds


def _report(rule: str, error: Exception) -> None:
    """A rule that threw is a card for the caller and a line for the operator; the error's text may quote a record, so it is left out."""
    log.error("a rule failed", extra={"rule": rule, "error": type(error).__name__})


@contextmanager
def _refusals() -> Iterator[None]:
    """What the rooms below refuse, as an answer with a status."""
    try:
        yield
    except Refused as error:
        raise Problem(error.status, (Issue(error.code, error.text, error.expression),)) from None
    except PinError as error:  # its text names rules of the book only
        raise problem(422, "not-found", f"A pin cannot be resolved: {error}. GET /rules lists them.", "pin") from None
    except NoRulesInForce:
        raise problem(422, "business-rule", "No rule is in force on this day.", "rulesAsOf") from None


def _same_patient(wanted: Wanted, call: HookCall) -> Wanted:
    if wanted.patient is not None and wanted.patient != call.patient:
        raise problem(422, "conflict", "This patient is not the one in the context of the request.", "patient")
    return wanted


def _pins(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MAX_PINS:
        raise problem(400, "value", f"At most {MAX_PINS} pins are taken.", "pin")
    return tuple(values)


def _patient(value: str | None) -> str | None:
    if value is not None and not _ID.fullmatch(value):
        raise problem(400, "value", "One FHIR id is wanted: letters, digits, '-' and '.', at most 64.", "patient")
    return value


def _told(value: str) -> Told:
    if value not in _EXPLAIN:
        raise problem(400, "value", f"One of {', '.join(_EXPLAIN)} is wanted.", "explain")
    return _EXPLAIN[value]
