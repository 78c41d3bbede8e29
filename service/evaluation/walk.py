"""The rules of one release, day after day over one chart: on each day only what could have changed since yesterday is asked again.

Which days those are is worked out beforehand from the dates of the readings and the ages at which facts and criteria look.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from service.engine.answers import Answer, Gap
from service.engine.compile import gates
from service.engine.dates import Duration, Unit, add
from service.engine.evaluate import Decider, comes_late, decide_one, with_notices
from service.engine.facts import Fact, Facts
from service.engine.rule import Argument, Criterion, Rule
from service.engine.verdict import Verdict
from service.engine.vocabulary import FactSpec, Vocabulary
from service.evaluation.question import Question
from service.fhir import Chart, CodeIndex, Draft, Scene, Window, fact_of, on_day, set_scene, window_of
from service.library import Release

Verdicts = Mapping[str, Verdict]

_DAY = timedelta(days=1)
_LOUD = "loud"  # no rule and no family is called so
_AGE = "index_age"  # the picker whose numbers are the time since the operation


@dataclass(frozen=True, slots=True)
class Told:
    """A chart as one vocabulary reads it, with nothing set aside for lying in the future, and the drafts of the hook."""

    vocabulary: Vocabulary
    chart: Chart
    codes: CodeIndex
    drafts: tuple[Draft, ...] = ()
    turns: frozenset[date] = frozenset()


def make_told(vocabulary: Vocabulary, chart: Chart, codes: CodeIndex, drafts: tuple[Draft, ...], zone: ZoneInfo) -> Told:
    """A chart made ready to be walked along: `turns` are the days on which something of it is new."""
    whens = [reading.when for readings in chart.by_concept.values() for reading in readings if reading.when]
    days = {when.span.earliest - _DAY for when in whens if when.span.earliest > date.min}
    died = chart.person.died.astimezone(zone).date() if chart.person.died else None
    return Told(vocabulary, chart, codes, drafts, frozenset(days | ({died, add(died, Duration(1, "days"))} if died else set())))


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
    said: dict[str, Verdict] = field(default_factory=dict)
    plans: dict[str, "_Plan"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The days on which facts are made anew, and on which rules are decided anew though their facts are the same."""

    facts: Mapping[date, tuple[str, ...]]
    rules: Mapping[date, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Base:
    """The days a fact's ages count from. `undated`: one reading has no date and counts as of today, whichever day that is."""

    days: frozenset[date]
    undated: bool


def walk(release: Release, told: Mapping[str, Told], question: Question, first: date, end: date) -> Iterator[tuple[date, Verdicts]]:
    """Every rule's verdict on `first`, and again on each day before `end` on which one was decided anew."""
    state = _State(tuple(_asker(one) for one in release.deciders))
    for number in range((end - first).days):
        day = first + number * _DAY
        new = {version: _news(version, one, release, state, question, day, end) for version, one in told.items()}
        if any(changed is None or changed or day in state.plans[version].rules for version, changed in new.items()):
            _decide_all(state, new, question, day)
            yield day, state.said


def _asker(one: Decider) -> _Asker:
    return _Asker(one, frozenset(c.fact for c in _criteria(one.rule)), one.rule.reads(), comes_late(one.rule))


# --- facts of a day ----------------------------------------------------------------------------------------------------------


def _news(version: str, told: Told, release: Release, state: _State, question: Question, day: date, end: date) -> set[str] | None:
    """The facts that are not what they were yesterday; None when all are to be taken as new."""
    before = state.scenes.get(version)
    scene = state.scenes[version] = _scene(told, before, question, day)
    rules = [rule for rule in release.rules if rule.vocabulary == version]
    if before is None or before.index != scene.index:
        state.plans[version] = _plan(told, scene, rules, day, end)
        state.held[version] = {name: fact_of(scene, told.vocabulary.facts[name], question.report) for name in _names(rules)}
        return None
    today = state.plans[version].facts.get(day, ())
    made = {name: fact_of(scene, told.vocabulary.facts[name], question.report) for name in today}
    changed = {name for name, fact in made.items() if fact != state.held[version][name]}
    state.held[version].update(made)
    return changed


def _names(rules: Iterable[Rule]) -> list[str]:
    return sorted({c.fact for rule in rules for c in _criteria(rule)})


def _criteria(rule: Rule) -> list[Criterion]:
    return [c for c in (*gates(rule), *rule.criteria.values(), *rule.checks.values()) if c.fact]


def _scene(told: Told, before: Scene | None, question: Question, day: date) -> Scene:
    """The scene of a day. What pickers share is kept while chart and operation are the same."""
    moment = datetime.combine(day, time(), tzinfo=question.zone)
    same = before is not None and day not in told.turns
    chart = before.chart if before is not None and same else on_day(told.chart, moment, question.zone)
    scene = set_scene(chart, moment, question.zone, told.codes, told.drafts)
    if before is not None and same and before.index == scene.index:
        scene.memo.update(before.memo)
    return scene


# --- the days on which anything can change --------------------------------------------------------------------------------------


def _plan(told: Told, scene: Scene, rules: list[Rule], first: date, end: date) -> _Plan:
    facts: dict[date, list[str]] = {}
    asked: dict[date, set[str]] = {}
    bases = {name: _base(told, scene, told.vocabulary.facts[name]) for name in _names(rules)}
    counted: dict[str, set[Duration]] = {name: set() for name in bases}
    for rule in rules:
        for one in _criteria(rule):
            spec = told.vocabulary.facts[one.fact]
            least, most = _ages(one, spec)
            counted[one.fact].update(least if spec.picker == _AGE else ())
            for day in _turns(bases[one.fact], least, most):
                if first <= day < end:
                    asked.setdefault(day, set()).add(rule.id)
    for name, base in bases.items():
        for day in _fact_days(base, window_of(told.vocabulary.facts[name]), counted[name], first, end):
            facts.setdefault(day, []).append(name)
    return _Plan({day: tuple(names) for day, names in facts.items()}, {day: frozenset(ids) for day, ids in asked.items()})


def _base(told: Told, scene: Scene, spec: FactSpec) -> _Base:
    """The days of a fact's readings, of the operation, birth and death."""
    readings = [r for concept in window_of(spec).concepts for r in told.chart.by_concept.get(concept, ())]
    person, operation = told.chart.person, scene.index.operation
    spans = [r.when.span for r in readings if r.when]
    spans += [operation.when.span] if operation else []
    spans += [person.birth] if person.birth else []
    died = {person.died.astimezone(scene.zone).date()} if person.died else set()
    undated = any(r.when is None and not r.problem for r in readings)
    return _Base(frozenset({end for span in spans for end in (span.earliest, span.latest)} | died), undated)


def _fact_days(base: _Base, window: Window, counted: Iterable[Duration], first: date, end: date) -> Iterable[date]:
    if base.undated:
        return [first + n * _DAY for n in range((end - first).days)]
    ahead = {day - _DAY for day in base.days if day > date.min}  # one day of clock difference is allowed
    return sorted(day for day in ahead | set(_turns(base, {*window.at_least, *counted}, window.at_most)) if first <= day < end)


def _turns(base: _Base, least: Iterable[Duration], most: Iterable[Duration]) -> Iterator[date]:
    """The days on which something of `base` comes to be of an age in `least`, or older than one in `most`."""
    for day in base.days:
        yield from (add(day, age) for age in least)
        yield from (add(add(day, age), Duration(1, "days")) for age in most)


def _ages(asked: Criterion, spec: FactSpec) -> tuple[list[Duration], list[Duration]]:
    """The ages a criterion asks about: those that are to be reached, and those that are not to be passed (or, older_than, that are)."""
    argument = asked.argument
    most = [one for one in (asked.within, asked.older_than) if one]
    if isinstance(argument, Duration):
        return ([argument], most) if asked.word == "happened_at_least_ago" else ([], [*most, argument])
    return (_counted(argument, spec) if spec.picker == _AGE else []), most


def _counted(argument: Argument, spec: FactSpec) -> list[Duration]:
    """The numbers a criterion compares the time since the operation with, and the next ones, as lengths of time."""
    limits = argument if isinstance(argument, tuple) else (argument,)
    unit: Unit = "months" if spec.settings["unit"] == "months" else "days"
    numbers = [int(one) for one in limits if isinstance(one, int | Decimal)]
    return [Duration(number + more, unit) for number in numbers for more in (0, 1)]


# --- verdicts of a day -----------------------------------------------------------------------------------------------------------


def _decide_all(state: _State, new: Mapping[str, set[str] | None], question: Question, day: date) -> None:
    """Decide anew what may have changed; those that ask what could not be judged come last, and only when that changed."""
    facts = {version: Facts(day, held) for version, held in state.held.items()}
    moved: set[str] = set()
    for one in state.askers:
        if not one.late and _asks_again(one, state, new, moved, day):
            _decide(one, facts, state, question, moved)
    late = {one.decider.rule.id for one in state.askers if one.late}
    early = [verdict for rule, verdict in state.said.items() if rule not in late]
    noticed = {version: with_notices(held, early) for version, held in facts.items()} if late else {}
    for one in state.askers:
        if one.late and (_LOUD in moved or _asks_again(one, state, new, moved, day)):
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
