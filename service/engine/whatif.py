"""Why a rule did not fire, and the smallest change of its facts that would make it fire: computed from the document.

Each change names a criterion, how it stands now and what it needs; applying all changes of an explanation and deciding
again gives yes. Nothing here is advice: it explains the rule, not the patient.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from service.engine.answers import Answer
from service.engine.compile import Decide, Said, gates
from service.engine.dates import Duration, earliest_within, latest_ago, on
from service.engine.facts import Fact, Facts, Item, Order, Value, exactly
from service.engine.rule import Criterion, Rule, Way
from service.engine.verdict import Step, Verdict
from service.engine.vocabulary import FactSpec
from service.engine.words import WORDS

STEPS = (Decimal(1), Decimal("0.1"))  # how far a number is moved across a threshold, the larger first


@dataclass(frozen=True, slots=True)
class Change:
    """One criterion in the way. `wanted` is the answer it needs; `fact` holds the changed fact, or `said` other rules' changed answers."""

    criterion: Criterion
    now: Step
    wanted: Answer
    fact: Fact | None = None
    said: Mapping[str, Answer] | None = None


def smallest_change(
    rule: Rule, decide: Decide, verdict: Verdict, facts: Facts, said: Said, specs: Mapping[str, FactSpec]
) -> tuple[Change, ...]:
    """The fewest criteria whose change makes the rule fire; empty when it fires already, when it threw, or when no change can do it."""
    if verdict.answer is Answer.YES or verdict.failed:
        return ()
    steps = {step.criterion: step for step in verdict.steps}
    closed = [gate for gate in gates(rule) if steps[gate.name].answer is not Answer.YES]
    blocked = [_change(gate, steps[gate.name], Answer.YES, facts, said, specs) for gate in closed]
    options = [[*blocked, *_of_way(rule, way, steps, facts, said, specs)] for way in rule.ways]
    for option in sorted(options, key=len):
        if decide(*applied(option, facts, said, verdict)).answer is Answer.YES:
            return tuple(option)
    return ()


def applied(changes: Iterable[Change], facts: Facts, said: Said, like: Verdict) -> tuple[Facts, Said]:
    """Facts and other rules' verdicts after the changes."""
    held, heard = dict(facts.held), dict(said)
    for change in changes:
        if change.fact is not None:
            held[change.criterion.fact] = change.fact
        for rule, answer in (change.said or {}).items():
            known = heard.get(rule)
            heard[rule] = replace(known or like, answer=answer, gap=None, failed=False)
    return Facts(facts.as_of, held), heard


def _of_way(rule: Rule, way: Way, steps: Mapping[str, Step], facts: Facts, said: Said, specs: Mapping[str, FactSpec]) -> list[Change]:
    wanted = [(name, Answer.YES) for name in way.all if steps[name].answer is not Answer.YES]
    wanted += [(name, Answer.NO) for name in way.none if steps[name].answer is not Answer.NO]
    wanted += [(name, Answer.YES) for name in _missing(1, way.any, steps)]
    if way.at_least_of:
        wanted += [(name, Answer.YES) for name in _missing(*way.at_least_of, steps)]
    return [_change(rule.criteria[name], steps[name], answer, facts, said, specs) for name, answer in wanted]


def _missing(count: int, names: tuple[str, ...], steps: Mapping[str, Step]) -> list[str]:
    """The criteria still needed to reach `count`; unknown ones first, since they want a record and not a change."""
    lacking = count - sum(steps[name].answer is Answer.YES for name in names)
    open_ones = [name for name in names if steps[name].answer is not Answer.YES]
    return sorted(open_ones, key=lambda name: steps[name].answer is Answer.NO)[: max(lacking, 0)] if names else []


