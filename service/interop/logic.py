"""When a rule fires, as an expression over its criteria and as a sentence.

The language is our own and says so in its media type: three answers (yes, no, unknown), names of criteria, `and`, `or`, `not`,
`at_least(n; a, b)`. It is no CQL, and no engine for CQL or FHIRPath can evaluate it; docs/interchange.md describes it.
"""

from collections.abc import Sequence
from typing import Final

from service.engine.compile import gates
from service.engine.rule import Rule, Way
from service.interop.parts import Resource, filled
from service.interop.shelf import Edition

LANGUAGE: Final = "text/x-postfusion-rule"


def applicability(expression: str, description: str, library: str = "") -> Resource:
    """A condition of an action: R4's Expression, whose language is a code with an extensible binding. `library`: where it is found."""
    told = filled(description=description, language=LANGUAGE, expression=expression, reference=library)
    return {"kind": "applicability", "expression": told}


def conditions(edition: Edition, library: str) -> list[Resource]:
    """For whom the rule asks, and when it fires. R4 joins the conditions of an action by AND."""
    rule = edition.rule
    asked = " and ".join(gate.fact for gate in gates(rule))
    return [
        applicability(asked, f"{edition.population} Each name is a fact of the vocabulary.", library),
        applicability(fires(rule), said(rule), library),
    ]


def fires(rule: Rule) -> str:
    """The ways of a rule, joined by OR."""
    ways = [_way(way) for way in rule.ways]
    return " or ".join(f"({way})" for way in ways) if len(ways) > 1 else "".join(ways)


def _way(way: Way) -> str:
    parts = [*way.all, *(["(" + " or ".join(way.any) + ")"] if way.any else [])]
    if way.at_least_of:
        parts.append(f"at_least({way.at_least_of[0]}; {', '.join(way.at_least_of[1])})")
    return " and ".join([*parts, *(f"not {name}" for name in way.none)])


def said(rule: Rule) -> str:
    """The ways of a rule as sentences."""
    ways = [_sentence(way, rule, named=len(rule.ways) > 1) for way in rule.ways]
    return " Or: ".join(ways) + " A criterion answers yes, no or unknown; what cannot be read or placed in time stays unknown."


def _sentence(way: Way, rule: Rule, *, named: bool) -> str:
    gathers = [("All of", way.all), ("At least one of", way.any)]
    if way.at_least_of:
        gathers.append((f"At least {way.at_least_of[0]} of", way.at_least_of[1]))
    told = [f"{word}: {_says(names, rule)}." for word, names in [*gathers, ("None of", way.none)] if names]
    return " ".join([*([f"{way.says}:"] if named else []), *told])


def _says(names: Sequence[str], rule: Rule) -> str:
    return "; ".join(rule.criteria[name].says for name in names)
