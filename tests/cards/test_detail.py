"""The detail names what was seen, what was not, and how sure the evidence is."""

from decimal import Decimal
from typing import Any

import pytest

from service.cards.detail import safe_url
from service.engine.answers import Answer, Gap
from service.engine.dates import Duration, month_of
from service.engine.facts import Fact, Item
from service.engine.rule import Citation, Criterion, Note, Rule, Way
from tests.cards.build import PAINFUL, card_of, cards_of, work_up
from tests.engine.build import absent, criterion, face, number, present, rule, seen, unreadable

CITED = {"source": Citation("Smith 2020. A paper.", "page 3", "https://example.org/p"), "other": Citation("A guide")}


def sections(the_rule: Rule, given: dict[str, Any]) -> dict[str, list[str]]:
    """The detail's parts by heading; what stands before the first list is under "text", the last line under "evidence"."""
    first, *rest, last = card_of(the_rule, given)["detail"].split("\n\n")
    parts = {"text": [first], "evidence": [last]}
    for heading, lines in zip(rest[::2], rest[1::2], strict=True):
        parts[heading.strip("*")] = [line.removeprefix("- ") for line in lines.split("\n")]
    return parts


def asking(*criteria: Criterion, **more: Any) -> Rule:
    """A rule with one way, all of its criteria."""
    return rule("asking", criteria, **more)


def any_of(*criteria: Criterion, none: tuple[str, ...] = ()) -> Rule:
    """A rule that wants one of its criteria, and none of the named ones."""
    return asking(*criteria, ways=(Way("fires", any=tuple(c.name for c in criteria if c.name not in none), none=none),))


def test_the_operation_comes_first_then_each_met_criterion_with_what_was_seen() -> None:
    assert sections(work_up(), PAINFUL)["Why"] == [
        "A dated lumbar fusion is on record: 2025-08-01 (`Procedure/fusion`)",
        "months holds: 7 mo, 2025-08-01 (`Procedure/fusion`)",
        "pain holds: 5, 2026-02-20 (`Observation/pain`)",
    ]


def test_a_partial_operation_date_says_about() -> None:
    partial = present(value=month_of(2025, 8), saw=seen("Procedure/fusion", "2025-08", "2025-08"))
    why = sections(work_up(), {**PAINFUL, "lumbar_fusion_dated": partial, "months_since_index": number(6, 7)})["Why"]
    assert why[:2] == ["A dated lumbar fusion is on record: about 2025-08 (`Procedure/fusion`)", "months holds"]


def test_only_ways_that_fired_are_told() -> None:
    two = asking(criterion("a"), criterion("b"), criterion("c"), ways=(Way("one", all=("a",)), Way("two", all=("b", "c"))))
    assert sections(two, {"a": present(), "b": present(), "c": absent()})["Why"] == ["a holds"]
    assert sections(two, {"a": present(), "b": present(), "c": present()})["Why"] == ["a holds", "b holds", "c holds"]


def test_of_alternatives_only_the_met_ones_are_told() -> None:
    parts = sections(any_of(criterion("a"), criterion("b", if_unknown=Answer.NO), criterion("c")), {"a": present(), "c": absent()})
    assert parts["Why"] == ["a holds"]
    assert "Not recorded" not in parts


def test_at_least_so_many_are_told() -> None:
    names = ("a", "b", "c")
    some = asking(*map(criterion, names), ways=(Way("fires", at_least_of=(2, names)),))
    parts = sections(some, {"a": present(), "b": present()})
    assert parts["Why"] == ["a holds", "b holds"]
    assert parts["Not recorded"] == ["c holds (not recorded)"]


def test_what_must_not_be_is_told_when_it_was_recorded_absent() -> None:
    without = any_of(criterion("a"), criterion("b"), none=("b",))
    assert sections(without, {"a": present(), "b": absent(saw=seen("Observation/b", "absent"))})["Why"] == [
        "a holds",
        "Not so: b holds: absent (`Observation/b`)",
    ]


@pytest.mark.parametrize(
    ("item", "expected", "why"),
    [
        ((), "b holds (not recorded)", "silence"),
        (unreadable(), "b holds (unreadable)", "an unreadable entry"),
        (present(when=None), "b holds (not precise enough)", "an undated entry asked for its age"),
    ],
)
def test_unknown_alternatives_of_a_way_that_fired_are_named_with_their_reason(item: Any, expected: str, why: str) -> None:
    parts = sections(any_of(criterion("a"), criterion("b", within=Duration(14, "days"))), {"a": present(), "b": item})
    assert parts["Not recorded"] == [expected], why


