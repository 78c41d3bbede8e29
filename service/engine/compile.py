"""One checked rule -> decide(facts, said) -> Verdict, built once when the book loads.

There is no short-circuit: every criterion is answered, so the trace also explains why a rule stayed silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.engine.answers import Answer, Gap, at_least_of, both, either, negate
from service.engine.facts import Evidence, Fact, Facts, Item, Order
from service.engine.rule import Criterion, Rule, Way
from service.engine.verdict import Step, Verdict, WayAnswer
from service.engine.words import WORDS, within

Said = Mapping[str, Verdict]
Ask = Callable[[Facts, Said], Step]
Decide = Callable[[Facts, Said], Verdict]

SHOWN = 20  # a trace names at most this many readings of one criterion; a chart may hold thousands
GATES = {
    "adults": ("adult_and_alive", "The patient is a living adult"),
    "living": ("alive", "The patient is alive"),
    "yes": ("lumbar_fusion_dated", "A dated lumbar fusion is on record"),
    "undated_too": ("lumbar_fusion", "A lumbar fusion is on record"),
}


def compile_rule(rule: Rule) -> Decide:
    """Build the function that decides `rule`. Raises KeyError for a question word that does not exist."""
    population = [_ask_fact(gate) for gate in gates(rule)]
    criteria = [_ask(criterion) for criterion in rule.criteria.values()]
    checks = [(check, _ask(check)) for check in rule.checks.values()]

    def decide(facts: Facts, said: Said) -> Verdict:
        gate_steps = tuple(ask(facts, said) for ask in population)
        steps = tuple(ask(facts, said) for ask in criteria)
        by_name = {step.criterion: step for step in steps}
        ways = tuple(WayAnswer(way.name, way.says, _walk(way, by_name)) for way in rule.ways)
        answer = both([*(step.answer for step in gate_steps), either(way.answer for way in ways)])
        return Verdict(
            rule=rule,
            answer=answer,
            steps=gate_steps + steps,
            ways=ways,
            checks=tuple(_checked(check, ask(facts, said)) for check, ask in checks if _needed(check, by_name)),
            gap=_why_unknown(rule, gate_steps, by_name, ways) if answer is Answer.UNKNOWN else None,
        )

    return decide


def _needed(check: Criterion, steps: Mapping[str, Step]) -> bool:
    return not check.needed_when or steps[check.needed_when].answer is Answer.YES


def _checked(check: Criterion, step: Step) -> Step:
    return replace(step, answer=negate(step.answer)) if check.inverted else step


def gates(rule: Rule) -> list[Criterion]:
    names = [rule.patients] if rule.needs_index == "no" else [rule.patients, rule.needs_index]
    return [Criterion(GATES[n][0], GATES[n][1], "population", "is", True, fact=GATES[n][0]) for n in names]


def _walk(way: Way, steps: Mapping[str, Step]) -> Answer:
    parts = [both(steps[name].answer for name in way.all), both(negate(steps[name].answer) for name in way.none)]
    if way.any:
        parts.append(either(steps[name].answer for name in way.any))
    if way.at_least_of:
        count, names = way.at_least_of
        parts.append(at_least_of(count, (steps[name].answer for name in names)))
    return both(parts)


def _why_unknown(rule: Rule, gates: tuple[Step, ...], steps: Mapping[str, Step], ways: tuple[WayAnswer, ...]) -> Gap:
    """The gravest reason among the unknown steps of the ways that are unknown."""
    undecided = [name for way, said in zip(rule.ways, ways, strict=True) if said.answer is Answer.UNKNOWN for name in way.criteria()]
    gaps = {step.gap for step in [*gates, *(steps[name] for name in undecided)] if step.answer is Answer.UNKNOWN}
    return next((gap for gap in (Gap.UNREADABLE, Gap.IMPRECISE) if gap in gaps), Gap.SILENT)


def _ask(criterion: Criterion) -> Ask:
    if criterion.rule:
        return _ask_rule(criterion)
    return _ask_family(criterion) if criterion.family else _ask_fact(criterion)


def _ask_rule(criterion: Criterion) -> Ask:
    """`answers: yes` takes the other rule's answer over, unknown included; any other wording asks whether it is one of those."""
    wanted = criterion.argument
    asked = wanted if isinstance(wanted, tuple) else ()

    def ask(_: Facts, said: Said) -> Step:
        verdict = said.get(criterion.rule)
        if verdict is None:  # not in force on this day: it said nothing
            return _step(criterion, Answer.NO, note="rule not in force")
        answer = verdict.answer if wanted == ("yes",) else _one(verdict.answer in asked)
        return _taken(criterion, answer, (Evidence(f"rule/{criterion.rule}", verdict.answer),), verdict.gap)

    return ask


def _ask_family(criterion: Criterion) -> Ask:
    """`answers: yes`: some rule of the family answers yes. `answers: unknown`: some could not be judged for want of readable data."""
    wanted = criterion.argument if isinstance(criterion.argument, tuple) else ()

    def ask(_: Facts, said: Said) -> Step:
        family = [v for v in said.values() if v.rule.family == criterion.family]
        hits = [v for v in family if ("yes" in wanted and v.answer is Answer.YES) or ("unknown" in wanted and _not_judged(v))]
        saw = tuple(Evidence(f"rule/{v.rule.id}", v.answer) for v in hits)
        return _step(criterion, _one(bool(hits)), saw)

    return ask


def _not_judged(verdict: Verdict) -> bool:
    return verdict.failed or (verdict.answer is Answer.UNKNOWN and verdict.gap is not Gap.SILENT)


def _one(value: bool) -> Answer:
    return Answer.YES if value else Answer.NO


