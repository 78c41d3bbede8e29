"""Writing decisions and feedback. Each call is one transaction: all of it is kept, or none."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from service.record.entries import Answered, CardMade, Decision, Feedback, Kept
from service.record.store import Store, writing
from service.record.tables import answer, card, decision, feedback, rule_version, suggestion, taken

RuleKey = tuple[str, str, str]
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # these two know ON CONFLICT


def write_decision(store: Store, made: Decision) -> None:
    """Keep one decision. Raises StoreUnavailable; then nothing of it is kept."""
    with writing(store) as connection:
        number = connection.execute(insert(decision).values(_row(made)).returning(decision.c.number)).scalar_one()
        numbers = _rule_numbers(connection, {*map(_key, made.answers), *map(_key, made.cards)})
        _insert_all(connection, answer, (_answer_row(one, number, numbers) for one in made.answers))
        _insert_all(connection, card, ({"uuid": c.uuid, "decision": number, "rule_version": numbers[_key(c)]} for c in made.cards))
        offered = ({"uuid": s.uuid, "card": c.uuid, "label": s.label} for c in made.cards for s in c.suggestions)
        _insert_all(connection, suggestion, offered)


def write_feedback(store: Store, items: Sequence[Feedback]) -> Kept:
    """Keep all of `items`, or none. A repeat changes nothing and is no error. Raises StoreUnavailable."""
    with writing(store) as connection:
        new = sum(_kept(connection, item) for item in items)
        known = _known_cards(connection, items)
    return Kept(new=new, repeated=len(items) - new, unmatched=sum((item.service, item.card) not in known for item in items))


def _row(made: Decision) -> dict[str, Any]:
    names = ("id", "at", "surface", "service", "hook", "instance", "patient", "caller", "duration_ms", "release", "pinned", "site")
    return {name: getattr(made, name) for name in names}


def _answer_row(one: Answered, number: int, numbers: dict[RuleKey, int]) -> dict[str, Any]:
    told = {"answer": one.answer, "shown": one.shown, "shadow": one.shadow, "failed": one.failed}
    return {"decision": number, "rule_version": numbers[_key(one)], **told}


def _key(one: Answered | CardMade) -> RuleKey:
    return one.rule, one.version, one.digest


def _insert_all(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        connection.execute(insert(table), listed)


def _rule_numbers(connection: Connection, keys: set[RuleKey]) -> dict[RuleKey, int]:
    """The row of each rule version, made where it is new. In order, so that two writers never wait for each other in a circle."""
    found = _find_rules(connection, keys)
    missing = sorted(keys - found.keys())
    if missing:
        rows = [dict(zip(("rule", "version", "digest"), key, strict=True)) for key in missing]
        connection.execute(_INSERT[connection.dialect.name](rule_version).on_conflict_do_nothing(), rows)
        found |= _find_rules(connection, set(missing))
    return found


def _find_rules(connection: Connection, keys: set[RuleKey]) -> dict[RuleKey, int]:
    if not keys:
        return {}
    columns = rule_version.c
    found = connection.execute(select(rule_version).where(columns.digest.in_({digest for _, _, digest in keys})))
    return {(row.rule, row.version, row.digest): row.number for row in found}


def _kept(connection: Connection, item: Feedback) -> bool:
    """True when the item was new."""
    values = {
        "service": item.service,
        "card": item.card,
        "outcome": item.outcome,
        "outcome_at": item.outcome_at,
        "received_at": item.received_at,
        "reason_system": item.reason.system if item.reason else "",
        "reason_code": item.reason.code if item.reason else "",
        "commented": item.commented,
        "comment": item.comment,
    }
    statement = _INSERT[connection.dialect.name](feedback).values(values).on_conflict_do_nothing().returning(feedback.c.number)
    number = connection.execute(statement).scalar_one_or_none()
    if number is None:
        return False
    _insert_all(connection, taken, ({"feedback": number, "suggestion": uuid} for uuid in dict.fromkeys(item.suggestions)))
    return True


def _known_cards(connection: Connection, items: Sequence[Feedback]) -> set[tuple[str, str]]:
    """(service, card) of those items whose card that service sent."""
    if not items:
        return set()
    of_service = and_(card.c.decision == decision.c.number, card.c.uuid.in_({item.card for item in items}))
    return {(row.service, row.uuid) for row in connection.execute(select(decision.c.service, card.c.uuid).where(of_service))}
