"""A PlanDefinition says what the rule does: when it is asked, when it fires, on what it rests, and what its card offers."""

import re
from datetime import date
from typing import Any

import pytest

from service.engine.answers import Answer, at_least_of, both, either, negate
from service.engine.compile import compile_rule, gates
from service.engine.rule import Rule
from service.interop.actions import PRIORITY
from service.interop.logic import LANGUAGE, fires
from service.library.explain import question
from service.library.inline import decide_test
from tests.interop.published import DAY, Resource, entries, resources, shelf, walk
from tests.stories.replay import book

RULES = [rule for versions in book().versions.values() for rule in versions]
TOKEN = re.compile(r"\s*([a-z][a-z0-9_]*|\d+|[();,])")
WORDS = {"and", "or", "not", "at_least", "open"}


def named(rule: Rule) -> str:
    return f"{rule.id} {rule.version}"


def plan_of(rule: Rule) -> Resource:
    (entry,) = [one for one in entries() if (one.kind, one.base, one.version) == ("PlanDefinition", rule.id, rule.version)]
    return resources()[f"PlanDefinition/{entry.id}"]


class Reader:
    """Reads the language of the expressions as docs/interchange.md describes it, and answers it from the answers to the criteria."""

    def __init__(self, text: str, answers: dict[str, Answer]) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text)
        self.answers = answers

    def whole(self) -> Answer:
        answer = self.some()
        assert not self.tokens
        return answer

    def some(self) -> Answer:
        parts = [self.every()]
        while self.tokens[:1] == ["or"]:
            self.tokens.pop(0)
            parts.append(self.every())
        return either(parts)

    def every(self) -> Answer:
        parts = [self.one()]
        while self.tokens[:1] == ["and"]:
            self.tokens.pop(0)
            parts.append(self.one())
        return both(parts)

    def one(self) -> Answer:
        token = self.tokens.pop(0)
        if token == "not":
            return negate(self.one())
        if token == "(":
            answer = self.some()
            assert self.tokens.pop(0) == ")"
            return answer
        return self.counted() if token == "at_least" else self.answers[token]

    def counted(self) -> Answer:
        assert self.tokens.pop(0) == "("
        count = int(self.tokens.pop(0))
        parts = []
        while self.tokens.pop(0) in (";", ","):
            parts.append(self.one())
        return at_least_of(count, parts)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_conditions_answer_as_the_rule_does(rule: Rule) -> None:
    """Over every test of the document: the conditions, read from the resource, give the rule's own answer."""
    texts = [one["expression"]["expression"] for one in plan_of(rule)["action"][0]["condition"]]
    decide = compile_rule(rule)
    seen = set()
    for test in rule.tests:
        verdict, _ = decide_test(rule, test, decide)
        answers = {step.criterion: step.answer for step in verdict.steps}
        assert both(Reader(text, answers).whole() for text in texts) is verdict.answer
        seen.add(verdict.answer)
    assert {Answer.YES, Answer.NO} <= seen


def test_the_reader_can_fail() -> None:
    answers = {"a": Answer.YES, "b": Answer.UNKNOWN, "c": Answer.NO}
    for text, answer in [("a and not c", Answer.YES), ("(a and b) or c", Answer.UNKNOWN), ("at_least(2; a, b, c)", Answer.UNKNOWN)]:
        assert Reader(text, answers).whole() is answer
    with pytest.raises(AssertionError):
        Reader("a & b", answers)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_who_asks_when_and_of_whom(rule: Rule) -> None:
    plan = plan_of(rule)
    (action,) = plan["action"]
    assert (plan["version"], plan["title"], plan["library"]) == (
        rule.version,
        rule.title,
        [f"{shelf().url('Library', rule.id)}|{rule.version}"],
    )
    assert [one["name"] for one in action["trigger"]] == list(rule.hooks)
    population, ways = (one["expression"] for one in action["condition"])
    assert population["expression"] == " and ".join(gate.fact for gate in gates(rule))
    assert ways["expression"] == fires(rule)
    assert {population["language"], ways["language"]} == {LANGUAGE}
    assert action["priority"] == PRIORITY[rule.urgency]
    assert {"Patient", "Condition", "Observation", "Procedure"} <= {one["type"] for one in action["input"]}


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_each_criterion_and_check_with_its_question_and_source(rule: Rule) -> None:
    told = {one["label"]: one for one in plan_of(rule)["action"][0]["documentation"]}
    assert list(told) == [*rule.criteria, *rule.checks]
    for one in (*rule.criteria.values(), *rule.checks.values()):
        citation = rule.citations[one.because]
        assert one.says in told[one.name]["display"]
        assert question(one) in told[one.name]["display"]
        assert citation.title in told[one.name]["citation"]
        assert told[one.name].get("url", "") == citation.url
        assert told[one.name]["type"] == ("justification" if one.name in rule.criteria else "documentation")


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_evidence_and_source_attributes(rule: Rule) -> None:
    plan = plan_of(rule)
    quality, strength = (one["valueCodeableConcept"] for one in plan["extension"])
    assert quality["text"] == rule.certainty and quality["coding"][0]["code"] == rule.certainty.replace(" ", "-")
    assert strength["text"] == rule.strength
    assert strength["coding"][0]["code"] == {"strong": "strong", "conditional": "weak"}[rule.strength]
    told = [one for one in plan["relatedArtifact"] if one["type"] == "documentation"]
    assert len(told) == 13
    assert all(one["display"] for one in told)
    cited = [one for one in plan["relatedArtifact"] if one["type"] == "citation"]
    assert [one["label"] for one in cited] == list(rule.citations)
    assert rule.limits in plan["description"] and rule.changes in plan["description"]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.face and rule.face.suggestions], ids=named)