def _ask_fact(criterion: Criterion) -> Ask:
    test = _item_test(criterion)
    gather = _GATHERS.get(criterion.word, _some)

    def ask(facts: Facts, _: Said) -> Step:
        fact = facts[criterion.fact]
        told = [(item, *test(item, facts.as_of)) for item in fact.items]
        answer, gap = gather(criterion, fact, [(a, g) for _, a, g in told])
        heard = negate(answer) if _asks_absence(criterion) else answer
        note = _note(told, heard) if told else "not recorded" if answer is Answer.UNKNOWN else "nothing on record"
        return _taken(criterion, answer, _saw(told, heard), gap, note)

    return ask


def _taken(criterion: Criterion, answer: Answer, saw: tuple[Evidence, ...], gap: Gap | None, note: str = "") -> Step:
    """The step of an answer, after `if_unknown` has replaced silence."""
    if answer is Answer.UNKNOWN and gap is Gap.SILENT and criterion.if_unknown is not None:
        return _step(criterion, criterion.if_unknown, saw, note=f"not recorded, taken as {criterion.if_unknown}")
    return _step(criterion, answer, saw, gap, note)


def _asks_absence(criterion: Criterion) -> bool:
    return criterion.word == "is" and criterion.argument is not True


Told = tuple[Item, Answer, Gap | None]


def _saw(told: list[Told], answer: Answer) -> tuple[Evidence, ...]:
    """The readings behind the answer: those that agree with it, else all of them."""
    agreeing = [item for item, said, _ in told if said is answer] or [item for item, _, _ in told]
    return tuple(e for item in agreeing for e in item.saw)[:SHOWN]


def _note(told: list[Told], answer: Answer) -> str:
    notes = dict.fromkeys(item.note for item, said, _ in told if item.note and said is answer)
    return "; ".join(notes)


def _item_test(criterion: Criterion) -> Callable[[Item, date], tuple[Answer, Gap | None]]:
    """Presence, value, age and place of one item, joined by AND: an item that is too old is a no whatever its value."""
    word = WORDS[criterion.word].test

    def test(item: Item, as_of: date) -> tuple[Answer, Gap | None]:
        value = item.answer if item.answer is not Answer.YES and criterion.word != "recorded" else word(item, criterion.argument, as_of)
        parts = [value, *_ages(criterion, item, as_of), _place(criterion, item)]
        answer = both(parts)
        if answer is not Answer.UNKNOWN:
            return answer, None
        return answer, (item.gap or Gap.IMPRECISE) if value is Answer.UNKNOWN else Gap.IMPRECISE

    return test


def _ages(criterion: Criterion, item: Item, as_of: date) -> list[Answer]:
    if criterion.within is None and criterion.older_than is None:
        return []
    if item.fresh is not None:
        return [item.fresh]
    if item.when is None:
        return [Answer.UNKNOWN]
    young = [] if criterion.within is None else [within(item.when, criterion.within, as_of)]
    return young if criterion.older_than is None else [*young, negate(within(item.when, criterion.older_than, as_of))]


def _place(criterion: Criterion, item: Item) -> Answer:
    if criterion.after_index is None or item.order is Order.AFTER:
        return Answer.YES
    if criterion.after_index == "not_before":
        return _one(item.order is not Order.BEFORE)
    return Answer.UNKNOWN if item.order is Order.UNSETTLED else Answer.NO


Gathered = tuple[Answer, Gap | None]


def _some(_: Criterion, fact: Fact, told: list[Gathered]) -> Gathered:
    """Any item that is yes makes the criterion yes; nothing recorded leaves it to the fact's silence."""
    if not told:
        return fact.silence, Gap.SILENT if fact.silence is Answer.UNKNOWN else None
    return either(answer for answer, _ in told), _gravest(told)


def _is_word(criterion: Criterion, fact: Fact, told: list[Gathered]) -> Gathered:
    """`is: no` asks for a recorded absence with nothing present; the schema keeps it apart from age and place."""
    answer, gap = _some(criterion, fact, told)
    return (negate(answer) if _asks_absence(criterion) else answer), gap


def _recorded(criterion: Criterion, _: Fact, told: list[Gathered]) -> Gathered:
    return _one(any(answer is not Answer.NO for answer, _ in told) is criterion.argument), None


def _count(criterion: Criterion, fact: Fact, told: list[Gathered]) -> Gathered:
    if not told:
        return _some(criterion, fact, told)
    if not isinstance(criterion.argument, int | Decimal):
        raise TypeError(f"criterion {criterion.name}: count_at_least needs a whole number")
    return at_least_of(int(criterion.argument), (answer for answer, _ in told)), _gravest(told)


_GATHERS: dict[str, Callable[[Criterion, Fact, list[Gathered]], Gathered]] = {
    "is": _is_word,
    "recorded": _recorded,
    "count_at_least": _count,
}


def _gravest(told: list[Gathered]) -> Gap | None:
    gaps = {gap for _, gap in told}
    return next((gap for gap in (Gap.UNREADABLE, Gap.IMPRECISE, Gap.SILENT) if gap in gaps), None)


def _step(criterion: Criterion, answer: Answer, saw: tuple[Evidence, ...] = (), gap: Gap | None = None, note: str = "") -> Step:
    unknown = answer is Answer.UNKNOWN
    return Step(
        criterion=criterion.name,
        says=criterion.says,
        answer=answer,
        because=criterion.because,
        saw=saw,
        gap=(gap or Gap.SILENT) if unknown else None,
        note=note,
        open=criterion.open,
    )


def failed(rule: Rule) -> Verdict:
    """The verdict of a rule that threw: unknown, never no."""
    return Verdict(rule=rule, answer=Answer.UNKNOWN, gap=Gap.UNREADABLE, failed=True)
