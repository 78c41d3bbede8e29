"""Operators are asked for their token, and the files and settings of who may call."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.app import build
from service.web.auth.guard import renew
from service.web.deps import KEY as DEPS
from service.web.deps import Deps
from service.web.setting_values import SettingsError
from service.web.settings import Settings, read_settings, refuse_open_address
from tests.web.auth.tokens import (
    post,
    refused,
)


@pytest.fixture
def operated(deps: Deps, tmp_path: Path) -> FlaskClient:
    path = tmp_path / "operators"
    digest = hashlib.sha256(b"open-sesame").hexdigest()
    path.write_text(f"# who may\n\nalice {hashlib.sha256(b'other').hexdigest()}\nbob sha256:{digest.upper()}\n")
    return build(replace(deps, settings=replace(deps.settings, operator_tokens_file=str(path)))).test_client()


@pytest.mark.parametrize("path", ["/evaluate", "/timeline", "/validate", "/reports", "/reports/feedback", "/evaluate/"])
@pytest.mark.parametrize("token", [None, "", "open-sesam", "open-sesame2", hashlib.sha256(b"open-sesame").hexdigest()])
def test_operators_are_asked(operated: FlaskClient, path: str, token: str | None) -> None:
    refused(post(operated, token, {}, path))
    refused(operated.get(path, headers={"Authorization": f"Bearer {token}"}))


def test_operators_are_let_in(operated: FlaskClient, hook_body: dict[str, Any]) -> None:
    for token in ("open-sesame", "other"):
        assert post(operated, token, {"resourceType": "Bundle", "type": "collection"}, "/evaluate").status_code == 200
    assert post(operated, None, hook_body).status_code == 200  # clients are another file
    assert operated.get("/rules").status_code == 200


def test_withdrawn_tokens_end_and_a_bad_file_changes_nothing(operated: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    app, body = operated.application, {"resourceType": "Bundle", "type": "collection"}
    file = Path(app.extensions[DEPS].settings.operator_tokens_file)
    file.write_text(f"carol {hashlib.sha256(b'third').hexdigest()}\n")
    assert post(operated, "other", body, "/evaluate").status_code == 200, "nothing changes before it is taken over"
    assert renew(app)
    refused(post(operated, "other", body, "/evaluate"))
    assert post(operated, "third", body, "/evaluate").status_code == 200
    for spoil in (lambda: file.write_text("# nobody\n"), file.unlink):
        spoil()
        caplog.clear()
        assert not renew(app)
        assert "callers not taken over: POSTFUSION_OPERATOR_TOKENS_FILE" in caplog.text
        assert post(operated, "third", body, "/evaluate").status_code == 200
        refused(post(operated, None, body, "/evaluate"))


@pytest.mark.parametrize("text", ["", "# nobody\n", "alice\n", "alice open-sesame\n", f"alice {'0' * 63}\n", f"al ice {'0' * 64}\n"])
def test_an_operators_file_that_cannot_be_used(deps: Deps, tmp_path: Path, text: str) -> None:
    path = tmp_path / "operators"
    path.write_text(text)
    for file in (path, tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match="OPERATOR_TOKENS_FILE"):
            build(replace(deps, settings=replace(deps.settings, operator_tokens_file=str(file))))


def test_an_open_address_needs_both_files() -> None:
    open_to_all = Settings(host="0.0.0.0")  # noqa: S104
    for settings in (open_to_all, replace(open_to_all, clients_file="c"), replace(open_to_all, operator_tokens_file="o")):
        with pytest.raises(SettingsError, match="CLIENTS_FILE and POSTFUSION_OPERATOR_TOKENS_FILE"):
            refuse_open_address(settings)
    refuse_open_address(replace(open_to_all, clients_file="c", operator_tokens_file="o"))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("JWT_ALGORITHMS", "none"),
        ("JWT_ALGORITHMS", "HS256"),
        ("JWT_ALGORITHMS", "ES384,HS384"),
        ("JWT_ALGORITHMS", ","),
        ("JWT_MAX_LIFETIME", "0"),
        ("JWT_MAX_LIFETIME", "315360000"),
        ("DISCOVERY", "maybe"),
        ("FHIR_ORIGINS", "http://fhir.example.org"),
        ("FHIR_ORIGINS", "https://a.example.org,https://u@b.example.org"),
        ("FHIR_BUDGET_MS", "10001"),
    ],
)
def test_settings_that_would_be_unsafe(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(f"POSTFUSION_{variable}", text)
    with pytest.raises(SettingsError, match=f"POSTFUSION_{variable}"):
        read_settings()


def test_settings_of_this_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "CLIENTS_FILE": "clients.yaml",
        "OPERATOR_TOKENS_FILE": "operators",
        "DISCOVERY": "open",
        "JWT_ALGORITHMS": "RS384, ES256",
        "JWT_MAX_LIFETIME": "300",
        "FHIR_ORIGINS": "https://a.example.org/r4, http://localhost:8090",
        "FHIR_BUDGET_MS": "10000",
        "CA_FILE": "ca.pem",
    }.items():
        monkeypatch.setenv(f"POSTFUSION_{name}", text)
    read = read_settings()
    assert (read.clients_file, read.operator_tokens_file, read.open_discovery) == ("clients.yaml", "operators", True)
    assert (read.jwt_algorithms, read.jwt_max_lifetime) == (("RS384", "ES256"), 300)
    assert (read.fhir_origins, read.fhir_budget_ms, read.ca_file) == (
        ("https://a.example.org/r4", "http://localhost:8090"),
        10000,
        "ca.pem",
    )
