"""One criterion -> ask(facts, said) -> Step: what it is asked of, what it saw, and why its answer is unknown where it is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from service.engine.answers import Answer, Gap, at_least_of, both, either, negate
from service.engine.facts import Evidence, Fact, Facts, Item, Order
from service.engine.rule import Criterion
from service.engine.verdict import Step, Verdict
from service.engine.words import WORDS, within

Said = Mapping[str, Verdict]
Ask = Callable[[Facts, Said], Step]

SHOWN = 20  # a trace names at most this many readings of one criterion; a chart may hold thousands


def ask_about(criterion: Criterion) -> Ask:
    """Build the question. Raises KeyError for a question word that does not exist."""
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
    absence = _asks_absence(criterion)
    silent = {silence: _silent(criterion, gather(criterion, Fact((), silence), [])) for silence in Answer}

    def ask(facts: Facts, _: Said) -> Step:
        fact = facts[criterion.fact]
        if not fact.items:  # most facts of most charts: the step is always the same
            return silent[fact.silence]
        as_of = facts.as_of
        told = [test(item, as_of) for item in fact.items]
        answer, gap = gather(criterion, fact, told)
        heard = negate(answer) if absence else answer
        agreeing = [item for item, (said, _) in zip(fact.items, told, strict=True) if said is heard]
        return _taken(criterion, answer, _saw(agreeing or fact.items), gap, _note(agreeing))

    return ask


def _silent(criterion: Criterion, gathered: "Gathered") -> Step:
    """The step of a fact about which nothing is recorded."""
    answer, gap = gathered
    return _taken(criterion, answer, (), gap, "not recorded" if answer is Answer.UNKNOWN else "nothing on record")


def _taken(criterion: Criterion, answer: Answer, saw: tuple[Evidence, ...], gap: Gap | None, note: str = "") -> Step:
    """The step of an answer, after `if_unknown` has replaced silence."""
    if answer is Answer.UNKNOWN and gap is Gap.SILENT and criterion.if_unknown is not None:
        return _step(criterion, criterion.if_unknown, saw, note=f"not recorded, taken as {criterion.if_unknown}")
    return _step(criterion, answer, saw, gap, note)


def _asks_absence(criterion: Criterion) -> bool:
    return criterion.word == "is" and criterion.argument is not True


def _saw(items: Sequence[Item]) -> tuple[Evidence, ...]:
    """What the answer rests on: the items that agree with it, or all of them."""
    if len(items) == 1:
        return items[0].saw[:SHOWN]
    return tuple([evidence for item in items for evidence in item.saw][:SHOWN])


def _note(items: Sequence[Item]) -> str:
    if len(items) == 1:
        return items[0].note
    return "; ".join(dict.fromkeys([item.note for item in items if item.note]))


def _item_test(criterion: Criterion) -> Callable[[Item, date], "Gathered"]:
    """Presence, value, age and place of one item, joined by AND: an item that is too old is a no whatever its value."""
    word, argument, recorded = WORDS[criterion.word].test, criterion.argument, criterion.word == "recorded"
    anytime = criterion.within is None and criterion.older_than is None and criterion.after_index is None

    def test(item: Item, as_of: date) -> "Gathered":
        value = word(item, argument, as_of) if recorded or item.answer is Answer.YES else item.answer
        answer = value if anytime else both([value, *_ages(criterion, item, as_of), _place(criterion, item)])
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
    if len(told) == 1:
        return told[0]
    return either([answer for answer, _ in told]), _gravest(told)


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
