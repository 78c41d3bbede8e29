"""What is measured of a server. Times are seconds; an answer that never came counts as PATIENCE."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from tests.faults.servers.candidates import Running
from tests.faults.soak.callers import Asker
from tests.faults.soak.process import asked

PATIENCE: Final = 15.0
HEAD: Final = b"POST /evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
KINDS: Final = ("headers", "body", "idle", "kept")
BROKEN: Final = {
    "CL+TE": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "cut chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n{}",
    "chunk without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
    "long line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: 1\r\n" % n for n in range(5000)) + b"\r\n",
    "large header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
}


@contextmanager
def slow_peers(port: int, kind: str, count: int) -> Iterator[list[socket.socket]]:
    """`count` connections that stay: they send a header or a body byte by byte, nothing at all, or a request and then nothing."""
    peers = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(count)]
    over = threading.Event()
    first = {"headers": HEAD + b"X-Slow: ", "body": HEAD + b"Content-Length: 100000\r\n\r\n{", "kept": b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"}
    for peer in peers:
        _send(peer, first.get(kind, b""))
    drip = threading.Thread(target=_drip, args=(peers if kind in ("headers", "body") else [], over))
    drip.start()
    try:
        yield peers
    finally:
        over.set()
        drip.join()
        for peer in peers:
            peer.close()


def _drip(peers: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(0.5):
        for peer in peers:
            _send(peer, b" ")


def _send(peer: socket.socket, data: bytes) -> None:
    try:
        peer.sendall(data)
    except OSError:
        return  # the server has cut it, as it may


def evaluation(port: int, asker: Asker, timeout: float = PATIENCE) -> bool:
    """True when one valid call gets a good answer."""
    path, body, _ = asker.next()
    return asked(port, "POST", path, body, timeout)[0] == 200


def worst_beside(made: Running, kind: str, count: int, seconds: float) -> float:
    """The longest valid answer while so many slow peers are connected."""
    asker, worst = Asker(count), 0.0
    with slow_peers(made.port, kind, count):
        time.sleep(0.5)
        until = time.monotonic() + seconds
        while time.monotonic() < until and worst < PATIENCE:
            begun = time.monotonic()
            good = evaluation(made.port, asker)
            worst = max(worst, time.monotonic() - begun if good else PATIENCE)
            time.sleep(0.1)
    return min(worst, PATIENCE)


def cut_after(made: Running, kind: str, patience: float) -> float | None:
    """Seconds until a slow peer is cut; None when it still is connected after `patience`."""
    with slow_peers(made.port, kind, 1) as (peer,):
        begun = time.monotonic()
        peer.settimeout(patience)
        try:
            while peer.recv(65536):
                pass
        except TimeoutError:
            return None
        except OSError:
            pass
        return time.monotonic() - begun


def throughput(made: Running, clients: int, seconds: float, call: Callable[[int, Asker], bool] = evaluation) -> tuple[float, float]:
    """Good answers in a second, and the 95th percentile of their times, with so many clients at once."""
    until = time.monotonic() + seconds

    def work(number: int) -> list[float]:
        asker, took = Asker(number), []
        while time.monotonic() < until:
            begun = time.monotonic()
            if call(made.port, asker):
                took.append(time.monotonic() - begun)
        return took

    with ThreadPoolExecutor(clients) as pool:
        times = sorted(one for some in pool.map(work, range(clients)) for one in some)
    return len(times) / seconds, times[int(len(times) * 0.95)] if times else PATIENCE


def after_a_kill(made: Running) -> float:
    """Seconds from kill -9 of one worker to the first good answer."""
    asker = Asker(1)
    os.kill(made.workers()[0], signal.SIGKILL)
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if evaluation(made.port, asker, 2):
            return time.monotonic() - begun
        time.sleep(0.01)
    return PATIENCE


def at_the_end(made: Running) -> tuple[bool, int | None, float]:
    """Whether a request half sent at SIGTERM is answered, the exit code, and the seconds until then."""
    _, body, _ = Asker(2).next()
    with socket.create_connection(("127.0.0.1", made.port), timeout=PATIENCE) as peer:
        peer.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:50])
        time.sleep(0.5)
        begun = time.monotonic()
        made.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        _send(peer, body[50:])
        answered = said(peer).startswith(b"HTTP/1.1 ")
    try:
        code = made.process.wait(40)
    except Exception:
        code = None
    return answered, code, time.monotonic() - begun


def said(peer: socket.socket) -> bytes:
    """Everything the server says until it closes or falls silent."""
    parts = []
    try:
        while part := peer.recv(65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def answers_to(made: Running, sent: bytes) -> list[str]:
    """The statuses of all answers to these bytes."""
    with socket.create_connection(("127.0.0.1", made.port), timeout=3) as peer:
        _send(peer, sent)
        try:
            peer.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return [status.decode() for status in re.findall(rb"HTTP/1\.[01] (\d\d\d)", said(peer))]
