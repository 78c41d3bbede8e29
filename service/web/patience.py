"""gunicorn's threads, lent to a message for so long and no longer. A thread is what a slow peer takes from everybody else."""

import errno
import selectors
import socket
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from service.web.clock import ticks

_NOTHING_THERE: Final = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class Patience(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread, but a connection that says nothing holds no thread, and a message has only so long to arrive.

    `timeout` bounds neither: gunicorn's own looks at the whole worker, which is well while one of its threads is not.
    """

    read_seconds = 10.0  # from the first byte to the last
    whole_seconds = 120.0  # until the answer has been taken as well

    def init_process(self) -> None:
        """Called by gunicorn in the worker."""
        self._since: dict[Any, float] = {}
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Called by gunicorn: a new connection waits with the idle ones until its first byte is there."""
        try:
            peer, address = listener.accept()
        except OSError as error:
            if error.errno not in _NOTHING_THERE:
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, peer, address, listener.getsockname())
        connection.set_timeout()
        self.pending_conns.append(connection)
        self.poller.register(peer, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def handle(self, conn: Any) -> Any:
        """Called by gunicorn in a thread: read one message and answer it."""
        self._since[conn] = ticks()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def murder_pending(self) -> None:
        """Called by gunicorn about once a second: close idle connections that had their time, and end messages that have not arrived
        in theirs. Who is being answered does not notice, unless he does not take his answer.
        """
        super().murder_pending()
        for connection, since in list(self._since.items()):
            held = ticks() - since
            if held > self.read_seconds:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR if held > self.whole_seconds else socket.SHUT_RD)
