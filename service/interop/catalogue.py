"""What there is to read: every resource with its ids, version and status, made only when it is asked for.

The version in use today has the plain id (`red-flag-infection`); every version, that one too, has an id with its version
(`red-flag-infection-1.0.0`), which stays the same for good.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from service.engine.vocabulary import Vocabulary
from service.interop.library import release_library, rule_library, vocabulary_library
from service.interop.parts import Resource, computer_name
from service.interop.plan import plan_definition
from service.interop.references import RELEASE, VOCABULARY, system_version
from service.interop.shelf import (
    Edition,
    Shelf,
    Status,
    current,
    in_force,
    in_order,
    in_use,
    own_systems,
    semver,
    status_on,
    value_set_version,
)
from service.interop.terminology import code_system, rules_system, rules_system_url, value_set

KINDS: Final = ("PlanDefinition", "ValueSet", "CodeSystem", "Library")


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one resource. `make` builds it with the id it is asked for by."""

    kind: str
    base: str
    version: str
    status: Status
    current: bool
    url: str
    name: str
    title: str
    make: Callable[[str], Resource]

    @property
    def id(self) -> str:
        """The id it is listed by: the plain one for the version in use."""
        return self.base if self.current else self.lasting_id

    @property
    def lasting_id(self) -> str:
        """The id that names this version for good."""
        return f"{self.base}-{self.version}"

    @property
    def canonical(self) -> str:
        """The canonical URL with the version."""
        return f"{self.url}|{self.version}"

    def resource(self) -> Resource:
        """The resource by the id it is listed by; not checked."""
        return self.make(self.id)


def catalogue(shelf: Shelf) -> tuple[Entry, ...]:
    """Everything there is, in the order of KINDS, by id and version."""
    entries = [*_rules(shelf), *_value_sets(shelf), *_code_systems(shelf), *_vocabularies(shelf)]
    entries.append(_release(shelf, entries))
    return tuple(sorted(entries, key=lambda one: (KINDS.index(one.kind), one.base, semver(one.version.partition("-")[0]))))


def released(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What a release holds: what is in use, each by the id it is listed by."""
    return tuple(one for one in entries if one.status == "active")


def find(entries: tuple[Entry, ...], kind: str, resource_id: str, version: str = "") -> tuple[Entry, str] | None:
    """The entry an id names and the id it then has; with `version`, that version of the resource that the plain id names."""
    for one in entries:
        if one.kind != kind:
            continue
        if resource_id == one.base and version in (one.version, "" if one.current else one.version):
            return one, one.id
        if resource_id == one.lasting_id and version in ("", one.version):
            return one, resource_id
    return None


def _rules(shelf: Shelf) -> Iterator[Entry]:
    for name, editions in shelf.editions.items():
        newest = current(editions, shelf.day)
        for one in editions:
            yield _of_rule(shelf, name, one, "PlanDefinition", plan_definition, in_use=one is newest)
            yield _of_rule(shelf, name, one, "Library", rule_library, in_use=one is newest)


def _of_rule(shelf: Shelf, name: str, one: Edition, kind: str, make: Callable[..., Resource], *, in_use: bool) -> Entry:
    rule = one.rule
    status = status_on(rule, shelf.day)
    url = shelf.url(kind, name)
    return Entry(kind, name, rule.version, status, in_use, url, computer_name(name), rule.title, partial(make, shelf, one))


def _value_sets(shelf: Shelf) -> Iterator[Entry]:
    names = sorted({name for one in shelf.vocabularies.values() for name in one.value_sets})
    for name in names:
        versions = _versions(shelf, partial(_set_version, shelf, name))
        for version, states in versions.items():
            made = shelf.vocabularies[version].value_sets[name]
            status, is_current = states
            make = partial(value_set, shelf, made, version, status)
            yield Entry("ValueSet", name, version, status, is_current, shelf.url("ValueSet", name), computer_name(name), made.title, make)


def _set_version(shelf: Shelf, name: str, vocabulary: Vocabulary) -> str:
    return value_set_version(shelf, vocabulary.version, name) if name in vocabulary.value_sets else ""


def _code_systems(shelf: Shelf) -> Iterator[Entry]:
    systems = sorted({system for one in shelf.vocabularies.values() for system in own_systems(one)})
    for system in systems:
        base = system.rsplit("/", 1)[-1]
        for version, (status, is_current) in _versions(shelf, partial(_system_version, shelf, system)).items():
            codes = own_systems(shelf.vocabularies[version])[system]
            make = partial(code_system, shelf, system, codes, version, status)
            name, title = computer_name(f"postfusion-{base}"), f"Codes of postfusion: {base}"
            yield Entry("CodeSystem", base, version, status, is_current, system, name, title, make)
    make_rules = partial(rules_system, shelf)
    url = rules_system_url(shelf)
    yield Entry("CodeSystem", "rules", shelf.version, "active", True, url, "PostfusionRules", "Topics of cards", make_rules)


def _system_version(shelf: Shelf, system: str, vocabulary: Vocabulary) -> str:
    return system_version(shelf, vocabulary.version, system) if system in own_systems(vocabulary) else ""


def _vocabularies(shelf: Shelf) -> Iterator[Entry]:
    url = shelf.url("Library", VOCABULARY)
    for version, (status, is_current) in _versions(shelf, lambda one: one.version).items():
        make = partial(vocabulary_library, shelf, shelf.vocabularies[version], status)
        title = "Vocabulary of postfusion"
        yield Entry("Library", VOCABULARY, version, status, is_current, url, computer_name(VOCABULARY), title, make)


def _release(shelf: Shelf, others: list[Entry]) -> Entry:
    parts = [(one.title, one.canonical) for one in released(tuple(others))]
    make = partial(release_library, shelf, parts)
    url = shelf.url("Library", RELEASE)
    return Entry("Library", RELEASE, shelf.version, "active", True, url, computer_name(RELEASE), "Rules of postfusion", make)


def _versions(shelf: Shelf, version_in: Callable[[Vocabulary], str]) -> Mapping[str, tuple[Status, bool]]:
    """Each version of a part of the vocabularies, with its status and whether it is the one in use.

    It is active when a rule in force is written in a vocabulary that holds it, a draft when only newer vocabularies do.
    """
    newest = in_use(shelf)
    used = {one.rule.vocabulary for one in in_force(shelf)} or {newest}
    holders: dict[str, list[str]] = {}
    for name in in_order(shelf):
        if version := version_in(shelf.vocabularies[name]):
            holders.setdefault(version, []).append(name)
    return {version: (_status(names, used, newest), newest in names) for version, names in holders.items()}


def _status(holders: list[str], used: set[str], newest: str) -> Status:
    if used & set(holders):
        return "active"
    return "draft" if all(semver(one) > semver(newest) for one in holders) else "retired"
