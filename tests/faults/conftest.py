"""The whole service with its record, its log in a list, and the clock at day 20 after the fusion of the corpus."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.web.app import build, make_deps
from service.web.logs import JsonLines
from service.web.recording import with_record
from service.web.settings import Settings
from tests.stories.replay import book

NOW = datetime(2025, 4, 4, 9, tzinfo=UTC)
TOKEN = "an-operator-of-these-tests"


class Lines(logging.Handler):
    """The lines as an operator would see them, and what a careless formatter would add."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{self.format(record)} {record.exc_info or ''}")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Everything the service logs during one test."""
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.seen
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], FlaskClient]:
    """A client of the service: open, or asking operators for a token, which the client then brings."""

    def start(guarded: bool) -> FlaskClient:
        folder: Path = tmp_path_factory.mktemp("service")
        tokens = folder / "operators"
        tokens.write_text(f"tester {hashlib.sha256(TOKEN.encode()).hexdigest()}\n")
        settings = Settings(data_dir=folder, operator_tokens_file=str(tokens) if guarded else "")
        client = build(with_record(make_deps(settings, book=book(), clock=lambda: NOW))).test_client()
        if guarded:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        return client

    return start


@pytest.fixture(scope="package")
def open_service(started: Callable[[bool], FlaskClient]) -> FlaskClient:
    return started(False)


@pytest.fixture(scope="package")
def guarded_service(started: Callable[[bool], FlaskClient]) -> FlaskClient:
    return started(True)