def test_suggestions_are_options(rule: Rule) -> None:
    assert rule.face
    (action,) = plan_of(rule)["action"]
    assert action["selectionBehavior"] == rule.face.selection
    assert [one["title"] for one in action["action"]] == [one.label for one in rule.face.suggestions]
    for made, suggestion in zip(action["action"], rule.face.suggestions, strict=True):
        assert made["requiredBehavior"] == "could"
        assert made["precheckBehavior"] == ("yes" if suggestion.recommended else "no")
        conditions = [one["expression"]["expression"] for one in made.get("condition", [])]
        check = f"open({suggestion.check})" if suggestion.check else ""
        unless = f"not {suggestion.unless}" if suggestion.unless else ""
        assert conditions == [one for one in (suggestion.when, unless, check) if one]
        assert ("Elective" in made.get("description", "")) is suggestion.elective
        assert [one["output"][0]["type"] for one in made["action"]] == [one.type for one in suggestion.actions]
        codes = [tuple(coding[key] for key in ("system", "code")) for one in made["action"] for coding in _codings(one)]
        assert codes == [code[:2] for one in suggestion.actions for code in one.codes]


def _codings(draft: Resource) -> list[dict[str, Any]]:
    return [coding for concept in draft.get("code", []) for coding in concept["coding"]]


def test_status_and_period_go_by_the_day() -> None:
    one, two = book().versions["si-joint-possible"]
    assert (plan_of(one)["status"], plan_of(two)["status"]) == ("retired", "active")
    assert plan_of(one)["effectivePeriod"] == {"start": "2000-01-01", "end": "2026-10-31"}
    assert plan_of(two)["effectivePeriod"] == {"start": "2026-11-01"}
    first, later = (entry for entry in entries() if (entry.kind, entry.base) == ("PlanDefinition", "no-improvement-months-3-6"))
    assert [(first.status, first.id), (later.status, later.id)] == [
        ("active", "no-improvement-months-3-6"),
        ("draft", "no-improvement-months-3-6-1.1.0"),  # until its first day another server may not take it for the one in force
    ]
    early = {(one.base, one.version): one.status for one in entries(date(2026, 10, 31)) if one.kind == "PlanDefinition"}
    assert early["si-joint-possible", "1.0.0"] == "active"
    assert early["si-joint-possible", "1.1.0"] == "draft"
    assert date(2026, 11, 1) < DAY < date(2027, 1, 1)


def test_every_name_in_an_expression_is_explained() -> None:
    """Facts of the vocabulary for whom the rule asks; criteria for when it fires; ways, criteria and checks for suggestions."""
    for rule in RULES:
        known = {*rule.criteria, *rule.checks, *(way.name for way in rule.ways), *book().vocabularies[rule.vocabulary].facts}
        assert not known & WORDS
        for path, value in walk(plan_of(rule)):
            if path.endswith(".expression.expression"):
                names = set(re.findall(r"[a-z][a-z0-9_]*", value)) - WORDS
                assert names <= known, (named(rule), value)
