"""Our own service on a loopback port, in a thread of the test."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Without a log, and without the versions a development server tells."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Quiet."""

    def version_string(self) -> str:
        return "postfusion"


@contextmanager
def running(app: Flask, port: int = 0) -> Iterator[str]:
    """The address of `app` for the length of a with block."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
