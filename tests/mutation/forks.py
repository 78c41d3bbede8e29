"""Work done in forks, a few side by side, each with its output thrown away and its answer sent through a pipe."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.assurance import FILE
from tests.mutation.changes import Change

LOST, NOT_SWAPPED, BROKEN = "ended before it answered", "not swapped", "broken:"
LONGEST = 4000
# no fork is the place for long suites, nor for figures: they would be those of changed code
NOT_HERE = (FILE, "POSTFUSION_FULL", "POSTFUSION_EXAMPLES")
Work = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a change: `by` is the test that noticed, empty when none of `tests` did."""

    key: str
    by: str
    tests: int


Told = Callable[[Change, Result], None]


def each(wanted: Iterable[Change], prepare: Callable[[Change], tuple[int, Work]], told: Told, jobs: int) -> None:
    """Try every change in a fork of its own. `prepare` gives how many tests there are, and the work that names the one that noticed."""
    running: dict[int, tuple[Change, int, int]] = {}
    left = list(reversed(list(wanted)))
    while left or running:
        while left and len(running) < jobs:
            change = left.pop()
            count, work = prepare(change)
            pid, pipe = _forked(work)
            running[pid] = (change, count, pipe)
        pid, status = os.wait()
        if pid not in running:  # started by something a test file imports
            continue
        change, count, pipe = running.pop(pid)
        told(change, Result(change.key, _answer(pipe, status), count))


def in_fork(work: Work) -> str:
    """The answer of one piece of work."""
    pid, pipe = _forked(work)
    _, status = os.waitpid(pid, 0)
    return _answer(pipe, status)


def _answer(pipe: int, status: int) -> str:
    with os.fdopen(pipe) as held:
        said = held.read()
    return said or (LOST if status else "")


def _forked(work: Work) -> tuple[int, int]:
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _in_child(work, writing)
    os.close(writing)
    return pid, reading


def _in_child(work: Work, answer: int) -> None:
    code = 1
    for name in NOT_HERE:
        os.environ.pop(name, None)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.write(answer, work().encode()[:LONGEST])
        code = 0
    except BaseException as error:
        os.write(answer, f"{BROKEN} {type(error).__name__}: {error}".encode()[:LONGEST])
    finally:
        os._exit(code)
