"""Mutants of a rule: small wrong changes that its own tests should notice. Those that none notices are gaps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from service.engine.answers import Answer
from service.engine.dates import Duration
from service.engine.rule import Criterion, Rule, Way
from service.library.boundaries import step_of
from service.library.inline import passes

FLIPS = {
    "at_least": "more_than",
    "more_than": "at_least",
    "at_most": "less_than",
    "less_than": "at_most",
    "happened_within": "happened_at_least_ago",
    "happened_at_least_ago": "happened_within",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed rule and what was changed."""

    change: str
    rule: Rule


def survivors(rule: Rule) -> list[str]:
    """The changes that leave every inline test passing."""
    return [mutant.change for mutant in mutants(rule) if passes(mutant.rule)]


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every mutant: thresholds a step off, comparisons flipped, words left out, yes and no swapped, guards dropped, gathers swapped."""
    for name, criterion in rule.criteria.items():
        for change, other in _criteria(criterion):
            yield Mutant(f"{name}: {change}", replace(rule, criteria={**rule.criteria, name: other}))
    for index, way in enumerate(rule.ways):
        others = rule.ways[:index], rule.ways[index + 1 :]
        for change, changed in _ways(way):
            yield Mutant(f"{way.name}: {change}", replace(rule, ways=(*others[0], changed, *others[1])))
        if len(rule.ways) > 1:
            yield Mutant(f"{way.name}: way dropped", replace(rule, ways=others[0] + others[1]))


def _criteria(one: Criterion) -> Iterator[tuple[str, Criterion]]:
    for argument in _arguments(one.argument):
        yield f"{one.word} {_told(argument)} for {_told(one.argument)}", replace(one, argument=argument)
    if one.word in FLIPS:
        yield f"{FLIPS[one.word]} for {one.word}", replace(one, word=FLIPS[one.word])
    for key in ("within", "older_than"):
        length = getattr(one, key)
        if length:
            yield f"{key} dropped", _with(one, key, None)
            for other in _arguments(length):
                yield f"{key} {other} for {length}", _with(one, key, other)
    if one.after_index:
        yield "after_index dropped", replace(one, after_index=None)
        yield "after_index swapped", replace(one, after_index="yes" if one.after_index == "not_before" else "not_before")
    if one.if_unknown:
        yield "if_unknown dropped", replace(one, if_unknown=None)
        yield "if_unknown swapped", replace(one, if_unknown=Answer.NO if one.if_unknown is Answer.YES else Answer.YES)


def _with(one: Criterion, key: str, value: Any) -> Criterion:
    return replace(one, **{key: value})


def _arguments(argument: Any) -> Iterator[Any]:
    if isinstance(argument, bool):
        yield not argument
    elif isinstance(argument, int):
        yield from (argument + 1, argument - 1)
    elif isinstance(argument, Decimal):
        yield from (argument + step_of(argument), argument - step_of(argument))
    elif isinstance(argument, Duration):
        yield from (Duration(argument.count + 1, argument.unit), Duration(argument.count - 1, argument.unit))
    elif isinstance(argument[0], Decimal):
        low, high = argument
        yield from ((other, high) for other in _arguments(low))
        yield from ((low, other) for other in _arguments(high))
    elif len(argument) > 1:
        yield from (argument[:place] + argument[place + 1 :] for place in range(len(argument)))


def _told(argument: Any) -> str:
    if isinstance(argument, bool):
        return "yes" if argument else "no"
    if not isinstance(argument, tuple):
        return str(argument)
    return (" to " if isinstance(argument[0], Decimal) else ", ").join(str(one) for one in argument)


def _ways(way: Way) -> Iterator[tuple[str, Way]]:
    if len(way.all) > 1:
        yield "any for all", replace(way, all=(), any=way.any + way.all)
    if len(way.any) > 1:
        yield "all for any", replace(way, all=way.all + way.any, any=())
    if len(way.criteria()) > 1:
        for key, name in [(gather, one) for gather in ("all", "any", "none") for one in getattr(way, gather)]:
            yield f"{name} dropped from {key}", _without(way, key, name)
    for name in way.none:
        yield f"{name} moved from none to all", replace(_without(way, "none", name), all=(*way.all, name))
    if way.at_least_of:
        count, of = way.at_least_of
        for other in (count + 1, count - 1):
            yield f"at_least_of {other} for {count}", replace(way, at_least_of=(other, of))


def _without(way: Way, key: str, name: str) -> Way:
    rest: Any = {key: tuple(one for one in getattr(way, key) if one != name)}
    return replace(way, **rest)
