"""LOCK: nothing on disk may differ from it, and what is in use changes by new versions only."""

from datetime import date
from pathlib import Path

import pytest

from service.library import BookError, load_book
from service.library.digest import hash_bytes
from service.library.lock import LOCK, Locked, read_lock, write_lock
from service.library.locking import activate, end, relock
from tests.library.books import MAIN, RULE, SMALL, spoil, write

TWO = "late-pain/1.1.0.yaml"
DAY = date(2026, 3, 1)
DRAFT = RULE.replace("version: 1.0.0", "version: 1.1.0").replace("status: active", "status: draft")


@pytest.fixture
def locked(root: Path) -> Path:
    relock(root)
    return root


def refusal(root: Path) -> str:
    with pytest.raises(BookError) as caught:
        load_book(root)
    return "\n".join(str(one) for one in caught.value.problems)


def test_a_locked_book_loads(locked: Path) -> None:
    assert list(load_book(locked).versions) == ["late-pain", "other-rule"]


def test_without_lock_there_is_no_start(root: Path) -> None:
    assert refusal(root) == "LOCK: is missing: run `postfusion rules lock` once the rules are as they should be"


@pytest.mark.parametrize(
    "file", [MAIN, "README.md", "late-pain/README.md", "vocabulary/1.0.0/facts.yaml", "vocabulary/1.0.0/valuesets/pain.yaml"]
)
def test_any_changed_byte_refuses_the_start(file: str, locked: Path) -> None:
    (locked / file).write_bytes((locked / file).read_bytes() + b"\n")
    assert (
        refusal(locked) == f"{file}: is not as it was locked; if the change is meant, run `postfusion rules lock`; if not, restore the file"
    )


def test_a_file_that_is_not_listed(locked: Path) -> None:
    write(locked, {TWO: DRAFT})
    assert refusal(locked) == f"{TWO}: is not listed in LOCK; if the change is meant, run `postfusion rules lock`; if not, remove the file"


def test_a_file_that_is_gone(locked: Path) -> None:
    (locked / "late-pain/README.md").unlink()
    assert refusal(locked).startswith("late-pain/README.md: is listed in LOCK but is not there; ")


def test_a_spoiled_line_of_lock(locked: Path) -> None:
    write(locked, {LOCK: (locked / LOCK).read_text() + "sha256:1 sha256:2 x\n"})
    assert "LOCK:12: is not a line of the form: content hash, raw hash, path" in refusal(locked)


def test_another_way_of_making_digests_is_noticed(locked: Path) -> None:
    entries, _ = read_lock((locked / LOCK).read_bytes())
    entries[MAIN] = Locked("sha256:" + "0" * 64, entries[MAIN].raw, entries[MAIN].standing)
    write(locked, {LOCK: write_lock(entries)})
    assert refusal(locked).startswith(f"{MAIN}: has another content hash than LOCK says although its bytes are the same")


def test_problems_of_documents_are_told_under_lock_too(locked: Path) -> None:
    spoil(locked, MAIN, "urgency: soon", "urgency: son")
    entries, _ = read_lock((locked / LOCK).read_bytes())
    entries[MAIN] = Locked(entries[MAIN].content, hash_bytes((locked / MAIN).read_bytes()))
    write(locked, {LOCK: write_lock(entries)})
    assert "urgency: 'son' is not one of the choices" in refusal(locked)


def test_lock_lists_two_hashes_of_every_file(locked: Path) -> None:
    entries, problems = read_lock((locked / LOCK).read_bytes())
    assert not problems and set(entries) == {p.relative_to(locked).as_posix() for p in locked.rglob("*") if p.is_file()} - {LOCK}
    assert entries[MAIN].content == load_book(locked).versions["late-pain"][0].digest
    assert entries[MAIN].standing == "active:2000-01-01:" and entries["README.md"].standing == ""
    assert entries["README.md"].content == entries["README.md"].raw


# --- relocking -------------------------------------------------------------------------------------------------------------


def test_relocking_tells_what_changed(locked: Path) -> None:
    assert relock(locked) == []
    write(locked, {"README.md": "# Other\n", TWO: DRAFT})
    assert relock(locked) == ["README.md", TWO]
    assert load_book(locked)


