"""At most so many charts are judged at once in a process. The others wait a moment; who would wait longer is told when to come again.

Judging is work for the processor. More of it at once finishes none of it sooner, and takes from all the rest: from the health checks, and
from writing the record, whose writers would wait in vain. Large bodies take memory as well: few are read at once, and one is judged.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, g, has_app_context

from service.web.problems import Problem, problem

KEY: Final = "postfusion.places"
AT_ONCE: Final = 4  # with one, a large chart would hold up the small ones
LARGE: Final = 1024 * 1024  # bytes; a body of more
LARGE_READ: Final = 8
LARGE_JUDGED: Final = 1
WAIT_SECONDS: Final = 3.0  # longer than those who are judged may wait for the record: a lock costs nobody the cards
RETRY_SECONDS: Final = "2"


class Gate:
    """`at_once` places, and room for `waiting` more who wait up to `seconds` for one."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._room, self._seconds = at_once + waiting, seconds
        self._free = threading.Semaphore(at_once)
        self._lock, self.inside = threading.Lock(), 0

    def enter(self) -> bool:
        """True with a place; False when there is no room, or none became free in time."""
        with self._lock:
            if self.inside >= self._room:
                return False
            self.inside += 1
        if self._free.acquire(timeout=self._seconds):
            return True
        with self._lock:
            self.inside -= 1
        return False

    def leave(self) -> None:
        """Give the place to the next."""
        self._free.release()
        with self._lock:
            self.inside -= 1


@dataclass(frozen=True, slots=True)
class Gates:
    """Where a request passes: reading what is large, judging what is large, judging; and waiting for somebody else's server."""

    read_large: Gate
    judge_large: Gate
    judge: Gate
    away: Gate


def register(app: Flask, threads: int) -> None:
    """Limit the work of `app`, served by so many threads: half of them may wait for it, the others are for all the rest."""
    most = max(1, threads // 2 - AT_ONCE)
    app.extensions[KEY] = Gates(
        read_large=Gate(LARGE_READ, max(1, most // 2), WAIT_SECONDS),
        judge_large=Gate(LARGE_JUDGED, LARGE_READ, WAIT_SECONDS),
        judge=Gate(AT_ONCE, most, WAIT_SECONDS),
        away=Gate(max(1, most // 2), 0, 0),
    )
    app.teardown_request(_leave)


def take_place(body: bytes) -> None:
    """Wait for a place to judge `body`; it is held until the answer of this request is made. Raises Problem 503."""
    if len(body) > LARGE:
        _hold(_gates().judge_large)
    _hold(_gates().judge)


@contextmanager
def away() -> Iterator[None]:
    """Lend the place to judge to others for as long as only a network is waited for, then wait for one again. Raises Problem 503.

    So many may be away at once; who is one more keeps the place meanwhile.
    """
    gates = _gates() if has_app_context() else None
    if gates is None or gates.judge not in g.get("held", []) or not gates.away.enter():
        yield
        return
    _give_back(gates.judge)
    try:
        yield
    finally:
        gates.away.leave()
    _hold(gates.judge)


def _give_back(gate: Gate) -> None:
    g.held.remove(gate)
    gate.leave()


def make_room() -> None:
    """Wait for a place to read a body that turns out to be large. Raises Problem 503."""
    _hold(_gates().read_large)


def _hold(gate: Gate) -> None:
    if not gate.enter():
        raise _busy()
    g.setdefault("held", []).append(gate)


def _busy() -> Problem:
    text = "The service is busy. Nothing was judged: do not read this as all clear, and ask again."
    return problem(503, "throttled", text, headers={"Retry-After": RETRY_SECONDS})


def _leave(_: BaseException | None) -> None:
    for gate in reversed(g.pop("held", [])):
        gate.leave()


def _gates() -> Gates:
    found: Gates = current_app.extensions[KEY]
    return found
