"""Two versions of one rule over a cohort: whose answer changes, and which cards come and go.

Each bundle is decoded once and both versions are decided on the same facts. First only the rule is decided, with the rules it
asks; all rules are decided for the few patients where something about it differs. No resource is validated against R4 here:
both versions see the same chart, and what is compared is the versions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.engine.answers import Answer
from service.engine.evaluate import Decider, comes_late, evaluate, evaluate_beside
from service.engine.facts import Facts
from service.engine.precedence import arrange
from service.engine.rule import Rule
from service.engine.verdict import Verdict
from service.evaluation.asked import GATE_FACTS, facts_named
from service.evaluation.codes import index_of
from service.evaluation.comparison import ABSENT, Cards, Case, Changed, Comparison, Reason
from service.fhir import Chart, Refused, facts_of, read_bundle, set_scene
from service.library import Book, Release


@dataclass(frozen=True, slots=True)
class Side:
    """One version at work: its release, and of that the deciders that its own answer takes."""

    release: Release
    needed: tuple[Decider, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """The facts that one vocabulary has to answer: its own, and those that are taken over from the first vocabulary."""

    version: str
    taken: frozenset[str]
    own: frozenset[str]


class Bench:
    """Two versions made ready. Raises PinError for a rule or version that does not exist."""

    def __init__(self, book: Book, case: Case) -> None:
        self.book, self.case = book, case
        self.sides = tuple(_side(book, case, version) for version in (case.before, case.after))
        first, second = (book.find(f"{case.rule}@{version}") for version in (case.before, case.after))
        self.hook = "patient-view" if "patient-view" in second.hooks else second.hooks[0]
        self.shown_alike = _precedence(first) == _precedence(second)
        self.narrow = self._questions(_decisive, (one.rule for side in self.sides for one in side.needed))
        self.wide = self._questions(facts_named, (one.rule for side in self.sides for one in side.release.deciders))
        self.swayed = _swayed(self.sides[1].release, case.rule)

    def compare(self, cohort: Iterable[tuple[str, bytes]]) -> Comparison:
        """Both versions over named bundles."""
        sums = Comparison()
        for where, body in cohort:
            try:
                self._one(where, body, sums)
            except Refused:
                sums.refused.append(where)
        return sums

    def _one(self, where: str, body: bytes, sums: Comparison) -> None:
        charts: dict[int, Chart] = {}
        facts = self._facts(body, self.narrow, charts)
        before, after = (self._verdicts(side.needed, facts)[self.case.rule] for side in self.sides)
        answers = (before.answer.value, after.answer.value)
        sums.answers[answers] += 1
        cards = self._cards(body, charts) if self._may_differ(before, after) else Cards()
        if answers[0] != answers[1] or cards != Cards():
            patient = next(iter(charts.values())).person.id
            sums.changed.append(Changed(where, patient, *answers, tuple(_reasons(before, after)), cards))

    def _questions(self, named: Callable[[Rule], set[str]], rules: Iterable[Rule]) -> tuple[Questions, ...]:
        """What each vocabulary has to answer. What the first one answers in the same way is taken from there."""
        asked: dict[str, set[str]] = {}
        for rule in rules:
            asked.setdefault(rule.vocabulary, set()).update(named(rule))
        made: list[Questions] = []
        for version, names in asked.items():
            taken = self._alike(made[0], version) & names if made else set()
            made.append(Questions(version, frozenset(taken), frozenset(names - taken)))
        return tuple(made)

    def _alike(self, first: Questions, version: str) -> set[str]:
        ours, theirs = (self.book.vocabularies[one] for one in (first.version, version))
        if index_of(ours) is not index_of(theirs):
            return set()
        return {name for name in first.own if name in theirs.facts and ours.facts[name] == theirs.facts[name]}

    def _facts(self, body: bytes, questions: tuple[Questions, ...], charts: dict[int, Chart]) -> dict[str, Facts]:
        held: dict[str, Facts] = {}
        for one in questions:
            vocabulary = self.book.vocabularies[one.version]
            index = index_of(vocabulary)
            if id(index) not in charts:
                charts[id(index)] = read_bundle(body, self.case.moment, self.case.zone, index)
            scene = set_scene(charts[id(index)], self.case.moment, self.case.zone, index)
            facts = facts_of(scene, vocabulary, one.own, _unheard)
            taken = {name: held[questions[0].version].held[name] for name in one.taken}
            held[one.version] = Facts(facts.as_of, {**taken, **facts.held})
        return held

    def _verdicts(self, deciders: Iterable[Decider], facts: Mapping[str, Facts]) -> dict[str, Verdict]:
        return {verdict.rule.id: verdict for verdict in evaluate(deciders, facts, _unheard)}

    def _may_differ(self, before: Verdict, after: Verdict) -> bool:
        """Could any card differ? Where the answers do, as other rules may ask for them; else only that of a rule which says yes."""
        if before.answer is not after.answer:
            return True
        return before.answer is Answer.YES and (not self.shown_alike or _told(before) != _told(after))

    def _cards(self, body: bytes, charts: dict[int, Chart]) -> Cards:
        facts = self._facts(body, self.wide, charts)
        said = self._verdicts(self.sides[0].release.deciders, facts)
        before = self._shown(said, self.sides[0])
        for one in self.swayed:
            told = [verdict for name, verdict in said.items() if name != one.rule.id and not comes_late(verdict.rule)]
            said[one.rule.id] = evaluate_beside([one], facts, told, _unheard)[0]
        after = self._shown(said, self.sides[1])
        both = before.keys() & after.keys()
        altered = (f"{rule} ({before[rule]} to {after[rule]})" for rule in sorted(both) if before[rule] != after[rule])
        return Cards(tuple(sorted(after.keys() - before.keys())), tuple(sorted(before.keys() - after.keys())), tuple(altered))

    def _shown(self, said: Mapping[str, Verdict], side: Side) -> dict[str, str]:
        heard = [verdict for verdict in said.values() if self.hook in verdict.rule.hooks]
        return {one.verdict.rule.id: str(one.indicator) for one in arrange(heard, side.release.pinned) if one.shown}


def _side(book: Book, case: Case, version: str) -> Side:
    release = book.release(case.moment.astimezone(case.zone).date(), (f"{case.rule}@{version}",))
    return Side(release, tuple(_needed(release, case.rule)))


def _needed(release: Release, rule: str) -> Iterator[Decider]:
    """The deciders that a rule's own answer takes, in reading order: all of them for a rule about what could not be judged."""
    rules = {one.rule.id: one.rule for one in release.deciders}
    names, waiting = {rule}, [rule]
    while waiting:
        asks = rules[waiting.pop()].reads()
        more = {name for name, one in rules.items() if name in asks or f"family:{one.family}" in asks} - names
        names |= more
        waiting += more
    late = any(comes_late(rules[name]) for name in names)
    return (one for one in release.deciders if late or one.rule.id in names)


