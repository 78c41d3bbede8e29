"""Vocabulary files -> frozen vocabularies. A later version may extend an earlier one and hold only what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marshmallow import Schema

from service.engine.answers import Answer
from service.engine.dates import Duration
from service.engine.vocabulary import Code, FactSpec, Parameter, Setting, ValueSet, Vocabulary
from service.library.arguments import DURATION, duration
from service.library.fields import NUMBER, YES_NO, check
from service.library.problems import Report
from service.library.vocabulary_schema import ExtendsText, FactsText, ParametersText, ValueSetText
from service.library.yamltext import Document

LOCAL_FINDINGS = "local-findings"
OVERRIDE_REASONS = "override-reasons"


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter, fact or value set: checked, as written, and where it was written."""

    body: Mapping[str, Any]
    written: Any
    file: str


@dataclass(slots=True)
class Lexicon:
    """The entries of one vocabulary version, those it extends included, and what they become."""

    version: str
    extends: str = ""
    parameters: dict[str, Entry] = field(default_factory=dict)
    facts: dict[str, Entry] = field(default_factory=dict)
    value_sets: dict[str, Entry] = field(default_factory=dict)
    made: Vocabulary = field(default_factory=lambda: Vocabulary("", {}, {}, {}))


Reports = Callable[[str], Report]


def read_lexicons(documents: Mapping[str, Document], reports: Reports) -> dict[str, Lexicon]:
    """Every vocabulary version among `documents` (keys such as `vocabulary/1.0.0/facts.yaml`)."""
    lexicons: dict[str, Lexicon] = {}
    for file, document in sorted(documents.items()):
        version, _, rest = file.removeprefix("vocabulary/").partition("/")
        _read(rest, document, lexicons.setdefault(version, Lexicon(version)), reports(file))
    for version in _extending_order(lexicons, reports):
        _extend(lexicons[version], lexicons)
        _make(lexicons[version], reports)
    return lexicons


def _read(rest: str, document: Document, into: Lexicon, report: Report) -> None:
    if rest.startswith("valuesets/"):
        _read_value_set(rest, document, into, report)
    elif rest == "vocabulary.yaml":
        body = check(ExtendsText, document.data, report)
        into.extends = body["extends"] if body else ""
    elif rest in ("facts.yaml", "parameters.yaml"):
        _read_entries(rest.removesuffix(".yaml"), document, into, report)
    else:
        report.add((), "is not a file of a vocabulary", choices=("facts.yaml", "parameters.yaml", "vocabulary.yaml", "valuesets/<id>.yaml"))


def _read_entries(kind: str, document: Document, into: Lexicon, report: Report) -> None:
    schema: type[Schema] = FactsText if kind == "facts" else ParametersText
    body = check(schema, document.data, report)
    if body:
        entries = {name: Entry(one, document.data[kind][name], document.file) for name, one in body[kind].items()}
        (into.facts if kind == "facts" else into.parameters).update(entries)


def _read_value_set(rest: str, document: Document, into: Lexicon, report: Report) -> None:
    body = check(ValueSetText, document.data, report)
    if not body:
        return
    if rest != f"valuesets/{body['id']}.yaml":
        report.add(("id",), f"{body['id']!r} is not the name of the file")
    if len({(code["system"], code["code"]) for code in body["codes"]}) < len(body["codes"]):
        report.add(("codes",), "names a code twice")
    into.value_sets[body["id"]] = Entry(body, document.data, document.file)


def _extending_order(lexicons: Mapping[str, Lexicon], reports: Reports) -> list[str]:
    """Versions after those they extend; one whose base is missing or extends it back is noted and left out."""
    order: list[str] = []
    waiting = dict(lexicons)
    while free := [v for v, one in waiting.items() if not one.extends or one.extends in order]:
        order.extend(free)
        for version in free:
            del waiting[version]
    for version, one in waiting.items():
        others = tuple(v for v in lexicons if v != version)
        report = reports(f"vocabulary/{version}/vocabulary.yaml")
        if report.known(("extends",), one.extends, others, "vocabulary"):
            report.add(("extends",), "extends a vocabulary that extends it back")
    return order


def _extend(one: Lexicon, lexicons: Mapping[str, Lexicon]) -> None:
    if one.extends:
        base = lexicons[one.extends]
        one.parameters = {**base.parameters, **one.parameters}
        one.facts = {**base.facts, **one.facts}
        one.value_sets = {**base.value_sets, **one.value_sets}


