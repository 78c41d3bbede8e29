"""postfusion db and postfusion report."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL

from service import cli_record
from service.cli import main
from service.record import Reason, open_record, write_decision, write_feedback
from tests.record.conftest import KEY, a_card, a_decision, a_feedback, answered

TODAY = datetime(2026, 3, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "HASH_KEY", "TIMEZONE"):
        monkeypatch.delenv(f"POSTFUSION_{name}", raising=False)
    monkeypatch.setenv("POSTFUSION_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(cli_record, "now", lambda: TODAY)
    return tmp_path / "var"


@pytest.fixture
def filled(folder: Path) -> None:
    store = open_record(folder)
    card = a_card("rule-a", "1.0.0", "Examine")
    told = (answered(), answered("silent", answer="no"), answered("draft", shown=False, shadow=True))
    write_decision(store, a_decision(card, answers=told))
    taken = a_feedback(card.uuid, "accepted", suggestions=(card.suggestions[0].uuid,))
    write_feedback(store, [a_feedback(card.uuid, reason=Reason("s", "already-done")), taken])
    write_decision(store, a_decision(at=TODAY - timedelta(days=2), answers=()))
    store.engine.dispose()


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def test_upgrade(folder: Path) -> None:
    result = run("db", "upgrade")
    assert result.exit_code == 0
    assert result.output == f"{folder / 'record.sqlite3'} is up to date.\n"


@pytest.mark.usefixtures("filled")
def test_purge() -> None:
    assert run("db", "purge", "--older-than", "11").output == "0 decisions and 0 items of feedback deleted.\n"
    assert run("db", "purge", "--older-than", "5").output == "1 decisions and 2 items of feedback deleted.\n"
    assert run("db", "purge", "--older-than", "1").output == "1 decisions and 0 items of feedback deleted.\n"


def test_purge_needs_an_age() -> None:
    assert run("db", "purge").exit_code == 2
    assert run("db", "purge", "--older-than", "0").exit_code == 2


@pytest.mark.usefixtures("filled")
def test_a_table() -> None:
    output = run("report").output
    assert "2 calls judged, 0 items of feedback" in output
    assert ["rule-a@1.0.0", "1", "1", "1", "1"] in [line.split() for line in output.splitlines()]
    assert "draft@1.0.0 (draft)" in output
    assert "overridden because: already-done 1" in output
    assert "taken: Examine 1" in output
    assert "1 more rule versions never fired." in output


def test_a_table_of_nothing() -> None:
    result = run("report")
    assert result.exit_code == 0
    assert "0 calls judged" in result.output


@pytest.mark.usefixtures("filled")
def test_forms_and_days() -> None:
    body = json.loads(run("report", "--format", "json").output)
    assert body["decisions"] == 2
    assert json.loads(run("report", "--format", "json", "--from", "2026-03-09", "--to", "2026-03-09").output)["decisions"] == 1
    rows = list(csv.DictReader(io.StringIO(run("report", "--format", "csv").output)))
    assert [row["rule"] for row in rows] == [rule["rule"] for rule in body["rules"]] == ["draft", "rule-a", "silent"]
    assert [json.loads(line) for line in run("report", "--format", "ndjson").output.splitlines()] == body["rules"]


def test_days_that_make_no_period() -> None:
    assert run("report", "--from", "2026-03-09", "--to", "2026-03-08").exit_code == 2
    assert run("report", "--from", "soon").exit_code == 2


def test_what_cannot_be_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "record.sqlite3").write_bytes(b"no database " * 100)
    for args in (("db", "upgrade"), ("db", "purge", "--older-than", "1"), ("report",)):
        result = run(*args)
        assert result.exit_code == 2
        assert str(folder / "record.sqlite3") in result.stderr
    monkeypatch.setenv("POSTFUSION_STORE_COMMENTS", "maybe")
    assert "POSTFUSION_STORE_COMMENTS" in run("report").stderr


def test_a_record_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.record import StoreUnavailable

    def fail(*_: object) -> None:
        raise StoreUnavailable("SQLITE_BUSY")

    monkeypatch.setattr(cli_record, "make_report", fail)
    result = run("report")
    assert (result.exit_code, result.stderr) == (2, "postfusion: The record could not be reached or written. (SQLITE_BUSY)\n")


def test_postgresql(postgres_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTFUSION_DATABASE_URL", postgres_url.render_as_string(hide_password=False))
    assert "POSTFUSION_HASH_KEY is needed" in run("db", "upgrade").stderr
    monkeypatch.setenv("POSTFUSION_HASH_KEY", KEY.decode())
    assert run("db", "upgrade").output.endswith("is up to date.\n")
    assert "0 calls judged" in run("report").output
