"""What was acknowledged outlives a kill; many writers at once lose nothing; nothing of a patient reaches the disk."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL, select

from service.record import Kept, Store, write_decision, write_feedback
from service.record.store import reading
from service.record.tables import decision, feedback
from tests.record.conftest import a_card, a_decision, a_feedback, answered, counts, opened

ROOT = Path(__file__).resolve().parents[2]
KILLED_AFTER = 200  # acknowledged rows, decisions and feedback in turn
WRITER = """
import sys
from service.record import open_store, write_decision, write_feedback
from tests.record.conftest import KEY, a_card, a_decision, a_feedback
store = open_store(sys.argv[1], KEY)
while True:
    made = a_decision(a_card())
    write_decision(store, made)
    print("decision", made.id, flush=True)
    write_feedback(store, [a_feedback(made.id)])
    print("feedback", made.id, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_keeps_what_it_acknowledged(url: URL) -> None:
    with opened(url):
        pass  # the tables are there before the writer starts
    address = url.render_as_string(hide_password=False)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, address], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(KILLED_AFTER)]
    writer.send_signal(signal.SIGKILL)
    lines += writer.stdout.readlines()  # acknowledged while the signal was on its way
    writer.stdout.close()
    writer.wait()
    acknowledged = {tuple(line.split()) for line in lines if line.endswith("\n")}
    assert len(acknowledged) >= KILLED_AFTER
    with opened(url) as store, reading(store) as connection:
        there = {("decision", one) for one in connection.scalars(select(decision.c.id))}
        there |= {("feedback", one) for one in connection.scalars(select(feedback.c.card))}
    assert acknowledged - there == set()
    assert len(there - acknowledged) <= 1  # written, killed before it could say so


def test_eight_writers_at_once(store: Store) -> None:
    """Each brings rule versions of its own and shared ones; all send the same feedback."""
    rounds = 10

    def work(writer: int) -> list[Kept]:
        told = []
        for i in range(rounds):
            shared = [answered(f"rule-{n}") for n in range(20)]
            mine = answered(f"rule-{writer}-{i}")
            write_decision(store, a_decision(a_card("rule-1"), answers=(*shared, mine)))
            told.append(write_feedback(store, [a_feedback(f"shared-{i}"), a_feedback(f"{writer}-{i}")]))
        return told

    with ThreadPoolExecutor(8) as pool:
        kept = [one for told in pool.map(work, range(8)) for one in told]
    found = counts(store)
    assert found["decision"] == found["card"] == 8 * rounds
    assert found["answer"] == 8 * rounds * 21
    assert found["rule_version"] == 20 + 8 * rounds
    assert found["feedback"] == sum(one.new for one in kept) == 8 * rounds + rounds
    assert sum(one.repeated for one in kept) == 7 * rounds


def test_a_worker_forked_from_a_loaded_parent_opens_its_own_connections(store: Store, tmp_path: Path) -> None:
    import os

    write_decision(store, a_decision())
    child = os.fork()
    if child == 0:  # pragma: no cover another process
        code = 1
        try:
            for _ in range(5):
                write_decision(store, a_decision())
            code = 0
        finally:
            os._exit(code)
    for _ in range(5):
        write_decision(store, a_decision())
    assert os.waitpid(child, 0)[1] == 0
    assert counts(store)["decision"] == 11
