"""At most so many charts are judged at once in a process. The others wait a moment; who would wait longer is told when to come again.

Judging is work for the processor. More of it at once finishes none of it sooner, and takes from all the rest: from the health checks, and
from writing the record, whose writers would wait in vain.
"""

import threading
from typing import Final

from flask import Flask, current_app, g

from service.web.problems import Problem, problem

KEY: Final = "postfusion.places"
AT_ONCE: Final = 4  # with one, a large chart would hold up the small ones
WAIT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = "2"


class Places:
    """`at_once` places, and room for `waiting` more who wait up to `seconds` for one."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._room, self._seconds = at_once + waiting, seconds
        self._free = threading.Semaphore(at_once)
        self._lock, self._inside = threading.Lock(), 0

    def enter(self) -> bool:
        """True with a place; False when there is no room, or none became free in time."""
        with self._lock:
            if self._inside >= self._room:
                return False
            self._inside += 1
        if self._free.acquire(timeout=self._seconds):
            return True
        with self._lock:
            self._inside -= 1
        return False

    def leave(self) -> None:
        """Give the place to the next."""
        self._free.release()
        with self._lock:
            self._inside -= 1


def register(app: Flask, threads: int) -> None:
    """Limit the judging of `app`, served by so many threads: half of them may wait, the others are for all the rest."""
    app.extensions[KEY] = Places(AT_ONCE, max(1, threads // 2 - AT_ONCE), WAIT_SECONDS)
    app.teardown_request(_leave)


def take_place() -> None:
    """Wait for a place, which is held until the answer of this request is made. Raises Problem 503."""
    if not _places().enter():
        raise busy()
    g.placed = True


def busy() -> Problem:
    """The refusal for want of a place."""
    text = "The service is busy. Nothing was judged: do not read this as all clear, and ask again."
    return problem(503, "throttled", text, headers={"Retry-After": RETRY_SECONDS})


def _leave(_: BaseException | None) -> None:
    if g.pop("placed", False):
        _places().leave()


def _places() -> Places:
    found: Places = current_app.extensions[KEY]
    return found
