"""Canonical references between what is published: each names the version it means."""

from typing import Final

from service.engine.rule import Rule
from service.engine.vocabulary import Code, Vocabulary
from service.interop.shelf import Edition, Shelf, in_force, own_systems, since, value_set_version

VOCABULARY: Final = "postfusion.vocabulary"  # no rule can be called so: the id of a rule holds no dot
RELEASE: Final = "postfusion.release"


def of_rule(shelf: Shelf, kind: str, rule: Rule) -> str:
    """The PlanDefinition or Library of one version of a rule."""
    return f"{shelf.url(kind, rule.id)}|{rule.version}"


def of_vocabulary(shelf: Shelf, version: str) -> str:
    """The Library of one version of the vocabulary."""
    return f"{shelf.url('Library', VOCABULARY)}|{version}"


def of_value_set(shelf: Shelf, vocabulary: str, base: str) -> str:
    """A value set as it stands in a vocabulary version."""
    return f"{shelf.url('ValueSet', base)}|{value_set_version(shelf, vocabulary, base)}"


def of_code_system(shelf: Shelf, vocabulary: str, system: str) -> str:
    """A code system of our own as it stands in a vocabulary version."""
    return f"{system}|{system_version(shelf, vocabulary, system)}"


def system_version(shelf: Shelf, vocabulary: str, system: str) -> str:
    """The vocabulary version in which a code system of our own became what it is."""

    def codes(one: Vocabulary) -> tuple[Code, ...] | None:
        return own_systems(one).get(system)

    return since(shelf, vocabulary, codes)


def asked(shelf: Shelf, edition: Edition) -> list[str]:
    """The versions in force of the rules that a rule asks by name, or that raise its card; one that is not in force says nothing."""
    rule = edition.rule
    named = rule.reads() | {name for names in rule.raised_by.values() for name in names}
    return [of_rule(shelf, "PlanDefinition", one.rule) for one in in_force(shelf) if one.rule.id in named]
