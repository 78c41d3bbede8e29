"""The release record tells what ran and what it measured; a promise without a run, or with a failure, is not kept."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.release_record import PAGE, ROOT, Outcomes, Promise, figures, main, outcomes, page, promises, row

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.web.test_server" name="test_one[a]" time="0.1"/>
<testcase classname="tests.web.test_server" name="test_one[b]" time="0.1"><skipped message="no"/></testcase>
<testcase classname="tests.web.test_server" name="test_two" time="0.1">{fault}</testcase>
</testsuite></testsuites>"""
LINE = {"promise": "soak-lost", "figure": "0 of 1204", "unit": "SQLite", "when": "2026-11-22T20:00:00+00:00", "test": "x"}


def reported(folder: Path, fault: str = "") -> Outcomes:
    (folder / "one.xml").write_text(JUNIT.format(fault=fault))
    return outcomes([folder / "one.xml"])


def test_tests_are_counted_by_file_and_by_name(tmp_path: Path) -> None:
    told = reported(tmp_path, "<failure/>").by_test
    assert told["tests/web/test_server.py::test_one"] == {"passed": 1, "skipped": 1}
    assert told["tests/web/test_server.py"] == {"passed": 1, "skipped": 1, "failed": 1}


FILE = Promise("Nothing lost", "0", ("tests/web/test_server.py",), ("soak-lost",))


@pytest.mark.parametrize(
    ("promise", "fault", "measured", "kept"),
    [
        (FILE, "", {"soak-lost": [LINE]}, True),
        (FILE, "<failure/>", {"soak-lost": [LINE]}, False),
        (FILE, "<error/>", {"soak-lost": [LINE]}, False),
        (FILE, "", {}, False),  # a figure that was not recorded
        (Promise("Nothing lost", "0", ("tests/web/test_other.py",)), "", {}, False),  # a test that was not run
        (Promise("Nothing lost", "0", ("tests/web/test_server.py::test_two",)), "<skipped/>", {}, False),
        (Promise("Nothing lost", "0", ("tests/web/test_server.py::test_one",)), "<failure/>", {}, True),
    ],
)
def test_a_promise_is_kept_when_its_tests_ran_and_its_figures_are_there(
    tmp_path: Path, promise: Promise, fault: str, measured: dict[str, list[dict[str, str]]], kept: bool
) -> None:
    line, told = row(promise, reported(tmp_path, fault), measured)
    assert told is kept
    assert ("**not " in line) is not kept
    assert ("**not kept:**" in line) is (not kept and bool(fault) and "skipped" not in fault)
    assert page(reported(tmp_path, fault), measured, "2026-11-22", [promise])[1] is kept


def test_figures_are_dated_and_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text(f"{json.dumps(LINE)}\n{json.dumps(LINE)}\n")
    told = figures([tmp_path / "a.ndjson"])
    assert told == {"soak-lost": [LINE]}
    assert "0 of 1204 SQLite (2026-11-22)" in row(FILE, Outcomes(), told)[0]


def test_the_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.release_record.PAGE", ROOT / "build" / "no-such-page.md")
    monkeypatch.setattr(Path, "write_text", lambda path, text, **_: (tmp_path / path.name).write_bytes(text.encode()))
    assert main(tmp_path) == 1
    assert "not run" in (tmp_path / "no-such-page.md").read_text()


def named() -> list[str]:
    return sorted({test for one in promises() for test in one.tests})


@pytest.mark.parametrize("test", named())
def test_every_named_test_exists(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text())
    assert not name or name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def recorded() -> set[str]:
    """The names given to record(), anywhere in the tests."""
    own = ("test_assurance.py", "test_release_record.py")
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path.name not in own]
    return {name for text in texts for name in re.findall(r"\brecord\(\s*f?\"([^\"]+)\"", text)}


@pytest.mark.parametrize("test", named())
def test_every_named_test_is_run_by_make_assurance(test: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    run = makefile.partition("ALONE := ")[2].partition("IN_FULL := ")[0].split()
    file = test.partition("::")[0]
    assert any(file == one or file.startswith(f"{one}/") for one in run), run


def test_every_figure_is_recorded_somewhere() -> None:
    plain = {name for name in recorded() if "{" not in name}
    made = [name.partition("{")[0] for name in recorded() if "{" in name]
    for one in promises():
        for name in one.figures:
            assert name in plain or any(name.startswith(start) for start in made), f"{name}: no test records it"


def test_the_record_of_this_release_names_every_promise() -> None:
    text = PAGE.read_text()
    assert [one.promise for one in promises() if one.promise not in text] == []
