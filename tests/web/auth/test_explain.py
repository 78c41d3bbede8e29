"""`postfusion jwt explain`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey

from service.cli import main
from service.web.app import build
from service.web.auth.explain import explain
from service.web.auth.replay import NAME
from service.web.deps import Deps
from service.web.settings import Settings
from tests.web.auth.tokens import ISS, JKU, OTHER_EC, PATH, PUBLIC, Guarded, Made, T, Write, b64, post
from tests.web.conftest import NOW


@pytest.fixture
def settings(deps: Deps, clients_file: Write) -> Settings:
    return replace(deps.settings, clients_file=str(clients_file()), public_url=PUBLIC)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            Made({"aud": "https://wrong.example"}),
            f"aud       is not, letter by letter, the address called or one listed here; accepted: {PUBLIC}{PATH}",
        ),
        (Made({"exp": T - 100, "iat": T - 300}), "exp       is in the past"),
        (Made({"iss": ISS + "/"}), f"iss       is not one of this client's, letter by letter; accepted: {ISS}"),
        (Made(header={"kid": "other"}), "kid       names no key of this client"),
        (Made(header={"jku": None, "alg": "HS256"}), "alg       is not one of ES384, RS384"),
        (Made(key=OTHER_EC), "signature was not made with the key that kid names"),
    ],
)
def test_the_claim_that_fails_is_explained(settings: Settings, made: Made, told: str) -> None:
    lines, admitted = explain(made.text(), PATH, settings, NOW)
    assert f"  {told}" in lines
    assert "Client big-hospital: refused." in lines
    assert not admitted


def test_a_good_token_is_explained_and_not_used_up(settings: Settings, guarded: Guarded, hook_body: dict[str, Any]) -> None:
    token = Made().text()
    for _ in range(2):
        lines, admitted = explain(f"Bearer {token}", PATH, settings, NOW)
        assert "Client big-hospital: every check is passed." in lines
        assert any(line.strip().startswith("exp") and "2026-03-01T12:35:00+00:00" in line for line in lines)
        assert admitted
    assert post(guarded(), token, hook_body).status_code == 200
    lines, admitted = explain(token, PATH, settings, NOW)
    assert lines[-1].startswith("The token was used before") and not admitted


def test_what_is_no_token_is_explained(settings: Settings) -> None:
    assert explain("garbage", PATH, settings, NOW) == (["The token is not a signed JWT of three parts."], False)
    assert explain(f"{b64(b'1')}.{b64(b'{}')}.x", PATH, settings, NOW) == (["The header is not a JSON object."], False)
    assert explain("x", PATH, Settings(), NOW)[1]


def test_nothing_in_a_token_moves_the_cursor(settings: Settings) -> None:
    lines, _ = explain(Made({"iss": "\x1b[2Jx\n"}).text(), PATH, settings, NOW)
    assert not any("\x1b" in line or "\n" in line for line in lines)


def test_the_command(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("POSTFUSION_CLIENTS_FILE", settings.clients_file)
    monkeypatch.setenv("POSTFUSION_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("POSTFUSION_DATA_DIR", str(settings.data_dir))
    told = CliRunner().invoke(main, ["jwt", "explain", "-"], input=Made({"exp": T}).text())
    assert told.exit_code == 1
    assert "Client big-hospital: refused." in told.output
    monkeypatch.setenv("POSTFUSION_CLIENTS_FILE", "/nowhere")
    told = CliRunner().invoke(main, ["jwt", "explain", "x"])
    assert told.exit_code == 2 and "cannot be read" in told.output
    monkeypatch.delenv("POSTFUSION_CLIENTS_FILE")
    assert CliRunner().invoke(main, ["jwt", "explain", "x"]).exit_code == 0


def test_a_sample_client_is_let_in(deps: Deps, hook_body: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "sample"
    told = CliRunner().invoke(main, ["jwt", "sample-client", "--out", str(out), "--iss", ISS, "--kid", "k1", "--jku", JKU])
    assert told.exit_code == 0
    assert told.output.split() == [str(out / name) for name in ("key.pem", "jwks.json", "clients.yaml")]
    assert (out / "key.pem").stat().st_mode & 0o077 == 0
    assert "d" not in json.loads((out / "jwks.json").read_text())["keys"][0]
    key = ECKey.import_key((out / "key.pem").read_text(), {"kid": "k1"})
    changed = replace(deps.settings, clients_file=str(out / "clients.yaml"), public_url=PUBLIC)
    assert post(build(replace(deps, settings=changed)).test_client(), Made(key=key).text(), hook_body).status_code == 200


def test_a_sample_client_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("mine")
    told = CliRunner().invoke(main, ["jwt", "sample-client", "--out", str(tmp_path)])
    assert told.exit_code == 2 and "key.pem" in told.output
    assert (tmp_path / "key.pem").read_text() == "mine"


def test_a_store_that_cannot_be_read_is_no_reason_to_stop(settings: Settings) -> None:
    (settings.data_dir / NAME).write_bytes(b"")  # no table in it yet
    assert explain(Made().text(), PATH, settings, NOW)[1]
