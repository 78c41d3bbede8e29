"""The comparison of servers (`make servers`) still runs, and says of the shipped one what the record of its choice says."""

import sys
from pathlib import Path

import pytest

from tests.faults.servers.candidates import SHIPPED, running
from tests.faults.servers.measures import BROKEN, after_a_kill, answers_to, at_the_end, throughput, worst_beside
from tests.stories.replay import ROOT

CHOICE = (ROOT / "docs" / "decisions" / "001-server.md").read_text()
ROWS = {row.split("|")[1].strip(): row for row in CHOICE.splitlines() if row.startswith("|")}


@pytest.mark.slow
def test_the_shipped_server(tmp_path: Path) -> None:
    with running(SHIPPED, sys.executable, tmp_path) as made:
        others = {"long line": ["414"], "many headers": ["431"], "large header": ["431"]}
        assert {name: answers_to(made, sent) for name, sent in BROKEN.items()} == {name: others.get(name, ["400"]) for name in BROKEN}
        assert worst_beside(made, "body", 30, 2) < 3
        rate, p95 = throughput(made, 4, 2)
        assert rate > 5 and p95 < 5
        assert made.memory() > 50
        assert len(made.workers()) == 2
        assert after_a_kill(made) < 3
        answered, code, seconds = at_the_end(made)
        assert (answered, code) == (True, 0) and seconds < 30


@pytest.mark.parametrize("name", BROKEN)
def test_the_record_of_the_choice_has_the_figure(name: str) -> None:
    assert name in ROWS
