"""Tokens become dates counted from a day, and stories become plain bodies."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.engine.dates import add_months, completed_months
from service.lab.samples import STORIES, SampleError, fill, months_away, write_samples

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("token", "filled"),
    [
        ("today", "2026-03-02"),
        ("today-3d", "2026-02-27"),
        ("today+2d", "2026-03-04"),
        ("today-14m", "2025-01-02"),
        ("today+1m", "2026-04-02"),
        ("today-6m+1d", "2025-09-03"),
        ("today-2m-10d", "2025-12-23"),
        ("month-5m", "2025-10"),
        ("year-364d", "2025"),
        ("now", "2026-03-02T00:00:00Z"),
        ("now-1d", "2026-03-01T00:00:00Z"),
    ],
)
def test_tokens(token: str, filled: str) -> None:
    assert fill(f'{{"a": "{{{{{token}}}}}", "b": {{"c": 1}}}}', TODAY) == f'{{"a": "{filled}", "b": {{"c": 1}}}}'


def test_a_time_may_follow_a_date() -> None:
    assert fill("{{today-1d}}T07:30:00Z and {{today}}", TODAY) == "2026-03-01T07:30:00Z and 2026-03-02"


@pytest.mark.parametrize("token", ["", "tomorrow", "today-3", "today -3d", "today-3w", "today-3d ", "Today", "today-3d-", "today-99999d"])
def test_unknown_tokens_are_named_with_their_file(token: str) -> None:
    with pytest.raises(SampleError, match=r"some/request\.json") as caught:
        fill(f"x {{{{{token}}}}} y", TODAY, "some/request.json")
    assert f"{{{{{token}}}}}" in str(caught.value)


def test_an_open_token_is_refused() -> None:
    with pytest.raises(SampleError, match="here: a token is opened"):
        fill('"{{today"', TODAY, "here")


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2026-08-31", 6, "2026-02-28"),
        ("2026-08-30", 6, "2026-02-28"),
        ("2026-02-28", 6, "2025-08-31"),  # 28, 29, 30 and 31 August all lie six months back; the last of them is taken
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-01-31", 1, "2025-12-31"),
    ],
)
def test_months_back_from_the_end_of_a_month(day: str, months: int, found: str) -> None:
    assert months_away(date.fromisoformat(day), -months) == date.fromisoformat(found)


def test_months_back_lead_to_the_last_day_with_that_many_months_passed() -> None:
    for offset in range(0, 4 * 366):
        day = date(2025, 1, 1) + timedelta(days=offset)
        for months in (1, 2, 3, 6, 12, 14, 24):
            there = months_away(day, -months)
            assert completed_months(there, day) == months
            assert completed_months(there + timedelta(days=1), day) == months - 1


def test_months_ahead_are_clamped() -> None:
    assert months_away(date(2025, 8, 31), 6) == date(2026, 2, 28) == add_months(date(2025, 8, 31), 6)


def test_every_story_is_written_as_plain_bodies(tmp_path: Path) -> None:
    written = write_samples(tmp_path / "new" / "out", TODAY)
    names = sorted(path.name for path in STORIES.iterdir())
    assert [path.name for path in written] == [f"{name}.{kind}.json" for name in names for kind in ("request", "bundle")]
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == sorted(path.name for path in written)
    for path in written:
        assert "{{" not in path.read_text()
        json.loads(path.read_text())
    assert (tmp_path / "new/out/02-cauda-equina.bundle.json").read_text() == (STORIES / "02-cauda-equina/bundle.json").read_text()


def test_requests_follow_the_day(tmp_path: Path) -> None:
    write_samples(tmp_path, date(2031, 5, 6))
    rows = json.loads((tmp_path / "02-cauda-equina.request.json").read_text())["prefetch"]["procedures"]["entry"]
    assert rows[0]["resource"]["performedDateTime"] == "2030-12-06"


def a_story(folder: Path, request: str, bundle: str = "{}") -> Path:
    (folder / "01-one").mkdir(parents=True)
    (folder / "01-one" / "request.json").write_text(request)
    (folder / "01-one" / "bundle.json").write_text(bundle)
    return folder


def test_nothing_is_written_when_one_story_is_faulty(tmp_path: Path) -> None:
    source = a_story(tmp_path / "in", '{"a": "{{yesterday}}"}')
    with pytest.raises(SampleError, match=r"01-one/request.json: token \{\{yesterday\}\} is not known"):
        write_samples(tmp_path / "out", TODAY, source)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("request_text", "bundle", "named"), [("{", "{}", "request.json"), ("{}", "[", "bundle.json")])
def test_bodies_that_are_no_json_are_named(tmp_path: Path, request_text: str, bundle: str, named: str) -> None:
    with pytest.raises(SampleError, match=f"01-one/{named}: not JSON"):
        write_samples(tmp_path / "out", TODAY, a_story(tmp_path / "in", request_text, bundle))


def test_a_folder_without_stories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="no sample stories"):
        write_samples(tmp_path / "out", TODAY, tmp_path)


def test_the_command_writes_them(tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["samples", "--out", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    assert len(run.stdout.split()) == len(list((tmp_path / "out").iterdir())) == 2 * len(list(STORIES.iterdir()))


def test_the_command_says_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = CliRunner().invoke(main, ["samples", "--out", str(tmp_path / "file" / "out")])
    assert run.exit_code == 2
    assert run.stderr.startswith("postfusion: ")
    assert "Traceback" not in run.output
