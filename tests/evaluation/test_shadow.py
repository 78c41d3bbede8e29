"""Drafts are decided beside the rules in force: recorded, never shown, and no fault of theirs costs anyone a card."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.engine.evaluate import Decider, decider
from service.evaluation import Outcome, Question, evaluate_bundle
from service.library import Book
from tests.stories.chart import chart, finding, fusion
from tests.stories.replay import book

DAY = datetime(2026, 3, 1, tzinfo=UTC)
BODY = chart(fusion("2025-03-15"), finding("saddle-sensory-change", True, "2026-02-27"))
ALARM = "red-flag-cauda-equina"


def with_draft(rule: str, decide: Any = None, **changes: Any) -> Book:
    """The shipped book with a draft 9.0.0 of a rule."""
    shipped = book()
    draft = replace(shipped.versions[rule][0], version="9.0.0", status="draft", effective_from=date(2026, 1, 1), **changes)
    made = Decider(draft, decide) if decide else decider(draft)
    versions = {**shipped.versions, rule: (*shipped.versions[rule], draft)}
    vocabularies = {**shipped.vocabularies}
    if draft.vocabulary not in vocabularies:
        vocabularies[draft.vocabulary] = replace(shipped.vocabularies["1.0.0"], version=draft.vocabulary)
    return Book(shipped.digest, vocabularies, versions, {**shipped.deciders, (rule, "9.0.0"): made})


def told(given: Book, reports: list[str] | None = None, **question: Any) -> Outcome:
    heard: list[str] = [] if reports is None else reports
    asked = Question(DAY, ZoneInfo("UTC"), report=lambda rule, _: heard.append(rule), new_id=lambda: "id", **question)
    return evaluate_bundle(BODY, asked, given)


def answers(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(one.rule, one.version, one.answer) for one in outcome.shadow]


def test_a_draft_answers_in_the_shadow_alone() -> None:
    plain, outcome = told(book()), told(with_draft(ALARM))
    assert answers(plain) == [] and answers(outcome) == [(ALARM, "9.0.0", "yes")]
    assert replace(outcome, shadow=()) == plain


def test_a_draft_in_a_vocabulary_of_its_own() -> None:
    assert answers(told(with_draft(ALARM, vocabulary="9.0.0"))) == [(ALARM, "9.0.0", "yes")]


def test_a_late_draft_sees_what_could_not_be_judged() -> None:
    assert answers(told(with_draft("data-unreadable"))) == [("data-unreadable", "9.0.0", told(book()) and "no")]


def test_a_draft_that_throws_costs_nothing() -> None:
    def decide(*_: Any) -> Any:
        raise RuntimeError

    reports: list[str] = []
    outcome = told(with_draft(ALARM, decide), reports)
    assert reports == [ALARM] and outcome.shadow[0].failed and outcome.failed == ()
    assert outcome.cards == told(book()).cards


def test_a_draft_whose_facts_cannot_be_made_costs_nothing() -> None:
    given = with_draft(ALARM, vocabulary="9.0.0")
    broken = Book(given.digest, {"1.0.0": given.vocabularies["1.0.0"]}, given.versions, given.deciders)
    outcome = told(broken)
    assert outcome.shadow[0].failed and outcome.cards == told(book()).cards


def test_drafts_are_of_their_day_and_hook_and_not_beside_pins() -> None:
    given = with_draft(ALARM, hooks=("order-sign",))
    assert answers(told(given)) == [] and len(told(given, hook="order-sign").shadow) == 1
    assert answers(told(with_draft(ALARM), rules_as_of=date(2025, 12, 31))) == []
    pinned = told(with_draft(ALARM), pins=(f"{ALARM}@9.0.0",))
    assert answers(pinned) == []
    assert {v["version"] for v in pinned.verdicts if v["rule"] == ALARM} == {"9.0.0"}
