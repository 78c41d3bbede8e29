"""Everything wrong with a body, by place and never by value; and which rules could not be judged because of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence
from service.engine.verdict import Verdict
from service.evaluation.answer import outcome_json
from service.evaluation.question import Question
from service.evaluation.reading import Read, read_of_bundle, read_of_prefetch
from service.evaluation.run import Judged, judge_without
from service.evaluation.verify import INVALID, r4_faults
from service.fhir import structure
from service.library import Book

Issue = dict[str, Any]
NOTHING = "No problem was found."


@dataclass(frozen=True, slots=True)
class Written:
    """What is wrong with how a body is written, and by reference which of its resources are therefore no valid R4."""

    issues: list[Issue]
    faulty: Mapping[str, str]


def written(tree: Any) -> Written:
    """Repeated keys anywhere; empty values and what is not R4 in every resource that is read."""
    root = structure.root_of(tree)
    faults = list(structure.repeated(tree, root)) if tree.repeats else []
    faulty: dict[str, str] = {}
    for place, kind, members in structure.resources(tree, root):
        text = structure.as_json(members)
        r4 = r4_faults(kind, text)
        if r4:
            faulty[structure.reference_of(kind, members, place)] = INVALID
        faults += [*structure.empty(members, place), *structure.wrong_types(kind, text, place)]
        faults += [structure.Fault(_join(place, path), reason, "invalid") for path, reason in r4]
    return Written([_issue("error", fault.code, fault.reason, [fault.place]) for fault in faults], faulty)


def _join(place: str, path: Iterable[str | int]) -> str:
    """The place of an element; a name that is no element's ends the path."""
    for part in path:
        place = f"{place}[{part}]" if isinstance(part, int) else structure.below(place, part)
    return place


def validate_bundle(body: bytes, question: Question, book: Book, faulty: Mapping[str, str]) -> list[Issue]:
    """What judging a Bundle brings to light, its `faulty` resources taken out. Raises Refused, NoRulesInForce or PinError."""
    return _judged(question, book, read_of_bundle(body, question), faulty)


def validate_hook(prefetch: Mapping[str, bytes], question: Question, book: Book, faulty: Mapping[str, str]) -> list[Issue]:
    """What judging a hook's prefetch brings to light. Raises as validate_bundle."""
    return _judged(question, book, read_of_prefetch(prefetch, question), faulty)


def _judged(question: Question, book: Book, read: Read, faulty: Mapping[str, str]) -> list[Issue]:
    judged = judge_without(faulty, question, book, book.release(question.rules_day, question.pins), read)
    chart = judged.scene.chart
    found = outcome_json(chart, judged.verdicts, judged.scene)["issue"]
    told = [one for one in found if one["code"] != "informational" and INVALID not in one["diagnostics"]]
    places = {reading.reference: reading.place for reading in _readings(judged)}
    return [*(_placed(one, places) for one in told), *_not_judged(judged.verdicts, places)]


def _readings(judged: Judged) -> Iterator[Any]:
    for scene in judged.scenes.values():
        for readings in (*scene.chart.by_concept.values(), *scene.chart.blind.values()):
            yield from readings


def _placed(issue: Issue, places: Mapping[str, str]) -> Issue:
    """The issue with the places of resources it names by reference."""
    if "expression" not in issue:
        return issue
    return {**issue, "expression": [places.get(where, where) for where in issue["expression"]]}


def _not_judged(verdicts: Iterable[Verdict], places: Mapping[str, str]) -> list[Issue]:
    """One issue for each rule that what is wrong here keeps from being judged, with the places it stumbles over."""
    return [
        _issue("warning", "incomplete", f"The rule {one.rule.id} could not be judged because of this.", _stumbles(one, places))
        for one in sorted(verdicts, key=lambda one: one.rule.id)
        if one.failed or (one.answer is Answer.UNKNOWN and one.gap is Gap.UNREADABLE)
    ]


def _stumbles(verdict: Verdict, places: Mapping[str, str]) -> list[str]:
    steps = [step for step in (*verdict.steps, *verdict.checks) if step.gap is Gap.UNREADABLE]
    seen: list[Evidence] = [evidence for step in steps for evidence in step.saw]
    return list(dict.fromkeys(places.get(evidence.resource, evidence.resource) for evidence in seen))


def _issue(severity: str, code: str, text: str, places: list[str]) -> Issue:
    where = [place for place in places if place]
    return {"severity": severity, "code": code, "diagnostics": text, **({"expression": where} if where else {})}


def outcome_of(issues: Iterable[Issue]) -> dict[str, Any]:
    """The OperationOutcome; each issue once, errors first."""
    kept = {str(sorted(issue.items(), key=lambda item: item[0])): issue for issue in issues}.values()
    order = ("fatal", "error", "warning", "information")
    listed = sorted(kept, key=lambda issue: order.index(issue["severity"]))
    return {"resourceType": "OperationOutcome", "issue": listed or [_issue("information", "informational", NOTHING, [])]}
