"""Two servers on free ports of this machine, each one process of gunicorn with threads, for as long as the measurement takes."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Final

STARTS: Final = 60.0  # seconds a server may take to answer for the first time
_TICK: Final = os.sysconf("SC_CLK_TCK")
_BEGIN: Final = 0.05


class NoServer(RuntimeError):
    """A server did not start."""


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ours(folder: Path, record: bool) -> Iterator[tuple[int, int]]:
    """The service with one worker; its data goes into `folder`. Gives port and process id. Raises NoServer."""
    settings = {"POSTFUSION_WORKERS": "1", "POSTFUSION_DATA_DIR": str(folder), "POSTFUSION_RECORD": "on" if record else "off"}
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve"]
    with _running(command, {**settings, "POSTFUSION_PORT": str(port), "POSTFUSION_LOG_LEVEL": "error"}, port) as process:
        yield port, process


@contextmanager
def floor(card: bytes) -> Iterator[tuple[int, int]]:
    """The server that always gives `card`. Gives port and process id. Raises NoServer."""
    port = free_port()
    served = ["-k", "gthread", "--threads", "32", "-b", f"127.0.0.1:{port}", "--log-level", "error", "service.web.floor:app"]
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", *served]
    with _running(command, {"POSTFUSION_BENCHMARK_CARD": card.decode()}, port) as process:
        yield port, process


@contextmanager
def _running(command: list[str], settings: Mapping[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
    try:
        _await(process, port)
        yield process.pid
    finally:
        process.terminate()
        process.communicate(timeout=40)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(round(STARTS / _BEGIN)):
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace").strip().splitlines() if process.stderr else []
            raise NoServer(f"A server ended before it answered: {said[-1] if said else 'it said nothing'}")
        if _answers(port):
            return
        Event().wait(_BEGIN)
    raise NoServer(f"A server did not answer within {STARTS:.0f} s.")


def _answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/livez")
            reply = connection.getresponse()
            reply.read()
        except OSError:
            return False
        return reply.status == 200


def cpu_seconds(process: int) -> float:
    """Processor time of a process and all below it. Raises OSError where the system has no /proc."""
    return sum(_own_seconds(one) for one in [process, *_below(process)])


def _own_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _below(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8").split()
    return [one for child in map(int, children) for one in [child, *_below(child)]]
