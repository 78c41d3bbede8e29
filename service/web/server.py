"""The service under gunicorn, in the foreground: loaded once, warmed, then forked, so that workers share the memory."""

import ctypes
import gc
import importlib
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from service.web import metrics
from service.web.app import build, make_deps
from service.web.auth import guard
from service.web.deps import KEY
from service.web.health import self_test
from service.web.logs import to_standard_error
from service.web.recording import with_record
from service.web.serving import renew
from service.web.settings import Settings, refuse_open_address
from service.web.worker import Log, Worker

SAMPLE: Final = "fhir_samples/02-cauda-equina/bundle.json"
SAMPLE_AS_OF: Final = "2026-03-02T09:00:00Z"  # the day the story was written for
_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD of malloc.h
GRACE: Final = 25  # seconds for requests in hand after SIGTERM
MOST_CONNECTIONS: Final = 1000  # of one worker, and fewer where it may not open so many files
OTHER_FILES: Final = 64  # besides two for each thread: the record, the log, the figures


class NotReady(RuntimeError):
    """The rules loaded, but do not judge an empty chart."""


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's first process. It alone reads the rules and who may call, so that no two workers ever serve different ones."""

    def handle_hup(self) -> None:
        """On SIGHUP: read the files; when they are good, put new workers in the place of the old, which finish what they have in hand."""
        if self.app.renew():
            super().handle_hup()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our settings and no file or command line of its own."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: our settings as its own."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until the end."""
        Master(self).run()

    def renew(self) -> bool:
        """Take over what the disk holds now, rules and callers each by themselves: a bad rule must not keep a withdrawn token alive.
        False when neither can be, and the last good ones go on.
        """
        taken = [renew(self._app, self_test), guard.renew(self._app)]
        gc.collect()
        gc.freeze()
        return any(taken)

    def load(self) -> Flask:
        """Called by gunicorn: the application."""
        return self._app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError, BookError or NotReady before the port is opened."""
    refuse_open_address(settings)
    to_standard_error(settings.log_level)
    give_memory_back()
    metrics.share()
    app = build(with_record(make_deps(settings)))
    warm(app)
    Server(app, settings).run()


def give_memory_back() -> None:
    """Let blocks of a megabyte and more return to the system when a body is done with.

    glibc raises that limit to the largest block it has seen freed, after which large bodies leave the heap in pieces. Elsewhere nothing
    happens.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 1024 * 1024)


def warm(app: Flask) -> None:
    """Import and use what the first request would have paid for, then keep the collector away from it."""
    importlib.import_module("fhir.resources.R4B")
    if not self_test(app.extensions[KEY]):
        raise NotReady("The rules in force today do not judge an empty chart; `postfusion rules check` may say why.")
    gc.collect()
    gc.freeze()


def options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings. Threads are many because a slow caller holds one; the reasons are in docs/decisions."""
    memory = Path("/dev/shm")  # noqa: S108 heartbeat files of the workers; a disk may stall
    return {
        "bind": f"{_bracketed(settings.host)}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_connections": connections(settings),
        "worker_class": Worker,
        "logger_class": Log,
        "forwarder_headers": "",  # SCRIPT_NAME by header would move every address
        "worker_tmp_dir": str(memory) if memory.is_dir() else None,
        "preload_app": True,
        "timeout": 60,
        "graceful_timeout": GRACE,
        "keepalive": 5,
        "control_socket_disable": True,
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "postfusion",
        "post_fork": lambda _, worker: setattr(worker, "read_seconds", settings.read_seconds),
        "when_ready": lambda _: print(greeting(settings), file=sys.stderr, flush=True),  # noqa: T201 meant for the terminal
    }


def connections(settings: Settings) -> int:
    """Connections a worker holds at once. One that opens more files than it may would end, and with it every request it has in hand."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = MOST_CONNECTIONS if allowed == resource.RLIM_INFINITY else allowed - OTHER_FILES - 2 * settings.threads
    return max(settings.threads + 1, min(MOST_CONNECTIONS, room))


def greeting(settings: Settings) -> str:
    """Where to look, and a line to paste from the root of the checkout."""
    here = f"http://{_bracketed(settings.host)}:{settings.port}"
    return "\n".join(
        (
            f"postfusion listens on {here} (Ctrl-C ends it)",
            f"  a page to try it      {here}/",
            f"  for CDS Hooks clients {here}/cds-services",
            "  see cards now:",
            f"  curl -s -H 'Content-Type: application/json' --data-binary @{SAMPLE} '{here}/evaluate?asOf={SAMPLE_AS_OF}'",
        )
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