def test_comments_of_a_rule_in_use_may_change(locked: Path) -> None:
    (locked / MAIN).write_text("# a comment\n" + (locked / MAIN).read_text())
    assert relock(locked) == [MAIN]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (MAIN, "urgency: soon", "urgency: routine", f"{MAIN}: is in use and its content would change: write a new version instead"),
        (
            MAIN,
            "{from: 2000-01-01}",
            "{from: 2000-01-01, until: 2030-01-01}",
            f"{MAIN}: would change its status or dates: use `postfusion rules activate`",
        ),
        (TWO, "status: draft", "status: active", f"{TWO}: was a draft: use `postfusion rules activate`"),
        (
            "vocabulary/1.0.0/valuesets/local-findings.yaml",
            "display: Other",
            "display: Else",
            "vocabulary/1.0.0/valuesets/local-findings.yaml: belongs to a vocabulary in use: write a new vocabulary version",
        ),
    ],
)
def test_what_is_in_use_does_not_change(file: str, old: str, new: str, expected: str, locked: Path) -> None:
    write(locked, {TWO: DRAFT.replace("2000-01-01", "2031-01-01")})
    relock(locked)
    before = (locked / LOCK).read_bytes()
    if file == TWO:  # so that the book itself stays sound
        spoil(locked, MAIN, "{from: 2000-01-01}", "{from: 2000-01-01, until: 2031-01-01}")
    spoil(locked, file, old, new)
    with pytest.raises(BookError) as caught:
        relock(locked)
    assert any(str(one).startswith(expected) for one in caught.value.problems), caught.value
    assert "`--unreleased` allows it until the first release" in str(caught.value)
    assert (locked / LOCK).read_bytes() == before
    assert relock(locked, unreleased=True)
    assert load_book(locked)


def test_a_rule_in_use_cannot_be_removed(locked: Path) -> None:
    (locked / "other-rule/1.0.0.yaml").unlink()
    with pytest.raises(BookError, match=r"other-rule/1\.0\.0\.yaml: is in use and its content would change"):
        relock(locked)


def test_a_file_cannot_be_added_to_a_vocabulary_in_use(locked: Path) -> None:
    old = (locked / "vocabulary/1.0.0/valuesets/pain.yaml").read_text()
    write(locked, {"vocabulary/1.0.0/valuesets/ache.yaml": old.replace("id: pain", "id: ache")})
    with pytest.raises(BookError, match="belongs to a vocabulary in use"):
        relock(locked)


def test_a_new_vocabulary_may_be_added(locked: Path) -> None:
    write(locked, {"vocabulary/1.1.0/vocabulary.yaml": "extends: 1.0.0\n"})
    assert relock(locked) == ["vocabulary/1.1.0/vocabulary.yaml"]


def test_drafts_may_change_and_go(locked: Path) -> None:
    write(locked, {TWO: DRAFT})
    relock(locked)
    spoil(locked, TWO, "urgency: soon", "urgency: routine")
    assert relock(locked) == [TWO]
    (locked / TWO).unlink()
    assert relock(locked) == [TWO]


def test_vocabulary_of_drafts_may_change(root: Path) -> None:
    write(
        root,
        {MAIN: RULE.replace("status: active", "status: draft"), "other-rule/1.0.0.yaml": SMALL.replace("status: active", "status: draft")},
    )
    relock(root)
    spoil(root, "vocabulary/1.0.0/facts.yaml", "meaning: Trend", "meaning: A trend")
    assert "vocabulary/1.0.0/facts.yaml" in relock(root)


def test_an_unsound_book_is_not_locked(root: Path) -> None:
    spoil(root, MAIN, "urgency: soon", "urgency: son")
    with pytest.raises(BookError, match="urgency"):
        relock(root)
    assert not (root / LOCK).exists()


# --- activate and end ------------------------------------------------------------------------------------------------------


def test_activating_ends_the_version_before(locked: Path) -> None:
    write(locked, {TWO: DRAFT})
    relock(locked)
    done = activate(locked, "late-pain", "1.1.0", DAY, "New evidence,\n  as agreed")
    assert done == ["late-pain 1.0.0 active from 2000-01-01 until 2026-03-01", "late-pain 1.1.0 active from 2026-03-01"]
    book = load_book(locked)
    assert [(r.version, r.status, r.effective_from, r.effective_until) for r in book.versions["late-pain"]] == [
        ("1.0.0", "active", date(2000, 1, 1), DAY),
        ("1.1.0", "active", DAY, None),
    ]
    assert (locked / "CHANGES.md").read_text().endswith("- late-pain 1.1.0 active from 2026-03-01: New evidence, as agreed\n")
    assert relock(locked) == []


def test_a_version_that_has_an_end_keeps_it(locked: Path) -> None:
    for version, day in (("1.1.0", DAY), ("1.2.0", date(2026, 6, 1))):
        write(locked, {f"late-pain/{version}.yaml": DRAFT.replace("version: 1.1.0", f"version: {version}")})
        relock(locked)
        done = activate(locked, "late-pain", version, day, "x")
    assert done == ["late-pain 1.1.0 active from 2026-03-01 until 2026-06-01", "late-pain 1.2.0 active from 2026-06-01"]


