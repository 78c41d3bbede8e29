"""CHANGES.md as data."""

from datetime import date
from pathlib import Path

from service.library import load_book
from service.library.history import Change, read_history
from service.library.locking import activate, end, relock
from tests.library.books import MAIN, RULE, write


def test_what_activate_and_end_wrote_is_read_again(root: Path) -> None:
    draft = RULE.replace("version: 1.0.0", "version: 1.1.0").replace("status: active", "status: draft")
    write(root, {MAIN.replace("1.0.0", "1.1.0"): draft})
    relock(root)
    activate(root, "late-pain", "1.1.0", date(2026, 5, 1), "Agreed: yes")
    end(root, "other-rule", "1.0.0", date(2026, 6, 1), "No longer needed")
    assert load_book(root).history == {
        "late-pain": (
            Change("1.0.0", "active", "2000-01-01", "2026-05-01", "Agreed: yes"),
            Change("1.1.0", "active", "2026-05-01", "", "Agreed: yes"),
        ),
        "other-rule": (Change("1.0.0", "retired", "2000-01-01", "2026-06-01", "No longer needed"),),
    }


def test_other_lines_are_for_people() -> None:
    assert read_history(b"# Changes\n\n- late-pain is good\n- late-pain 1.0 active from 2026-01-01: x\n") == {}
