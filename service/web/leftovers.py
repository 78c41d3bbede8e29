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
QUIET: Final = 2.0  # seconds without a byte after which a broken connection is given up
_PIECE: Final = 256 * 1024


def register(app: Flask) -> None:
    """Read out every request whose body was not asked for, once its answer is sent."""
    app.after_request(_after)


def _after(response: Response) -> Response:
    announced = request.content_length or "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    peer = request.environ.get("gunicorn.socket")
    if g.get("body_is_broken"):
        response.call_on_close(partial(drain, peer))
    elif announced and not g.get("body_is_read"):
        closes = "close" in request.headers.get("Connection", "").lower()
        response.call_on_close(partial(read_out, request.stream, peer, closes))
    return response


def read_out(body: IO[bytes], peer: socket.socket | None, closes: bool) -> None:
    """Read what is left of `body`, at most MOST. A `peer` that wants the connection closed is told before that nothing more comes.

    Where a body breaks its own framing nobody can tell what follows: the connection ends, and the bytes themselves are read out.
    """
    left = MOST
    try:
        if closes and peer is not None:
            peer.shutdown(socket.SHUT_WR)
        while left > 0 and (part := body.read(_PIECE)):
            left -= len(part)
    except Exception:  # servers raise errors of their own inside a read; what they mean is answered already
        drain(peer, left)


def drain(peer: socket.socket | None, most: int = MOST) -> None:
    """End our side of a connection and read what was sent: closed with bytes unread, it would be reset, and our answer lost with it."""
    if peer is None:
        return
    with suppress(OSError):
        peer.settimeout(QUIET)
        peer.shutdown(socket.SHUT_WR)
        while most > 0 and (part := peer.recv(_PIECE)):
            most -= len(part)
