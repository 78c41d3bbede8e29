"""From guide to rules to tests: the committed pages say what the rules say, and every name in them exists."""

import ast
import re
from pathlib import Path

import pytest

from service.library import load_book
from service.library.traceability import as_markdown, read_sentences

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "traceability.yaml"
HAZARDS = (ROOT / "docs" / "hazards.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", HAZARDS)

# how many sentences each line of the guide has; lines that are not here have one, except those that are empty
LONG = {11: 2, 12: 3, 15: 5, 16: 4, 21: 3, 24: 2, 25: 5, 28: 4, 29: 2, 32: 4, 33: 2, 34: 3, 37: 3, 38: 3, 39: 3, 42: 2, 43: 3, 46: 4}
LONG |= {47: 3, 48: 3, 49: 3, 50: 3, 53: 3, 54: 3, 57: 2, 58: 4, 59: 3, 63: 2, 64: 4, 66: 2, 67: 6, 70: 3, 72: 4, 75: 3, 76: 2, 77: 2}
LONG |= {81: 4, 83: 4, 85: 5, 87: 3, 89: 6}
EMPTY = (17, 35)
LINES = [line for line in range(1, 96) if line not in EMPTY]


def test_every_sentence_stands_in_the_table_once() -> None:
    book = load_book(ROOT / "rules", verify_lock=False)
    ids = [one.id for one in read_sentences(TABLE.name, TABLE.read_bytes(), book)]
    assert ids == [f"{line}.{place}" for line in LINES for place in range(1, LONG.get(line, 1) + 1)]
    assert len(ids) == 186


def test_the_page_is_what_the_rules_make_of_it() -> None:
    book = load_book(ROOT / "rules", verify_lock=False)
    made = as_markdown(read_sentences(TABLE.name, TABLE.read_bytes(), book), book)
    assert (ROOT / "docs" / "traceability.md").read_text() == made, "run: postfusion rules trace"


def test_every_rule_of_the_guide_is_reached_from_it() -> None:
    book = load_book(ROOT / "rules", verify_lock=False)
    reached = {name for one in read_sentences(TABLE.name, TABLE.read_bytes(), book) for name, _ in one.targets}
    notices = {"data-incomplete", "data-unreadable", "data-unit-unusable", "rule-failed"}  # about the data, not from the guide
    assert book.versions.keys() - reached == notices


@pytest.mark.parametrize("hazard", [line.split(" | ")[0].strip("| ") for line in HAZARDS.splitlines() if line.startswith("| ")][1:])
def test_every_hazard_has_controls_and_tests(hazard: str) -> None:
    (row,) = (line for line in HAZARDS.splitlines() if line.startswith(f"| {hazard} |"))
    cells = row.strip("|").split(" | ")
    assert len(cells) == 4
    assert len(re.findall(r"`tests/[\w/]+\.py::\w+`", cells[3])) >= 2


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[f"{file}::{name}" for file, name in NAMED])
def test_every_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_hazards_that_must_be_there_are() -> None:
    rows = re.findall(r"^\| ([A-Z][a-z ]+) \|", HAZARDS, re.M)
    wanted = "Missed red flag, False reassurance, Wrong patient, Wrong clock, Stale rule, Alert fatigue, Unreadable data, Failed lookup"
    assert set(rows) >= {*wanted.split(", "), "Tampered rules", "Lost record"}
