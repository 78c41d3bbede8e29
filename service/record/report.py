"""What the rules did and what clinicians made of it, per rule and version. Only hook calls without pins are counted.

Counts are of decisions and of cards: a card accepted twice is one accepted card. Feedback counts with the decision it
answers, whenever it came. Feedback naming a card that its service never sent is counted as unmatched, by arrival.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import Connection, and_, case, distinct, exists, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select

from service.record.entries import HOOK, Reason
from service.record.store import Store, reading
from service.record.tables import answer, card, decision, feedback, rule_version, suggestion, taken

TOP: Final = 5  # reasons per rule version
Counted = tuple[tuple[Any, int], ...]


@dataclass(frozen=True, slots=True)
class Period:
    """Decisions at or after `since` and before `until`; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None


def days(first: date | None, last: date | None, zone: tzinfo) -> Period:
    """From the start of `first` to the end of `last`, as days of `zone`; None: no bound."""
    return Period(_start(first, zone), _start(last + timedelta(days=1), zone) if last else None)


def _start(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone) if day else None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule version. `shadow`: judged as a draft, never shown. `evaluated` is in decisions, `accepted` and `overridden` in cards."""

    rule: str
    version: str
    shadow: bool
    evaluated: int = 0
    fired: int = 0
    could_not_tell: int = 0
    failed: int = 0
    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    reasons: tuple[tuple[Reason, int], ...] = ()
    suggestions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All rule versions that were judged, or whose cards were answered, in the order of their names."""

    decisions: int
    unmatched: int
    lines: tuple[RuleLine, ...] = field(default=())


RuleVersion = tuple[str, str]


def make_report(store: Store, period: Period) -> Report:
    """The report of a period. Raises StoreUnavailable."""
    with reading(store) as connection:
        answers = _answers(connection, period)
        outcomes = _grouped(connection.execute(_outcomes(period)))
        reasons = _grouped(connection.execute(_reasons(period)))
        labels = _grouped(connection.execute(_labels(period)))
        decisions = connection.execute(select(func.count()).select_from(decision).where(_counted(period))).scalar_one()
        unmatched = connection.execute(_unmatched(period)).scalar_one()
    known = {(rule, version) for rule, version, _ in answers}
    keys = [*answers, *((rule, version, False) for rule, version in sorted(outcomes.keys() - known))]  # cards without a rule of their own
    lines = (_line(key, answers.get(key, {}), outcomes, reasons, labels) for key in sorted(keys))
    return Report(decisions, unmatched, tuple(lines))


def _line(
    key: tuple[str, str, bool],
    counts: dict[str, Any],
    outcomes: dict[RuleVersion, Counted],
    reasons: dict[RuleVersion, Counted],
    labels: dict[RuleVersion, Counted],
) -> RuleLine:
    rule, version, shadow = key
    if shadow:  # a draft has no cards; feedback of the same version is from when it was active
        return RuleLine(rule, version, shadow, **counts)
    of = (rule, version)
    told = {outcome: count for (outcome,), count in outcomes.get(of, ())}
    return RuleLine(
        *(rule, version, shadow),
        **counts,
        accepted=told.get("accepted", 0),
        overridden=told.get("overridden", 0),
        reasons=tuple((Reason(system, code), count) for (system, code), count in reasons.get(of, ())[:TOP]),
        suggestions=tuple((label, count) for (label,), count in labels.get(of, ())),
    )


def _grouped(rows: Iterable[Any]) -> dict[RuleVersion, Counted]:
    """(rule, version) -> what was counted with its count, most frequent first, then by name."""
    found: dict[RuleVersion, list[tuple[Any, int]]] = defaultdict(list)
    for rule, version, *what, count in rows:
        found[rule, version].append((tuple(what), count))
    return {key: tuple(sorted(listed, key=lambda one: (-one[1], one[0]))) for key, listed in found.items()}


def _counted(period: Period) -> ColumnElement[bool]:
    since = decision.c.at >= period.since if period.since else None
    until = decision.c.at < period.until if period.until else None
    hooks = and_(decision.c.surface == HOOK, decision.c.pinned.is_(False))
    return and_(hooks, *(bound for bound in (since, until) if bound is not None))


def _answers(connection: Connection, period: Period) -> dict[tuple[str, str, bool], dict[str, int]]:
    def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    key = (rule_version.c.rule, rule_version.c.version, answer.c.shadow)
    counts = (
        func.count().label("evaluated"),
        times(answer.c.answer == "yes").label("fired"),
        times(answer.c.answer == "unknown").label("could_not_tell"),
        times(answer.c.failed).label("failed"),
        times(answer.c.shown).label("shown"),
    )
    joined = answer.join(decision).join(rule_version)
    rows = connection.execute(select(*key, *counts).select_from(joined).where(_counted(period)).group_by(*key))
    names = [count.name for count in counts]
    return {(row[0], row[1], bool(row[2])): dict(zip(names, (int(n) for n in row[3:]), strict=True)) for row in rows}


_ANSWERED_CARD: Final = and_(feedback.c.card == card.c.uuid, feedback.c.service == decision.c.service)
_OF_CARD: Final = card.join(decision).join(rule_version).join(feedback, _ANSWERED_CARD)


def _per_version(period: Period, count: ColumnElement[int], *what: ColumnElement[Any]) -> Select[Any]:
    key = (rule_version.c.rule, rule_version.c.version, *what)
    return select(*key, count).where(_counted(period)).group_by(*key)


def _outcomes(period: Period) -> Select[Any]:
    return _per_version(period, func.count(distinct(feedback.c.card)), feedback.c.outcome).select_from(_OF_CARD)


def _reasons(period: Period) -> Select[Any]:
    reason = (feedback.c.reason_system, feedback.c.reason_code)
    counted = _per_version(period, func.count(distinct(feedback.c.card)), *reason).select_from(_OF_CARD)
    return counted.where(feedback.c.reason_code != "")


def _labels(period: Period) -> Select[Any]:
    offered = and_(suggestion.c.uuid == taken.c.suggestion, suggestion.c.card == card.c.uuid)
    joined = _OF_CARD.join(taken, taken.c.feedback == feedback.c.number).join(suggestion, offered)
    return _per_version(period, func.count(distinct(suggestion.c.uuid)), suggestion.c.label).select_from(joined)


def _unmatched(period: Period) -> Select[Any]:
    since = feedback.c.received_at >= period.since if period.since else None
    until = feedback.c.received_at < period.until if period.until else None
    known = exists(select(card.c.uuid).select_from(card.join(decision)).where(_ANSWERED_CARD))
    return select(func.count()).select_from(feedback).where(~known, *(bound for bound in (since, until) if bound is not None))
