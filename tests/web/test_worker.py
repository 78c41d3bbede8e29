"""What is said and logged about messages that never became requests: constant words, a status, a reference."""

import json
import logging
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http import errors

from service.web.worker import Log, Worker, refusal
from tests.web.conftest import MARKER

ERRORS = [
    (errors.InvalidRequestLine(MARKER), 400, "structure"),
    (errors.InvalidHeader(MARKER), 400, "structure"),
    (errors.UnsupportedTransferCoding(MARKER), 400, "structure"),
    (errors.InvalidChunkSize(MARKER.encode()), 400, "structure"),
    (errors.LimitRequestLine(9000, 4094), 414, "too-long"),
    (errors.LimitRequestHeaders(MARKER), 431, "too-long"),
    (errors.ExpectationFailed(MARKER), 417, "not-supported"),
    (errors.InvalidResponseHeader(MARKER), 500, "exception"),
    (RuntimeError(MARKER), 500, "exception"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=lambda one: type(one).__name__)
def test_the_refusal(error: Exception, status: int, code: str) -> None:
    told, said = refusal(error, "the-reference")
    head, _, body = said.partition(b"\r\n\r\n")
    assert told == status and head.startswith(f"HTTP/1.1 {status} ".encode())
    issue = json.loads(body)["issue"][0]
    assert (issue["severity"], issue["code"], issue["details"]["text"]) == ("error", code, "Reference the-reference")
    assert f"Content-Length: {len(body)}".encode() in head and b"X-Request-Id: the-reference" in head
    assert MARKER.encode() not in said


@pytest.fixture
def worker() -> Iterator[Worker]:
    config = Config()
    made = Worker(1, 1, [], None, 30, config, Log(config))
    yield made
    made.tmp.close()


def test_it_is_sent_and_logged_once(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker.handle_error(None, ours, None, errors.InvalidHeader(MARKER))
        said = theirs.recv(65536)
    assert said.startswith(b"HTTP/1.1 400 ")
    (record,) = [one for one in caplog.records if one.name == "postfusion.server"]
    assert record.levelno == logging.WARNING and record.__dict__["error"] == "InvalidHeader"
    assert record.__dict__["reference"].encode() in said
    assert MARKER not in str(record.__dict__)


def test_a_peer_that_is_gone_is_no_error(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    worker.handle_error(None, ours, None, RuntimeError(MARKER))
    assert [one.levelno for one in caplog.records] == [logging.ERROR]


def test_the_log_of_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(Config())
    try:
        raise ValueError(MARKER)
    except ValueError:
        log.exception("Error handling request %s %s", "GET", f"/{MARKER}")
    log.exception("Nothing is wrong")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["from"], first["message"], first["error"]) == ("gunicorn.error", "Error handling request", "ValueError")
    assert second["error"] == ""
