"""Our own service under the EHR that is played: nothing fails, with tokens and without."""

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from service.lab.conformance import FAIL, SKIP, Ehr, Options, Result, play
from service.lab.records import read_records
from service.lab.signing import Sign
from service.web.app import create_app
from service.web.auth.sample import write_sample
from service.web.clock import ticks
from service.web.settings import Settings
from tests.lab.own import free_port, running

ISSUER = "https://ehr.example.org/"
ORIGIN = "https://page.example.org"
pytestmark = pytest.mark.slow


def played(tmp_path: Path, sign: Sign | None = None) -> list[Result]:
    port, listener = free_port(), free_port()
    settings = Settings(
        data_dir=tmp_path / "data",
        public_url=f"http://127.0.0.1:{port}",
        cors_origins=(ORIGIN,),
        fhir_origins=(f"http://127.0.0.1:{listener}",),
        fhir_budget_ms=5000,
        clients_file=str(tmp_path / "client" / "clients.yaml") if sign else "",
    )
    options = Options(ticks, sign, ORIGIN, listener, budget=2.0)  # two busy cores are shared with other tests
    with running(create_app(settings), port) as url:
        return play(Ehr(url, read_records(today=datetime.now(UTC).date()), options))


def faults(results: list[Result]) -> list[tuple[str, str]]:
    return [(one.id, one.why) for one in results if one.outcome == FAIL]


def test_nothing_fails(tmp_path: Path) -> None:
    results = played(tmp_path)
    assert faults(results) == []
    skipped = {one.id for one in results if one.outcome == SKIP and not one.id.startswith("authentication.")}
    assert skipped == {"network.https"}


def test_nothing_fails_where_tokens_are_asked_for(tmp_path: Path) -> None:
    write_sample(tmp_path / "client", ISSUER, "lab", "")
    key = ECKey.import_key((tmp_path / "client" / "key.pem").read_text())

    def sign(audience: str, changes: Mapping[str, str]) -> str:
        now, delta = int(time.time()), int(changes.get("EXP_DELTA", "300"))
        claims = {"iss": changes.get("ISS", ISSUER), "aud": audience, "iat": now + min(delta, 0) - 1, "exp": now + delta}
        return jwt.encode({"alg": "ES384", "kid": "lab"}, {**claims, "jti": str(uuid.uuid4())}, key, algorithms=["ES384"])

    results = played(tmp_path, sign)
    assert faults(results) == []
    assert {one.id for one in results if one.outcome == SKIP} == {"network.https", "tolerance.authorization"}
