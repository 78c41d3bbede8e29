"""All rules over the facts of one patient: in order, each on its own, and a rule that throws takes no other down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from service.engine.answers import Answer, Gap
from service.engine.compile import Decide, compile_rule, failed
from service.engine.facts import Evidence, Fact, Facts, Item
from service.engine.rule import Rule
from service.engine.verdict import Step, Verdict

NOTICES = ("unreadable_in_use", "alarm_unreadable", "rule_failed", "alarm_failed")
Report = Callable[[str, Exception], None]


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule beside its compiled form."""

    rule: Rule
    decide: Decide


def decider(rule: Rule) -> Decider:
    """Compile one rule."""
    return Decider(rule, compile_rule(rule))


def in_reading_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules ordered so that a rule comes after those it asks about; ties by id. Raises ValueError on a cycle."""
    waiting = {rule.id: rule for rule in sorted(rules, key=lambda r: r.id)}
    ordered: list[Rule] = []
    while waiting:
        ready = [rule for rule in waiting.values() if not _waits_for(rule, waiting)]
        if not ready:
            raise ValueError(f"rules ask about each other in a circle: {', '.join(waiting)}")
        ordered.extend(ready)
        for rule in ready:
            del waiting[rule.id]
    return tuple(ordered)


def _waits_for(rule: Rule, waiting: Mapping[str, Rule]) -> bool:
    families = {f"family:{other.family}" for other in waiting.values() if other.id != rule.id}
    return bool(rule.reads() & (waiting.keys() | families))


def evaluate(deciders: Iterable[Decider], facts: Mapping[str, Facts], report: Report) -> tuple[Verdict, ...]:
    """Decide every rule; notice rules (those that read NOTICES) come last and see what could not be judged.

    `facts` holds one set per vocabulary version, since rules of one day may be written in different ones.
    `report` is told the id of a rule that threw and the exception; its verdict is unknown and marked failed.
    """
    said: dict[str, Verdict] = {}
    late = []
    for one in deciders:
        if any(c.fact in NOTICES for c in one.rule.criteria.values()):
            late.append(one)
        else:
            said[one.rule.id] = _decide(one, facts[one.rule.vocabulary], said, report)
    told = notices(said.values())
    for one in late:
        held = facts[one.rule.vocabulary]
        said[one.rule.id] = _decide(one, Facts(held.as_of, {**held.held, **told}), said, report)
    return tuple(said.values())


def _decide(one: Decider, facts: Facts, said: Mapping[str, Verdict], report: Report) -> Verdict:
    try:
        return one.decide(facts, said)
    except Exception as error:  # any fault of one rule must leave the other rules' cards standing
        report(one.rule.id, error)
        return failed(one.rule)


def notices(verdicts: Iterable[Verdict]) -> dict[str, Fact]:
    """What the verdicts say about judging itself, as facts for the notice rules."""
    verdicts = list(verdicts)
    blind = [v for v in verdicts if v.answer is Answer.UNKNOWN and not v.failed and v.gap is not Gap.SILENT]
    unreadable = [v for v in blind if v.gap is Gap.UNREADABLE or v.rule.family == "alarm"]
    broken = [v for v in verdicts if v.failed]
    return {
        "unreadable_in_use": _fact(e for v in unreadable for e in _unread(v)),
        "alarm_unreadable": _fact(_concern(v) for v in unreadable if v.rule.family == "alarm"),
        "rule_failed": _fact(Evidence(f"rule/{v.rule.id}") for v in broken),
        "alarm_failed": _fact(_concern(v) for v in broken if v.rule.family == "alarm"),
    }


def _unread(verdict: Verdict) -> Iterable[Evidence]:
    steps = [*verdict.steps, *verdict.checks]
    return (e for step in steps if _blind(step) for e in step.saw)


def _blind(step: Step) -> bool:
    return step.answer is Answer.UNKNOWN and step.gap is not Gap.SILENT


def _concern(verdict: Verdict) -> Evidence:
    return Evidence(f"rule/{verdict.rule.id}", verdict.rule.concern or verdict.rule.title)


def _fact(seen: Iterable[Evidence]) -> Fact:
    items = tuple(Item(saw=(evidence,)) for evidence in dict.fromkeys(seen))
    return Fact(items=items, silence=Answer.NO)
