"""A timeline says what evaluating every single day would say."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.evaluation import Question, Refused, timeline_bundle, timeline_hook, turns, walk
from service.fhir.chart import Chart
from service.fhir.pickers import PICKERS
from service.fhir.pickers.windows import window_of
from service.library import Book, NoRulesInForce
from tests.assurance import record
from tests.evaluation.random_stories import cut, story
from tests.stories import chart as a
from tests.stories.replay import book

ZONE = ZoneInfo("UTC")
FULL = os.environ.get("POSTFUSION_FULL") == "1"
LATER = datetime(2026, 3, 1, tzinfo=UTC)


def fail(rule: str, error: Exception) -> None:
    raise AssertionError(f"{rule} threw") from error


def follow(body: bytes, as_of: datetime = LATER, rules: Book | None = None, **question: Any) -> dict[str, Any]:
    return timeline_bundle(body, Question(as_of, ZONE, report=fail, **question), rules or book())


def answers_on(timeline: Mapping[str, Any], day: date) -> dict[str, str]:
    """Every rule's answer on a day; no where the timeline names none."""
    answers: dict[str, list[str]] = {}
    for line in timeline["rules"]:
        on = [one["answer"] for one in line["on"] if one["from"] <= day.isoformat() < one["to"]]
        answers.setdefault(line["rule"], []).extend(on)
    assert all(len(on) < 2 for on in answers.values())
    return {rule: next(iter(on), "no") for rule, on in answers.items()}


def days_of(timeline: Mapping[str, Any], random: Random) -> Iterator[date]:
    """A few days of all, and days at which something turns, with the day before."""
    first, end = date.fromisoformat(timeline["from"]), date.fromisoformat(timeline["to"])
    turns = {date.fromisoformat(one[side]) for line in timeline["rules"] for one in line["on"] for side in ("from", "to")}
    days = {first + timedelta(days=random.randrange((end - first).days)) for _ in range(6)}
    days |= {turn - timedelta(days=back) for turn in random.sample(sorted(turns), min(3, len(turns))) for back in (0, 1)}
    yield from sorted(day for day in days if first <= day < end)


@pytest.mark.parametrize("seed", [1, 4, 7, 11, 18, 23])
def test_it_equals_evaluating_day_by_day(seed: int) -> None:
    operation, body = story(seed)
    timeline = follow(body, datetime.combine(operation + timedelta(days=700), time(), UTC))
    for day in days_of(timeline, Random(seed)):  # noqa: S311
        judged = a.judge(cut(body, day), day.isoformat())
        assert answers_on(timeline, day) == {v["rule"]: v["answer"] for v in judged.body["verdicts"]}, day


def test_every_day_of_a_small_story() -> None:
    body = a.chart(
        a.fusion("2025-03-15"),
        a.nrs(6, "2025-04-20", region="leg"),
        a.nrs(7, "2025-05-01", region="leg"),
        a.temperature(38.6, "2025-03-25"),
        a.finding("foot-drop-new", True, "2025-06-10", side="left"),
    )
    timeline = follow(body, LATER)
    first = date(2025, 3, 15)
    for day in (first + timedelta(days=n) for n in (*range(30), *range(40, 50), *range(84, 104))):
        judged = a.judge(cut(body, day), day.isoformat())
        assert answers_on(timeline, day) == {v["rule"]: v["answer"] for v in judged.body["verdicts"]}, day


def line(timeline: Mapping[str, Any], rule: str) -> list[dict[str, str]]:
    (found,) = [one for one in timeline["rules"] if one["rule"] == rule]
    on: list[dict[str, str]] = found["on"]
    return on