def _change(criterion: Criterion, step: Step, wanted: Answer, facts: Facts, said: Said, specs: Mapping[str, FactSpec]) -> Change:
    if criterion.rule:
        return Change(criterion, step, wanted, said={criterion.rule: _rule_answer(criterion, wanted)})
    if criterion.family:
        return Change(criterion, step, wanted, said=_family_answers(criterion, wanted, said))
    return Change(criterion, step, wanted, fact=_fact(criterion, wanted, facts[criterion.fact], specs.get(criterion.fact), facts.as_of))


def _rule_answer(criterion: Criterion, wanted: Answer) -> Answer:
    """An answer of another rule that gives the criterion the one it needs."""
    asked = criterion.argument if isinstance(criterion.argument, tuple) else ()
    fits = (answer for answer in (Answer.YES, Answer.NO, Answer.UNKNOWN) if (answer in asked) is (wanted is Answer.YES))
    return next(fits, wanted)


def _family_answers(criterion: Criterion, wanted: Answer, said: Said) -> dict[str, Answer]:
    family = [verdict.rule.id for verdict in said.values() if verdict.rule.family == criterion.family]
    return dict.fromkeys(family if wanted is Answer.NO else family[:1], _rule_answer(criterion, wanted))


def _fact(criterion: Criterion, wanted: Answer, fact: Fact, spec: FactSpec | None, as_of: date) -> Fact:
    """The fact with readings that give the criterion its wanted answer. What stands in the way of a no is replaced."""
    if criterion.word == "recorded":
        keep = (wanted is Answer.YES) is criterion.argument
        return Fact((_reading(criterion, as_of, None),) if keep else (), Answer.NO if keep else fact.silence)
    if criterion.word == "is":
        present = (wanted is Answer.YES) is (criterion.argument is True)
        one = replace(_reading(criterion, as_of, None), answer=Answer.YES if present else Answer.NO)
        return Fact((*fact.items, one) if present else (one,))
    if criterion.word == "count_at_least":
        count = criterion.argument if isinstance(criterion.argument, int) else 1
        return Fact((_reading(criterion, as_of, None),) * (count if wanted is Answer.YES else 0), Answer.NO)
    value = _value(criterion, wanted, spec, as_of)
    return Fact((_reading(criterion, as_of, value),))


def _reading(criterion: Criterion, as_of: date, value: Value | None) -> Item:
    """A reading of today, or of as long ago as the criterion asks, surely after the operation."""
    when = as_of if criterion.older_than is None else earliest_within(as_of, criterion.older_than) - timedelta(days=1)
    return Item(value=value, when=on(when), order=Order.AFTER)


def _value(criterion: Criterion, wanted: Answer, spec: FactSpec | None, as_of: date) -> Value:
    for value in _candidates(criterion, spec, as_of):
        if WORDS[criterion.word].test(Item(value=value), criterion.argument, as_of) is wanted:
            return value
    raise ValueError(f"no value of {criterion.fact} gives {criterion.name} the answer {wanted}")


def _candidates(criterion: Criterion, spec: FactSpec | None, as_of: date) -> Iterable[Value]:
    """Values at the threshold, a step across it on either side, and for words and dates their two answers."""
    argument = criterion.argument
    if isinstance(argument, Duration):
        back = latest_ago(as_of, argument)
        yield from (on(back), on(as_of), on(back + timedelta(days=1)), on(back - timedelta(days=32)))
    elif isinstance(argument, tuple) and argument and isinstance(argument[0], str):
        words = [str(word) for word in argument]
        yield from (words[0], frozenset(words[:1]), frozenset(), "")
    else:
        limits = argument if isinstance(argument, tuple) else (argument,)
        for limit in limits:
            for number in _around(Decimal(str(limit))):
                if _inside(number, spec):
                    yield exactly(number)


def _around(limit: Decimal) -> Iterable[Decimal]:
    yield limit
    for step in STEPS:
        yield from (limit + step, limit - step)


def _inside(number: Decimal, spec: FactSpec | None) -> bool:
    low = spec.low if spec else None
    high = spec.high if spec else None
    return (low is None or number >= low) and (high is None or number <= high)
