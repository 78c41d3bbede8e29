"""`python -m tests.mutation`: change the code in small wrong ways, and tell which changes no test notices."""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import CodeType

import pytest
import yaml

from tests.assurance import record
from tests.mutation import cold, warm
from tests.mutation.changes import Change, applied, changes, source_of
from tests.mutation.forks import NOT_SWAPPED, Result, in_fork

HERE = Path(__file__).parent
ROOMS = ("service/engine", "service/library", "service/fhir/pickers")
TESTS = (
    *("tests/engine", "tests/library", "tests/fhir", "tests/test_rules.py", "tests/stories", "tests/cards"),
    *("tests/evaluation/test_shadow.py", "tests/evaluation/test_policy.py", "tests/evaluation/test_phases.py"),
    *("tests/evaluation/test_timeline.py", "tests/evaluation/test_out_of_time.py"),
    *("tests/test_traceability.py", "tests/test_whatif_book.py", "tests/test_mutants.py"),
)
EQUIVALENT: Mapping[str, Mapping[str, str]] = yaml.safe_load((HERE / "equivalent.yaml").read_text(encoding="utf-8")) or {}
HINTS = HERE / "hints.json"


def reason(change: Change) -> str:
    """Why no test can notice the change, where that has been found out."""
    return EQUIVALENT.get(change.file, {}).get(change.name, "")


def sampled(found: Iterable[Change], size: int, seed: int) -> list[Change]:
    """About `size` of them (0: all), from every file by its share. Its own name alone decides whether a change is chosen."""
    by_file: defaultdict[str, list[Change]] = defaultdict(list)
    for change in found:
        by_file[change.file].append(change)
    total = sum(map(len, by_file.values()))
    share = min(size / total, 1) if size and total else 1
    chosen: list[Change] = []
    for held in by_file.values():
        ranked = sorted(held, key=lambda one: hashlib.sha256(f"{seed} {one.key}".encode()).digest())
        chosen += ranked[: max(1, round(len(held) * share))]
    return chosen


def main() -> int:
    asked = _arguments()
    files = [path for room in asked.of for path in ([Path(room)] if room.endswith(".py") else sorted(Path(room).glob("*.py")))]
    trees = {str(path): source_of(path) for path in files}
    found = [change for name, tree in trees.items() for change in changes(name, tree) if change.live or not asked.near]
    wanted = sampled((one for one in found if not reason(one)), asked.sample, asked.seed)
    if asked.only:
        names = set(asked.only.read_text(encoding="utf-8").splitlines())
        wanted = [one for one in found if one.key in names]
    asked.out.unlink(missing_ok=True)

    def code(change: Change) -> CodeType:
        return applied(trees[change.file], change, change.file)

    def told(change: Change, result: Result) -> None:
        with asked.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"key": result.key, "line": change.lines[0], "by": result.by, "tests": result.tests}) + "\n")

    hints = json.loads(HINTS.read_text(encoding="utf-8")) if HINTS.exists() else {}
    with tempfile.TemporaryDirectory() as room:
        live = [one for one in wanted if one.live]
        plugin = warm.Warm(live, code, told, asked.budget, asked.jobs, Path(room), hints, asked.near)
        tests = sorted({hints[one.key].partition("::")[0] for one in live if one.key in hints}) if asked.near else asked.tests
        if live:
            _warm(plugin, tests)
    left = {key for key, result in _results(asked.out).items() if result.by == NOT_SWAPPED}
    cold.run([one for one in wanted if not one.live or one.key in left], code, asked.tests, told, asked.jobs)
    return _tell(wanted, _results(asked.out), asked, found)


def _warm(plugin: warm.Warm, tests: Iterable[str]) -> None:
    """In a fork, so that what comes after it starts without our code."""
    said = in_fork(lambda: f"{int(pytest.main([*cold.PLAIN, *tests], plugins=[plugin]))} {plugin.fault}")
    if said != "0 ":
        sys.exit(f"The tests cannot be used: pytest ended with {said}. They must pass with nothing changed; run them.")


def _results(file: Path) -> dict[str, Result]:
    """What is known by now; of two lines about a change the later one counts."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {held["key"]: Result(held["key"], held["by"], held["tests"]) for held in map(json.loads, lines)}


def _tell(wanted: list[Change], results: Mapping[str, Result], asked: argparse.Namespace, found: list[Change]) -> int:
    worst = 100.0
    for room in asked.of:
        tried = [results[one.key] for one in wanted if one.file.startswith(room)]
        noticed = sum(1 for one in tried if one.by)
        of_room = [one for one in found if one.file.startswith(room)]
        share = 100 * noticed / len(tried) if tried else 100.0
        worst = min(worst, share)
        explained = sum(1 for one in of_room if reason(one))
        text = f"{noticed} of {len(tried)} changes tried in {room}, of {len(of_room)} possible; {explained} explained"
        print(f"{share:5.1f} %  {text}")  # noqa: T201
        record(f"mutation {room}", f"{share:.1f}", f"% noticed: {text}")
    for one in wanted:
        if not results[one.key].by:
            print(f"unnoticed: {one.file}:{one.lines[0]} {one.name}  [{results[one.key].tests} tests]")  # noqa: T201
    if asked.hint:
        hints = {key: one.by for key, one in sorted(results.items()) if "::" in one.by}
        HINTS.write_text(json.dumps(hints, indent=1) + "\n", encoding="utf-8")
    return int(worst < asked.floor)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--of", nargs="+", default=ROOMS, help="folders or files to change")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="tests that may notice")
    parser.add_argument("--sample", type=int, default=0, help="how many changes to try, over all files; 0 is all")
    parser.add_argument("--seed", type=int, default=1, help="another number, another sample")
    parser.add_argument("--near", action="store_true", help="choose tests by hints.json and by names alone, not by what they reach")
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds of tests that one change may cost")
    parser.add_argument("--floor", type=float, default=90.0, help="fail below this share in any of the folders")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=Path, help="a file of names of changes, one a line, in place of a sample")
    parser.add_argument("--hint", action="store_true", help="write hints.json anew from what noticed")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "mutation.jsonl", help="a line of JSON for each change")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
