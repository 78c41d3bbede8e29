"""The whole way of a changed threshold, from 1.0.0 to an active 1.1.0, by the command line alone, as rules/README.md tells it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service import create_app
from service.cli import main
from service.library import load_book
from service.web.settings import Settings
from tests.stories.chart import chart, finding, fusion, grade, judge

ROOT = Path(__file__).parent.parent / "rules"
RULE = "healing-tinel"
PARAMETER = "healing_days: {value: 45, unit: days, meaning: Age of a sign of healing, basis: 'Clinic visits are six weeks apart'}"
SEEN = "2026-11-01"  # the sign: 30 days before 2026-12-01, 40 days before 2026-12-11


def run(root: Path, *words: str, status: int = 0) -> str:
    done: Result = CliRunner().invoke(main, ["rules", "--root", str(root), *words])
    assert done.exit_code == status, done.output
    return done.output


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A released book: what is locked may not change."""
    copy = tmp_path / "rules"
    shutil.copytree(ROOT, copy)
    run(copy, "lock", "--unreleased")
    return copy


def patient(motor_day: str = "2026-12-05") -> bytes:
    return chart(
        fusion("2026-06-01"),
        finding("tinel-progression", True, SEEN, side="left"),
        grade(5, "2026-09-01"),
        grade(5, motor_day),
    )


def write_new_version(root: Path) -> None:
    """What an author does in an editor."""
    folder = root / "vocabulary" / "1.1.0"
    folder.mkdir()
    (folder / "vocabulary.yaml").write_text("extends: 1.0.0\n")
    (folder / "parameters.yaml").write_text(f"parameters:\n  {PARAMETER}\n")
    text = (root / RULE / "1.0.0.yaml").read_text()
    for old, new in (
        ("version: 1.0.0\nvocabulary: 1.0.0", "version: 1.1.0\nvocabulary: 1.1.0"),
        ("status: active", "status: draft"),
        ("{from: 2000-01-01}", "{from: 2026-10-01}"),
        ("changes: First version.", "changes: A sign counts for 45 days, since visits are six weeks apart."),
        ("the sign 30 days ago", "the sign 45 days ago"),
        ("is: yes, days_ago: 30}", "is: yes, days_ago: 45}"),
        ("the sign 31 days ago", "the sign 46 days ago"),
        ("is: yes, days_ago: 31}", "is: yes, days_ago: 46}"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (root / RULE / "1.1.0.yaml").write_text(text)


def in_use(root: Path, as_of: str) -> dict[str, Any]:
    """The verdict that POST /evaluate gives on the rule."""
    client = create_app(Settings(rules_dir=root, record="off")).test_client()
    body = client.post(f"/evaluate?asOf={as_of}", data=patient(), content_type="application/json").json
    (verdict,) = (one for one in body["verdicts"] if one["rule"] == RULE)
    return dict(verdict)


def test_from_a_changed_threshold_to_an_active_version(root: Path, tmp_path: Path) -> None:
    write_new_version(root)
    for command in ("check", "test", "gaps"):
        run(root, command, RULE)
    run(root, "lock")
    run(root, "check")

    shadow = judge(patient(), "2026-12-11", given=load_book(root))
    assert shadow.answer(RULE) == "no" and shadow.verdict(RULE)["version"] == "1.0.0"
    assert [(one.rule, one.version, one.answer) for one in shadow.shadow] == [(RULE, "1.1.0", "yes")]
    assert RULE not in shadow.rules_shown

    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "one.json").write_bytes(patient())
    (tmp_path / "cohort" / "two.json").write_bytes(chart(fusion("2026-06-01")))
    told = run(root, "compare", RULE, "1.0.0", "1.1.0", "--cohort", str(tmp_path / "cohort"), "--as-of", "2026-12-11")
    assert "2 patients as of 2026-12-11, 1 changed" in told
    assert "one.json  p1  no -> yes\n    sign: no -> yes (The Tinel sign moves distally)\n    card gained: healing-tinel" in told

    done = run(root, "activate", RULE, "1.1.0", "--from", "2026-12-10", "--why", "Agreed by the spine group")
    assert f"{RULE} 1.0.0 active from 2000-01-01 until 2026-12-10" in done
    run(root, "end", RULE, "1.0.0", "--on", "2026-12-10", "--why", "Followed by 1.1.0")
    assert "0 entries changed" in run(root, "lock")
    run(root, "check")

    before, after = in_use(root, "2026-12-09"), in_use(root, "2026-12-11")
    assert (before["version"], before["answer"]) == ("1.0.0", "no")
    assert (after["version"], after["answer"], after["shown"]) == ("1.1.0", "yes", True)
    client = create_app(Settings(rules_dir=root, record="off")).test_client()
    history = client.get(f"/rules/{RULE}").json["history"]
    assert [(one["version"], one["status"]) for one in history] == [("1.0.0", "active"), ("1.1.0", "active"), ("1.0.0", "retired")]
    assert history[1]["why"] == "Agreed by the spine group"


def test_a_changed_threshold_needs_a_new_vocabulary(root: Path) -> None:
    file = root / "vocabulary/1.0.0/parameters.yaml"
    text = file.read_text()
    assert "healing_days: {value: 30" in text
    file.write_text(text.replace("healing_days: {value: 30", "healing_days: {value: 45"))
    assert "belongs to a vocabulary in use: write a new vocabulary version" in run(root, "lock", status=1)
    assert "is not as it was locked" in run(root, "check", status=1)


def test_a_draft_is_not_in_use_before_it_is_activated(root: Path) -> None:
    write_new_version(root)
    run(root, "lock")
    (root / RULE / "1.1.0.yaml").write_text((root / RULE / "1.1.0.yaml").read_text().replace("status: draft", "status: active"))
    run(root, "lock", status=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("healing-tinnel", "1.0.0", "1.1.0"), "did you mean healing-tinel?"),
        (("healing-tinel", "1.0.0", "9.9.9"), "there are 1.0.0"),
    ],
)
def test_a_rule_or_version_that_does_not_exist(root: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "one.json").write_bytes(patient())
    assert said in run(root, "compare", *words, "--cohort", str(tmp_path / "one.json"), status=2)


def test_json_tells_everything(root: Path, tmp_path: Path) -> None:
    write_new_version(root)
    file = tmp_path / "cohort.ndjson"
    file.write_bytes(patient() + b"\n\n" + b"{}\n")
    told = run(root, "compare", RULE, "1.0.0", "1.1.0", "--cohort", str(file), "--as-of", "2026-12-11", "--format", "json")
    body = json.loads(told)
    assert body["patients"] == 1 and body["refused"] == ["cohort.ndjson:3"]
    assert body["answers"] == [{"before": "no", "after": "yes", "patients": 1}]
    assert body["cards"] == {"gained": {RULE: 1}, "lost": {}, "altered": {}}
    assert body["changed"][0]["reasons"][0]["criterion"] == "sign"
