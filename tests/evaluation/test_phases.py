"""Every phase of judging is timed under its own name, in the order it runs; on the command line nobody counts."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.evaluation.question import PHASES
from service.web.metrics import timed
from tests.fhir.build import ask, finding, fusion
from tests.stories.replay import client, story


def test_each_phase_is_told_by_name() -> None:
    seen: list[str] = []

    @contextmanager
    def note(phase: str) -> Iterator[None]:
        seen.append(phase)
        yield

    ask(fusion(), finding("saddle-sensory-change", "2025-10-01"), as_of="2025-10-02", timed=note)
    assert tuple(dict.fromkeys(seen)) == PHASES


def test_metrics_count_the_phases_of_a_call() -> None:
    caller = client()
    caller.post("/evaluate?asOf=2026-03-02T09:00:00Z", json=story("02-cauda-equina", "bundle.json"))
    text = caller.get("/metrics").get_data(as_text=True)
    for phase in PHASES:
        assert f'postfusion_phase_seconds_count{{phase="{phase}"}}' in text


def test_without_an_application_nothing_is_counted() -> None:
    with timed("read"):
        pass
