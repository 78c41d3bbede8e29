"""What was sent and not asked for is read to its end all the same: whoever is still sending does not hear the answer.

Refusals come before the body is read. A peer that is then cut off sees a broken pipe in place of the status. So the answer goes out, and
the rest of the body is read and thrown away; a peer that wants the connection closed is told first that nothing more comes from us.
"""

import socket
from contextlib import suppress
from functools import partial
from typing import IO, Final

from flask import Flask, Response, g, request

MOST: Final = 64 * 1024 * 1024  # bytes; whoever sends more is cut off
_PIECE: Final = 256 * 1024


def register(app: Flask) -> None:
    """Read out every request whose body was not asked for, once its answer is sent."""
    app.after_request(_after)


def _after(response: Response) -> Response:
    announced = request.content_length or "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if announced and not g.get("body_is_read"):
        closes = "close" in request.headers.get("Connection", "").lower()
        response.call_on_close(partial(read_out, request.stream, request.environ.get("gunicorn.socket") if closes else None))
    return response


def read_out(body: IO[bytes], peer: socket.socket | None) -> None:
    """Read what is left of `body`, at most MOST. `peer`, if there is one, is told before that nothing more comes."""
    left = MOST
    with suppress(Exception):  # a body that breaks off, or never was one, is answered already
        if peer is not None:
            peer.shutdown(socket.SHUT_WR)
        while left > 0 and (part := body.read(_PIECE)):
            left -= len(part)
