"""Measure every server and print a table: `python -m tests.faults.servers --python PATH` (a Python that has them all)."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.faults.servers.candidates import CANDIDATES, SHIPPED, Candidate, Running, running
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

ROUNDS: Final = 5


def measured(candidate: Candidate, python: str, counts: list[int], seconds: float) -> dict[str, Any]:
    """All figures of one server, each part on a server started anew."""
    figures: dict[str, Any] = {}
    parts = (lambda made: _beside(made, counts, seconds), _broken, _cut, _ends)
    for part in parts:
        with tempfile.TemporaryDirectory() as folder, running(candidate, python, Path(folder)) as made:
            figures |= part(made)
    return figures


def _beside(made: Running, counts: list[int], seconds: float) -> dict[str, Any]:
    return {f"{count} slow: {kind}": f"{worst_beside(made, kind, count, seconds):.2f}" for count in counts for kind in KINDS}


def loads(chosen: list[Candidate], python: str, seconds: float) -> dict[str, dict[str, Any]]:
    """Answers in a second at 16 clients: all servers are up, and measured in turn, round after round, since a machine has good and bad
    minutes. The medians, and the ratio to what is shipped.
    """
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in chosen]
        made = [stack.enter_context(running(one, python, folder)) for one, folder in zip(chosen, folders, strict=True)]
        rounds = [[throughput(one, 16, seconds) for one in made] for _ in range(ROUNDS)]
        memory = [one.memory() for one in made]
    rates = {one.name: median(turn[n][0] for turn in rounds) for n, one in enumerate(chosen)}
    waits = {one.name: median(turn[n][1] for turn in rounds) for n, one in enumerate(chosen)}
    shipped = rates.get(SHIPPED.name, 0.0)
    return {
        one.name: {
            "answers/s at 16": f"{rates[one.name]:.0f}" + (f" ({rates[one.name] / shipped:.2f}x)" if shipped else ""),
            "p95 at 16": f"{waits[one.name]:.2f}",
            "MB": memory[n],
        }
        for n, one in enumerate(chosen)
    }


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
    for name, figures in loads([one for one in chosen if one.name in table], asked.python, asked.seconds).items():
        table[name] |= figures
    rows = list(dict.fromkeys(name for figures in table.values() for name in figures))
    lines = [f"| | {' | '.join(table)} |", f"|---{'|---' * len(table)}|"]
    lines += [f"| {row} | {' | '.join(str(figures.get(row, '')) for figures in table.values())} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
