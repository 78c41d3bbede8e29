"""Every key that a document must hold is asked for, and every text has the length it may have and no letter more."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.library import BookError, load_book
from service.library.schema import ATTRIBUTES
from tests.library.books import FILES, MAIN

SMALL = "other-rule/1.0.0.yaml"
PARAMETERS, FACTS, ORDERS = (f"vocabulary/1.0.0/{name}.yaml" for name in ("parameters", "facts", "valuesets/orders"))
REQUIRED = {
    MAIN: (
        *("rule", "version", "vocabulary", "status", "effective", "effective.from", "family", "needs_index", "title", "changes", "limits"),
        *("hooks", "urgency", "evidence", "evidence.certainty", "evidence.strength", "source_attributes"),
        *(f"source_attributes.{name}" for name in ATTRIBUTES),
        *("citations", "citations.guide.title", "criteria", "criteria.late.says", "criteria.late.because", "checks.seen.open"),
        *("ways.slow.says", "card.indicator", "card.summary", "card.detail", "card.variants.0.when", "card.notes.0.when"),
        *("card.notes.0.text", "card.suggestions.0.label", "card.suggestions.0.actions", "card.suggestions.0.actions.0.create"),
        *("tests", "tests.0.name", "tests.0.given", "tests.0.expect"),
    ),
    PARAMETERS: ("parameters", *(f"parameters.recent.{name}" for name in ("value", "unit", "meaning", "basis"))),
    FACTS: ("facts", *(f"facts.label.{name}" for name in ("kind", "meaning", "picker"))),
    ORDERS: ("id", "title", "purpose", "codes", *(f"codes.0.{name}" for name in ("system", "code", "verified_by"))),
}
LONGEST = {
    MAIN: {
        "title": 120,
        "criteria.late.says": 200,
        "checks.seen.open": 100,
        "ways.slow.says": 200,
        "card.suggestions.0.label": 100,
        "card.suggestions.1.actions.0.text": 300,
        "tests.0.name": 120,
    },
    SMALL: {"concern": 60},
    PARAMETERS: {"parameters.recent.unit": 20},
    FACTS: {"facts.score.unit": 20, "facts.sites.words.0": 60},
    ORDERS: {"codes.0.code": 60, "codes.0.display": 300, "codes.0.qualifier": 100},
}


def problems(root: Path, file: str, path: str, change: Any) -> list[str]:
    """What is wrong after `change` was made of what holds the last part of `path`."""
    document = yaml.load(FILES[file], Loader=yaml.BaseLoader)  # noqa: S506 (reads text alone)
    held, *parts = document, *path.split(".")
    for part in parts[:-1]:
        held = held[int(part) if isinstance(held, list) else part]
    change(held, int(parts[-1]) if isinstance(held, list) else parts[-1])
    (root / file).write_text(yaml.safe_dump(document, sort_keys=False, width=10_000))
    try:
        load_book(root, verify_lock=False)
    except BookError as error:
        return [f"{one.field}: {one.reason}" for one in error.problems if one.file == file]
    return []


def place(path: str) -> str:
    """`tests.0.name` as problems write it: tests[0].name."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")).removeprefix(".")


@pytest.mark.parametrize(("file", "path"), [(file, path) for file, paths in REQUIRED.items() for path in paths])
def test_a_key_that_must_be_there(file: str, path: str, root: Path) -> None:
    assert f"{place(path)}: is missing" in problems(root, file, path, lambda held, key: held.pop(key))


@pytest.mark.parametrize(("file", "path", "limit"), [(file, *one) for file, limits in LONGEST.items() for one in limits.items()])
def test_a_text_that_is_as_long_as_it_may_be_and_one_that_is_longer(file: str, path: str, limit: int, root: Path) -> None:
    def told(letters: int) -> list[str]:
        found = problems(root, file, path, lambda held, key: held.__setitem__(key, "a" * letters))
        return [one for one in found if "characters" in one]

    assert told(limit) == []
    assert told(limit + 1) == [f"{place(path)}: is longer than {limit} characters"]
