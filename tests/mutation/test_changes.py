"""Which changes are made of a piece of source, that each compiles to something else, and that a living function takes it over."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from service.engine import dates
from tests.mutation.__main__ import EQUIVALENT, ROOMS, sampled
from tests.mutation.changes import Change, applied, changes, source_of
from tests.mutation.swap import swap
from tests.mutation.warm import forget, in_turn
from tests.stories import replay


def names(source: str) -> list[str]:
    return [one.words for one in changes("x.py", ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a < b -> a <= b"]),
        ("a == b", ["a == b -> a != b"]),
        ("a in b", ["a in b -> a not in b"]),
        ("a and b", ["a and b -> a or b", "a and b -> b", "a and b -> a"]),
        ("not a", ["not a -> a"]),
        ("a + b", ["a + b -> a - b"]),
        ("x = 3", ["3 -> 4", "3 -> 2"]),
        ("x = True", ["True -> False"]),
        ("x = b if a else c", ["b if a else c -> b", "b if a else c -> c", "a -> not a"]),
        ("x = [a for a in b if c]", ["c -> not c"]),
        ("x = min(a)", ["min -> max"]),
        ("x = Answer.UNKNOWN", ["Answer.UNKNOWN -> Answer.NO"]),
        ("def f():\n    return a", ["return a -> return None"]),
        ("def f():\n    return False", ["False -> True"]),
        ("def f(a=1): pass", ["1 -> 2", "1 -> 0"]),
        ("raise a", ["raise a -> pass"]),
        ("x: A | None = None", []),
        ("x = Word | Other", []),
        ("'a line of prose'", []),
        ("@f(slots=True)\nclass A: pass", []),
    ],
)
def test_a_piece_of_source_and_its_changes(source: str, expected: list[str]) -> None:
    made = names(source)
    assert [one for one in made if not one.endswith("-> pass") or "pass" in "".join(expected)] == expected


def test_a_statement_may_go() -> None:
    assert names("f()") == ["f() -> pass"]


def test_the_same_words_twice_in_a_function_are_told_apart() -> None:
    assert names("x = 3\ny = 3") == ["3 -> 4", "3 -> 2", "3 -> 4 (#2)", "3 -> 2 (#2)"]


def test_a_name_holds_whatever_is_edited_elsewhere() -> None:
    (one, *_), (other, *_) = (changes("x.py", ast.parse(f"{above}def f():\n    return a < 3")) for above in ("", "import os\n\n"))
    assert (one.key, one.live) == (other.key, True)
    assert one.key == "x.py f: return a < 3 -> return None"


def test_what_runs_at_import_is_told_from_what_runs_when_called() -> None:
    source = "A = 1\ndef f(a=2):\n    def g(b=3): return 4\nclass C:\n    d = 5\n    def h(self): return 6"
    live = {one.words[0]: one.live for one in changes("x.py", ast.parse(source)) if one.words[0].isdigit()}
    assert live == {"1": False, "2": False, "3": True, "4": True, "5": False, "6": True}


@pytest.mark.parametrize("path", [path for room in ROOMS for path in sorted(Path(room).glob("*.py"))], ids=str)
def test_every_change_compiles_and_leaves_the_tree_as_it_was(path: Path) -> None:
    tree, before = source_of(path), ast.dump(source_of(path))
    made = list(changes(str(path), tree))
    assert len({one.key for one in made}) == len(made)
    for one in made[:: max(1, len(made) // 3)]:
        applied(tree, one, str(path))
    assert ast.dump(tree) == before


@pytest.fixture
def changed() -> Callable[[str, str], Change]:
    def find(file: str, name: str) -> Change:
        tree = source_of(Path(file))
        one = next(one for one in changes(file, tree) if one.name == name)
        assert swap(one, applied(tree, one, file))
        return one

    return find


def test_a_living_function_takes_the_change_over(changed: Callable[[str, str], Change]) -> None:
    held, before = dates.days_since, dates.days_since.__code__
    try:
        changed("service/engine/dates.py", "days_since: span.latest -> span.earliest")
        assert held(dates.year_of(2025), dates.date(2025, 12, 31)) == (364, 364)
    finally:
        held.__code__ = before
    assert held(dates.year_of(2025), dates.date(2025, 12, 31)) == (0, 364)


def test_so_does_a_property(changed: Callable[[str, str], Change]) -> None:
    getter = dates.Span.exact.fget  # type: ignore[attr-defined]
    before = getter.__code__
    try:
        changed("service/engine/dates.py", "Span.exact: self.earliest == self.latest -> self.earliest != self.latest")
        assert not dates.on(dates.date.min).exact
    finally:
        getter.__code__ = before


def test_a_sample_keeps_its_changes_when_others_come_and_go() -> None:
    path = "service/engine/dates.py"
    every = list(changes(path, source_of(Path(path))))
    chosen = {one.key for one in sampled(every, 20, 7)}
    assert len(chosen) == 20
    assert chosen == {one.key for one in sampled(reversed(every), 20, 7)}
    assert chosen != {one.key for one in sampled(every, 20, 8)}
    assert len(sampled(every, 0, 7)) == len(every)


def test_likely_tests_come_first_and_slow_ones_last() -> None:
    far = {"t/test_far.py::a[1]": 0.1, "t/test_far.py::a[2]": 0.1, "t/test_far.py::b": 0.2, "t/pickers/test_x.py::e": 0.2}
    times = {**far, "t/test_pain.py::c": 0.2, "t/test_pain.py::d": 1.0}
    assert in_turn(times, times, "t/test_far.py::a[2]", Path("service/fhir/pickers/pain.py")) == [
        "t/test_far.py::a[2]",
        "t/test_pain.py::c",
        "t/pickers/test_x.py::e",
        "t/test_far.py::a[1]",
        "t/test_far.py::b",
        "t/test_pain.py::d",
    ]


def test_what_was_remembered_is_forgotten() -> None:
    first = replay.book()
    assert replay.book() is first
    forget()
    assert replay.book() is not first


def test_every_reason_is_of_a_change_that_exists() -> None:
    """A change that is gone, or written otherwise, takes its reason with it."""
    for file, reasons in EQUIVALENT.items():
        made = {one.name for one in changes(file, source_of(Path(file)))}
        assert not reasons.keys() - made, f"{file}: no such change; take it out of equivalent.yaml"
        assert all(reasons.values())
    assert yaml.safe_dump(dict(EQUIVALENT))
