"""Write docs/assurance.md: each promise of docs/assurance.yaml, what its tests said, and the figures they measured.

    python -m tests.release_record FOLDER [NOTE]

NOTE says of a run that was not in full what it was.
FOLDER holds the JUnit reports of pytest (*.xml) and the figures of tests/assurance.py (*.ndjson). Status 1: a promise is not kept.
"""

import json
import os
import platform
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from service.web.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
PROMISES, PAGE = ROOT / "docs" / "assurance.yaml", ROOT / "docs" / "assurance.md"
MOST = 6  # figures of one name that are written out
HEAD = """# The release record

Written by `make assurance`, which runs the long suites in full; `make test` runs a seeded sample of each. Do not edit.

{where}

| promise | demand | tests | figures |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, what would be enough, which tests show it and under which names they record figures."""

    promise: str
    demand: str
    tests: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcomes:
    """How often each test, by file and by file::name, passed, failed or was skipped."""

    by_test: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, test: str, outcome: str) -> None:
        for name in (test, test.partition("::")[0]):
            self.by_test.setdefault(name, Counter())[outcome] += 1


def promises(path: Path = PROMISES) -> list[Promise]:
    """Every promise. Raises TypeError for a member that is not known."""
    listed: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Promise(**{name: tuple(value) if isinstance(value, list) else value for name, value in one.items()}) for one in listed]


def outcomes(reports: Iterable[Path]) -> Outcomes:
    """What the JUnit reports say of every test."""
    told = Outcomes()
    for report in reports:
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 written by our own pytest
            file = case.get("classname", "").replace(".", "/") + ".py"
            name = case.get("name", "").partition("[")[0]
            kinds = {child.tag for child in case}
            told.add(f"{file}::{name}", "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed")
    return told


def figures(files: Iterable[Path]) -> Mapping[str, list[dict[str, str]]]:
    """What was recorded, by name; the latest of equal figures stands."""
    held: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            held.setdefault(one["promise"], {})[one["figure"], one["unit"]] = one
    return {name: list(each.values()) for name, each in held.items()}


def row(one: Promise, told: Outcomes, measured: Mapping[str, list[dict[str, str]]]) -> tuple[str, bool]:
    """The line of one promise, and whether it is kept: every test of it ran, none failed, and every figure it names was recorded.
    One of which a part did not run is neither kept nor broken, and says so.
    """
    ran = [(test, told.by_test.get(test, Counter())) for test in one.tests]
    shown = [f"`{test}`: {_counts(count)}" for test, count in ran]
    found = [figure for name in one.figures for figure in measured.get(name, [])[:MOST]]
    kept = all(count["passed"] and not count["failed"] for _, count in ran) and all(name in measured for name in one.figures)
    broken = any(count["failed"] for _, count in ran)
    promise = one.promise if kept else f"**not {'kept' if broken else 'shown in full'}:** {one.promise}"
    cells = (promise, one.demand, "<br>".join(shown), "<br>".join(map(_figure, found)))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |", kept


def _counts(count: Counter[str]) -> str:
    return ", ".join(f"{count[kind]:,} {kind}" for kind in ("passed", "failed", "skipped") if count[kind]) or "not run"


def _figure(one: Mapping[str, str]) -> str:
    return f"{one['figure']} {one['unit']} ({one['when'][:10]})"


def page(
    told: Outcomes, measured: Mapping[str, list[dict[str, str]]], today: str, listed: Iterable[Promise], note: str = ""
) -> tuple[str, bool]:
    """The page, with a note of how it came about, and whether every promise is kept."""
    rows = [row(one, told, measured) for one in listed]
    ran = f"postfusion {VERSION}, {today}, Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors."
    where = f"{ran} **{note}**" if note else ran
    return HEAD.format(where=where) + "\n".join(line for line, _ in rows) + "\n", all(kept for _, kept in rows)


def main(folder: Path, note: str = "") -> int:
    """Write the page; 1 when a promise is not kept."""
    told, measured = outcomes(sorted(folder.glob("*.xml"))), figures(sorted(folder.glob("*.ndjson")))
    text, kept = page(told, measured, datetime.now(UTC).date().isoformat(), promises(), note)
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {'every promise is kept' if kept else 'not every promise is kept'}")  # noqa: T201
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
