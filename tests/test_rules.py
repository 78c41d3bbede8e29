"""The shipped rules: they load, each of their own tests holds, the lint finds nothing, and the guide names every key."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from service.engine.rule import Rule
from service.engine.words import WORDS
from service.library import BookError, TestResult, load_book, run_rule_tests
from service.library.checks import lint
from service.library.fields import Choice, Named
from service.library.schema import RuleText
from service.library.vocabulary_schema import ExtendsText, FactsText, ParametersText, ValueSetText

ROOT = Path(__file__).parent.parent / "rules"


def _rules() -> list[Rule]:
    try:
        book = load_book(ROOT, verify_lock=False)
    except BookError:  # told by test_the_book_loads
        return []
    return [rule for versions in book.versions.values() for rule in versions]


RULES = {(rule.id, rule.version): rule for rule in _rules()}


@cache
def _results(rule: str, version: str) -> list[TestResult]:
    """Run when a test asks, not at import: a fault of the engine is then a failing test, not a file that cannot be read."""
    return run_rule_tests(RULES[rule, version])


def test_the_book_loads_as_it_is_locked() -> None:
    book = load_book(ROOT)
    assert len(book.versions) > 20


@pytest.mark.parametrize(
    ("rule", "version", "at"),
    [pytest.param(*key, at, id=f"{'@'.join(key)}-{test['name']}") for key, rule in RULES.items() for at, test in enumerate(rule.tests)],
)
def test_inline(rule: str, version: str, at: int) -> None:
    result = _results(rule, version)[at]
    assert result.passed, result.message


def test_the_lint_finds_nothing() -> None:
    findings = [str(one) for one in lint(load_book(ROOT, verify_lock=False)) if one.level == "error"]
    assert not findings, "\n".join(findings)


def _keys(schema: type[Schema] | Schema) -> Iterator[str]:
    made = schema if isinstance(schema, Schema) else schema()
    for name, field in made.fields.items():
        yield name
        yield from _inside(field)


def _inside(field: fields.Field[object]) -> Iterator[str]:
    if isinstance(field, fields.Nested):
        yield from _keys(field.schema)
    elif isinstance(field, Named | fields.List):
        yield from _inside(field.inner)
    elif isinstance(field, Choice):
        yield from field.choices


@pytest.mark.parametrize("schema", [RuleText, FactsText, ParametersText, ValueSetText, ExtendsText])
def test_the_guide_names_every_key_and_choice(schema: type[Schema]) -> None:
    guide = (ROOT / "README.md").read_text()
    missing = {key for key in _keys(schema) if not re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", guide)}
    assert not missing


def test_the_guide_names_every_question_word() -> None:
    guide = (ROOT / "README.md").read_text()
    assert not {word for word in WORDS if f"`{word}" not in guide}
