"""The soak itself: phase after phase over one server and one store, each followed by a look into the store."""

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.record import keyed_hash
from tests.faults.soak.callers import Asked, Asker, Caller, Tally, told_of_cards
from tests.faults.soak.process import Service
from tests.faults.soak.process import asked as asked_of
from tests.faults.soak.stores import KEY, Place

LOCKED_SECONDS = 6.0
IN_HAND = 6  # requests half sent when the end is announced
ON_ITS_WAY = 0.3  # seconds a new connection may take to reach a worker of a machine that is busy


@dataclass(slots=True)
class Phase:
    """One phase: what callers were told in it, what the store lacks after it, and figures by name, in seconds."""

    name: str
    tally: Tally = field(default_factory=Tally)
    lost: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, text: str) -> None:
        """Note what should have been and was not."""
        if not holds:
            self.faults.append(text)


class Soak:
    """Callers over a server; `size` is how much is acknowledged in each phase, `seed` decides what they ask."""

    def __init__(self, service: Service, place: Place, *, size: int, callers: int, seed: int) -> None:
        self.service, self.place = service, place
        self._size, self._callers, self._seed = size, callers, seed
        self.done: list[Phase] = []

    def run(self) -> list[Phase]:
        """All phases in turn."""
        steps: list[Callable[[Phase], None]] = [self.quiet, self.one_worker, self.all_killed, self.ended, self.locked, self.full, self.after]
        for number, step in enumerate(steps):
            phase = Phase(step.__name__)
            with self._calling(phase, number):
                step(phase)
            self.done.append(phase)
            self._look(phase)
        return self.done

    # --- phases ---------------------------------------------------------------------------------------------------------------

    def quiet(self, phase: Phase) -> None:
        """Nothing happens."""
        self._until(phase, self._size)

    def one_worker(self, phase: Phase) -> None:
        """kill -9 of one worker: the other carries on, and a new one comes."""
        self._until(phase, self._size // 2)
        victim = self.service.workers()[0]
        killed = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        phase.seconds["first good answer"] = self._first_good(phase, killed)
        while victim in self.service.workers() or len(self.service.workers()) < 2:
            phase.expect(time.monotonic() - killed < 20, "no new worker came")
            time.sleep(0.02)
        phase.seconds["two workers again"] = time.monotonic() - killed
        self._until(phase, self._size)

    def all_killed(self, phase: Phase) -> None:
        """kill -9 of every process, and a new start."""
        self._until(phase, self._size // 2)
        self.service.kill()
        started = time.monotonic()
        self.service.spawn()
        phase.seconds["first good answer"] = self._first_good(phase, started)
        self._until(phase, self._size)

    def ended(self, phase: Phase) -> None:
        """SIGTERM with requests half sent: they are answered, then the process ends by itself; and a new start."""
        self._until(phase, self._size // 2)
        peers = [_Half(self.service.port, Asker(self._seed * 7 + n + 1)) for n in range(IN_HAND)]
        time.sleep(0.3)
        asked_to_end = time.monotonic()
        self.service.terminate()
        time.sleep(0.3)
        answered = sum(peer.finish(phase.tally) for peer in peers)
        phase.expect(answered == IN_HAND, f"{answered} of {IN_HAND} requests in hand were answered")
        code = self.service.running.wait(40)
        phase.seconds["end"] = time.monotonic() - asked_to_end
        phase.expect(code == 0, f"it ended with {code}")
        cut = [one for one in phase.tally.broken if one.begun < asked_to_end - ON_ITS_WAY and one.ended > asked_to_end]
        phase.expect(not cut, f"{len(cut)} calls begun before SIGTERM got no answer: {[one.why for one in cut]}")
        started = time.monotonic()
        self.service.spawn()
        phase.seconds["first good answer"] = self._first_good(phase, started)
        self._until(phase, self._size)

    def locked(self, phase: Phase) -> None:
        """Somebody else holds the store for six seconds."""
        with self.place.locked():
            self._while_down(phase)
        self._until(phase, self._size)

    def full(self, phase: Phase) -> None:
        """The store has no room."""
        with self.place.full([self.service.running.pid, *self.service.workers()]):
            self._while_down(phase)
        self._until(phase, self._size)

    def after(self, phase: Phase) -> None:
        """A last start over what is left, which must be sound."""
        self.service.terminate()
        self.service.running.wait(40)
        self.service.start()
        self._until(phase, max(10, self._size // 10))

    # --- parts ----------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _calling(self, phase: Phase, number: int) -> Iterator[None]:
        gate = threading.Event()
        gate.set()
        seed = self._seed * 100 + number
        callers = [Caller(self.service.port, n, seed, phase.tally, gate) for n in range(self._callers)]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            gate.clear()
            for caller in callers:
                caller.over = True
            for caller in callers:
                caller.join(60)

    def _while_down(self, phase: Phase) -> None:
        """The store takes nothing: cards all the same, marked; health says which part is down."""
        begun, kept = time.monotonic(), phase.tally.acknowledged
        while time.monotonic() - begun < LOCKED_SECONDS:
            phase.expect(self.service.status("/livez") == 200, "/livez does not answer")
            phase.expect(self.service.status("/readyz") == 503, "/readyz calls a store ready that takes nothing")
            time.sleep(0.5)
        phase.expect(phase.tally.unlogged > 0, "no answer was marked as not logged")
        phase.expect(phase.tally.refused > 0, "no feedback was refused")
        phase.seconds["longest answer"] = phase.tally.longest
        phase.expect(phase.tally.acknowledged - kept <= 2 * self._callers, "acknowledged what cannot have been kept")

    def _until(self, phase: Phase, acknowledged: int) -> None:
        until = time.monotonic() + 120
        while phase.tally.acknowledged < acknowledged and time.monotonic() < until:
            time.sleep(0.02)
        phase.expect(phase.tally.acknowledged >= acknowledged, f"only {phase.tally.acknowledged} of {acknowledged} acknowledged in 120 s")

    def _first_good(self, phase: Phase, since: float) -> float:
        """Seconds from `since` to the first answer with the red flag to somebody who asks anew."""
        asker = Asker(self._seed * 13 + len(self.done))
        while time.monotonic() - since < 60:
            path, body, asked = asker.next()
            answer = asked_of(self.service.port, "POST", path, body)
            if answer[0] and told_of_cards(phase.tally, *answer, asked):
                return time.monotonic() - since
            time.sleep(0.01)
        return 60.0

    def _look(self, phase: Phase) -> None:
        """Count what was acknowledged so far and is not in the store."""
        rows = self.place.rows()
        tallies = [one.tally for one in self.done]
        phase.lost = sum(_hash(one) not in rows.decisions for tally in tallies for one in tally.decisions)
        phase.lost += sum(len(tally.feedback - rows.feedback) for tally in tallies)


def _hash(asked: Asked) -> str:
    return keyed_hash(KEY.encode(), *asked)


class _Half:
    """A request of which half has been sent."""

    def __init__(self, port: int, asker: Asker) -> None:
        self._path, self._body, self._asked = asker.next()
        self._peer = socket.create_connection(("127.0.0.1", port), timeout=30)
        head = f"POST {self._path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(self._body)}\r\n\r\n"
        self._cut = len(self._body) // 2
        self._peer.sendall(head.encode() + self._body[: self._cut])

    def finish(self, tally: Tally) -> bool:
        """Send the rest; True when it is answered well."""
        try:
            self._peer.sendall(self._body[self._cut :])
            reply = http.client.HTTPResponse(self._peer)
            reply.begin()
            return bool(told_of_cards(tally, reply.status, reply.headers, reply.read(), self._asked))
        except (OSError, http.client.HTTPException):
            return False
        finally:
            self._peer.close()
