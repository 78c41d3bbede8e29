"""The tests a rule carries, as examples to read: what is on record, and what the rule makes of it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from service.engine.rule import Rule
from service.engine.vocabulary import FactSpec, Vocabulary
from service.library.given import AS_OF, VALUE_KEYS, readings
from service.library.pages.markdown import bullets, code, plain
from service.library.pages.words import quantity, unit_word

KINDS: Final = (("fires", "It fires"), ("silent", "It stays silent"), ("cannot_tell", "It cannot tell"))
_PLACES: Final = {
    "before": "before the operation",
    "same day": "on the day of the operation",
    "after": "after the operation",
    "unsettled": "before or after the operation, which is not known",
}


def examples(rule: Rule, vocabulary: Vocabulary) -> Iterator[str]:
    """Every inline test, by what it expects."""
    yield "## Examples"
    yield from ["", f"These are the rule's own tests, run whenever the rules are checked. The day is {AS_OF}."]
    yield "What an example does not name is not recorded; the conditions of “For whom” hold unless it says otherwise."
    yield "Without a date a reading is of that day, and after the operation."
    for kind, title in KINDS:
        tests = [test for test in rule.tests if test["expect"] == kind]
        if tests:
            yield from ["", f"### {title} ({len(tests)})", *bullets(_example(test, rule, vocabulary) for test in tests)]


def _example(test: Mapping[str, Any], rule: Rule, vocabulary: Vocabulary) -> str:
    given = dict(test["given"])
    said = [f"the rule {code(name)} answers {_answer(answer)}" for name, answer in given.pop("rules", {}).items()]
    held = [_held(vocabulary.facts[name], raw) for name, raw in given.items()]
    way = f" by “{plain(_way(rule, test['way']))}”" if "way" in test and len(rule.ways) > 1 else ""
    shown = f" Shown as {test['as']}{way}." if "as" in test else f" Fires{way}." if way else ""
    return f"**{plain(test['name'])}**: {'; '.join([*held, *said]) or 'nothing is recorded'}.{shown}"


def _way(rule: Rule, name: str) -> str:
    return next(way.says for way in rule.ways if way.name == name)


def _answer(raw: Any) -> str:
    return {"true": "yes", "false": "no"}.get(str(raw), str(raw))


def _held(spec: FactSpec, raw: Any) -> str:
    told = [_reading(spec, one if isinstance(one, dict) else {VALUE_KEYS[spec.kind]: one}) for one in readings(spec, raw)]
    return f"{plain(spec.meaning)}: {' and '.join(told) or 'nothing'}"


def _reading(spec: FactSpec, written: Mapping[str, Any]) -> str:
    value = written.get(VALUE_KEYS[spec.kind], written.get("is"))
    return ", ".join([_value(spec, value), *_when(written)])


def _value(spec: FactSpec, value: Any) -> str:
    if value == "unreadable":
        return "recorded, and cannot be read"
    if spec.kind == "number" and isinstance(value, list):
        return f"between {value[0]} and {value[1]} {unit_word(spec.unit)}".rstrip()
    if spec.kind == "number":
        return quantity(Decimal(value), spec.unit)
    return plain(", ".join(value)) if isinstance(value, list) else plain(_answer(value))


def _when(written: Mapping[str, Any]) -> Iterator[str]:
    for key in ("days", "months"):
        if count := written.get(f"{key}_ago"):
            yield f"{count} {key if count != '1' else key[:-1]} ago"
    if "undated" in written:
        yield "without a date"
    if "order" in written:
        yield _PLACES[written["order"]]
    if side := written.get("side"):
        yield "both sides" if side == "both" else f"{side} side"
