"""How much one answer may cost: time, bytes and pages, shared by all the fetches it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from service.access.origins import Origin
from service.access.reasons import Reason, Unavailable

DEFAULT_BUDGET: Final = 0.5
MOST_BUDGET: Final = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows. `budget` is seconds for all keys together, `max_bytes` bytes for all of them, `max_pages` pages of one key.

    `seconds` tells time that never runs backwards; `ca_file` names the authorities to trust instead of the usual ones.
    """

    seconds: Callable[[], float]
    origins: tuple[Origin, ...] = ()
    budget: float = DEFAULT_BUDGET
    max_bytes: int = 16 * 1024 * 1024
    max_pages: int = 20
    ca_file: str = ""


@dataclass(slots=True)
class Allowance:
    """What is left of the limits during one answer; safe to share between threads."""

    deadline: float
    seconds: Callable[[], float]
    bytes_left: int
    _lock: Lock = field(default_factory=Lock)

    def time_left(self) -> float:
        """Seconds until the deadline. Raises Unavailable when it has passed."""
        left = self.deadline - self.seconds()
        if left <= 0:
            raise Unavailable(Reason.TIMED_OUT)
        return left

    def take(self, count: int) -> None:
        """Count bytes that were read. Raises Unavailable when there were too many."""
        with self._lock:
            self.bytes_left -= count
            if self.bytes_left < 0:
                raise Unavailable(Reason.TOO_LARGE)


def allowance(limits: Limits) -> Allowance:
    """The limits as they stand when an answer begins."""
    return Allowance(limits.seconds() + limits.budget, limits.seconds, limits.max_bytes)
