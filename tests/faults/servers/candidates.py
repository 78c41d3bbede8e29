"""The servers compared: how each runs the one WSGI application, with two workers where it knows workers."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.soak.process import asked
from tests.stories.replay import ROOT
from tests.web.test_server import free_port

APP: Final = "service.web.app:create_app"
GRANIAN: Final = ("-m", "granian", "--interface", "wsgi", "--factory", "--workers", "2", "--respawn-failed-workers", "--no-ws", "--http", "1")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server: arguments of Python, with `{port}` to be filled in."""

    name: str
    arguments: Sequence[str]


def _gunicorn(threads: int) -> Candidate:
    """gunicorn as it comes."""
    arguments = ("-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", str(threads), "--preload")
    return Candidate(f"gunicorn 2x{threads}", (*arguments, "--bind", "127.0.0.1:{port}", f"{APP}()"))


SHIPPED: Final = Candidate("as shipped", ("-m", "service.cli", "serve"))
CANDIDATES: Final = (
    _gunicorn(8),
    _gunicorn(32),
    _gunicorn(128),
    SHIPPED,
    Candidate("waitress 64", ("-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=64", "--call", APP)),
    Candidate("granian 2x32", (*GRANIAN, "--port", "{port}", "--blocking-threads", "32", APP)),
)


@dataclass(slots=True)
class Running:
    """A candidate at work."""

    process: subprocess.Popen[bytes]
    port: int

    def family(self) -> list[int]:
        """The process and all below it, as they are now."""
        return [self.process.pid, *_below(self.process.pid)]

    def workers(self) -> list[int]:
        """The processes below the first that hold the application. The first itself where there are none."""
        below = [pid for pid in _below(self.process.pid) if _memory(pid, "Rss") > 60]
        return below or [self.process.pid]

    def memory(self) -> int:
        """Megabytes of all processes together, shared ones counted once."""
        return sum(map(_memory, self.family()))


@contextmanager
def running(candidate: Candidate, python: str, folder: Path) -> Iterator[Running]:
    """The candidate at work on a port of its own, its record in `folder`. Raises RuntimeError when it does not come up."""
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTFUSION_")}
    settings = {"POSTFUSION_PORT": str(port), "POSTFUSION_DATA_DIR": str(folder), "POSTFUSION_LOG_LEVEL": "error"}
    path = os.pathsep.join([str(ROOT), *filter(None, [clean.get("PYTHONPATH")])])
    command = [python, *(part.format(port=port) for part in candidate.arguments)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**clean, **settings, "PYTHONPATH": path}, stdout=log, stderr=log)
    made = Running(process, port)
    try:
        _await(made, folder)
        yield made
    finally:
        _end(made)


def _await(made: Running, folder: Path) -> None:
    for _ in range(300):
        if asked(made.port, "GET", "/livez")[0] == 200:
            return
        if made.process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError((folder / "log").read_text()[-2000:])


def _end(made: Running) -> None:
    family = made.family()
    made.process.send_signal(signal.SIGTERM)
    try:
        made.process.wait(35)
    except subprocess.TimeoutExpired:
        for pid in family:
            _kill(pid)
        made.process.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _below(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [one for child in children for one in (child, *_below(child))]


def _memory(pid: int, what: str = "Pss") -> int:
    """Megabytes. Pss: shared ones count in part; Rss: all."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{what}:")), 0)
