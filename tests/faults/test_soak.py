"""Nothing that was acknowledged is lost and no card is withheld, whatever happens to the workers, the process or the store.

The short soak is part of every run; POSTFUSION_FULL=1 asks for five runs of a thousand acknowledged items and more on each store.
"""

import os
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.assurance import record
from tests.faults import corpus
from tests.faults.soak.callers import Tally, told_of_cards, told_of_feedback
from tests.faults.soak.phases import Phase, Soak
from tests.faults.soak.process import serving
from tests.faults.soak.stores import Place, Postgres, Sqlite
from tests.record.conftest import postgres, postgres_url  # noqa: F401 fixtures

FULL = os.environ.get("POSTFUSION_FULL") == "1"
RUNS, SIZE, CALLERS = (5, 175, 8) if FULL else (1, 26, 4)
AT_LEAST = 1000 if FULL else 150  # acknowledged in a run
SLACK = 1 if FULL else 3  # the short soak shares its machine with every other test
DEMANDS = {"first good answer": {"one_worker": 1.0, "all_killed": 10.0, "ended": 10.0}, "end": {"ended": 30.0}}  # seconds
NO_CARDS = b'{"cards": []}'
PROC = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells which processes are workers")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Sqlite(tmp_path)
        return
    url: URL = request.getfixturevalue("postgres_url")
    yield Postgres(url)


@PROC
@pytest.mark.slow
@pytest.mark.parametrize("run", range(1, RUNS + 1))
def test_soak(place: Place, tmp_path: Path, run: int) -> None:
    with serving(tmp_path, place.environ()) as service:
        phases = Soak(service, place, size=SIZE, callers=CALLERS, seed=run).run()
    _tell(phases, place.name, run)
    for phase in phases:
        assert not phase.faults, phase
        assert not phase.tally.bad, (phase.name, phase.tally.bad[:5])
        assert phase.lost == 0, phase.name
    for figure, by_phase in DEMANDS.items():
        for name, seconds in by_phase.items():
            took = next(phase for phase in phases if phase.name == name).seconds[figure]
            assert took <= seconds * SLACK, f"{name}: {figure} after {took:.2f} s"
    assert phases[0].tally.unlogged == phases[0].tally.refused == len(phases[0].tally.broken) == 0
    assert sum(phase.tally.acknowledged for phase in phases) >= AT_LEAST
    log = service.log.read_text()
    assert "Traceback" not in log
    assert "unforeseen" not in log


def _tell(phases: list[Phase], store: str, run: int) -> None:
    """The figures, for the report."""
    where = f"{store}, run {run} of {RUNS}"
    acknowledged, lost = sum(p.tally.acknowledged for p in phases), sum(p.lost for p in phases)
    record("soak-lost", f"{lost} of {acknowledged}", f"acknowledged decisions and feedback, {where}")
    record("soak-bad-answers", str(sum(len(p.tally.bad) for p in phases)), f"of {sum(p.tally.cards for p in phases)} answers with cards, {where}")
    for phase in phases:
        for what, seconds in phase.seconds.items():
            record(f"soak-{phase.name}-{what}".replace("_", "-").replace(" ", "-"), f"{seconds:.2f}", f"s, {where}")
        if phase.name in ("locked", "full"):
            record(f"soak-{phase.name}-cards", f"{phase.tally.cards} of {phase.tally.cards + len(phase.tally.bad)}", f"cards served, {where}")


def _headers(**named: str) -> Message:
    made = Message()
    for name, value in named.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    ("status", "body"), [(200, NO_CARDS), (500, b"{}"), (503, b"{}"), (412, b"{}"), (200, NO_CARDS.replace(b"[]", b'[{"summary": "x"}]'))]
)
def test_an_answer_without_the_red_flag_is_a_bad_one(status: int, body: bytes) -> None:
    tally = Tally()
    try:
        assert told_of_cards(tally, status, _headers(), body, ("instance", "x")) == []
    except KeyError:
        return  # a card that is not ours ends the soak
    assert len(tally.bad) == 1
    assert not tally.decisions


def test_only_what_is_acknowledged_is_looked_for() -> None:
    tally, outcome = Tally(), corpus.text({"issue": [{"code": "transient"}]})
    card = {"uuid": "c1", "indicator": "critical", "extension": {"org.postfusion": {"rule": "red-flag-infection"}}}
    body = corpus.text({"cards": [card]})
    assert told_of_cards(tally, 200, _headers(X_Decision_Logged="false"), body, ("instance", "x")) == ["c1"]
    assert (tally.cards, tally.unlogged, tally.decisions) == (1, 1, set())
    told_of_cards(tally, 200, _headers(), body, ("instance", "x"))
    assert tally.decisions == {("instance", "x")}
    told_of_feedback(tally, 503, _headers(Retry_After="5"), outcome, "c1")
    assert (tally.refused, tally.feedback, tally.bad) == (1, set(), [])
    told_of_feedback(tally, 503, _headers(), outcome, "c1")
    told_of_feedback(tally, 500, _headers(), b"{}", "c1")
    assert len(tally.bad) == 2
    told_of_feedback(tally, 200, _headers(), b"{}", "c1")
    assert tally.acknowledged == 2
