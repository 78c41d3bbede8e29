"""What is published, as frozen data: rules and vocabularies, and what the library says of them. This room opens no files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from service.engine.rule import Rule
from service.engine.vocabulary import Code, ValueSet, Vocabulary

Status = Literal["draft", "active", "retired"]
LOCAL_FINDINGS = "local-findings"


@dataclass(frozen=True, slots=True)
class Document:
    """A text that goes along with a resource: its name, its media type, and its bytes."""

    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a rule, with what the library says of it.

    `population` is a sentence; `asks` says by criterion or check what it asks. `attributes` are the source attributes with their
    values, `facts` the names of the facts it rests on, `reads` the types of the resources they are made from.
    """

    rule: Rule
    population: str = ""
    asks: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[tuple[str, str], ...] = ()
    facts: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything there is to publish, as of `day`.

    `canonical` is the base of the URIs minted here and `address` where the service answers, both without a trailing slash. `digest`
    is that of the rules in force, `began` the first day of this set of rules. `editions` are oldest first, by rule. `wordings` are
    the texts of each vocabulary version. `topics` are codes of cards that belong to no rule, with their displays.
    """

    day: date
    canonical: str
    address: str
    software: str
    intended_use: str
    digest: str
    began: date
    editions: Mapping[str, tuple[Edition, ...]]
    vocabularies: Mapping[str, Vocabulary]
    wordings: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
    topics: tuple[tuple[str, str], ...] = ()

    def url(self, kind: str, base: str) -> str:
        """The canonical URL of a resource of this service."""
        return f"{self.canonical}/fhir/{kind}/{base}"

    @property
    def version(self) -> str:
        """The version of the whole release: of the code, with the first day of this set of rules and the start of its digest."""
        return f"{self.software}-{self.began:%Y%m%d}.r{self.digest.removeprefix('sha256:')[:8]}"


def status_on(rule: Rule, day: date) -> Status:
    """The publication status of a version on a day. Before its first day it is a draft to others, whatever its document says."""
    if rule.status == "draft" or day < rule.effective_from:
        return "draft"
    return "retired" if rule.effective_until and rule.effective_until <= day else "active"


def current(editions: tuple[Edition, ...], day: date) -> Edition:
    """The version in force on `day`; where there is none, the newest."""
    return next((one for one in editions if status_on(one.rule, day) == "active"), editions[-1])


def in_force(shelf: Shelf) -> Iterator[Edition]:
    """The versions in force on the day of the shelf, by the id of their rule."""
    return (one for _, all_of_it in sorted(shelf.editions.items()) for one in all_of_it if status_on(one.rule, shelf.day) == "active")


def semver(version: str) -> tuple[int, ...]:
    """A version as numbers, to be put in order."""
    return tuple(int(part) for part in version.split("."))


def in_order(shelf: Shelf) -> list[str]:
    """The vocabulary versions, oldest first."""
    return sorted(shelf.vocabularies, key=semver)


def in_use(shelf: Shelf) -> str:
    """The newest vocabulary version that a rule in force is written in; where there is none, the newest."""
    used = {one.rule.vocabulary for one in in_force(shelf)}
    return max(used or shelf.vocabularies, key=semver)


def since(shelf: Shelf, version: str, part: Callable[[Vocabulary], Any]) -> str:
    """The vocabulary version in which `part` became what it is in `version`. A part that did not change keeps its version."""
    found, wanted = version, part(shelf.vocabularies[version])
    for one in reversed([one for one in in_order(shelf) if semver(one) < semver(version)]):
        if part(shelf.vocabularies[one]) != wanted:
            break
        found = one
    return found


def value_set_version(shelf: Shelf, vocabulary: str, base: str) -> str:
    """The version of a value set as it stands in a vocabulary."""
    return since(shelf, vocabulary, lambda one: one.value_sets.get(base))


def own_systems(vocabulary: Vocabulary) -> dict[str, tuple[Code, ...]]:
    """Our own code systems by URI, with every code of them that a value set holds, each once.

    A remark that only one of several value sets makes is about its use there, and no part of what the code means.
    """
    systems: dict[str, dict[str, Code]] = {}
    for value_set in vocabulary.value_sets.values():
        for code in value_set.codes:
            if code.verified_by == "own code":
                held = systems.setdefault(code.system, {})
                known = held.setdefault(code.code, code)
                held[code.code] = known if known.note == code.note else replace(known, note="")
    return {system: tuple(codes.values()) for system, codes in sorted(systems.items())}


def value_sets_of(edition: Edition, vocabulary: Vocabulary) -> list[ValueSet]:
    """The value sets that the facts of a rule name, and the one of its override reasons, by id."""
    named = {code for fact in edition.facts if fact in vocabulary.facts for code in vocabulary.facts[fact].codes}
    if edition.rule.face and edition.rule.face.override_reasons:
        named.add("override-reasons")
    return [vocabulary.value_sets[name] for name in sorted(named & vocabulary.value_sets.keys())]


def findings_of(edition: Edition, vocabulary: Vocabulary) -> list[Code]:
    """The single findings of our own that the facts of a rule name, by code."""
    named = {code for fact in edition.facts if fact in vocabulary.facts for code in vocabulary.facts[fact].codes}
    findings = vocabulary.value_sets.get(LOCAL_FINDINGS)
    return sorted((one for one in (findings.codes if findings else ()) if one.code in named), key=lambda one: one.code)
