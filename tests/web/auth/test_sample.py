"""The sample client and its tokens: let in once, refused when bent, and clear about what is missing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.cli import main
from service.web.app import build
from service.web.clock import now
from service.web.deps import Deps
from tests.web.auth.tokens import ISS, JKU, PATH, PUBLIC, post, refused

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "sample"
    assert CliRunner().invoke(main, ["jwt", "sample-client", "--out", str(out), "--iss", ISS, "--jku", JKU]).exit_code == 0
    return out


@pytest.fixture
def token(folder: Path) -> Run:
    def run(*options: str, **environment: str) -> Result:
        return CliRunner(env=environment).invoke(main, ["jwt", "sample-token", "--client", str(folder), *options])

    return run


@pytest.fixture
def service(deps: Deps, folder: Path) -> FlaskClient:
    changed = replace(deps.settings, clients_file=str(folder / "clients.yaml"), public_url=PUBLIC)
    return build(replace(deps, settings=changed, clock=now)).test_client()


def text(told: Result) -> str:
    assert told.exit_code == 0, told.output
    return told.output.strip()


def test_a_sample_token_is_let_in_once(service: FlaskClient, token: Run, hook_body: dict[str, Any]) -> None:
    for one in (text(token("--aud", PUBLIC + PATH)), text(token(AUD=PUBLIC + PATH)), text(token(POSTFUSION_PUBLIC_URL=PUBLIC))):
        assert post(service, one, hook_body).status_code == 200
        refused(post(service, one, hook_body))
    assert (
        service.get(
            "/cds-services", headers={"Authorization": f"Bearer {text(token('--path', '/cds-services', POSTFUSION_PUBLIC_URL=PUBLIC))}"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    "options", [["--exp-delta", "-120"], ["--exp-delta", "90000"], ["--iss", "https://evil.example"], ["--path", "/cds-services/other"]]
)
def test_a_bent_one_is_refused(service: FlaskClient, token: Run, hook_body: dict[str, Any], options: list[str]) -> None:
    refused(post(service, text(token(*options, POSTFUSION_PUBLIC_URL=PUBLIC)), hook_body))


def test_it_heeds_what_the_conformance_player_sets(service: FlaskClient, token: Run, hook_body: dict[str, Any]) -> None:
    refused(post(service, text(token(AUD=PUBLIC + PATH, EXP_DELTA="-300")), hook_body))
    refused(post(service, text(token(AUD=PUBLIC + PATH, ISS="https://evil.example")), hook_body))


def test_what_is_missing_is_said(token: Run, folder: Path, tmp_path: Path) -> None:
    told = token()
    assert told.exit_code == 2 and "--aud" in told.output and "POSTFUSION_PUBLIC_URL" in told.output
    told = CliRunner().invoke(main, ["jwt", "sample-token", "--client", str(tmp_path / "none"), "--aud", "x"])
    assert told.exit_code == 2 and "sample-client --out" in told.output
    for name, broken in (("clients.yaml", "{}"), ("jwks.json", json.dumps({"keys": []})), ("key.pem", "no key")):
        good = (folder / name).read_text()
        (folder / name).write_text(broken)
        told = token("--aud", "x")
        assert told.exit_code == 2 and "make it anew" in told.output, name
        (folder / name).write_text(good)
