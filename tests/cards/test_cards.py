"""Every card is a valid CDS Hooks 2.0.1 card that says where it comes from."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from service.cards import make_cards
from service.engine.precedence import Showing
from service.engine.rule import Citation, Rule, Variant, Way
from tests.cards.build import PAINFUL, REASON_SYSTEM, WEAK, alarm, card_of, cards_of, context, note_rule, showings, work_up
from tests.cards.schema import ANSWER
from tests.engine.build import absent, criterion, face, facts, number, present, rule, seen

VALIDATOR = jsonschema.Draft202012Validator(ANSWER)
EVERYTHING = (alarm(), work_up(), *(note_rule(f"note-{i}") for i in range(6)))


def empties(value: Any, path: str = "") -> Iterator[str]:
    """Where null, empty text, [] or {} stands."""
    if value is None or value in ("", [], {}):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from empties(inner, f"{path}.{key}")


@pytest.mark.parametrize("public_url", ["", "https://pf.example", "https://pf.example/base/", "http://127.0.0.1:8080"])
def test_a_full_answer_is_valid(public_url: str) -> None:
    cards = cards_of(*EVERYTHING, public_url=public_url)
    VALIDATOR.validate({"cards": cards})
    assert len(cards) == 6
    assert list(empties(cards)) == []
    assert json.loads(json.dumps(cards)) == cards


@pytest.mark.parametrize(
    "damage", [{"summary": "x" * 140}, {"summary": "two\nlines"}, {"indicator": "hard-stop"}, {"links": []}, {"mood": "calm"}]
)
def test_the_schema_can_refuse(damage: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"cards": [{**card_of(alarm()), **damage}]})


def test_the_walk_finds_what_is_empty() -> None:
    assert list(empties({"a": [None, {"b": ""}], "c": {}, "d": False, "e": 0})) == [".a.0", ".a.1.b", ".c"]


def test_only_shown_verdicts_make_cards_and_the_given_order_is_kept() -> None:
    held = facts(**WEAK, **PAINFUL)
    arranged = showings(held, note_rule("note"), work_up(), alarm(), rule("silent", [criterion("nothing")]))
    names = [card["extension"]["org.postfusion"]["rule"] for card in make_cards(arranged, context(held))]
    backwards = [card["extension"]["org.postfusion"]["rule"] for card in make_cards(arranged[::-1], context(held))]
    assert names == ["red-flag", "work-up", "note"]
    assert backwards == names[::-1]


def test_nothing_shown_makes_no_card() -> None:
    assert cards_of(work_up(), given={}) == []
    assert make_cards((), context(facts())) == []


def test_what_a_card_says_about_itself() -> None:
    card = card_of(alarm())
    assert card["source"] == {
        "label": "Lumbar fusion rules",
        "topic": {"system": "https://postfusion.example.org/CodeSystem/rules", "code": "red-flag", "display": "Title of red-flag"},
    }
    assert card["extension"]["org.postfusion"] == {
        "rule": "red-flag",
        "version": "1.0.0",
        "digest": "sha256:" + "0" * 64,
        "urgency": "same-day",
        "asOf": "2026-03-01T00:00:00+00:00",
    }


def test_another_canonical_base_names_the_topic() -> None:
    assert (
        card_of(alarm(), canonical="https://hospital.example")["source"]["topic"]["system"] == "https://hospital.example/CodeSystem/rules"
    )


def test_pages_are_linked_only_at_a_public_https_address() -> None:
    def urls(public_url: str) -> list[str]:
        card = card_of(alarm(), public_url=public_url)
        return [card["source"].get("url", ""), *(link["url"] for link in card["links"])]

    paper = "https://example.org/paper_%281%29"
    base = "https://pf.example/rules/red-flag/1.0.0"
    assert urls("https://pf.example/") == [base, paper, f"{base}/source-attributes"]
    assert urls("http://pf.example") == ["", paper]
    assert urls("") == ["", paper]


def test_a_citation_is_linked_only_with_an_https_address() -> None:
    bad = {
        "a": Citation("A", url="http://example.org"),
        "b": Citation("B", url="javascript:alert(1)"),
        "c": Citation("C", url="https://x y"),
    }
    assert "links" not in card_of(alarm(citations=bad))


def test_uuids_are_all_different() -> None:
    found = re.findall(r'"uuid": "([^"]+)"', json.dumps(cards_of(*EVERYTHING)))
    assert len(found) == len(set(found)) == 6 + 2 + 2


def test_override_reasons_are_codes_of_the_value_set_in_the_order_of_the_document() -> None:
    reasons = card_of(alarm())["overrideReasons"]
    assert [reason["code"] for reason in reasons] == ["not-applicable", "already-addressed"]
    assert reasons[0] == {"code": "not-applicable", "system": REASON_SYSTEM, "display": "not applicable"}
    assert "overrideReasons" not in card_of(work_up())


def test_without_the_value_set_no_reason_is_offered() -> None:
    held = facts(**WEAK)
    bare = context(held)
    bare.vocabularies["1.0.0"].value_sets.clear()  # type: ignore[attr-defined]
    (card,) = make_cards(showings(held, alarm()), bare)
    assert "overrideReasons" not in card


@pytest.mark.parametrize(("status", "told"), [("active", None), ("draft", "draft"), ("retired", "retired")])
def test_a_card_of_a_version_not_in_force_says_so(status: str, told: str | None) -> None:
    held = facts(**WEAK)
    (one,) = showings(held, alarm(status=status))
    (card,) = make_cards([Showing(one.verdict, "critical", "same-day", shown=True)], context(held))
    assert card["extension"]["org.postfusion"].get("status") == told


def test_a_variant_changes_the_face() -> None:
    card = card_of(work_up(), {**PAINFUL, "last_pain": number(8)})
    assert (card["summary"], card["indicator"]) == ("Severe pain of 8", "critical")
    assert card["extension"]["org.postfusion"]["urgency"] == "same-day"
    assert card["detail"].startswith("The record meets the criteria. The last score was 8.")


def test_a_variant_without_words_of_its_own_keeps_those_of_the_face() -> None:
    quiet = rule("quiet", [criterion("c")], face=face(variants=(Variant("c", indicator="warning", detail="Another detail."),)))
    card = card_of(quiet, {"c": present()})
    assert (card["summary"], card["indicator"]) == ("A summary", "warning")
    assert card["detail"].startswith("Another detail.")


def test_a_summary_that_grows_too_long_ends_at_a_word() -> None:
    text = "word " * 24 + "{about_it}"
    long = rule("long", [criterion("about_it")], face=face(summary=text))
    summary = card_of(long, {"about_it": present(saw=seen(value="evidence " * 9))})["summary"]
    assert len(summary) < 140
    assert summary.endswith(("word…", "evidence…"))


def test_a_summary_of_139_characters_stays_and_one_of_140_is_cut() -> None:
    assert card_of(rule("r", [criterion("c")], face=face(summary="a" * 139)), {"c": present()})["summary"] == "A" + "a" * 138
    assert card_of(rule("r", [criterion("c")], face=face(summary="a" * 140)), {"c": present()})["summary"] == "A" + "a" * 137 + "…"


def folded_card(*titles: str) -> dict[str, Any]:
    """The card that the notes beyond the first three become."""
    notes = [note_rule(f"note-{i}", title=title) for i, title in enumerate(("a", "b", "c", *titles))]
    return cards_of(*notes, given={})[-1]


def test_notes_beyond_three_become_one_last_card() -> None:
    cards = cards_of(alarm(), *EVERYTHING[2:], work_up(), public_url="https://pf.example")
    rules = [card["extension"]["org.postfusion"]["rule"] for card in cards]
    assert rules == ["red-flag", "work-up", "note-0", "note-1", "note-2", "more-information"]
    more = cards[-1]
    assert more["indicator"] == "info"
    assert more["summary"] == "3 more notes: Title of note-3; Title of note-4; Title of note-5"
    assert more["detail"] == "**3 more notes**\n\n- Title of note-3\n- Title of note-4\n- Title of note-5"
    assert more["extension"]["org.postfusion"]["folded"] == ["note-3", "note-4", "note-5"]
    assert more["source"]["url"] == "https://pf.example/rules"
    assert more["source"]["topic"]["code"] == "more-information"


def test_one_more_note_is_told_in_the_singular_and_many_are_cut() -> None:
    assert folded_card("Only one")["summary"] == "1 more note: Only one"
    many = folded_card(*["A rather long title of a note"] * 8)
    assert many["summary"].startswith("8 more notes: ")
    assert len(many["summary"]) < 140


def test_the_folded_card_takes_the_gravest_urgency_and_names_its_contents_by_digest() -> None:
    first = [note_rule(f"note-{i}") for i in range(4)]
    soon = note_rule("note-4", urgency="soon")
    one, same, other = (
        cards_of(*first, last, given={})[-1]["extension"]["org.postfusion"] for last in (soon, soon, note_rule("note-4", version="1.0.1"))
    )
    assert (one["urgency"], other["urgency"]) == ("soon", "routine")
    assert one == same
    assert one["digest"] != other["digest"]


def plain_rule(**more: Any) -> Rule:
    """A rule whose card has nothing but a summary and a detail."""
    return rule("plain", [criterion("c")], ways=(Way("fires", none=("c",)),), **more)


def test_a_verdict_shown_without_a_face_still_makes_a_card() -> None:
    held = facts(c=absent())
    (one,) = showings(held, plain_rule(face=None))
    (card,) = make_cards([Showing(one.verdict, "info", "routine", shown=True)], context(held))
    assert card["summary"] == "Title of plain"
    VALIDATOR.validate({"cards": [card]})