def test_silence_taken_as_the_answer_that_mattered_is_named() -> None:
    taken = any_of(criterion("a", if_unknown=Answer.YES), criterion("b", if_unknown=Answer.NO), none=("b",))
    parts = sections(taken, {})
    assert parts["Not recorded"] == ["a holds (taken as yes)", "b holds (taken as no)"]
    assert "Why" not in parts


def test_outstanding_checks_are_listed_and_the_blind_ones_say_why() -> None:
    parts = sections(work_up(), {**PAINFUL, "mri_done": unreadable()})
    assert parts["Still open"] == ["lumbar MRI (unreadable)", "CT"]


def test_checks_named_in_the_text_are_not_listed_again() -> None:
    checks = {"mri": criterion("mri", open="lumbar MRI")}
    noted = (Note("a", "Look again."),)
    parts = sections(asking(criterion("a"), checks=checks, face=face(detail="Open: {outstanding}.", notes=noted)), {"a": present()})
    assert parts["text"] == ["Open: lumbar MRI. Look again."]
    assert "Still open" not in parts


def test_notes_are_added_when_their_way_or_criterion_said_yes() -> None:
    noted = face(detail="First.", notes=(Note("a", "Then."), Note("b", "Never."), Note("fires", "At last.")))
    assert sections(asking(criterion("a"), face=noted), {"a": present()})["text"] == ["First. Then. At last."]


def test_no_more_than_three_readings_stand_under_a_criterion() -> None:
    many = tuple(present(saw=seen(f"Observation/o{i}")) for i in range(5))
    assert sections(asking(criterion("a")), {"a": many})["Why"] == [
        "a holds: `Observation/o0`; `Observation/o1`; `Observation/o2`; and 2 more"
    ]


def test_the_note_of_a_reading_is_told_and_tamed() -> None:
    assert sections(asking(criterion("a")), {"a": present(note="onset *not* recorded")})["Why"] == ["a holds (onset \\*not\\* recorded)"]


def test_nothing_on_record_is_told_where_it_was_asked_for() -> None:
    assert sections(asking(criterion("a", "recorded", False)), {})["Why"] == ["a holds (nothing on record)"]


def test_another_rule_is_named_by_its_id() -> None:
    first = rule("first", [criterion("a")], face=None)
    second = asking(criterion("b", "answers", ("yes",), rule="first"))
    unsure = rule("unsure", [criterion("z")], family="alarm")
    third = rule("third", [criterion("c", "answers", ("unknown",), family="alarm")])
    details = {
        c["extension"]["org.postfusion"]["rule"]: c["detail"]
        for c in cards_of(first, second, unsure, third, given={"a": present(), "z": unreadable()})
    }
    assert "- b holds: rule `first`\n" in details["asking"]
    assert "- c holds: unknown (rule `unsure`)\n" in details["third"]


def test_the_evidence_line_names_certainty_limits_and_the_citations_used() -> None:
    cited = asking(criterion("a"), citations=CITED)
    line = "Evidence: low certainty, conditional recommendation. Limits: A rule made for a test. "
    assert sections(cited, {"a": present()})["evidence"] == [line + "Sources: [Smith 2020. A paper, page 3](https://example.org/p)."]


def test_without_a_used_citation_all_are_named_and_without_any_none() -> None:
    uncited = asking(criterion("a", because="project"), citations=CITED, limits="")
    line = "Evidence: low certainty, conditional recommendation."
    assert sections(uncited, {"a": present()})["evidence"] == [
        f"{line} Sources: [Smith 2020. A paper, page 3](https://example.org/p); A guide."
    ]
    assert sections(asking(criterion("a"), limits=""), {"a": present()})["evidence"] == [line]


def test_a_check_brings_in_its_citation() -> None:
    checks = {"mri": criterion("mri", open="lumbar MRI", because="other")}
    checked = asking(criterion("a", because="project"), citations=CITED, checks=checks, limits="")
    assert sections(checked, {"a": present()})["evidence"][0].endswith("Sources: A guide.")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("https://example.org/a_(b)", "https://example.org/a_%28b%29"),
        ("http://example.org", ""),
        ("https://example.org/a b", ""),
        ("https://example.org/<a>", ""),
        ("", ""),
    ],
)
def test_only_https_addresses_are_linked(url: str, expected: str) -> None:
    assert safe_url(url) == expected


def test_a_number_that_was_not_recorded_is_said_to_be_so() -> None:
    parts = sections(
        any_of(criterion("a"), criterion("n", "at_least", Decimal(4))), {"a": present(), "n": Fact((Item(Answer.UNKNOWN, gap=Gap.SILENT),))}
    )
    assert parts["Not recorded"] == ["n holds (not recorded)"]
