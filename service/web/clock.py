"""The clock and new ids. Nothing else below service/ reads the time (a test looks); each request reads it once."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
NewId = Callable[[], str]


def now() -> datetime:
    """This instant, with its zone (UTC)."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds that never run backwards; only differences mean something."""
    return time.monotonic()


def new_id() -> str:
    """A fresh random UUID as text."""
    return str(uuid.uuid4())
