"""Charts of thousands of readings of one kind: the answer takes no longer than their number explains, and is the one comparing all with
all would give.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.answers import Answer
from service.engine.dates import Span, on
from service.evaluation import Question, evaluate_bundle
from service.fhir.pickers.motor import _Past
from service.fhir.pickers.numbers import perhaps_later
from service.fhir.pickers.presence import followed, latest_of, newest_of
from service.fhir.times import When, from_span
from tests.assurance import record
from tests.stories import chart as made
from tests.stories.replay import book

MANY, SECONDS = 3000, 8.0  # comparing all with all took minutes for these, and must never come back
FIRST = datetime(2025, 3, 20, tzinfo=UTC)
SCENE: Any = SimpleNamespace(as_of=(FIRST + timedelta(days=6)).date(), zone=ZoneInfo("UTC"))


@st.composite
def times(draw: st.DrawFn) -> When | None:
    """None, an instant, or some days, close together so that they meet and overlap."""
    if draw(st.integers(0, 9)) == 0:
        return None
    start = FIRST + timedelta(hours=6 * draw(st.integers(0, 30)))
    end = start + timedelta(hours=6 * draw(st.sampled_from([0, 0, 0, 3, 8, 40])))
    return When(start, end, Span(start.date(), end.date()), timed=start == end)


def reading(when: When | None) -> Any:
    return SimpleNamespace(when=when)


@given(st.lists(times(), max_size=12))
def test_the_latest_are_those_that_no_other_follows(whens: list[When | None]) -> None:
    told = [(reading(when), Answer.YES) for when in whens]
    today = from_span(on(SCENE.as_of), SCENE.zone)
    taken = [when or today for when in whens]
    naive = [one for one, when in zip(told, taken, strict=True) if not any(when.surely_before(other) for other in taken)]
    kept = latest_of(told, SCENE)
    assert [id(one) for one, _ in kept] == [id(one) for one, _ in naive]


@given(st.lists(times(), max_size=8), st.lists(times(), max_size=8))
def test_what_is_lost_is_open_until_something_follows(lost: list[When | None], usable: list[When | None]) -> None:
    readings = [reading(when) for when in lost]
    last: Any = [SimpleNamespace(reading=reading(when)) for when in usable]
    naive = [r for r in readings if r.when is None or not any(w is not None and r.when.surely_before(w) for w in usable)]
    assert [id(r) for r in perhaps_later(readings, last)] == [id(r) for r in naive]
    assert all(followed(when, newest_of([])) is False for when in lost)


@settings(max_examples=300)
@given(st.lists(times(), min_size=1, max_size=12), times())
def test_grades_before_one(whens: list[When | None], when: When | None) -> None:
    grades: Any = [SimpleNamespace(reading=reading(one)) for one in whens]
    last: Any = SimpleNamespace(reading=reading(when))
    earlier = [g for g in grades if g.reading.when and (when is None or g.reading.when.surely_before(when))]
    naive = [g for g in earlier if not any(g.reading.when.surely_before(other.reading.when) for other in earlier)]
    assert {id(g) for g in _Past(grades).latest_before(last)} == {id(g) for g in naive}


Maker = Callable[[int, str | None], made.Resource]
KINDS: dict[str, Maker] = {
    "pain": lambda i, when: made.nrs(i % 10, when, region="leg"),
    "grades": lambda i, when: made.grade(3, when),
    "temperatures": lambda i, when: made.temperature(39.5 if i % 2 else 36.5, when),
    "unreadable temperatures": lambda i, when: made.temperature(39.5, when, unit="furlong" if i % 2 else "Cel"),
    "CRP": lambda i, when: made.crp(3 + i % 90, when),
    "residuals": lambda i, when: made.residual(300, when),
    "findings": lambda i, when: made.finding("saddle-sensory-change", bool(i % 2), when),
    "words": lambda i, when: made.choice("pain-quality", "burning", when),
    "diagnoses": lambda i, when: made.condition(made.SCIATICA, when),
    "operations": lambda i, when: made.fusion(when, id=f"f{i}"),
    "medicines": lambda i, when: made.medication("25480"),
    "one id": lambda i, when: made.nrs(i % 10, when, region="leg", id="x"),
    "symptoms and strength": lambda i, when: (made.grade(4, when), made.finding("leg-numbness", True, when, side="left"))[i % 2],
}
DATES: dict[str, Callable[[int], str | None]] = {
    "ascending": lambda i: (FIRST + timedelta(minutes=7 * i)).isoformat(),
    "descending": lambda i: (FIRST + timedelta(minutes=7 * (MANY - i))).isoformat(),
    "one day": lambda _: "2025-04-01",
    "one year": lambda _: "2025",
    "none": lambda _: None,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_of_one_kind(kind: str) -> None:
    worst = 0.0
    for dates in DATES.values():
        body = made.chart(made.fusion("2025-03-15"), *(KINDS[kind](i, dates(i)) for i in range(MANY)))
        begun = time.process_time()
        evaluate_bundle(body, Question(as_of=datetime(2025, 4, 4, 9, tzinfo=UTC), zone=ZoneInfo("UTC")), book())
        worst = max(worst, time.process_time() - begun)
    record("long-charts", f"{worst:.2f}", f"s of processor for {MANY} of one kind: {kind}")
    assert worst < SECONDS
