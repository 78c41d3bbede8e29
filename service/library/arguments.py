"""What stands after a question word: a $parameter or a literal, typed and checked against the fact it is asked of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service.engine.dates import Duration
from service.engine.rule import Argument
from service.engine.vocabulary import FactSpec, Vocabulary
from service.engine.words import WORDS
from service.library.fields import NUMBER, YES_NO
from service.library.problems import Path, Report

DURATION = re.compile(r"(\d{1,5}) (days?|months?)")
Resolved = tuple[Argument | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What is needed while a document is read: the vocabulary it is written in and the report on its file."""

    vocabulary: Vocabulary
    report: Report


def duration(text: str) -> Duration:
    """`14 days` or `6 months`; the text must match DURATION."""
    count, _, unit = text.partition(" ")
    return Duration(int(count), "days" if unit.startswith("day") else "months")


def argument(word: str, raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    """The typed argument of `word` and the parameters it names; None when there is a problem, which is noted."""
    return _PARSERS[WORDS[word].takes](raw, spec, path, desk)


def length_of_time(raw: str, path: Path, desk: Desk) -> tuple[Duration | None, tuple[str, ...]]:
    """A duration, as a parameter in days or months or a literal such as `14 days`."""
    if not raw.startswith("$"):
        if DURATION.fullmatch(raw):
            return duration(raw), ()
        desk.report.add(path, f"{raw!r} is not a length of time such as 14 days or $recent_days", choices=_durations(desk.vocabulary))
        return None, ()
    value, names = _look_up(raw, path, desk)
    if isinstance(value, Duration):
        return value, names
    if value is not None:
        desk.report.add(path, f"parameter {names[0]!r} is a number, not a length of time", choices=_durations(desk.vocabulary))
    return None, ()


def _durations(vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(f"${name}" for name, one in vocabulary.parameters.items() if isinstance(one.value, Duration))


def _look_up(raw: Any, path: Path, desk: Desk) -> tuple[Decimal | Duration | None, tuple[str, ...]]:
    if not isinstance(raw, str) or not raw.startswith("$"):
        return None, ()
    if not desk.report.known(path, raw[1:], desk.vocabulary.parameters, "parameter"):
        return None, ()
    return desk.vocabulary.parameters[raw[1:]].value, (raw[1:],)


def _number(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> tuple[Decimal | None, tuple[str, ...]]:
    value, names = _look_up(raw, path, desk)
    if isinstance(raw, str) and NUMBER.fullmatch(raw):
        value = Decimal(raw)
    if not isinstance(value, Decimal):
        if value is not None or not (isinstance(raw, str) and raw.startswith("$")):
            desk.report.add(path, "must be a number or a $parameter that is one")
        return None, ()
    if names and desk.vocabulary.parameters[names[0]].unit != spec.unit:
        unit = desk.vocabulary.parameters[names[0]].unit
        desk.report.add(path, f"parameter {names[0]!r} is in {unit}, but the fact {spec.name!r} is in {spec.unit}")
        return None, ()
    if spec.low is not None and spec.high is not None and not spec.low <= value <= spec.high:
        desk.report.add(path, f"{value} lies outside the range of the fact, {spec.low} to {spec.high}")
        return None, ()
    return value, names


def _one_number(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    return _number(raw, spec, path, desk)


def _two_numbers(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    if not isinstance(raw, list) or len(raw) != 2:
        desk.report.add(path, "must be a list of two numbers: the first counts, the second no longer does")
        return None, ()
    (low, first), (high, second) = (_number(one, spec, (*path, index), desk) for index, one in enumerate(raw))
    if low is None or high is None:
        return None, ()
    if low >= high:
        desk.report.add(path, f"{low} is not less than {high}")
        return None, ()
    return (low, high), first + second


def _yes_no(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    if isinstance(raw, str) and raw in YES_NO:
        return YES_NO[raw], ()
    desk.report.add(path, "must be yes or no", choices=("yes", "no"))
    return None, ()


def _whole(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    value, names = _look_up(raw, path, desk)
    if isinstance(raw, str) and NUMBER.fullmatch(raw):
        value = Decimal(raw)
    if isinstance(value, Decimal) and value == value.to_integral_value() and value >= 1:
        return int(value), names
    if value is not None or not (isinstance(raw, str) and raw.startswith("$")):
        desk.report.add(path, "must be a whole number of at least 1")
    return None, ()


def _words(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    words = [raw] if isinstance(raw, str) else raw
    if not isinstance(words, list) or not words or not all(isinstance(one, str) for one in words):
        desk.report.add(path, "must be a list of words", choices=spec.words)
        return None, ()
    known = [one for one in words if desk.report.known(path, one, spec.words, "word")]
    return (tuple(words), ()) if known == words else (None, ())


def _length(raw: Any, spec: FactSpec, path: Path, desk: Desk) -> Resolved:
    if isinstance(raw, str):
        return length_of_time(raw, path, desk)
    desk.report.add(path, "must be one length of time")
    return None, ()


_PARSERS: dict[str, Callable[[Any, FactSpec, Path, Desk], Resolved]] = {
    "yes | no": _yes_no,
    "list of words": _words,
    "number": _one_number,
    "two numbers": _two_numbers,
    "duration": _length,
    "whole number": _whole,
}
