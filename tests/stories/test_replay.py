"""Every sample story through HTTP, its hook and the command line: the same answer, as told in expected.json."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from tests.stories.renew import WHOLE, answer_to
from tests.stories.replay import (
    FOLDER,
    GOLDEN,
    NAMES,
    PATHS,
    VIEW,
    as_of,
    book,
    card_in_short,
    client,
    hook_cards,
    hook_of,
    in_short,
    masked,
    request_on,
    story,
    told,
    told_of_hook,
)

VIEWED = [name for name in NAMES if hook_of(name) == VIEW]
OTHERS = [name for name in NAMES if name not in VIEWED]
each_story = pytest.mark.parametrize("name", NAMES)
each_viewed = pytest.mark.parametrize("name", VIEWED)
each_other = pytest.mark.parametrize("name", OTHERS)
# the ends of months and years, where steps of months and days part ways
DAYS = ["2026-02-28", "2026-08-31", "2026-12-31", "2027-01-01", "2028-02-29", "2028-08-29"]


def by_command(file: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `postfusion evaluate` answers to a file."""
    monkeypatch.setattr("service.web.serving.load_book", lambda *_, **__: book())
    run = CliRunner().invoke(main, ["evaluate", str(file), "--as-of", now.isoformat(), "--format", "json"])
    assert run.exit_code == 0, run.output
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def evaluated(name: str) -> dict[str, Any]:
    """The answer of /evaluate to a story's whole request."""
    now = as_of(name)
    answer: dict[str, Any] = client(now).post("/evaluate", json=request_on(name, now)).get_json()
    return answer


def test_the_stories_are_there() -> None:
    assert len(NAMES) == len(list(FOLDER.iterdir())) == 25
    assert [int(name[:2]) for name in NAMES] == list(range(1, len(NAMES) + 1))


def test_every_hook_has_a_story() -> None:
    assert {hook_of(name) for name in NAMES} == set(PATHS)
    assert len(VIEWED) == 20


@each_story
def test_a_bundle_is_answered_as_told(name: str) -> None:
    assert in_short(answer_to(name)) == told(name)


@each_story
def test_a_hook_is_answered_as_told(name: str) -> None:
    assert [card_in_short(card) for card in hook_cards(name, as_of(name))] == told_of_hook(name)


@each_story
def test_the_command_line_gives_the_same_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = by_command(FOLDER / name / "bundle.json", as_of(name), monkeypatch)
    assert masked(answer) == masked(answer_to(name))


@each_story
def test_the_command_line_answers_a_whole_request(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request_on(name, as_of(name))))
    answer = by_command(file, as_of(name), monkeypatch)
    assert masked(answer) == masked(evaluated(name))
    assert masked(answer["cards"]) == masked(hook_cards(name, as_of(name)))


@each_viewed
def test_the_hook_gives_the_same_cards_on_the_same_day(name: str) -> None:
    expected, shown = masked(answer_to(name)["cards"]), masked(hook_cards(name, as_of(name)))
    assert shown == expected


@each_viewed
def test_a_request_sent_to_evaluate_gives_the_same_verdicts(name: str) -> None:
    assert in_short(evaluated(name)) == told(name)


@each_other
def test_rules_of_both_hooks_answer_a_request_as_they_do_the_bundle(name: str) -> None:
    asked, viewed = evaluated(name), answer_to(name)
    answers = [{verdict["rule"]: verdict["answer"] for verdict in answer["verdicts"]} for answer in (asked, viewed)]
    both = answers[0].keys() & answers[1].keys()
    assert "red-flag-motor-deficit" in both
    assert {rule: answers[0][rule] for rule in both} == {rule: answers[1][rule] for rule in both}
    assert (asked["asOf"], asked["indexFusion"]) == (viewed["asOf"], viewed["indexFusion"])


@each_other
def test_the_drafts_or_the_hook_make_the_difference(name: str) -> None:
    same = told_of_hook(name) == told(name)["cards"]
    assert same == (hook_of(name) == "encounter-start")


@pytest.mark.parametrize("day", DAYS)
@each_story
def test_the_story_does_not_age(name: str, day: str) -> None:
    now = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
    assert [card_in_short(card) for card in hook_cards(name, now)] == told_of_hook(name)


@each_story
def test_cards_differ_between_days_by_dates_alone(name: str) -> None:
    now = datetime(2026, 6, 17, 9, tzinfo=UTC)
    assert masked(hook_cards(name, now), dates=True) == masked(hook_cards(name, as_of(name)), dates=True)


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


@pytest.mark.parametrize(
    ("name", "rule", "said", "unsaid"),
    [
        ("21-order-sign-open-alarm", "order-open-alarm", ["`ServiceRequest/21-draft-1`", "`red-flag-motor-deficit`"], []),
        (
            "22-order-select-opioid-gabapentinoid",
            "order-opioid-gabapentinoid",
            ["`MedicationRequest/22-draft-2`", "`MedicationRequest/22-med-1`"],
            ["22-draft-1"],
        ),
        ("23-encounter-start-fbss", "fbss-time-criteria", ["CT", "SI joint, piriformis"], ["infection screen,", "adjacent level"]),
        ("24-encounter-discharge-advice", "discharge-alarm-advice", ["`Procedure/fusion`", "answered at night"], []),
        ("25-problem-list-fbss", "problem-list-fbss-open-causes", ["Still open - SI joint, piriformis."], ["infection screen"]),
    ],
)
def test_the_card_of_the_hook_keeps_what_the_story_promises(name: str, rule: str, said: list[str], unsaid: list[str]) -> None:
    (detail,) = (card["detail"] for card in hook_cards(name, as_of(name)) if card_in_short(card)["rule"] == rule)
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