def test_the_first_version_is_activated(locked: Path) -> None:
    write(locked, {"third-rule/1.0.0.yaml": SMALL.replace("other-rule", "third-rule").replace("status: active", "status: draft")})
    relock(locked)
    assert activate(locked, "third-rule", "1.0.0", DAY, "x") == ["third-rule 1.0.0 active from 2026-03-01"]
    assert activate_again(locked) == ["third-rule 1.1.0 active from 2026-06-01"]


def activate_again(root: Path) -> list[str]:
    """After an ended version there is nothing to end."""
    end(root, "third-rule", "1.0.0", date(2026, 6, 1), "y")
    text = SMALL.replace("other-rule", "third-rule").replace("status: active", "status: draft").replace("version: 1.0.0", "version: 1.1.0")
    write(root, {"third-rule/1.1.0.yaml": text})
    relock(root)
    return activate(root, "third-rule", "1.1.0", date(2026, 6, 1), "z")


def test_ending_a_version(locked: Path) -> None:
    before = load_book(locked).versions["late-pain"][0].digest
    assert end(locked, "late-pain", "1.0.0", DAY, "No longer held") == ["late-pain 1.0.0 retired from 2000-01-01 until 2026-03-01"]
    rule = load_book(locked).versions["late-pain"][0]
    assert (rule.status, rule.effective_until, rule.digest) == ("retired", DAY, before)
    assert (locked / "CHANGES.md").read_text().startswith("# Changes of status\n")
    assert "# Late pain" in (locked / "late-pain/README.md").read_text()


def test_dates_written_over_several_lines_are_understood(root: Path) -> None:
    spoil(root, MAIN, "effective: {from: 2000-01-01}\n", "effective:\n  from: 2000-01-01\n  until: 2030-01-01\n")
    relock(root)
    end(root, "late-pain", "1.0.0", DAY, "x")
    assert "effective: {from: 2000-01-01, until: 2026-03-01}\nfamily: criteria\n" in (root / MAIN).read_text()


def test_an_unusual_way_of_writing_is_refused(root: Path) -> None:
    spoil(root, MAIN, "status: active\n", "'status': active\n")
    relock(root)
    with pytest.raises(BookError, match="has its status or effective written in an unusual way"):
        end(root, "late-pain", "1.0.0", DAY, "x")
    assert load_book(root).versions["late-pain"][0].status == "active"


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("late-pian", "1.0.0", r"late-pian: there is no such rule; did you mean late-pain\? \(choices: late-pain, other-rule\)"),
        ("late-pain", "2.0.0", r"late-pain: has no version 2\.0\.0 \(choices: 1\.0\.0\)"),
        ("late-pain", "1.0.0", "is active: only a draft can be activated"),
    ],
)
def test_what_cannot_be_activated(name: str, version: str, expected: str, locked: Path) -> None:
    with pytest.raises(BookError, match=expected):
        activate(locked, name, version, DAY, "x")


def test_an_older_version_cannot_follow_a_newer(locked: Path) -> None:
    write(locked, {"late-pain/0.9.0.yaml": DRAFT.replace("version: 1.1.0", "version: 0.9.0")})
    relock(locked)
    with pytest.raises(BookError, match=r"comes before 1\.0\.0, which is in force"):
        activate(locked, "late-pain", "0.9.0", DAY, "x")


def test_only_an_active_version_can_be_ended(locked: Path) -> None:
    end(locked, "late-pain", "1.0.0", DAY, "x")
    with pytest.raises(BookError, match="is retired: only an active version can be ended"):
        end(locked, "late-pain", "1.0.0", DAY, "x")


def test_a_change_of_status_carries_no_other_change(locked: Path) -> None:
    (locked / MAIN).write_text("# sneaked in\n" + (locked / MAIN).read_text())
    with pytest.raises(BookError, match="is not as it was locked"):
        end(locked, "late-pain", "1.0.0", DAY, "x")


def test_an_end_that_leaves_a_hole_writes_nothing(locked: Path) -> None:
    write(locked, {TWO: DRAFT})
    relock(locked)
    activate(locked, "late-pain", "1.1.0", DAY, "x")
    before = {p: p.read_bytes() for p in locked.rglob("*") if p.is_file()}
    with pytest.raises(BookError, match="no version of late-pain is in force from 2020-01-01 to 2026-03-01"):
        end(locked, "late-pain", "1.0.0", date(2020, 1, 1), "x")
    assert {p: p.read_bytes() for p in locked.rglob("*") if p.is_file()} == before
