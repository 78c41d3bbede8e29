"""The service as an operator runs it: `python -m service.cli serve` with two workers, always on the same port."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.stories.replay import ROOT
from tests.web.test_server import free_port

START_SECONDS = 30.0


class Service:
    """One server on one port, over however many processes it takes."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.port = free_port()
        self.log = folder / "log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTFUSION_")}
        self._environ = clean | {
            "PYTHONPATH": str(ROOT),
            "POSTFUSION_PORT": str(self.port),
            "POSTFUSION_DATA_DIR": str(folder),
            "POSTFUSION_WORKERS": "2",
            "POSTFUSION_LOG_LEVEL": "warning",
            "PROMETHEUS_MULTIPROC_DIR": str(_made(folder / "metrics")),  # a killed master cannot take its own folder away
            **environ,
        }
        self._out: IO[bytes] = self.log.open("ab")
        self.master: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        """Start the first process, and wait for nothing."""
        command = [sys.executable, "-m", "service.cli", "serve"]
        self.master = subprocess.Popen(command, cwd=ROOT, env=self._environ, stdout=self._out, stderr=self._out)

    def start(self) -> None:
        """Start, and wait until it answers. Raises AssertionError with the log when it ends instead."""
        self.spawn()
        until = time.monotonic() + START_SECONDS
        while self.status("/livez") != 200:
            assert self.running.poll() is None, self.log.read_text()
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The first process."""
        assert self.master is not None
        return self.master

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill(self) -> None:
        """SIGKILL to the first process and all workers."""
        for pid in [self.running.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.running.wait()

    def terminate(self) -> None:
        """SIGTERM to the first process, as a container's end sends it."""
        self.running.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """End whatever still runs."""
        if self.master is not None and self.master.poll() is None:
            self.terminate()
            self.master.wait(40)
        self._out.close()

    def status(self, path: str) -> int:
        """The status of a GET; 0 when there is no answer."""
        return asked(self.port, "GET", path)[0]


def asked(port: int, method: str, path: str, body: bytes | None = None, timeout: float = 10) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of one call over a connection of its own; status 0 when there is no answer."""
    peer = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        peer.request(method, path, body, {"Content-Type": "application/json", "Connection": "close"})
        reply = peer.getresponse()
        return reply.status, dict(reply.headers), reply.read()
    except (OSError, http.client.HTTPException):
        return 0, {}, b""
    finally:
        peer.close()


@contextmanager
def serving(folder: Path, environ: Mapping[str, str]) -> Iterator[Service]:
    """A server that answers; ended on leaving."""
    service = Service(folder, environ)
    try:
        service.start()
        yield service
    finally:
        service.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
