"""Content digests: the same content has the same digest, whatever its comments, order of keys or spacing of lines."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from service.engine.compile import GATES
from service.engine.rule import Rule
from service.library.face import placeholders
from service.library.vocabulary import LOCAL_FINDINGS, Lexicon


def hash_bytes(raw: bytes) -> str:
    """`sha256:...` of bytes."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def hash_content(value: Any) -> str:
    """`sha256:...` of plain data as canonical JSON: sorted keys, no spaces, UTF-8."""
    return hash_bytes(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def rule_digest(written: Mapping[str, Any], rule: Rule, lexicon: Lexicon) -> str:
    """Digest of a rule version: its document without status and end date, and every entry of the vocabulary it rests on."""
    effective = {key: value for key, value in written["effective"].items() if key != "until"}
    content = {key: value for key, value in written.items() if key != "status"}
    return hash_content({"rule": {**content, "effective": effective}, "vocabulary": _closure(rule, lexicon)})


def _closure(rule: Rule, lexicon: Lexicon) -> dict[str, Any]:
    facts = facts_of(rule, lexicon.made.facts)
    asked = [*rule.criteria.values(), *rule.checks.values()]
    parameters = {name for one in asked for name in one.parameters} | {
        name for fact in facts for name in lexicon.made.facts[fact].parameters
    }
    return {
        "facts": _written(lexicon.facts, facts),
        "parameters": _written(lexicon.parameters, parameters),
        "value_sets": _written(lexicon.value_sets, _value_sets(facts, lexicon)),
        "codes": sorted([*_findings(facts, lexicon), *_suggested(rule)]),
    }


def facts_of(rule: Rule, known: Collection[str]) -> set[str]:
    """Every fact among those known that a rule names: in criteria, checks, gates and the words of its card."""
    asked = {one.fact for one in [*rule.criteria.values(), *rule.checks.values()] if one.fact}
    gates = {GATES[key][0] for key in (rule.patients, rule.needs_index) if key in GATES}
    return (asked | gates | set(_in_texts(rule))) & set(known)


def _in_texts(rule: Rule) -> Iterable[str]:
    if rule.face:
        variants = [text for one in rule.face.variants for text in (one.summary, one.detail)]
        for text in (rule.face.summary, rule.face.detail, *variants, *(note.text for note in rule.face.notes)):
            yield from placeholders(text)


def _written(entries: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: entries[name].written for name in names}


def _value_sets(facts: Iterable[str], lexicon: Lexicon) -> set[str]:
    return {code for fact in facts for code in lexicon.made.facts[fact].codes if code in lexicon.value_sets}


def _findings(facts: Iterable[str], lexicon: Lexicon) -> list[list[str]]:
    named = {code for fact in facts for code in lexicon.made.facts[fact].codes}
    findings = lexicon.made.value_sets.get(LOCAL_FINDINGS)
    codes = findings.codes if findings else ()
    return [[one.system, one.code, one.display] for one in codes if one.code in named]


def _suggested(rule: Rule) -> list[list[str]]:
    suggestions = rule.face.suggestions if rule.face else ()
    return [list(code) for one in suggestions for action in one.actions for code in action.codes]
