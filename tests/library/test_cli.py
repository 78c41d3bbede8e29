"""`postfusion rules ...`: what it prints and how it ends."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli_rules import default_root, rules
from tests.library.books import MAIN, RULE, spoil, write


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(rules, ["--root", str(root), *words])


def test_check(root: Path) -> None:
    assert run(root, "check").exit_code == 1
    assert run(root, "lock").output.endswith("LOCK written, 10 entries changed\n")
    result = run(root, "check")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "2 rules, 1 vocabularies: nothing found")
    assert run(root, "check", "--strict").exit_code == 1
    spoil(root, MAIN, "score: 6}", "score: 5}")
    assert f"{MAIN}: is not as it was locked" in run(root, "check").stderr
    result = run(root, "check", "--unlocked")
    assert result.exit_code == 1 and "below 7 by at most 1" in result.output and "1 finding(s)" in result.output


def test_one_rule_is_looked_at_when_another_is_broken(root: Path) -> None:
    spoil(root, "other-rule/1.0.0.yaml", "urgency: soon", "urgency: son")
    result = run(root, "test", "late-pain")
    assert result.exit_code == 0 and "1 problem(s) elsewhere; only late-pain is looked at" in result.stderr
    assert run(root, "test", "other-rule").exit_code == 1
    assert run(root, "test").exit_code == 1
    assert "1 problem(s)" in run(root, "test", "no-rule").stderr


def test_test(root: Path) -> None:
    assert run(root, "test").output == "12 tests passed\n"
    assert "late-pain 1.0.0: not severe: passed" in run(root, "test", "-v").output
    spoil(root, MAIN, "score: 6}, expect: silent", "score: 6}, expect: fires")
    result = run(root, "test", "late-pain")
    assert result.exit_code == 1 and "not severe: FAILED: expected fires" in result.output


def test_explain_and_gaps(root: Path) -> None:
    write(root, {"late-pain/1.1.0.yaml": RULE.replace("version: 1.0.0", "version: 1.1.0").replace("status: active", "status: draft")})
    assert "late-pain 1.1.0 (draft" in run(root, "explain", "late-pain").output
    assert "late-pain 1.0.0 (active" in run(root, "explain", "late-pain", "1.0.0").output
    result = run(root, "explain", "late-pain", "3.0.0")
    assert result.exit_code == 2 and "late-pain has no version 3.0.0; there are 1.0.0, 1.1.0" in result.stderr
    result = run(root, "explain", "late-pian")
    assert result.exit_code == 2 and "there is no rule 'late-pian'; did you mean late-pain?" in result.stderr
    assert run(root, "explain", "zzz").exit_code == 2
    result = run(root, "gaps", "late-pain")
    assert result.exit_code == 1 and "severe: after_index dropped: no test notices" in result.output
    assert "(100.0 %)" in run(root, "gaps", "other-rule").output
    everything = run(root, "gaps")
    assert everything.exit_code == 1 and re.search(r"\d+ mutants, \d+ noticed \(\d\d\.\d %\)", everything.output)
    assert run(root, "gaps", "--at-least", "10").exit_code == 0


def test_lock_activate_end(root: Path) -> None:
    write(root, {"late-pain/1.1.0.yaml": RULE.replace("version: 1.0.0", "version: 1.1.0").replace("status: active", "status: draft")})
    assert run(root, "lock").exit_code == 0
    result = run(root, "activate", "late-pain", "1.1.0", "--from", "2026-03-01", "--why", "Agreed")
    assert result.exit_code == 0 and "late-pain 1.1.0 active from 2026-03-01" in result.output
    result = run(root, "end", "late-pain", "1.1.0", "--on", "2026-04-01", "--why", "Withdrawn")
    assert result.exit_code == 0 and "late-pain 1.1.0 retired from 2026-03-01 until 2026-04-01" in result.output
    spoil(root, MAIN, "urgency: soon", "urgency: routine")
    assert run(root, "lock").exit_code == 1
    assert run(root, "lock", "--unreleased").exit_code == 0
    result = run(root, "end", "late-pain", "1.1.0", "--on", "1 April", "--why", "x")
    assert result.exit_code == 2 and "'1 April' is not a day written as YYYY-MM-DD" in result.stderr
    assert run(root, "end", "late-pain", "1.1.0", "--on", "2026-04-01").exit_code == 2


@pytest.mark.parametrize("command", ["check", "test", "explain", "gaps", "verify-codes", "lock", "activate", "end"])
def test_every_command_has_help(command: str, root: Path) -> None:
    assert "Usage:" in run(root, command, "--help").output


def test_where_the_rules_are(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.delenv("POSTFUSION_RULES_DIR", raising=False)
    assert (default_root() / "README.md").is_file()
    monkeypatch.setenv("POSTFUSION_RULES_DIR", str(root))
    assert default_root() == root
    assert CliRunner().invoke(rules, ["test"]).output == "12 tests passed\n"