def test_what_is_told() -> None:
    timeline = follow(a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left")))
    assert timeline["indexFusion"]["date"] == "2025-03-15"
    assert (timeline["from"], timeline["to"], timeline["patient"]) == ("2025-03-15", "2027-03-14", "p1")
    assert timeline["releases"][0]["from"] == timeline["from"]
    assert timeline["releases"][-1]["to"] == timeline["to"]
    assert all(one["to"] == after["from"] for one, after in pairwise(timeline["releases"]))
    # one day of clock difference is allowed, and 14 days back the finding is new
    assert line(timeline, "red-flag-motor-deficit") == [{"from": "2025-06-09", "to": "2025-06-25", "answer": "yes"}]
    assert line(timeline, "stage-weeks-6-8") == [{"from": "2025-04-26", "to": "2025-05-15", "answer": "yes"}]
    assert line(timeline, "red-flag-cauda-equina") == []


def test_what_is_dated_later_is_not_unreadable() -> None:
    later = a.temperature(39.5, "2025-12-01")
    timeline = follow(a.chart(a.fusion("2025-03-15"), later))
    assert line(timeline, "data-unreadable") == []
    assert a.judge(a.chart(a.fusion("2025-03-15"), later), "2025-03-25").answer("red-flag-infection") == "unknown"


def test_a_patient_who_dies() -> None:
    who = a.person(deceasedDateTime="2025-06-20")
    timeline = follow(a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left"), patient=who))
    assert line(timeline, "red-flag-motor-deficit") == [{"from": "2025-06-09", "to": "2025-06-20", "answer": "yes"}]


def test_resources_that_are_not_valid_r4_count_as_unreadable() -> None:
    broken = a.finding("foot-drop-new", True, "2025-06-10", side="left", note="text instead of a list")
    timeline = follow(a.chart(a.fusion("2025-03-15"), broken))
    assert line(timeline, "red-flag-motor-deficit") == [{"from": "2025-03-15", "to": "2027-03-14", "answer": "unknown"}]


@pytest.mark.parametrize("given", [[], [a.fusion(None)], [a.fusion("2026-06-01")]], ids=["none", "undated", "ahead"])
def test_without_a_dated_operation(given: list[a.Resource]) -> None:
    with pytest.raises(Refused, match="dated lumbar fusion") as refused:
        follow(a.chart(*given))
    assert refused.value.status == 422


def test_more_than_can_be_followed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    glucose = [a.observation("2345-7", 5, "2025-06-10") for _ in range(9)]  # no rule reads it
    chart = a.chart(a.fusion("2025-03-15"), *(a.nrs(5, "2025-06-10") for _ in range(4)), *glucose)
    monkeypatch.setattr("service.evaluation.timeline.MOST", 5)
    assert follow(chart)["rules"]
    monkeypatch.setattr("service.evaluation.timeline.MOST", 4)
    with pytest.raises(Refused, match="too many for a timeline") as refused:
        follow(chart)
    assert refused.value.status == 413


def test_a_partial_date_counts_from_its_first_day_to_the_last_it_could_mean() -> None:
    timeline = follow(a.chart(a.fusion("2025-03")))
    assert (timeline["from"], timeline["to"]) == ("2025-03-01", "2027-03-30")


def test_a_second_operation_starts_the_clock_anew() -> None:
    body = a.chart(a.fusion("2024-03-15"), a.fusion("2025-01-10", id="second"))
    assert follow(body, datetime(2024, 6, 1, tzinfo=UTC))["from"] == "2024-03-15"
    assert follow(body)["from"] == "2025-01-10"
    early = follow(body, datetime(2024, 6, 1, tzinfo=UTC))
    assert [one["from"] for one in line(early, "stage-weeks-1-6")] == ["2024-03-15", "2025-01-10"]


def changing(day: date) -> Book:
    """The book with one rule replaced from a day on by a version that says the opposite of the stage."""
    shipped = book()
    old = shipped.versions["stage-weeks-1-6"][0]
    first = replace(old, effective_until=day)
    second = replace(old, version="1.1.0", effective_from=day, digest="sha256:" + "1" * 64)
    decide = shipped.deciders["stage-weeks-1-6", "1.0.0"]
    deciders = {
        **shipped.deciders,
        ("stage-weeks-1-6", "1.0.0"): replace(decide, rule=first),
        ("stage-weeks-1-6", "1.1.0"): replace(decide, rule=second, decide=_as(second, decide.decide)),
    }
    return replace(shipped, versions={**shipped.versions, "stage-weeks-1-6": (first, second)}, deciders=deciders, _releases={})


def _as(rule: Any, decide: Any) -> Any:
    return lambda facts, said: replace(decide(facts, said), rule=rule)


def test_a_version_that_changes_within_the_span_is_honoured() -> None:
    body = a.chart(a.fusion("2021-03-15"), a.nrs(6, "2021-03-20", region="leg"))
    timeline = follow(body, rules=changing(date(2021, 4, 1)))
    both = {one["version"]: one["on"] for one in timeline["rules"] if one["rule"] == "stage-weeks-1-6"}
    assert [one["to"] for one in timeline["releases"]] == ["2021-04-01", "2023-03-14"]
    assert both == {
        "1.0.0": [{"from": "2021-03-15", "to": "2021-04-01", "answer": "yes"}],
        "1.1.0": [{"from": "2021-04-01", "to": "2021-04-26", "answer": "yes"}],
    }
    others = {one["rule"]: one["on"] for one in timeline["rules"] if one["version"] == "1.0.0" and one["rule"] != "stage-weeks-1-6"}
    assert others == {one["rule"]: one["on"] for one in follow(body)["rules"] if one["rule"] != "stage-weeks-1-6"}


def test_the_rules_of_one_day_may_be_kept_throughout() -> None:
    body = a.chart(a.fusion("2025-03-15"))
    kept = follow(body, rules=changing(date(2025, 4, 1)), rules_as_of=date(2025, 6, 1))
    assert len(kept["releases"]) == 1
    assert {one["version"] for one in kept["rules"] if one["rule"] == "stage-weeks-1-6"} == {"1.1.0"}
    pinned = follow(body, rules=changing(date(2025, 4, 1)), pins=("stage-weeks-1-6@1.0.0",))
    assert {one["version"] for one in pinned["rules"] if one["rule"] == "stage-weeks-1-6"} == {"1.0.0"}
    with pytest.raises(NoRulesInForce):
        follow(a.chart(a.fusion("1990-01-01")), datetime(1990, 6, 1, tzinfo=UTC), rules_as_of=date(2025, 1, 1), rules=_empty())


def _empty() -> Book:
    return replace(book(), versions={}, deciders={}, _releases={})


def test_a_hook_request() -> None:
    sent = json.loads(a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left")))["entry"]
    prefetch = {
        key: json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [one]}).encode()
        for key, one in zip(("procedures", "observations"), sent[1:], strict=True)
    } | {"conditions": b"null"}
    timeline = timeline_hook(prefetch, Question(LATER, ZONE, patient="p1", hook="order-sign"), book())
    assert {one["rule"] for one in timeline["rules"]} >= {"order-open-alarm", "red-flag-motor-deficit"}
    assert "stage-weeks-1-6" not in {one["rule"] for one in timeline["rules"]}


# --- the windows on which the saving rests ----------------------------------------------------------------------------------------


@contextmanager
def asked_of_charts(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The value sets that charts are asked for, while this lasts."""
    asked: set[str] = set()
    plain = Chart.of

    def of(self: Chart, concepts: Any, types: tuple[str, ...]) -> Any:
        concepts = tuple(concepts)
        asked.update(concepts)
        return plain(self, concepts, types)

    with monkeypatch.context() as patch:
        patch.setattr(Chart, "of", of)
        yield asked


@pytest.mark.parametrize("seed", [3, 5])
def test_every_fact_is_read_from_its_window(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picker that asks for more than its window says would be missed by a timeline."""
    from service.evaluation.codes import index_of
    from service.fhir import read_bundle, set_scene

    operation, body = story(seed, most=200)
    vocabulary = book().vocabularies["1.0.0"]
    moment, codes = datetime.combine(operation + timedelta(days=400), time(), UTC), index_of(vocabulary)
    chart = read_bundle(body, moment, ZONE, codes)
    for spec in vocabulary.facts.values():
        scene = set_scene(chart, moment, ZONE, codes)
        with asked_of_charts(monkeypatch) as asked:
            PICKERS[spec.picker](scene, spec)
        assert asked <= window_of(spec).concepts, spec.name


def ask_everything(version: str, told: Any, state: Any, question: Question, _: date) -> None:
    walk._make(version, told, state, question, list(state.held[version]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(120, 180) if FULL else [144])
def test_what_is_left_out_would_have_said_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where readings without a date, which count as of today, are asked on every day."""
    operation, body = story(seed, most=60)
    moment = datetime.combine(operation + timedelta(days=728), time(), UTC)
    timeline = follow(body, moment)
    monkeypatch.setattr(turns.Plan, "speaks_on", lambda *_: True)
    monkeypatch.setattr(walk, "_news", ask_everything)
    assert follow(body, moment) == timeline


@pytest.mark.slow
def test_a_typical_chart_takes_less_than_a_second() -> None:
    """Two years with a visit's worth of findings, scores and letters every month. By processor time, so that others do not decide."""
    operation, body = story(8, most=80)
    moment = datetime.combine(operation + timedelta(days=728), time(), UTC)
    follow(body, moment)
    begun = process_time()
    assert follow(body, moment)["rules"]
    took = process_time() - begun
    record("timeline", f"{took:.2f}", f"s for 104 weeks of a chart of {len(json.loads(body)['entry'])} resources that rules read")
    assert took < (1 if FULL else 4), "coverage and a busy machine are allowed for, except in the full run"


def test_little_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a timeline quick, as counts: a clock would measure the machine."""
    counts = {"facts": 0, "rules": 0}

    def counting(name: str, plain: Any) -> Any:
        def counted(*given: Any) -> Any:
            counts[name] += 1
            return plain(*given)

        return counted

    monkeypatch.setattr(walk, "fact_of", counting("facts", walk.fact_of))
    monkeypatch.setattr(walk, "decide_one", counting("rules", walk.decide_one))
    days = 729
    given = [a.nrs(number % 9, f"2021-{number % 12 + 1:02d}-{number % 28 + 1:02d}", region="leg") for number in range(60)]
    given += [a.temperature(38.0 + number % 3, f"2021-{number % 12 + 1:02d}-{number % 27 + 1:02d}") for number in range(40)]
    given += [a.observation("2345-7", 100, "2021-06-01", unit="mg/dL") for _ in range(100)]
    follow(a.chart(a.fusion("2021-01-15"), *given), datetime(2022, 6, 1, tzinfo=UTC))
    facts, rules = len(book().vocabularies["1.0.0"].facts), len(book().versions)
    assert counts["facts"] < days * facts * 0.05
    assert counts["rules"] < days * rules * 0.10
