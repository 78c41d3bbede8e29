"""Text from outside stays inert: in plain text, in Markdown, and in what a browser would make of it."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.cards.text import capital, cut, listed, markdown, one_line, plain, reference
from tests.cards.build import card_of, hostile
from tests.engine.build import criterion, face, rule

HOSTILE = [
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    "x](http://evil.example) [click",
    "![i](https://evil.example/p.png)",
    "http://evil.example www.evil.example me@evil.example",
    "WWW.EVIL.EXAMPLE HTTPS://EVIL.EXAMPLE",
    "line one\n\n# a heading\n- a list\r\n> a quote\u2028more",
    "`code` ``` *bold* **b** _u_ __u__ ~~gone~~ | a | b |",
    "&lt;script&gt; &#60;b&#62; &copy;",
    "\x1b[31mred\x00\u202egnp.exe \ud800 \u200b\U0001f600",
    "\\](x) \\<b\\> \\\\",
    "{outstanding} {last_pain} {0}",
    "x" * 10_000,
    "word " * 2_000,
]
TAGS = re.compile(r"<\s*/?\s*[a-zA-Z!]")
INNER = {"text", "softbreak", "code_inline", "strong_open", "strong_close"}
BLOCKS = {"paragraph_open", "paragraph_close", "inline", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def hostile_card(text: str, when: str = "", resource: str = "Observation/o1") -> dict[str, Any]:
    """A card with the text as evidence, in the summary and in every part of the detail."""
    made = rule("r", [criterion("c")], face=face(summary="Seen: {c}", detail="Seen: {c}, no more."))
    return card_of(made, {"c": hostile(text, when, resource)})


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_piece_of_evidence_is_only_text(text: str) -> None:
    card = hostile_card(text, when=text, resource=text)
    tokens = READER.parse(card["detail"])
    inner = {child.type for token in tokens for child in token.children or []}
    assert {token.type for token in tokens} <= BLOCKS
    assert inner <= INNER
    assert "://" not in re.sub("`[^`]+`", "", card["detail"])
    assert len(card["detail"]) < 1_500
    assert not TAGS.search(card["detail"])
    card["detail"].encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_summary_is_one_short_line_without_marks(text: str) -> None:
    summary = hostile_card(text)["summary"]
    assert len(summary) < 140
    assert summary.isprintable()
    assert not set(summary) & set("<>[]{}`*|\\~")
    assert "://" not in summary
    assert "www." not in summary.lower()


def test_evidence_never_brings_in_a_placeholder() -> None:
    assert "nothing" not in hostile_card("{outstanding}")["detail"]


@settings(deadline=None)
@given(st.text())
def test_anything_becomes_text_that_reads_back_as_text(text: str) -> None:
    (block,) = [token for token in READER.parse(f"Seen: {markdown(text)}.") if token.type == "inline"]
    assert {child.type for child in block.children or []} == {"text"}
    assert not TAGS.search(markdown(text))
    assert not TAGS.search(plain(text))
    assert len(plain(text)) <= 200


@settings(deadline=None)
@given(st.text())
def test_a_reference_is_always_one_piece_of_code(text: str) -> None:
    (block,) = [token for token in READER.parse(f"Seen: {reference('O' + text)}.") if token.type == "inline"]
    assert [child.type for child in block.children or []] == ["text", "code_inline", "text"]


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(2, 200))
def test_what_is_cut_fits_and_says_so(text: str, limit: int) -> None:
    line = one_line(text)
    short = cut(line, limit)
    assert len(short) <= limit
    assert short == line if len(line) <= limit else short.endswith("…")


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("101.5 [degF]", "101.5 degF", "brackets of units go"),
        ("> 600 mL", "more than 600 mL", "a comparator is kept as words"),
        (">=600 mL", "at least 600 mL", "with or without a space"),
        ("<5", "less than 5", "below"),
        ("<= .5", "at most .5", "a number may begin with its point"),
        ("a < b", "a b", "not a comparator of a number"),
        ("12:30", "12:30", "a time of day is no link"),
    ],
)
def test_plain(text: str, expected: str, why: str) -> None:
    assert plain(text) == expected, why


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("101.5 [degF]", "101.5 \\[degF\\]", "shown as written once rendered"),
        ("> 600 mL", "more than 600 mL", "a comparator is kept as words"),
        ("5 & 6", "5 & 6", "a lone ampersand is no entity"),
        ("&lt;", "&amp;lt;", "an entity is shown, not read"),
        ("<b>", "&lt;b&gt;", "no HTML"),
    ],
)
def test_markdown(text: str, expected: str, why: str) -> None:
    assert markdown(text) == expected, why


@pytest.mark.parametrize(
    ("limit", "expected", "why"),
    [
        (13, "one two three", "fits exactly"),
        (12, "one two…", "the last word does not fit"),
        (8, "one two…", "the ellipsis takes the place of the space"),
        (7, "one…", "one less"),
        (3, "on…", "not even one word fits"),
    ],
)
def test_cut(limit: int, expected: str, why: str) -> None:
    assert cut("one two three", limit) == expected, why


def test_small_helpers() -> None:
    assert listed(["a", "b", "a"]) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b, and 1 more"
    assert listed(["a", "b", "c", "d"], 2, "; ") == "a; b; and 2 more"
    assert listed([]) == ""
    assert capital("about 8") == "About 8"
    assert capital("") == ""
    assert reference("Observation/o1") == "`Observation/o1`"
    assert reference("Bundle.entry[3]`x") == "`Bundle.entry[3]?x`"
