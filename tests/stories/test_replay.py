"""Every sample story through HTTP, the hook and the command line: the same answer, as told in expected.json."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from tests.stories.renew import WHOLE, answer_to
from tests.stories.replay import FOLDER, GOLDEN, HOOK, NAMES, as_of, book, card_in_short, client, in_short, masked, request_on, story

each_story = pytest.mark.parametrize("name", NAMES)
# the ends of months and years, where steps of months and days part ways
DAYS = ["2026-02-28", "2026-08-31", "2026-12-31", "2027-01-01", "2028-02-29", "2028-08-29"]


def hook_cards(name: str, now: datetime) -> list[dict[str, Any]]:
    response = client(now).post(HOOK, json=request_on(name, now))
    assert response.status_code == 200, response.get_data(as_text=True)
    cards: list[dict[str, Any]] = response.get_json()["cards"]
    return cards


def test_the_stories_are_there() -> None:
    assert len(NAMES) == len(list(FOLDER.iterdir())) >= 16
    assert [int(name[:2]) for name in NAMES] == list(range(1, len(NAMES) + 1))


@each_story
def test_a_bundle_is_answered_as_told(name: str) -> None:
    assert in_short(answer_to(name)) == story(name, "expected.json")


@each_story
def test_the_command_line_gives_the_same_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.web.command.load_book", lambda _: book())
    bundle = FOLDER / name / "bundle.json"
    run = CliRunner().invoke(main, ["evaluate", str(bundle), "--as-of", as_of(name).isoformat(), "--format", "json"])
    assert run.exit_code == 0, run.output
    assert masked(json.loads(run.stdout)) == masked(answer_to(name))


@each_story
def test_the_hook_gives_the_same_cards_on_the_same_day(name: str) -> None:
    expected, told = masked(answer_to(name)["cards"]), masked(hook_cards(name, as_of(name)))
    assert told == expected


@each_story
def test_a_request_sent_to_evaluate_gives_the_same_verdicts(name: str) -> None:
    now = as_of(name)
    response = client(now).post("/evaluate", json=request_on(name, now))
    assert in_short(response.get_json()) == story(name, "expected.json")


@pytest.mark.parametrize("day", DAYS)
@each_story
def test_the_story_does_not_age(name: str, day: str) -> None:
    now = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
    assert [card_in_short(card) for card in hook_cards(name, now)] == story(name, "expected.json")["cards"]


@each_story
def test_cards_differ_between_days_by_dates_alone(name: str) -> None:
    now = datetime(2026, 6, 17, 9, tzinfo=UTC)
    assert masked(hook_cards(name, now), dates=True) == masked(answer_to(name)["cards"], dates=True)


@pytest.mark.parametrize(
    ("name", "said", "unsaid"),
    [
        ("02-cauda-equina", ["`Observation/02-obs-3`", "2026-03-01"], []),
        (
            "10-fbss-six-months",
            ["infection screen, lumbar MRI after the fusion", "SI joint", "piriformis", "never improved"],
            ["adjacent level"],
        ),
        ("19-unreadable-temperature", ["`Observation/19-obs-1`", "infection"], ["see chart", "no fever"]),
        ("20-relieved-then-returned", ["Pain returned after relief"], ["lumbar MRI after the fusion,", "never improved"]),
    ],
)
def test_the_detail_keeps_what_the_story_promises(name: str, said: list[str], unsaid: list[str]) -> None:
    detail = answer_to(name)["cards"][0]["detail"]
    assert [text for text in said if text not in detail] == []
    assert [text for text in unsaid if text in detail] == []


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_answer(name: str) -> None:
    assert masked(answer_to(name)) == json.loads((GOLDEN / f"{name}.json").read_text())


def test_a_changed_answer_is_noticed() -> None:
    answer = answer_to("02-cauda-equina")
    answer["verdicts"][0]["answer"] = "unknown"
    answer["cards"][0]["detail"] += " More."
    assert in_short(answer) != story("02-cauda-equina", "expected.json")
    assert masked(answer, dates=True) != masked(answer_to("02-cauda-equina"), dates=True)
