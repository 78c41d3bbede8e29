"""The rules of one release, day after day over one chart: on each day only what could have changed since yesterday is asked again.

Which days those are is worked out beforehand from the dates of the readings and the ages at which facts and criteria look.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from service.engine.answers import Answer, Gap
from service.engine.evaluate import Decider, comes_late, decide_one, with_notices
from service.engine.facts import Fact, Facts
from service.engine.verdict import Verdict
from service.evaluation.question import Question
from service.evaluation.turns import DAY, Plan, Told, criteria, names, planned
from service.fhir import Scene, fact_of, on_day, set_scene
from service.library import Release

Verdicts = Mapping[str, Verdict]

_LOUD = "loud"  # no rule and no family is called so


@dataclass(frozen=True, slots=True)
class _Asker:
    """A rule with the facts and the other rules it asks; `late` ones ask what could not be judged."""

    decider: Decider
    facts: frozenset[str]
    reads: frozenset[str]
    late: bool


@dataclass(slots=True)
class _State:
    """Where the walk stands: yesterday's scenes, facts and verdicts."""

    askers: tuple[_Asker, ...]
    scenes: dict[str, Scene] = field(default_factory=dict)
    held: dict[str, dict[str, Fact]] = field(default_factory=dict)
    fresh: set[tuple[str, str]] = field(default_factory=set)  # vocabulary and fact: what was made today
    said: dict[str, Verdict] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)


def walk(release: Release, told: Mapping[str, Told], question: Question, first: date, end: date) -> Iterator[tuple[date, Verdicts]]:
    """Every rule's verdict on `first`, and again on each day before `end` on which one was decided anew."""
    state = _State(tuple(_asker(one) for one in release.deciders))
    for number in range((end - first).days):
        day = first + number * DAY
        before, state.scenes = state.scenes, {v: _scene(one, state.scenes.get(v), question, day) for v, one in told.items()}
        begun = {v for v, scene in state.scenes.items() if v not in before or before[v].index != scene.index}
        if not begun and not any(plan.speaks_on(day) for plan in state.plans.values()):
            continue
        state.fresh.clear()
        new = {v: None if v in begun else _news(v, one, state, question, day) for v, one in told.items()}
        for version in begun:
            _begin(version, told[version], release, state, question, day, end)
        if any(changed is None or changed or day in state.plans[version].rules for version, changed in new.items()):
            _decide_all(state, told, new, question, day)
            yield day, state.said


def _asker(one: Decider) -> _Asker:
    return _Asker(one, frozenset(c.fact for c in criteria(one.rule)), one.rule.reads(), comes_late(one.rule))


# --- facts of a day ----------------------------------------------------------------------------------------------------------


def _begin(version: str, told: Told, release: Release, state: _State, question: Question, day: date, end: date) -> None:
    """Make every fact of a vocabulary, and plan from `day` on: nothing is known yet, or another operation is the one that counts."""
    rules = [rule for rule in release.rules if rule.vocabulary == version]
    scene = state.scenes[version]
    state.plans[version] = planned(told, scene, rules, day, end)
    state.held[version] = {}
    _make(version, told, state, question, names(rules))


def _news(version: str, told: Told, state: _State, question: Question, day: date) -> set[str]:
    """The facts that are not what they were when they were last made."""
    today = state.plans[version].facts.get(day, ())
    before = {name: state.held[version][name] for name in today}
    _make(version, told, state, question, today)
    return {name for name, fact in before.items() if fact != state.held[version][name]}


def _make(version: str, told: Told, state: _State, question: Question, asked: Iterable[str]) -> None:
    """Make facts as of today."""
    scene, facts = state.scenes[version], told.vocabulary.facts
    state.held[version].update({name: fact_of(scene, facts[name], question.report) for name in asked})
    state.fresh.update((version, name) for name in asked)


def _renew(one: _Asker, told: Mapping[str, Told], state: _State, question: Question) -> None:
    """Make those facts of a rule as of today that count from today; apart from that they are what they were."""
    version = one.decider.rule.vocabulary
    stale = [name for name in one.facts & state.plans[version].undated if (version, name) not in state.fresh]
    _make(version, told[version], state, question, stale)


def _scene(told: Told, before: Scene | None, question: Question, day: date) -> Scene:
    """The scene of a day. What pickers share is kept while chart and operation are the same."""
    moment = datetime.combine(day, time(), tzinfo=question.zone)
    same = before is not None and day not in told.turns
    chart = before.chart if before is not None and same else on_day(told.chart, moment, question.zone)
    scene = set_scene(chart, moment, question.zone, told.codes, told.drafts)
    if before is not None and same and before.index == scene.index:
        scene.memo.update(before.memo)
    return scene


# --- verdicts of a day -----------------------------------------------------------------------------------------------------------


def _decide_all(state: _State, told: Mapping[str, Told], new: Mapping[str, set[str] | None], question: Question, day: date) -> None:
    """Decide anew what may have changed; those that ask what could not be judged come last, and only when that changed."""
    facts = {version: Facts(day, held) for version, held in state.held.items()}
    moved: set[str] = set()
    for one in state.askers:
        if not one.late and _asks_again(one, state, new, moved, day):
            _renew(one, told, state, question)
            _decide(one, facts, state, question, moved)
    late = [one for one in state.askers if one.late]
    if any(_LOUD in moved or _asks_again(one, state, new, moved, day) for one in late):
        for one in late:
            _renew(one, told, state, question)
        _decide_late(state, late, facts, question, moved)


def _decide_late(state: _State, late: Iterable[_Asker], facts: Mapping[str, Facts], question: Question, moved: set[str]) -> None:
    rules = {one.decider.rule.id for one in late}
    early = [verdict for rule, verdict in state.said.items() if rule not in rules]
    noticed = {version: with_notices(held, early) for version, held in facts.items()}
    for one in late:
        _decide(one, noticed, state, question, moved)


def _asks_again(one: _Asker, state: _State, new: Mapping[str, set[str] | None], moved: set[str], day: date) -> bool:
    rule = one.decider.rule
    changed = new[rule.vocabulary]
    if changed is None or rule.id not in state.said:
        return True
    today = state.plans[rule.vocabulary].rules.get(day, frozenset())
    return rule.id in today or not moved.isdisjoint(one.reads) or not changed.isdisjoint(one.facts)


def _decide(one: _Asker, facts: Mapping[str, Facts], state: _State, question: Question, moved: set[str]) -> None:
    """Decide one rule, and note who has to ask again: those who read it or its family when its answer is another one."""
    rule = one.decider.rule
    before = state.said.pop(rule.id, None)
    verdict = state.said[rule.id] = decide_one(one.decider, facts[rule.vocabulary], state.said, question.report)
    if before is None or (before.answer, before.gap, before.failed) != (verdict.answer, verdict.gap, verdict.failed):
        moved.update((rule.id, f"family:{rule.family}"))
    if before is None or _loud(before) or _loud(verdict):
        moved.add(_LOUD)


def _loud(verdict: Verdict) -> bool:
    """True for what the rules about judging itself look at: what could not be judged, and alarms."""
    if verdict.failed or (verdict.answer is Answer.UNKNOWN and verdict.gap is not Gap.SILENT):
        return True
    return verdict.answer is Answer.YES and verdict.rule.family == "alarm"
