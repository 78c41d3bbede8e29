"""The settings of the record: read, checked, and its secrets never shown."""

import pytest

from service.web.setting_values import SettingsError
from service.web.settings import Settings, describe, read_settings

SECRETS = {"POSTFUSION_DATABASE_URL": "postgresql://u:Zz-secret@h/d", "POSTFUSION_HASH_KEY": "Zz-secret" * 4}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECORD", "STORE_COMMENTS", "DATABASE_URL", "HASH_KEY"):
        monkeypatch.delenv(f"POSTFUSION_{name}", raising=False)


def test_defaults() -> None:
    settings = read_settings()
    assert (settings.record, settings.store_comments, settings.database_url, settings.hash_key) == ("on", "off", "", "")


def test_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"POSTFUSION_RECORD": "off", "POSTFUSION_STORE_COMMENTS": "on", **SECRETS}.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.record, settings.store_comments) == ("off", "on")
    assert (settings.database_url, settings.hash_key) == tuple(SECRETS.values())


@pytest.mark.parametrize("name", ["RECORD", "STORE_COMMENTS"])
def test_a_word_that_is_neither(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"POSTFUSION_{name}", "maybe")
    with pytest.raises(SettingsError, match=f"POSTFUSION_{name} must be one of: o"):
        read_settings()


def test_secrets_are_never_shown() -> None:
    settings = Settings(database_url=SECRETS["POSTFUSION_DATABASE_URL"], hash_key=SECRETS["POSTFUSION_HASH_KEY"])
    assert "Zz-secret" not in repr(settings)
    shown = {line.variable: line.value for line in describe(settings)}
    assert [shown[name] for name in SECRETS] == ["(set)", "(set)"]
    assert "Zz-secret" not in str(shown)
