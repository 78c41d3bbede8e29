"""A rule version as plain sentences, for a clinician to read."""

from collections.abc import Iterator
from typing import Any

from service.engine.rule import Criterion, Rule, Way

POPULATION = {
    "yes": "with a dated lumbar fusion on record",
    "undated_too": "with a lumbar fusion on record, dated or not",
    "no": "with or without a lumbar fusion on record",
}
PATIENTS = {"adults": "Living adults", "living": "Living patients of any age"}
PHRASES = {
    "one_of": "is one of {}",
    "has_any_of": "holds any of {}",
    "at_least": "is {} or more",
    "more_than": "is more than {}",
    "at_most": "is {} or less",
    "less_than": "is less than {}",
    "happened_at_least_ago": "happened at least {} ago",
    "happened_within": "happened at most {} ago",
    "count_at_least": "was found at least {} times",
}


def explain(rule: Rule) -> str:
    """The whole rule: for whom, when it fires, each question with its threshold and source, evidence, limits."""
    return "\n".join(_lines(rule)) + "\n"


def _lines(rule: Rule) -> Iterator[str]:
    until = f" until {rule.effective_until}" if rule.effective_until else ""
    yield f"{rule.title}"
    yield f"{rule.id} {rule.version} ({rule.status}, from {rule.effective_from}{until}), family {rule.family}, urgency {rule.urgency}"
    yield f"For: {PATIENTS[rule.patients]} {POPULATION[rule.needs_index]}."
    yield ""
    yield "It fires when" + (" any of these ways is met:" if len(rule.ways) > 1 else ":")
    for way in rule.ways:
        if len(rule.ways) > 1:
            yield f"  {way.says}:"
        yield from (f"    {line}" for line in _way(way, rule))
    yield ""
    yield "Questions:"
    for one in rule.criteria.values():
        yield from _criterion(one, rule)
    if rule.checks:
        yield "Shown, never deciding:"
        for check in rule.checks.values():
            yield from _criterion(check, rule)
    yield from _end(rule)


def _way(way: Way, rule: Rule) -> Iterator[str]:
    gathers = [("all of", way.all), ("at least one of", way.any), ("none of", way.none)]
    if way.at_least_of:
        gathers.append((f"at least {way.at_least_of[0]} of", way.at_least_of[1]))
    for word, names in gathers:
        if names:
            yield f"{word}: " + "; ".join(rule.criteria[name].says for name in names)


def _criterion(one: Criterion, rule: Rule) -> Iterator[str]:
    citation = rule.citations[one.because]
    yield f"  {one.says}"
    yield f"    asks: {question(one)}"
    yield f"    because: {citation.title}" + (f", {citation.locator}" if citation.locator else "")


def question(one: Criterion) -> str:
    """What a criterion asks, and how a reading must lie in time to count."""
    if one.rule or one.family:
        answers = " or ".join(str(answer) for answer in one.argument) if isinstance(one.argument, tuple) else ""
        return f"{one.rule or f'any rule of the family {one.family}'} answers {answers}"
    parts = [f"{one.fact} {_asked(one)}"]
    if one.within:
        parts.append(f"at most {one.within} old")
    if one.older_than:
        parts.append(f"more than {one.older_than} old")
    if one.after_index:
        parts.append("after the operation" if one.after_index == "yes" else "not before the operation")
    if one.if_unknown:
        parts.append(f"taken as {one.if_unknown} when not recorded")
    named = f" [{', '.join(one.parameters)}]" if one.parameters else ""
    return ", ".join(parts) + named


def _asked(one: Criterion) -> str:
    if one.word == "is":
        return "is present" if one.argument is True else "is recorded absent"
    if one.word == "recorded":
        return "is recorded" if one.argument is True else "is not recorded"
    if one.word == "between" and isinstance(one.argument, tuple):
        return f"is {one.argument[0]} or more and less than {one.argument[1]}"
    return PHRASES[one.word].format(_shown(one.argument))


def _shown(argument: Any) -> str:
    return ", ".join(argument) if isinstance(argument, tuple) else str(argument)


def _end(rule: Rule) -> Iterator[str]:
    yield ""
    if rule.face:
        yield f"Card ({rule.face.indicator}): {rule.face.summary}"
    yield f"Evidence: certainty {rule.certainty}, recommendation {rule.strength}"
    yield f"Limits: {rule.limits}"
    yield f"Tests: {len(rule.tests)} in the document"
    yield f"Digest: {rule.digest}"
