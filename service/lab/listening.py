"""A small HTTP server on loopback, for playing a FHIR server: what it answers is a plain function."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

FHIR_JSON: Final = "application/fhir+json"
_CORS: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as it came in: path with query, headers by lower-case name, and the address the server goes by."""

    target: str
    headers: Mapping[str, str]
    root: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `pause` seconds pass before it."""

    body: bytes
    status: int = 200
    kind: str = FHIR_JSON
    pause: float = 0.0


@dataclass
class Listener:
    """A server that is listening: its address, and the calls it has seen, in order."""

    root: str
    seen: list[Seen] = field(default_factory=list)


Answering = Callable[[Seen], Reply]


class PortTaken(OSError):
    """The port cannot be had; the text says which."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def listening(answering: Answering, port: int = 0, host: str = "127.0.0.1") -> Iterator[Listener]:
    """Answer GET on `port` (0: any free one) for the length of a with block. Raises PortTaken."""
    listener = Listener("")
    try:
        server = _Server((host, port), _handler(listener, answering))
    except OSError as error:
        raise PortTaken(f"{host}:{port} cannot be listened on: {error.strerror}.") from None
    listener.root = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(listener: Listener, answering: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Quiet: addresses hold patient ids."""

        def do_GET(self) -> None:
            seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, listener.root)
            listener.seen.append(seen)
            reply = answering(seen)
            if reply.pause:
                threading.Event().wait(reply.pause)
            self._send(reply)

        def do_OPTIONS(self) -> None:
            self._send(Reply(b"", 204))

        def _send(self, reply: Reply) -> None:
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Type": reply.kind, "Content-Length": str(len(reply.body)), **_CORS}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:  # the caller lost patience
                self.close_connection = True

    return Handler
