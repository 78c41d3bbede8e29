"""The six states of a prefetch key, and the look at a sent value that tells which it is in."""

from enum import StrEnum

from service.access.pages import kind_of, page_of


class State(StrEnum):
    """What is known of a key. Only sent, sent-null and fetched allow the conclusion that something is not there."""

    SENT = "sent"
    SENT_NULL = "sent-null"
    SENT_FAILED = "sent-failed"
    TRUNCATED = "truncated"
    FETCHED = "fetched"
    NOT_AVAILABLE = "not-available"


def state_of(value: bytes | None, kind: str) -> State:
    """The state of a value as it was sent, None for a key left out. `kind`: the resource type its template asks for."""
    if value is None:
        return State.NOT_AVAILABLE
    if value.strip() == b"null":
        return State.SENT_NULL
    sent = kind_of(value)
    if sent not in ("Bundle", kind):
        return State.SENT_FAILED
    page = page_of(value) if sent == "Bundle" else None
    if sent == "Bundle" and page is None:
        return State.SENT_FAILED
    return State.TRUNCATED if page is not None and page.cut() else State.SENT
