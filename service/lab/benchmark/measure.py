"""Asking in turn: the floor, the service, and Python's own json.loads over the same bytes, so that a noisy machine is noisy for all."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from typing import Final
from uuid import UUID

from service.lab.benchmark.servers import cpu_seconds

PATH: Final = "/cds-services/postfusion-patient-view"
WARM_UP: Final = 10
_HEADERS: Final = {"Content-Type": "application/json"}


class WrongAnswer(RuntimeError):
    """The service did not give the card it is asked for: no time of it would mean anything."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds: the median, the 99th centile and the least of a request as the client sees it, and the processor time of one."""

    p50: float
    p99: float
    least: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One size of chart: its bytes, how often each was asked, and their figures by name: floor, ours, json."""

    size: str
    length: int
    rounds: int
    figures: Mapping[str, Figures]


Ticks = Callable[[], float]


def measure(size: str, body: bytes, rounds: int, servers: Mapping[str, tuple[int, int]], ticks: Ticks) -> Measured:
    """Ask every server of `servers` (port and process id by name) `rounds` times, in turn. `ticks` gives seconds that never run
    backwards. Raises WrongAnswer or OSError.
    """
    with ExitStack() as stack:
        to = {name: stack.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=60))) for name, (port, _) in servers.items()}
        return _measured(size, body, rounds, servers, to, ticks)


def _measured(
    size: str,
    body: bytes,
    rounds: int,
    servers: Mapping[str, tuple[int, int]],
    connections: Mapping[str, HTTPConnection],
    ticks: Ticks,
) -> Measured:
    fresh = _fresh(body)
    asks: dict[str, Callable[[], object]] = {name: _asker(connection, fresh) for name, connection in connections.items()}
    asks["json"] = lambda: json.loads(body)
    for _ in range(WARM_UP):
        for ask in asks.values():
            ask()
    began = {name: cpu_seconds(process) for name, (_, process) in servers.items()}
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(rounds):
        for name, ask in asks.items():
            start = ticks()
            ask()
            taken[name].append(ticks() - start)
    spent = {name: (cpu_seconds(process) - began[name]) / rounds for name, (_, process) in servers.items()}
    return Measured(size, len(body), rounds, {name: _figures(values, spent.get(name, 0.0)) for name, values in taken.items()})


def _fresh(body: bytes) -> Callable[[], bytes]:
    """The request as of another visit of another patient each time, so that nothing remembered of the last one helps."""
    patient = json.loads(body)["context"]["patientId"].encode()
    instance = json.loads(body)["hookInstance"].encode()
    numbers = count(1)

    def make() -> bytes:
        number = next(numbers)
        return body.replace(patient, b"visit-%08d" % number).replace(instance, str(UUID(int=number)).encode())

    return make


def _asker(connection: HTTPConnection, fresh: Callable[[], bytes]) -> Callable[[], object]:
    waiting = [fresh()]

    def ask() -> bytes:
        connection.request("POST", PATH, waiting.pop(), _HEADERS)
        reply = connection.getresponse()
        answer = reply.read()
        if reply.status != 200 or b'"critical"' not in answer:
            raise WrongAnswer(f"Status {reply.status} without the critical card of the story.")
        waiting.append(fresh())
        return answer

    return ask


def _figures(values: list[float], cpu: float) -> Figures:
    ordered = sorted(values)
    return Figures(ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[0], cpu)
