"""A small FHIR server on a loopback port for tests: it answers what it is told to and remembers every call."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FHIR_JSON = "application/fhir+json"


@dataclass
class Reply:
    """One answer. `pieces`: the body in parts, with `pause` seconds before each; `headers` go beside the usual ones."""

    body: Any = None
    status: int = 200
    kind: str = FHIR_JSON
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[bytes]] | None = None
    pause: float = 0.0

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Server:
    """The server: `routes` by path with query; `calls` as (path with query, headers) in order."""

    url: str
    port: int
    routes: dict[str, Reply] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return sorted(path for path, _ in self.calls)


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    pieces = reply.pieces() if reply.pieces else iter([reply.raw()])
    length = {} if reply.pieces else {"Content-Length": str(len(reply.raw()))}
    handler.close_connection = handler.close_connection or reply.pieces is not None
    if reply.pieces is None:
        time.sleep(reply.pause)
    handler.send_response(reply.status)
    for name, value in ({"Content-Type": reply.kind} | length | reply.headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    for piece in pieces:
        time.sleep(reply.pause if reply.pieces else 0)
        handler.wfile.write(piece)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            server.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            reply = server.routes.get(self.path, Reply({"resourceType": "OperationOutcome"}, 404))
            try:
                _send(self, reply)
            except OSError:
                self.close_connection = True

    return Handler


@contextmanager
def serving() -> Iterator[Server]:
    """A server for the length of a with block."""
    server = Server("", 0)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.port = http.server_port
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def bundle(*resources: Any, next_url: str | None = None, **members: Any) -> dict[str, Any]:
    """A searchset of `resources`."""
    link = {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": next_url}]} if next_url else {}
    return {"resourceType": "Bundle", "type": "searchset", **members, **link, "entry": [{"resource": one} for one in resources]}


def observation(name: str) -> dict[str, Any]:
    """An Observation of p1."""
    return {"resourceType": "Observation", "id": name, "status": "final", "subject": {"reference": "Patient/p1"}}
