"""Numbers with their units, thresholds with what lies on either side, and families, for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from service.engine.dates import Duration
from service.engine.rule import Criterion
from service.engine.vocabulary import Parameter, Vocabulary

FAMILY: Final = {
    "alarm": ("Red flags", "What may not be missed."),
    "criteria": ("Time criteria", "Lasting pain, held against the time criteria for the work-up of failed back surgery syndrome (FBSS)."),
    "joint": ("Sacroiliac joint", "Whether the pattern of pain, the tests and a block point to the sacroiliac joint."),
    "stage": ("Stages", "Where in the recovery the patient stands, and whether the pain keeps to it."),
    "cause": ("Causes", "Patterns that fit one source of the pain, as something to consider."),
    "care": ("Care", "Options of care, medicines to look at again together, and advice before going home."),
    "reassurance": ("Signs of recovery", "Findings that are part of the healing of a nerve, told only while no alarm stands."),
    "order": ("Orders and problem list", "Asked at the moment something is ordered, or a problem is listed."),
    "data": ("Data", "What the record does not say, or what could not be looked at."),
}
_UNITS: Final = {"d": "days", "mo": "months", "[degF]": "°F", "1": ""}
_WORD: Final = {
    "at_least": ("at {} or more", "below {}"),
    "more_than": ("above {}", "at {} or less"),
    "at_most": ("at {} or less", "above {}"),
    "less_than": ("below {}", "at {} or more"),
    "happened_at_least_ago": ("when it is {} ago to the day, or longer", "when it is a day short of {}"),
    "happened_within": ("when it is {} ago to the day, or less", "when it is a day more than {}"),
    "count_at_least": ("at {} or more", "below {}"),
}
_AGE: Final = {
    "within": ("when it is {} old to the day, or newer", "when it is a day older than {}"),
    "older_than": ("when it is a day older than {}, or more", "when it is {} old to the day"),
}


def unit_word(unit: str) -> str:
    """A UCUM unit as people write it; an annotation such as {score} stands in brackets."""
    return f"({unit[1:-1]})" if unit.startswith("{") else _UNITS.get(unit, unit)


def quantity(value: Decimal | Duration | int, unit: str = "") -> str:
    """A number with its unit: `14 days`, `200 mL`, `100.4 °F`, `4 (score)`."""
    if isinstance(value, Duration):
        return str(value)
    word = unit_word(unit)
    word = word.removesuffix("s") if value == 1 and unit in ("d", "mo") else word
    return f"{Decimal(value):f} {word}".rstrip()


def parameter(one: Parameter) -> str:
    """The value of a parameter with its unit."""
    return quantity(one.value, one.unit)


@dataclass(frozen=True, slots=True)
class Edge:
    """A threshold: the question it belongs to, its value, what meets it, what does not, and its parameter ("" for a literal)."""

    asks: str
    value: str
    meets: str
    misses: str
    parameter: str


def edges(one: Criterion, vocabulary: Vocabulary) -> Iterator[Edge]:
    """Every threshold of a criterion, those of age included."""
    unit = vocabulary.facts[one.fact].unit if one.fact else ""
    known = {name: vocabulary.parameters[name].value for name in one.parameters}
    if one.word == "between" and isinstance(one.argument, tuple):
        yield from _between(one.argument, unit, known)
    elif one.word in _WORD:
        yield _edge("value", _WORD[one.word], one.argument, unit, known)
    for key in ("within", "older_than"):
        if length := getattr(one, key):
            yield _edge("age", _AGE[key], length, "", known)


def _between(limits: tuple[Any, ...], unit: str, known: dict[str, Any]) -> Iterator[Edge]:
    yield _edge("value", _WORD["at_least"], limits[0], unit, known)
    yield _edge("value", _WORD["less_than"], limits[1], unit, known)


def _edge(asks: str, words: tuple[str, str], value: Any, unit: str, known: dict[str, Any]) -> Edge:
    shown = quantity(value, unit)
    name = next((name for name, one in known.items() if one == value), "")
    return Edge(asks, shown, words[0].format(shown), words[1].format(shown), name)
