"""One checked rule -> decide(facts, said) -> Verdict, built once when the book loads.

There is no short-circuit: every criterion is answered, so the trace also explains why a rule stayed silent. What follows from
the answers alone, ways and all, is worked out once for each combination of answers that charts really bring.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from service.engine.answers import Answer, Gap, at_least_of, both, either, negate
from service.engine.ask import SHOWN, Said, ask_about
from service.engine.facts import Facts
from service.engine.rule import Criterion, Rule, Way
from service.engine.verdict import Step, Verdict, WayAnswer

__all__ = ["GATES", "SHOWN", "Decide", "Said", "compile_rule", "failed", "gates"]

Decide = Callable[[Facts, Said], Verdict]
Answers = tuple[Answer, ...]

COMBINATIONS = 256  # of answers to one rule's criteria that are remembered
GATES = {
    "adults": ("adult_and_alive", "The patient is a living adult"),
    "living": ("alive", "The patient is alive"),
    "yes": ("lumbar_fusion_dated", "A dated lumbar fusion is on record"),
    "undated_too": ("lumbar_fusion", "A lumbar fusion is on record"),
}


def compile_rule(rule: Rule) -> Decide:
    """Build the function that decides `rule`. Raises KeyError for a question word that does not exist."""
    population = [_gate(gate.fact) for gate in gates(rule)]
    criteria = [ask_about(criterion) for criterion in rule.criteria.values()]
    checks = [(check, ask_about(check)) for check in rule.checks.values()]
    places = {name: place for place, name in enumerate(rule.criteria)}
    walk = _walker(rule, places)

    def decide(facts: Facts, said: Said) -> Verdict:
        gate_steps = tuple([gate(facts) for gate in population])
        steps = tuple([ask(facts, said) for ask in criteria])
        ways, fired = walk(tuple([step.answer for step in steps]))
        answer = both([*[step.answer for step in gate_steps], fired])
        return Verdict(
            rule=rule,
            answer=answer,
            steps=gate_steps + steps,
            ways=ways,
            checks=tuple([_checked(check, ask(facts, said)) for check, ask in checks if _needed(check, steps, places)]),
            gap=_why_unknown(rule, gate_steps, steps, ways, places) if answer is Answer.UNKNOWN else None,
        )

    return decide


def _needed(check: Criterion, steps: Sequence[Step], places: Mapping[str, int]) -> bool:
    return not check.needed_when or steps[places[check.needed_when]].answer is Answer.YES


def _checked(check: Criterion, step: Step) -> Step:
    return replace(step, answer=negate(step.answer)) if check.inverted else step


def gates(rule: Rule) -> list[Criterion]:
    """What a rule asks of the patient before its own criteria."""
    names = [rule.patients] if rule.needs_index == "no" else [rule.patients, rule.needs_index]
    return [Criterion(GATES[n][0], GATES[n][1], "population", "is", True, fact=GATES[n][0]) for n in names]


@cache
def _gate(fact: str) -> Callable[[Facts], Step]:
    """The question of one gate, answered once for all rules that ask it of the same facts."""
    says = next(says for name, says in GATES.values() if name == fact)
    ask = ask_about(Criterion(fact, says, "population", "is", True, fact=fact))

    def once(facts: Facts) -> Step:
        step: Step | None = facts.memo.get(fact)
        if step is None:
            step = facts.memo[fact] = ask(facts, {})
        return step

    return once


def _walker(rule: Rule, places: Mapping[str, int]) -> Callable[[Answers], tuple[tuple[WayAnswer, ...], Answer]]:
    """From the answers to a rule's criteria, in their order, to those of its ways and whether any is yes."""

    @lru_cache(maxsize=COMBINATIONS)
    def walk(answers: Answers) -> tuple[tuple[WayAnswer, ...], Answer]:
        ways = tuple(WayAnswer(way.name, way.says, _walk(way, answers, places)) for way in rule.ways)
        return ways, either(way.answer for way in ways)

    return walk


def _walk(way: Way, answers: Answers, places: Mapping[str, int]) -> Answer:
    def told(names: Sequence[str]) -> list[Answer]:
        return [answers[places[name]] for name in names]

    parts = [both(told(way.all)), both(map(negate, told(way.none)))]
    if way.any:
        parts.append(either(told(way.any)))
    if way.at_least_of:
        count, names = way.at_least_of
        parts.append(at_least_of(count, told(names)))
    return both(parts)


def _why_unknown(
    rule: Rule, gates: Sequence[Step], steps: Sequence[Step], ways: Sequence[WayAnswer], places: Mapping[str, int]
) -> Gap:
    """The gravest reason among the unknown steps of the ways that are unknown."""
    undecided = [name for way, said in zip(rule.ways, ways, strict=True) if said.answer is Answer.UNKNOWN for name in way.criteria()]
    gaps = {step.gap for step in [*gates, *(steps[places[name]] for name in undecided)] if step.answer is Answer.UNKNOWN}
    return next((gap for gap in (Gap.UNREADABLE, Gap.IMPRECISE) if gap in gaps), Gap.SILENT)


def failed(rule: Rule) -> Verdict:
    """The verdict of a rule that threw: unknown, never no."""
    return Verdict(rule=rule, answer=Answer.UNKNOWN, gap=Gap.UNREADABLE, failed=True)
