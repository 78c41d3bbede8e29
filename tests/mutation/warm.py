"""Changes tried in forks of one process that has read the tests once: the changed function's code is swapped, and its tests run.

A plugin of pytest: it takes the place of the ordinary run. First a fork runs every test and notes which lines each reaches; a
second one runs them in the order changes get them, with nothing changed.
"""

import json
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType

import coverage
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.changes import Change
from tests.mutation.forks import NOT_SWAPPED, Told, each, in_fork
from tests.mutation.swap import swap

SLOW = 0.3
PATIENCE, GRACE = 10.0, 3.0  # how many times longer than before a test may take, and seconds on top
UNMEASURED = 0.02
_CACHE = type(lru_cache(print))
Pairs = Iterator[tuple[pytest.Item, pytest.Item | None]]


@dataclass(slots=True)
class Warm:
    """The plugin. `budget` is the seconds of tests a change may cost.

    `hints` say which test noticed a change before. `near`: choose tests by these hints and the names of files alone, without a map.
    """

    wanted: list[Change]
    code: Callable[[Change], CodeType]
    told: Told
    budget: float
    jobs: int
    room: Path
    hints: dict[str, str]
    near: bool
    fault: str = ""
    items: dict[str, pytest.Item] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    reached: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running the tests."""
        self.items = {item.nodeid: item for item in session.items}
        if not self.near:
            self._sound(self._map)
            self.times = json.loads((self.room / "times.json").read_text())
            data = coverage.CoverageData(str(self.room / "map"))
            data.read()
            self.reached = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
        self._sound(self._control)
        each(self.wanted, lambda change: self._tried(change, self.tests_of(change)), self.told, self.jobs)
        return True

    def tests_of(self, change: Change) -> list[str]:
        """The tests that may notice a change, likely ones first, as many as the budget holds."""
        hint, file = self.hints.get(change.key, ""), Path(change.file)
        lines = self.reached.get(str(Path(change.file).resolve()), {})
        found = {name for line in range(change.lines[0], change.lines[1] + 1) for name in lines.get(line, ()) if name}
        if self.near:
            found = {name for name in self.items if name == hint or file.stem in name.partition("[")[0]}
        return list(_within(self.budget, in_turn(found, self.times, hint, file), self.times))

    def _sound(self, work: Callable[[], str]) -> None:
        self.fault = in_fork(work)
        if self.fault:
            raise pytest.UsageError(self.fault)

    def _map(self) -> str:
        files = sorted({str(Path(one.file).resolve()) for one in self.wanted})
        watch = coverage.Coverage(data_file=str(self.room / "map"), include=files, config_file=False)
        watch.erase()
        watch.start()
        for item, after in _paired(list(self.items.values())):
            watch.switch_context(item.nodeid)
            before = _cpu()
            if not _passes(item, after):
                return item.nodeid
            self.times[item.nodeid] = _cpu() - before
        watch.stop()
        watch.save()
        (self.room / "times.json").write_text(json.dumps(self.times))
        return ""

    def _control(self) -> str:
        """What fails in this order and with nothing changed would be taken for noticing."""
        asked = {self.hints.get(one.key, "") for one in self.wanted} & self.items.keys() if self.near else self.items.keys()
        chosen = [self.items[name] for name in in_turn(asked, self.times, "", Path())]
        return next((item.nodeid for item, after in _paired(chosen) if not _passes(item, after)), "")

    def _tried(self, change: Change, chosen: list[str]) -> tuple[int, Callable[[], str]]:
        return len(chosen), lambda: self._run(change, chosen)

    def _run(self, change: Change, chosen: list[str]) -> str:
        forget()
        if not swap(change, self.code(change)):
            return NOT_SWAPPED
        for item, after in _paired([self.items[name] for name in chosen]):
            # past its time the fork is ended by the signal: the change makes something go round for ever
            signal.setitimer(signal.ITIMER_PROF, GRACE + PATIENCE * self.times.get(item.nodeid, UNMEASURED))
            if not _passes(item, after):
                return item.nodeid
        return ""


def in_turn(names: Iterable[str], times: dict[str, float], hint: str, file: Path) -> list[str]:
    """First the hinted test, then those in files named after the changed one, then those of its room.

    Round after round, one case of every test function; those over SLOW seconds come at the end.
    """
    rounds: defaultdict[str, int] = defaultdict(int)
    placed = []
    for name in sorted(names, key=lambda one: (times.get(one, UNMEASURED), one)):
        function = name.partition("[")[0]
        far = 0 if file.stem in function else 1 if f"/{file.parent.name}/" in function else 2
        placed.append((name != hint, times.get(name, UNMEASURED) > SLOW, far, rounds[function], function, name))
        rounds[function] += 1
    return [one[-1] for one in sorted(placed)]


def _within(budget: float, names: list[str], times: dict[str, float]) -> Iterator[str]:
    for name in names:
        budget -= times.get(name, UNMEASURED)
        if budget < 0:
            return
        yield name


def forget() -> None:
    """Empty every cache of ours: what was remembered before a change would hide it."""
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in ("service", "tests")]
    for cached in {id(held): held for module in ours for held in vars(module).values() if isinstance(held, _CACHE)}.values():
        cached.cache_clear()


def _paired(items: list[pytest.Item]) -> Pairs:
    return zip(items, [*items[1:], None], strict=True)


def _passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
