"""Which prefetch keys the rules of a hook read, so that a client is asked for no more than that."""

from collections.abc import Iterator
from typing import Final

from service.engine.rule import Criterion, Rule
from service.library import Book

ALWAYS: Final = ("patient", "conditions", "observations", "procedures")  # the index operation alone is read from the last three
OF_PICKERS: Final = {"medication": "medications", "imaging_done": "reports"}  # no other picker reads more than ALWAYS


def keys_read(book: Book, hook: str) -> tuple[str, ...]:
    """The keys that rules shown at `hook` read, and the rules they ask about in turn. Retired versions ask for nothing."""
    return _keys(book, [rule for rule in _open(book) if hook in rule.hooks])


def keys_of_rule(book: Book, rule: Rule) -> tuple[str, ...]:
    """The keys that one version of a rule reads, and the rules it asks about in turn."""
    return _keys(book, [rule])


def _keys(book: Book, rules: list[Rule]) -> tuple[str, ...]:
    pickers = {book.vocabularies[rule.vocabulary].facts[one.fact].picker for rule in _asked(book, rules) for one in _facts(rule)}
    return (*ALWAYS, *(key for picker, key in OF_PICKERS.items() if picker in pickers))


def _open(book: Book) -> list[Rule]:
    return [rule for versions in book.versions.values() for rule in versions if rule.status != "retired"]


def _asked(book: Book, rules: list[Rule]) -> list[Rule]:
    """These rules and whatever they ask, followed to the end."""
    others = _open(book)
    found: list[Rule] = []
    waiting = list(rules)
    while waiting:
        rule = waiting.pop()
        found.append(rule)
        waiting += [other for other in others if _reads(rule, other) and other not in found and other not in waiting]
    return found


def _reads(rule: Rule, other: Rule) -> bool:
    named = rule.reads() | {name for names in rule.raised_by.values() for name in names}
    return other.id in named or f"family:{other.family}" in named


def _facts(rule: Rule) -> Iterator[Criterion]:
    return (one for one in (*rule.criteria.values(), *rule.checks.values()) if one.fact)
