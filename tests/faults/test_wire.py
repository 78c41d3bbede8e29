"""Raw bytes at a real server: one answer for each message, never 5xx, nothing quoted in the answer or the log."""

import http.client
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.faults import wire
from tests.stories.asking import FEVER, SECRET
from tests.web.test_server import Running, start, stop

pytestmark = pytest.mark.slow
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
DAY = "/evaluate?asOf=2025-04-04"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("wire"))
    yield running
    assert stop(running) == 0


def statuses(said: bytes) -> list[int]:
    return [int(found) for found in _STATUS.findall(said)]


@pytest.mark.parametrize("sent", wire.REFUSED.values(), ids=wire.REFUSED)
def test_what_is_no_good_message_gets_one_refusal(live: Running, sent: bytes) -> None:
    said = live.raw(sent)
    assert len(statuses(said)) == 1 and statuses(said)[0] in wire.CLEAN, said[:200]
    assert wire.is_refusal(said), said[-300:]
    assert SECRET.encode() not in said
    assert live.get("/livez")[0] == 200


@pytest.mark.parametrize("sent", wire.HEARD.values(), ids=wire.HEARD)
def test_what_is_odd_and_harmless_is_heard(live: Running, sent: bytes) -> None:
    said = live.raw(sent.replace(b"/evaluate", DAY.encode(), 1))
    assert statuses(said) == [200], said[:300]
    assert f'"rule":"{FEVER}"'.encode() in said
    assert SECRET.encode() not in said


def test_two_messages_on_one_connection_get_two_answers(live: Running) -> None:
    first = wire.message().replace(b"Connection: close\r\n", b"")
    assert statuses(live.raw(first + wire.message())) == [200, 200]
    assert statuses(live.raw(wire.message("Expect: 100-continue"))) == [100, 200]


EARLY = {
    "another type": ("/evaluate", "text/plain", 415), "no such address": ("/nothing", "application/json", 404), "no such service": ("/cds-services/no", "application/json", 404),
    "another method": ("/rules", "application/json", 405), "a query that is not known": ("/evaluate?x=1", "application/json", 400),
    "more than is taken": ("/evaluate", "application/json", 413), "more feedback than is taken": (f"{wire.FEEDBACK}", "application/json", 413),
}  # fmt: skip


@pytest.mark.parametrize("why", EARLY)
@pytest.mark.parametrize("megabytes", [5, 19, 40])
def test_whoever_is_still_sending_hears_the_refusal(live: Running, why: str, megabytes: int) -> None:
    """urllib sends all before it listens: a connection that is closed meanwhile is a broken pipe to it, and no answer."""
    path, kind, status = EARLY[why]
    if status == 413 and path == "/evaluate" and megabytes < 16:
        pytest.skip("so much is taken")
    sent = urllib.request.Request(f"http://127.0.0.1:{live.port}{path}", b" " * megabytes * 1024 * 1024, {"Content-Type": kind})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(sent, timeout=20)  # noqa: S310
    with refused.value:
        assert refused.value.code == status
        assert b"OperationOutcome" in refused.value.read()


@pytest.mark.parametrize(
    "sent",
    [wire.chunked(b"2;" + b"a" * 8_000_000 + b"\r\n{}\r\n0\r\n\r\n"), b"no HTTP at all\r\n\r\n" + b"a" * 8_000_000, wire.message("X-A: " + "a" * 8_000_000)],
    ids=["a broken chunk", "no HTTP", "a header of 8 MB"],
)  # fmt: skip
def test_whoever_is_still_sending_what_cannot_be_read_hears_it(live: Running, sent: bytes) -> None:
    assert statuses(live.raw(sent)) in ([400], [431])


def test_a_refusal_costs_nobody_the_connection(live: Running) -> None:
    """A client that keeps its connection goes on with it after each refusal, however large the body was that nobody read."""
    keeping = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    for path, kind, status in EARLY.values():
        if status != 413:
            keeping.request("POST", path, b" " * 5 * 1024 * 1024, {"Content-Type": kind})
            with keeping.getresponse() as response:
                assert response.status == status and response.read()
    keeping.request("POST", DAY, wire.BODY, {"Content-Type": "application/json"})
    with keeping.getresponse() as response:
        assert response.status == 200 and FEVER.encode() in response.read()
    keeping.close()


def test_a_refusal_does_not_wait_for_the_rest(live: Running) -> None:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as peer:
        peer.sendall(wire.message("Content-Length: 17825792", length=False, body=b"{"))
        parts = []
        while part := peer.recv(65536):
            parts.append(part)
    assert statuses(b"".join(parts)) == [413]
    assert time.monotonic() - begun < 2


def test_whoever_sends_without_end_is_cut_off(live: Running) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as peer:
        peer.sendall(wire.message("Content-Length: 999999999999", length=False, body=b""))
        sent: list[int] = []
        with pytest.raises(OSError):
            while len(sent) < 400:
                sent.append(peer.send(b" " * 1024 * 1024))
    assert 16 < len(sent) < 400, len(sent)
    assert live.get("/livez")[0] == 200


def test_the_log_quotes_nothing_and_is_json(live: Running) -> None:
    """Runs last: whatever was sent before is in the log by now."""
    live.raw(wire.REFUSED["a header without a colon"])
    lines = live.log.read_text().splitlines()
    greeting = next(n for n, line in enumerate(lines) if line.startswith("  curl"))
    assert not [line for line in lines if SECRET in line]
    assert all(line.startswith('{"time": ') for line in lines[greeting + 1 :]), lines[greeting + 1 :][:3]
    assert any('"error": "InvalidHeader"' in line for line in lines)
