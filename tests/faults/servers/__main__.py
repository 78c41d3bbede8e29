"""Measure every server and print a table: `python -m tests.faults.servers --python PATH` (a Python that has them all)."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.faults.servers.candidates import CANDIDATES, Candidate, Running, running
from tests.faults.servers.measures import (
    BROKEN,
    KINDS,
    after_a_kill,
    answers_to,
    at_the_end,
    cut_after,
    throughput,
    worst_beside,
)


def measured(candidate: Candidate, python: str, counts: list[int], seconds: float) -> dict[str, Any]:
    """All figures of one server, each part on a server started anew."""
    figures: dict[str, Any] = {}
    parts = (lambda made: _beside(made, counts, seconds), lambda made: _load(made, seconds), _broken, _cut, _ends)
    for part in parts:
        with tempfile.TemporaryDirectory() as folder, running(candidate, python, Path(folder)) as made:
            figures |= part(made)
    return figures


def _beside(made: Running, counts: list[int], seconds: float) -> dict[str, Any]:
    return {f"{count} slow: {kind}": f"{worst_beside(made, kind, count, seconds):.2f}" for count in counts for kind in KINDS}


def _load(made: Running, seconds: float) -> dict[str, Any]:
    rate, p95 = throughput(made, 16, seconds)
    return {"answers/s at 16": f"{rate:.0f}", "p95 at 16": f"{p95:.3f}", "MB": made.memory()}


def _broken(made: Running) -> dict[str, Any]:
    return {name: " ".join(answers_to(made, sent)) or "closed" for name, sent in BROKEN.items()}


def _cut(made: Running) -> dict[str, Any]:
    cuts = {f"cut after: {kind}": cut_after(made, kind, 40) for kind in ("headers", "body", "idle")}
    return {name: "never" if seconds is None else f"{seconds:.1f}" for name, seconds in cuts.items()}


def _ends(made: Running) -> dict[str, Any]:
    killed = after_a_kill(made)
    if made.process.poll() is not None:
        return {"after kill -9": "ended", "SIGTERM": "-"}
    answered, code, seconds = at_the_end(made)
    return {"after kill -9": f"{killed:.2f}", "SIGTERM": f"{'answered' if answered else 'cut'}, exit {code} after {seconds:.1f}"}


def main() -> None:
    """The table, a row per figure, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="", help="names of servers, comma-separated")
    parser.add_argument("--slow", default="20,100,300", help="numbers of slow peers")
    parser.add_argument("--seconds", type=float, default=8)
    asked = parser.parse_args()
    counts = [int(one) for one in asked.slow.split(",")]
    chosen = [one for one in CANDIDATES if not asked.only or one.name in asked.only.split(",")]
    table: dict[str, dict[str, Any]] = {}
    for one in chosen:
        try:
            table[one.name] = measured(one, asked.python, counts, asked.seconds)
        except RuntimeError as error:
            sys.stderr.write(f"{one.name}: {error}\n")
        sys.stderr.write(f"{one.name}: {table.get(one.name)}\n")
    rows = list(dict.fromkeys(name for figures in table.values() for name in figures))
    lines = [f"| | {' | '.join(table)} |", f"|---{'|---' * len(table)}|"]
    lines += [f"| {row} | {' | '.join(str(figures.get(row, '')) for figures in table.values())} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")


main()
