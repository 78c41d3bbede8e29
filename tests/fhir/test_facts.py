"""Facts of codes that no reading has are silent without asking their picker: that must change no answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.engine.facts import Fact
from service.evaluation.codes import index_of
from service.fhir import fact_of, facts_of, read_bundle, set_scene
from service.fhir.pickers.windows import speaks_of_codes_alone
from tests.evaluation.random_stories import story
from tests.stories import chart as a
from tests.stories.replay import book

ZONE = ZoneInfo("UTC")
VOCABULARY = book().vocabularies["1.0.0"]
CHARTS = {
    "nothing": a.chart(),
    "an operation": a.chart(a.fusion("2025-03-15")),
    "a partial date": a.chart(a.fusion("2025")),
    "one finding": a.chart(a.fusion("2025-03-15"), a.finding("foot-drop-new", True, "2025-06-10", side="left")),
    "one score": a.chart(a.nrs(6, "2025-04-20", region="leg")),
    "unreadable": a.chart(a.fusion("2025-03-15"), a.temperature("high", "2025-03-25")),  # type: ignore[arg-type]
    **{f"story {seed}": story(seed)[1] for seed in range(40, 60)},
}


def fail(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


@pytest.mark.parametrize("body", CHARTS.values(), ids=CHARTS)
@pytest.mark.parametrize("days", [0, 30, 400])
def test_what_is_not_asked_would_have_been_silent(body: bytes, days: int) -> None:
    moment, codes = datetime(2025, 3, 20, tzinfo=UTC) + timedelta(days=days), index_of(VOCABULARY)
    scene = set_scene(read_bundle(body, moment, ZONE, codes, "p1"), moment, ZONE, codes)
    facts = facts_of(scene, VOCABULARY, VOCABULARY.facts, fail)
    assert facts.held == {name: fact_of(scene, spec, fail) for name, spec in VOCABULARY.facts.items()}


def test_most_pickers_speak_of_codes_alone() -> None:
    asked = [spec.name for spec in VOCABULARY.facts.values() if not speaks_of_codes_alone(spec)]
    assert "alive" in asked and len(asked) < len(VOCABULARY.facts) / 5


def test_a_picker_that_throws_leaves_its_own_fact_unreadable() -> None:
    moment, codes = datetime(2026, 3, 20, tzinfo=UTC), index_of(VOCABULARY)
    scene = set_scene(read_bundle(CHARTS["one finding"], moment, ZONE, codes, "p1"), moment, ZONE, codes)
    heard: list[str] = []
    broken = VOCABULARY.facts["days_since_index"]
    object.__setattr__(scene, "index", None)
    fact = fact_of(scene, broken, lambda name, _: heard.append(name))
    assert heard == ["fact/days_since_index"]
    assert isinstance(fact, Fact) and str(fact.items[0].gap) == "unreadable"