def _swayed(release: Release, rule: str) -> list[Decider]:
    """The rule and those whose answers may hang on it, in the order in which they are decided; late ones see everybody."""
    names = {rule}
    early = [one for one in release.deciders if not comes_late(one.rule)]
    for one in early:  # in reading order: whoever is asked comes before who asks
        if one.rule.reads() & (names | {f"family:{other.rule.family}" for other in early if other.rule.id in names}):
            names.add(one.rule.id)
    late = [one for one in release.deciders if comes_late(one.rule)]
    return [*(one for one in early if one.rule.id in names), *late]


def _decisive(rule: Rule) -> set[str]:
    """The facts a rule's answer hangs on."""
    return {one.fact for one in rule.criteria.values() if one.fact} | set(GATE_FACTS)


def _precedence(rule: Rule) -> tuple[Any, ...]:
    """All of a rule that decides which cards are shown, beside its answer."""
    face = rule.face
    looks = (face.indicator, [(one.when, one.indicator) for one in face.variants]) if face else None
    return rule.family, rule.status == "draft", rule.hooks, rule.absorbs, rule.suppresses, rule.raised_by, looks


def _told(verdict: Verdict) -> tuple[Any, ...]:
    return {way.name: way.answer for way in verdict.ways}, {step.criterion: step.answer for step in verdict.steps}


def _reasons(before: Verdict, after: Verdict) -> Iterator[Reason]:
    """The criteria whose answers differ, in the order of the later version."""
    old, new = ({step.criterion: step for step in verdict.steps} for verdict in (before, after))
    for name in dict.fromkeys((*new, *old)):
        told = tuple(side[name].answer.value if name in side else ABSENT for side in (old, new))
        if told[0] != told[1]:
            yield Reason(name, (new.get(name) or old[name]).says, *told)


def _unheard(rule: str, error: Exception) -> None:
    """A rule that throws answers unknown here; the service says so."""
