"""Raw bytes at a real server: one answer for each message, never 5xx, nothing quoted in the answer or the log."""

import re
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


def test_the_log_quotes_nothing_and_is_json(live: Running) -> None:
    """Runs last: whatever was sent before is in the log by now."""
    live.raw(wire.REFUSED["a header without a colon"])
    lines = live.log.read_text().splitlines()
    greeting = next(n for n, line in enumerate(lines) if line.startswith("  curl"))
    assert not [line for line in lines if SECRET in line]
    assert all(line.startswith('{"time": ') for line in lines[greeting + 1 :]), lines[greeting + 1 :][:3]
    assert any('"error": "InvalidHeader"' in line for line in lines)
