"""What is left of a body is read after the answer, up to a bound, and whatever it does."""

import socket
from contextlib import nullcontext
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from service.web import leftovers
from service.web.leftovers import drain, read_out


class Endless(BytesIO):
    """Gives pieces without end, or raises at one of them."""

    def __init__(self, breaks_at: int = 0) -> None:
        super().__init__()
        self.given, self.pieces, self._breaks_at = 0, 0, breaks_at

    def read(self, size: int | None = -1, /) -> bytes:
        self.pieces += 1
        if self.pieces == self._breaks_at:
            raise RuntimeError("the peer is gone")
        self.given += size or 0
        return b" " * (size or 0)


def test_what_is_left_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = BytesIO(b" " * 1_000_000)
    body.read(10)
    read_out(body, None, True)
    assert body.read() == b""
    monkeypatch.setattr(leftovers, "MOST", 1_000_000)
    endless = Endless()
    read_out(endless, None, False)
    assert 1_000_000 <= endless.given < 1_500_000
    broken = Endless(breaks_at=2)
    read_out(broken, None, False)
    assert broken.pieces == 2


def test_the_answer_comes_first(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(leftovers, "read_out", lambda body, *_: told.append(body.read().decode()))
    response = client.post("/nothing", data=b"left over", content_type="text/plain")
    assert response.status_code == 404 and not told
    response.close()
    assert told == ["left over"]


def test_the_peer_is_told_that_nothing_more_comes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"still sending")
        theirs.shutdown(socket.SHUT_WR)
        read_out(ours.makefile("rb"), ours, True)
        assert theirs.recv(1) == b""


@pytest.mark.parametrize(
    ("path", "body", "kind"), [("/evaluate", b"{}", "application/json"), ("/evaluate", b"{", "application/json"), ("/livez", None, None)]
)
def test_what_was_read_leaves_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str, body: bytes | None, kind: str | None
) -> None:
    told: list[object] = []
    monkeypatch.setattr(leftovers, "read_out", lambda *left: told.append(left))
    client.open(path, method="POST" if body else "GET", data=body, content_type=kind).close()
    assert not told


class Broken(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ValueError("this is no chunk")


@pytest.mark.parametrize("ends", [True, False])
def test_a_connection_whose_framing_is_broken_is_read_out(monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    """Also one whose peer never ends it: that is given up."""
    monkeypatch.setattr(leftovers, "QUIET", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"whatever follows")
        if ends:
            theirs.shutdown(socket.SHUT_WR)
        read_out(Broken(), ours, False)
        assert theirs.recv(1) == b""
        ours.setblocking(False)
        with pytest.raises(BlockingIOError) if not ends else nullcontext():
            assert ours.recv(1) == b""


def test_no_more_is_read_than_is_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_PIECE", 4)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"0123456789")
        drain(ours, 8)
        assert ours.recv(10) == b"89"
