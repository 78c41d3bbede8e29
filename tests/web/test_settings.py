"""Settings from the environment."""

from dataclasses import fields
from pathlib import Path
from typing import get_type_hints
from zoneinfo import ZoneInfo

import pytest

from service.web.paths import CHECKOUT, beside_the_code
from service.web.setting_values import SettingsError
from service.web.settings import Settings, describe, is_loopback, read_settings, refuse_open_address, unknown_variables

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", *(f.metadata["variable"] for f in fields(Settings))):
        monkeypatch.delenv(name, raising=False)


def test_without_an_environment_the_defaults_hold() -> None:
    assert read_settings() == Settings()
    assert Settings().zone == ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("HOST", "::1", "host", "::1"),
        ("POSTFUSION_HOST", "127.0.0.2", "host", "127.0.0.2"),
        ("PORT", "9000", "port", 9000),
        ("POSTFUSION_PORT", "9001", "port", 9001),
        ("POSTFUSION_DATA_DIR", "/data", "data_dir", Path("/data")),
        ("POSTFUSION_PUBLIC_URL", "https://pf.example.org/base", "public_url", "https://pf.example.org/base"),
        ("POSTFUSION_CANONICAL", "https://example.org", "canonical", "https://example.org"),
        ("POSTFUSION_CANONICAL", "", "canonical", "https://postfusion.example.org"),
        ("POSTFUSION_DATA_DIR", "", "data_dir", Path("var")),
        ("POSTFUSION_TIMEZONE", "", "timezone", "UTC"),
        ("POSTFUSION_TIMEZONE", "America/New_York", "timezone", "America/New_York"),
        ("POSTFUSION_RULES_DIR", "/rules", "rules_dir", Path("/rules")),
        (
            "POSTFUSION_CORS_ORIGINS",
            "https://a.example, http://localhost:8080",
            "cors_origins",
            ("https://a.example", "http://localhost:8080"),
        ),
        ("POSTFUSION_MAX_BYTES", "2048", "max_bytes", 2048),
        ("POSTFUSION_WORKERS", "4", "workers", 4),
        ("POSTFUSION_THREADS", "8", "threads", 8),
        ("POSTFUSION_READ_SECONDS", "60", "read_seconds", 60),
        ("POSTFUSION_TIME_BUDGET_MS", "500", "time_budget_ms", 500),
        ("POSTFUSION_LOG_LEVEL", "error", "log_level", "error"),
        ("POSTFUSION_ALLOW_UNAUTHENTICATED", "yes-i-know", "allow_unauthenticated", "yes-i-know"),
    ],
)
def test_each_setting(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, field: str, value: object) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(read_settings(), field) == value


def test_our_name_wins_over_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("POSTFUSION_PORT", "2")
    assert read_settings().port == 2


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("POSTFUSION_PORT", "0"),
        ("POSTFUSION_PORT", "eighty"),
        ("PORT", "65536"),
        ("POSTFUSION_PUBLIC_URL", "pf.example.org"),
        ("POSTFUSION_PUBLIC_URL", "https://pf.example.org/"),
        ("POSTFUSION_PUBLIC_URL", "https://user@pf.example.org"),
        ("POSTFUSION_TIMEZONE", "Mars/Olympus"),
        ("POSTFUSION_TIMEZONE", "../etc"),
        ("POSTFUSION_CORS_ORIGINS", "*"),
        ("POSTFUSION_CORS_ORIGINS", "null"),
        ("POSTFUSION_CORS_ORIGINS", "https://a.example/"),
        ("POSTFUSION_MAX_BYTES", "17000000"),
        ("POSTFUSION_WORKERS", "many"),
        ("POSTFUSION_WORKERS", "0"),
        ("POSTFUSION_THREADS", "257"),
        ("POSTFUSION_READ_SECONDS", "0"),
        ("POSTFUSION_TIME_BUDGET_MS", "49"),
        ("POSTFUSION_LOG_LEVEL", "loud"),
        ("POSTFUSION_ALLOW_UNAUTHENTICATED", "yes"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=f"POSTFUSION_{variable.removeprefix('POSTFUSION_')}"):
        read_settings()


def test_unknown_variables_are_named() -> None:
    told = unknown_variables(["POSTFUSION_HOTS", "POSTFUSION_QWXZ", "POSTFUSION_PORT", "POSTFUSION_TEST_ANYTHING", "PATH"])
    assert told[0] == "POSTFUSION_HOTS is not a setting and is ignored; did you mean POSTFUSION_HOST?"
    assert "postfusion settings" in told[1]
    assert len(told) == 2


def test_an_open_address_needs_a_word() -> None:
    refuse_open_address(Settings(host="127.0.0.1"))
    refuse_open_address(Settings(host="0.0.0.0", allow_unauthenticated="yes-i-know"))  # noqa: S104
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.org", ""):  # noqa: S104
        with pytest.raises(SettingsError, match="ALLOW_UNAUTHENTICATED"):
            refuse_open_address(Settings(host=host))


@pytest.mark.parametrize(("host", "inside"), [("localhost", True), ("[::1]", True), ("127.9.9.9", True), ("10.0.0.1", False)])
def test_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


def test_every_setting_is_described_and_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    lines = describe(Settings())
    assert len(lines) == len(get_type_hints(Settings))
    for line in lines:
        assert f"| `{line.variable}` | {line.default.replace('|', chr(92) + '|')} | {line.meaning} |" in page
    assert not any(str(CHECKOUT) in line.default for line in lines)


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    field = next(f for f in fields(Settings) if f.name == "canonical")
    monkeypatch.setattr(field, "metadata", {**field.metadata, "secret": True})
    shown = {line.variable: line.value for line in describe(Settings(canonical="https://secret.example"))}
    assert shown["POSTFUSION_CANONICAL"] == "(set)"


def test_files_beside_the_code() -> None:
    assert beside_the_code("rules") == ROOT / "rules"
    assert beside_the_code("no-such-thing") == ROOT / "no-such-thing"
