"""The days on which an answer about a chart could differ from the day before: worked out beforehand from the dates of the readings and
the ages at which facts and criteria look."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from service.engine.compile import gates
from service.engine.dates import Duration, Unit, add
from service.engine.rule import Argument, Criterion, Rule
from service.engine.vocabulary import FactSpec, Vocabulary
from service.fhir import Chart, CodeIndex, Draft, Scene, Window, window_of

DAY = timedelta(days=1)
_TODAY = (Duration(0, "days"),)
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
    days = {when.span.earliest - DAY for when in whens if when.span.earliest > date.min}
    died = chart.person.died.astimezone(zone).date() if chart.person.died else None
    return Told(vocabulary, chart, codes, drafts, frozenset(days | ({died, add(died, Duration(1, "days"))} if died else set())))


@dataclass(frozen=True, slots=True)
class Plan:
    """The days on which facts are made anew, and on which rules are decided anew though their facts are the same.

    `undated` facts have a reading that counts as of today, whichever day that is: they are made anew whenever they are asked.
    """

    facts: Mapping[date, tuple[str, ...]]
    rules: Mapping[date, frozenset[str]]
    undated: frozenset[str]

    def speaks_on(self, day: date) -> bool:
        """Whether an answer of `day` could differ from the day before."""
        return day in self.facts or day in self.rules


@dataclass(frozen=True, slots=True)
class _Base:
    """The days a fact's ages count from. `undated`: one reading has no date and counts as of today, whichever day that is."""

    days: frozenset[date]
    undated: bool


def names(rules: Iterable[Rule]) -> list[str]:
    """The facts that rules ask about."""
    return sorted({c.fact for rule in rules for c in criteria(rule)})


def criteria(rule: Rule) -> list[Criterion]:
    """Whatever a rule asks of a fact: gates, criteria and checks."""
    return [c for c in (*gates(rule), *rule.criteria.values(), *rule.checks.values()) if c.fact]


def planned(told: Told, scene: Scene, rules: list[Rule], first: date, end: date) -> Plan:
    """From `first` to the day before `end`, as long as the operation that counts stays the one of `scene`."""
    facts: dict[date, list[str]] = {}
    asked: dict[date, set[str]] = {}
    bases = {name: _base(told, scene, told.vocabulary.facts[name]) for name in names(rules)}
    counted: dict[str, set[Duration]] = {name: set() for name in bases}
    for rule in rules:
        for one in criteria(rule):
            spec = told.vocabulary.facts[one.fact]
            least, most = _ages(one, spec)
            counted[one.fact].update(least if spec.picker == _AGE else ())
            for day in _turns(bases[one.fact], least, most):
                if first <= day < end:
                    asked.setdefault(day, set()).add(rule.id)
    for name, base in bases.items():
        for day in _fact_days(base, window_of(told.vocabulary.facts[name]), counted[name], first, end):
            facts.setdefault(day, []).append(name)
    undated = frozenset(name for name, base in bases.items() if base.undated)
    return Plan({day: tuple(names) for day, names in facts.items()}, {day: frozenset(ids) for day, ids in asked.items()}, undated)


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
    ahead = {day - DAY for day in base.days if day > date.min}  # one day of clock difference is allowed
    days = ahead | set(_turns(base, {*window.at_least, *counted}, window.at_most))
    if base.undated:  # what is compared with other readings is compared with today
        days |= {day + one for day in _turns(base, {*_TODAY, *window.between}, ()) for one in (-DAY, timedelta(0), DAY)}
    return sorted(day for day in days if first <= day < end)


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