def _make(one: Lexicon, reports: Reports) -> None:
    parameters = {name: _parameter(name, e, reports(e.file)) for name, e in one.parameters.items()}
    value_sets = {name: _value_set(e.body) for name, e in one.value_sets.items()}
    vocabulary = Vocabulary(one.version, parameters, value_sets, {})
    facts = {name: _fact(name, entry, vocabulary, reports(entry.file)) for name, entry in one.facts.items()}
    one.made = Vocabulary(one.version, parameters, value_sets, facts)


def _parameter(name: str, entry: Entry, report: Report) -> Parameter:
    body = entry.body
    value: Decimal | Duration = body["value"]
    if body["unit"] in ("days", "months"):
        whole = body["value"] == body["value"].to_integral_value() and body["value"] >= 0
        if not whole:
            report.add(("parameters", name, "value"), "a length of time must be a whole number that is not negative")
        value = Duration(int(body["value"]), body["unit"])
    return Parameter(name, value, body["unit"], body["meaning"], body["basis"])


def _value_set(body: Mapping[str, Any]) -> ValueSet:
    codes = tuple(
        Code(
            system=code["system"],
            code=code["code"],
            display=code.get("display", ""),
            verified_by=code["verified_by"],
            prefix=code.get("match") == "prefix",
            qualifier=code.get("qualifier", ""),
            note=code.get("note", ""),
        )
        for code in body["codes"]
    )
    return ValueSet(body["id"], body["title"], body["purpose"], codes)


def _fact(name: str, entry: Entry, vocabulary: Vocabulary, report: Report) -> FactSpec:
    body, path = entry.body, ("facts", name)
    findings = vocabulary.value_sets.get(LOCAL_FINDINGS)
    known = [*vocabulary.value_sets, *(code.code for code in (findings.codes if findings else ()))]
    for index, code in enumerate(body.get("codes", ())):
        report.known((*path, "codes", index), code, known, "value set or finding")
    low, high = _range(body, path, report)
    if (body["kind"] == "words") != ("words" in body):
        report.add((*path, "words"), "must list the words of a fact of kind words, and of no other")
    settings = {key: _setting(raw, (*path, "with", key), vocabulary, report) for key, raw in body.get("with", {}).items()}
    return FactSpec(
        name=name,
        kind=body["kind"],
        meaning=body["meaning"],
        picker=body["picker"],
        codes=tuple(body.get("codes", ())),
        settings={key: value for key, value in settings.items() if value is not None},
        unit=body.get("unit", ""),
        low=low,
        high=high,
        words=tuple(body.get("words", ())),
        silence=Answer(body.get("silence", "unknown")),
        undated=body.get("undated", "unknown"),
        for_alarms=body.get("for_alarms", False),
        parameters=tuple(sorted(_named(body) & vocabulary.parameters.keys())),
    )


def _named(body: Mapping[str, Any]) -> set[str]:
    return {raw[1:] for raw in body.get("with", {}).values() if isinstance(raw, str) and raw.startswith("$")}


def _range(body: Mapping[str, Any], path: tuple[str, ...], report: Report) -> tuple[Decimal | None, Decimal | None]:
    limits = body.get("range", [])
    if body["kind"] != "number":
        if "range" in body or "unit" in body:
            report.add(path, "range and unit belong to a fact of kind number")
    elif len(limits) != 2 or limits[0] >= limits[1] or "unit" not in body:
        report.add(path, "a fact of kind number needs a unit and a range of two numbers, the lower first")
    else:
        return limits[0], limits[1]
    return None, None


def _setting(raw: Any, path: tuple[str, ...], vocabulary: Vocabulary, report: Report) -> Setting | None:
    if isinstance(raw, list) and all(isinstance(one, str) for one in raw):
        return tuple(raw)
    if not isinstance(raw, str) or not raw:
        report.add(path, "must be a $parameter, a number, a length of time, yes, no, a word or a list of words")
        return None
    if raw.startswith("$"):
        known = report.known(path, raw[1:], vocabulary.parameters, "parameter")
        return vocabulary.parameters[raw[1:]].value if known else None
    if raw in YES_NO:
        return YES_NO[raw]
    if DURATION.fullmatch(raw):
        return duration(raw)
    return Decimal(raw) if NUMBER.fullmatch(raw) else raw
