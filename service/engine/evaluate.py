"""All rules over the facts of one patient: in order, each on its own, and a rule that throws takes no other down."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.engine.compile import Decide, compile_rule, failed
from service.engine.facts import Facts
from service.engine.notices import NOTICES, beyond_alarms, notices
from service.engine.rule import Rule
from service.engine.verdict import Verdict

Report = Callable[[str, Exception], None]
Spent = Callable[[], bool]


class OutOfTime(Exception):
    """The time for judging was over before the turn of this one."""


def never() -> bool:
    """Time is no matter."""
    return False


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule beside its compiled form. `late`: it asks what could not be judged."""

    rule: Rule
    decide: Decide
    late: bool = False


def decider(rule: Rule) -> Decider:
    """Compile one rule."""
    return Decider(rule, compile_rule(rule), comes_late(rule))


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


def alarms_first(ordered: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules in reading order, alarms and what they ask in front: where time runs out, it does so for the others."""
    asked: set[str] = set()
    front = set()
    for rule in reversed(ordered):
        if rule.family == "alarm" or not asked.isdisjoint((rule.id, f"family:{rule.family}")):
            front.add(rule.id)
            asked |= rule.reads()
    return tuple(sorted(ordered, key=lambda rule: rule.id not in front))


def _waits_for(rule: Rule, waiting: Mapping[str, Rule]) -> bool:
    families = {f"family:{other.family}" for other in waiting.values() if other.id != rule.id}
    return bool(rule.reads() & (waiting.keys() | families))


def evaluate(
    deciders: Iterable[Decider], facts: Mapping[str, Facts], report: Report, spent: Spent = never
) -> tuple[Verdict, ...]:
    """Decide every rule; notice rules (those that read NOTICES) come last and see what could not be judged.

    `facts` holds one set per vocabulary version, since rules of one day may be written in different ones.
    `report` is told the id of a rule that threw and the exception; its verdict is unknown and marked failed.
    Once `spent` says that the time is over, the rules still to come fail as well, but for the notice rules, which say so.
    """
    said: dict[str, Verdict] = {}
    late = []
    over = False
    for one in deciders:
        if one.late:
            late.append(one)
        elif over or spent():
            if not over:
                report(one.rule.id, OutOfTime())
            over, said[one.rule.id] = True, failed(one.rule)
        else:
            said[one.rule.id] = decide_one(one, facts[one.rule.vocabulary], said, report)
    late_facts = {version: with_notices(facts[version], tuple(said.values())) for version in {one.rule.vocabulary for one in late}}
    for one in late:
        said[one.rule.id] = decide_one(one, late_facts[one.rule.vocabulary], said, report)
    return tuple(said.values())


def evaluate_beside(
    deciders: Iterable[Decider], facts: Mapping[str, Facts], verdicts: Iterable[Verdict], report: Report
) -> tuple[Verdict, ...]:
    """Decide drafts, each on its own beside `verdicts`: no draft sees another, and nothing sees a draft."""
    said = {verdict.rule.id: verdict for verdict in verdicts}

    def held(rule: Rule) -> Facts:
        known = facts[rule.vocabulary]
        return with_notices(known, said.values()) if comes_late(rule) else known

    return tuple(decide_one(one, held(one.rule), said, report) for one in deciders)


def comes_late(rule: Rule) -> bool:
    """True for a rule that asks what could not be judged: it is decided after the others."""
    return any(c.fact in NOTICES for c in rule.criteria.values())


def with_notices(facts: Facts, verdicts: Iterable[Verdict]) -> Facts:
    """The facts as a late rule is asked about them: with what `verdicts` (those of the other rules) say about judging itself."""
    verdicts = list(verdicts)
    told = {**notices(verdicts), "drafts_beyond_alarms": beyond_alarms(facts["drafts_in_question"], verdicts)}
    return Facts(facts.as_of, {**facts.held, **told})


def decide_one(one: Decider, facts: Facts, said: Mapping[str, Verdict], report: Report) -> Verdict:
    """One rule's verdict; unknown and marked failed when it throws."""
    try:
        return one.decide(facts, said)
    except Exception as error:  # any fault of one rule must leave the other rules' cards standing
        report(one.rule.id, error)
        return failed(one.rule)
