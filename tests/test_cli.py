"""The command line: same answers as HTTP, help everywhere, and clear words when something is wrong."""

import json
import logging
import sys
import types
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from service import cli
from service.cli_table import as_table, refusal_text
from service.web.app import create_app
from service.web.logs import to_standard_error
from service.web.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}]}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", *(f.metadata["variable"] for f in fields(Settings) if f.name != "rules_dir")):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(BUNDLE))
    return path


def run(*args: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.main, [str(arg) for arg in args], input=stdin)


def commands(group: click.Group, prefix: str = "postfusion") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")


@pytest.mark.parametrize(("name", "command"), list(commands(cli.main)), ids=lambda value: str(value))
def test_every_command_has_help_and_is_documented(name: str, command: click.Command) -> None:
    assert command.help
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, f"{name}: {option.name} has no help"
    assert run(*name.split()[1:], "--help").exit_code == 0
    assert f"`{name}" in (ROOT / "docs" / "cli.md").read_text()


def test_the_answer_is_the_one_of_http(file: Path) -> None:
    mine = json.loads(run("evaluate", file, "--as-of", "2026-03-01", "--format", "json").output)
    client = create_app(Settings(record="off")).test_client()
    theirs = client.post("/evaluate?asOf=2026-03-01", data=file.read_bytes(), content_type="application/json").json
    assert mine == theirs
    assert mine["verdicts"]


def test_standard_input(file: Path) -> None:
    result = run("evaluate", "-", "--format", "json", stdin=file.read_bytes())
    assert result.exit_code == 0
    assert json.loads(result.output)["patient"] == "p1"


def test_every_option_reaches_the_evaluation(file: Path) -> None:
    answer = run("evaluate", file, "--as-of", "2026-03-01", "--rules-as-of", "2026-01-01", "--patient", "p1")
    assert answer.exit_code == 0
    assert "As of 2026-03-01T00:00:00+00:00, patient p1" in answer.output
    assert "No cards" in answer.output
    pinned = run("evaluate", file, "--pin", "no-such-rule@1.0.0", "--format", "json")
    assert pinned.exit_code == 1
    assert json.loads(pinned.output)["issue"][0]["expression"] == ["pin"]


def test_a_refusal_goes_to_standard_error(file: Path) -> None:
    result = run("evaluate", file, "--as-of", "yesterday")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Not judged" in result.stderr and "(asOf)" in result.stderr


def test_a_body_too_large_is_refused_as_over_http(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTFUSION_MAX_BYTES", "1024")
    file.write_text(json.dumps(BUNDLE) + " " * 1024)
    assert json.loads(run("evaluate", file, "--format", "json").output)["issue"][0]["code"] == "too-long"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = run("evaluate", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.stderr


def test_rules_that_cannot_be_read(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTFUSION_RULES_DIR", str(tmp_path / "none"))
    for args in (("evaluate", file), ("serve",)):
        result = run(*args)
        assert result.exit_code == 2
        assert result.stderr.startswith("postfusion: ")
    logging.getLogger("postfusion").handlers.clear()
    logging.getLogger("postfusion").propagate = True


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTFUSION_PORT", "9001")
    monkeypatch.setenv("POSTFUSION_PROT", "9002")
    result = run("settings")
    assert "POSTFUSION_PORT=9001" in result.stdout
    assert "did you mean POSTFUSION_PORT?" in result.stderr


def test_a_bad_setting_stops_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTFUSION_PORT", "none")
    for args in (("settings",), ("serve",)):
        result = run(*args)
        assert result.exit_code == 2
        assert "POSTFUSION_PORT" in result.stderr


def test_serving_an_open_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104
    result = run("serve")
    assert result.exit_code == 2
    assert "ALLOW_UNAUTHENTICATED" in result.stderr


def test_samples_are_written_by_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    lab = types.ModuleType("service.lab.samples")
    lab.write_samples = lambda out, today: asked.append((out, today)) or [out / "a.json"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "service.lab.samples", lab)
    assert run("samples", "--out", tmp_path).output == f"{tmp_path / 'a.json'}\n"
    assert asked[0][0] == tmp_path and isinstance(asked[0][1], date)


def test_samples_that_cannot_be_written(file: Path) -> None:
    result = run("samples", "--out", file / "below")
    assert result.exit_code == 2
    assert result.stderr.startswith("postfusion: ")


def test_a_part_that_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "service.lab.samples", None)
    result = run("samples", "--out", tmp_path)
    assert result.exit_code == 2
    assert "not part of this installation" in result.stderr


ANSWER = {
    "asOf": "2026-03-01T00:00:00+00:00",
    "patient": "p1",
    "indexFusion": {"date": "2025-03-15"},
    "cards": [{"indicator": "critical", "summary": "A red flag", "detail": "One\n\nTwo", "suggestions": [{"label": "Call"}]}],
    "verdicts": [
        {
            "rule": "a",
            "version": "1.0.0",
            "answer": "yes",
            "steps": [
                {"says": "One thing", "answer": "yes", "saw": [{"resource": "Observation/o1", "value": "5", "when": "2026-02-01"}]},
                {"says": "Another", "answer": "no"},
            ],
        },
        {"rule": "b", "version": "1.0.0", "answer": "unknown", "suppressedBy": ["a"], "steps": [{"says": "Third", "answer": "unknown"}]},
        {"rule": "c", "version": "1.0.0", "answer": "no"},
    ],
    "outcome": {
        "issue": [
            {"severity": "warning", "code": "value", "diagnostics": "Set aside.", "expression": ["Bundle.entry[3]"]},
            {"severity": "information", "code": "informational", "diagnostics": "Not shown."},
        ]
    },
}


def test_the_table() -> None:
    assert as_table(ANSWER).splitlines() == [
        "As of 2026-03-01T00:00:00+00:00, patient p1, lumbar fusion 2025-03-15",
        "",
        "1 card",
        "",
        "[critical] A red flag",
        "    One",
        "",
        "    Two",
        "    Suggested: Call",
        "",
        "Rules that answered yes, or could not tell",
        "  yes     a@1.0.0",
        "          One thing: yes (Observation/o1 5 2026-02-01)",
        "  unknown b@1.0.0, held back by a",
        "          Third: unknown",
        "",
        "1 of 3 rules answered no.",
        "",
        "About this record",
        "  Set aside. (Bundle.entry[3])",
    ]


def test_a_table_of_nothing() -> None:
    text = as_table({"asOf": "now", "cards": [], "verdicts": [], "outcome": {}})
    assert "No cards: the rules looked and found nothing." in text
    assert "  none" in text
    assert as_table({**ANSWER, "cards": ANSWER["cards"] * 2}).splitlines()[2] == "2 cards"  # type: ignore[operator]


def test_the_text_of_a_refusal() -> None:
    text = refusal_text({"issue": [{"code": "value", "details": {"text": "Only details"}}, {"code": "structure"}]})
    assert text.splitlines() == ["Not judged:", "  Only details", "  structure"]


def test_the_log_is_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("postfusion")
    try:
        to_standard_error("info")
        log.info("a\nforged \x1b[31mline\u2028", extra={"status": 200})
        line = capsys.readouterr().err
    finally:
        log.handlers.clear()
        log.propagate = True
        log.setLevel(logging.NOTSET)
    assert line.count("\n") == 1 and "\x1b" not in line and "\u2028" not in line
    told = json.loads(line)
    assert (told["level"], told["status"], told["from"]) == ("info", 200, "postfusion")
