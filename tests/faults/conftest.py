"""The whole service with its record, its log in a list, and the clock at day 20 after the fusion of the corpus."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from service.web.app import build, make_deps
from service.web.logs import JsonLines
from service.web.recording import with_record
from service.web.settings import Settings
from tests.stories.replay import book

NOW = datetime(2025, 4, 4, 9, tzinfo=UTC)
TOKEN = "an-operator-of-these-tests"
PUBLIC = "https://pf.example.org"
ISS = "https://ehr.example.org/fhir"
KEY = ECKey.generate_key("P-384", {"kid": "faults"})
_ids = iter(range(1_000_000_000))


def client_token(path: str, **changes: Any) -> str:
    """A good token of the one CDS client for one call of a path; `changes` replace claims, None leaves one out."""
    now = int(NOW.timestamp())
    claims = {"iss": ISS, "aud": PUBLIC + path.partition("?")[0], "iat": now, "exp": now + 300, "jti": str(next(_ids)), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jws.serialize_compact({"alg": "ES384", "kid": "faults"}, json.dumps(kept).encode(), KEY, algorithms=["ES384"])


class Bearing(FlaskClient):
    """A client that brings the token each address asks for, unless the call brings one of its own."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", None) or {})
        path = str(args[0] if args else kwargs.get("path", "/"))
        token = client_token(path) if path.startswith("/cds-services") else TOKEN
        return super().open(*args, headers={"Authorization": f"Bearer {token}"} | headers, **kwargs)


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
    """A client of the service: open, or asking CDS clients and operators for tokens, which the client then brings."""

    def start(guarded: bool) -> FlaskClient:
        folder: Path = tmp_path_factory.mktemp("service")
        tokens = folder / "operators"
        tokens.write_text(f"tester {hashlib.sha256(TOKEN.encode()).hexdigest()}\n")
        (folder / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
        clients = folder / "clients.yaml"
        clients.write_text(json.dumps({"clients": {"ehr": {"iss": [ISS], "jwks_file": "keys.json"}}}))
        asked = {"operator_tokens_file": str(tokens), "clients_file": str(clients), "public_url": PUBLIC} if guarded else {}
        app = build(with_record(make_deps(Settings(data_dir=folder, **asked), book=book(), clock=lambda: NOW)))
        if guarded:
            app.test_client_class = Bearing
        return app.test_client()

    return start


@pytest.fixture(scope="package")
def open_service(started: Callable[[bool], FlaskClient]) -> FlaskClient:
    return started(False)


@pytest.fixture(scope="package")
def guarded_service(started: Callable[[bool], FlaskClient]) -> FlaskClient:
    return started(True)
