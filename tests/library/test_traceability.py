"""The table of sentences: what it may say, what is refused, and the page made of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli_rules import rules
from service.library import Book, BookError, load_book
from service.library.traceability import as_markdown, read_sentences
from tests.library.books import MAIN, spoil

TABLE = """\
reasons: {heading: a heading}
sentences:
  - {id: '1.1', gist: A title, not_actionable: heading}
  - {id: '2.1', gist: Pain | late, maps_to: [late-pain/severe, late-pain/card, late-pain/cleared, other-rule]}
  - {id: '2.2', gist: More pain, maps_to: [late-pain/told]}
"""


@pytest.fixture
def book(root: Path) -> Book:
    """The small book, with a criterion that asks another rule."""
    spoil(root, MAIN, "checks:", "  told: {says: Told, rule: other-rule, answers: yes, because: guide}\nchecks:")
    spoil(root, MAIN, "notes: [", "notes: [{when: told, text: Told}, ")
    return load_book(root, verify_lock=False)


def problem(old: str, new: str, book: Book) -> str:
    """The one problem of the table after a change."""
    assert old in TABLE
    with pytest.raises(BookError) as caught:
        read_sentences("table.yaml", TABLE.replace(old, new, 1).encode(), book)
    (only,) = caught.value.problems
    return str(only)


def test_the_page(book: Book) -> None:
    page = as_markdown(read_sentences("table.yaml", TABLE.encode(), book), book).splitlines()
    assert "The guide has 3 sentences: 2 are mapped to rules, 1 are not actionable." in page
    assert "| 1.1 | A title | not actionable: a heading |" in page
    assert r"| 2.1 | Pain \| late | `late-pain`: severe (8), card (4), cleared (1)<br>`other-rule` (2) |" in page
    assert "| 2.2 | More pain | `late-pain`: told (1) |" in page
    cited = "A guide, Chapter 1<br>[A study](https://example.org/study)"
    asked = "late, severe, drop, labelled, sacral, told, seen, cleared"
    assert f"| `late-pain` 1.0.0 | low, conditional | {cited} | {asked} | 10 | 2.1, 2.2 |" in page
    assert page[-1] == "| `other-rule` 1.0.0 | low, conditional | A guide | hot | 2 | 2.1 |"


def test_a_rule_that_no_sentence_stands_behind_says_so(book: Book) -> None:
    table = TABLE.replace(", other-rule]", "]")
    assert as_markdown(read_sentences("table.yaml", table.encode(), book), book).endswith("| 2 | none: not from the guide |\n")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "late-pain/severe",
            "late-pian/severe",
            "table.yaml:4: sentences[1].maps_to[0]: rule 'late-pian' does not exist; did you mean late-pain",
        ),
        (
            "late-pain/severe",
            "late-pain/severity",
            "maps_to[0]: part of late-pain 'severity' does not exist; did you mean severe?",
        ),
        ("other-rule]", "other-rule/card]", "part of other-rule 'card' does not exist (choices: hot)"),
        ("not_actionable: heading", "not_actionable: headings", "reason 'headings' does not exist; did you mean heading?"),
        (", not_actionable: heading", "", "sentences[0]: must have either maps_to or not_actionable (choices: maps_to, not_actionable)"),
        ("not_actionable: heading", "not_actionable: heading, maps_to: [other-rule]", "sentences[0]: must have either"),
        ("'2.2'", "'2.1'", "sentences[2].id: 2.1 does not come after 2.1: each sentence stands once, in order"),
        ("'2.2'", "'1.9'", "1.9 does not come after 2.1"),
        ("'2.2'", "'2.20'", ""),
        ("'2.2'", "two", "'two' is not a line and a sentence such as 53.1"),
        ("gist: More pain, ", "", "sentences[2].gist: is missing"),
        ("gist: More", "jist: y, gist: More", "jist: unknown key"),
    ],
)
def test_what_a_table_may_say(old: str, new: str, expected: str, book: Book) -> None:
    if not expected:
        assert read_sentences("table.yaml", TABLE.replace(old, new, 1).encode(), book)[-1].id == "2.20"
        return
    assert expected in problem(old, new, book)


def test_the_command(book: Book, root: Path) -> None:
    table = root.parent / "docs" / "traceability.yaml"
    asked = CliRunner().invoke(rules, ["--root", str(root), "trace"])
    assert asked.exit_code == 2 and "name one with --table" in asked.stderr
    table.parent.mkdir()
    table.write_text(TABLE)
    asked = CliRunner().invoke(rules, ["--root", str(root), "trace"])
    assert (asked.exit_code, asked.output) == (0, "traceability.md written: 3 sentences, 2 rules\n")
    assert table.with_suffix(".md").read_text() == as_markdown(read_sentences("t", TABLE.encode(), book), book)
    elsewhere = root.parent / "page.md"
    table.write_text(TABLE.replace("late-pain/told", "late-pain/tale"))
    asked = CliRunner().invoke(rules, ["--root", str(root), "trace", "--table", str(table), "--out", str(elsewhere)])
    assert asked.exit_code == 1 and "'tale' does not exist" in asked.stderr and not elsewhere.exists()
