"""Deleting what is old, in small bites, so that a service at work never waits long for the lock."""

from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, or_, select

from service.record.entries import Purged
from service.record.store import Store, writing
from service.record.tables import card, decision, feedback

BITE: Final = 500  # decisions per transaction


def purge(store: Store, older_than: datetime) -> Purged:
    """Delete decisions and feedback from before `older_than`, and feedback on those decisions. Raises StoreUnavailable.

    What was deleted before an error stays deleted.
    """
    done = Purged()
    while True:
        bite = _bite(store, older_than)
        done = Purged(done.decisions + bite.decisions, done.feedback + bite.feedback)
        if not bite.decisions and not bite.feedback:
            return done


def _bite(store: Store, older_than: datetime) -> Purged:
    with writing(store) as connection:
        numbers = list(connection.scalars(_old(older_than)))
        cards = list(connection.scalars(select(card.c.uuid).where(card.c.decision.in_(numbers))))
        stale = select(feedback.c.number).where(or_(feedback.c.received_at < older_than, feedback.c.card.in_(cards))).limit(BITE)
        feedbacks = list(connection.scalars(stale))
        gone = connection.execute(delete(feedback).where(feedback.c.number.in_(feedbacks))).rowcount
        if gone == BITE:  # more may hang on these decisions: they go in a later bite
            return Purged(0, gone)
        return Purged(connection.execute(delete(decision).where(decision.c.number.in_(numbers))).rowcount, gone)


def _old(older_than: datetime) -> Select[tuple[int]]:
    return select(decision.c.number).where(decision.c.at < older_than).order_by(decision.c.number).limit(BITE)
