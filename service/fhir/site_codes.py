"""A site's own codes: a FHIR R4 ConceptMap maps local and product-level codes to codes of the vocabulary.

The map only ever adds matches. What it cannot use is refused at load, by place, so that no code is silently left out.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from service.fhir.codes import CodeIndex, Match, normal, system_of, texts_of
from service.fhir.shapes import Coding

# the target means the same as the source, or something wider that holds it: then the source implies the target
USABLE = ("equal", "equivalent", "wider", "subsumes")
_SKIPPED = ("unmatched", "disjoint")


class Target(msgspec.Struct, gc=False):
    """A target of an element."""

    code: str | None = None
    equivalence: str | None = None


class Element(msgspec.Struct, gc=False):
    """One source code."""

    code: str | None = None
    target: list[Target] = []


class Group(msgspec.Struct, gc=False):
    """A pair of code systems."""

    source: str | None = None
    target: str | None = None
    element: list[Element] = []


class ConceptMap(msgspec.Struct, gc=False, tag_field="resourceType", tag="ConceptMap"):
    """The elements of a ConceptMap that are read."""

    group: list[Group] = []


class SiteCodesError(ValueError):
    """The ConceptMap cannot be used; the message names every place and how to mend it."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One source code and the coding of ours that it implies."""

    system: str
    code: str
    target: Coding
    place: str


@dataclass(frozen=True, slots=True)
class SiteCodes:
    """A site's mappings. `digest` is part of the release that judges with them."""

    mappings: tuple[Mapping, ...]
    digest: str


def read_site_codes(body: bytes, index: CodeIndex) -> SiteCodes:
    """Read and check a ConceptMap against the vocabulary. Raises SiteCodesError."""
    try:
        concept_map = msgspec.json.decode(body, type=ConceptMap)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SiteCodesError(f"the ConceptMap cannot be read: {error}") from None
    problems: list[str] = []
    mappings = tuple(_mappings(concept_map, index, problems))
    if not problems and not mappings:
        problems.append("ConceptMap.group: it maps no code; leave the setting empty to use none")
    if problems:
        raise SiteCodesError("the ConceptMap cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return SiteCodes(mappings, f"sha256:{sha256(body).hexdigest()}")


def _mappings(concept_map: ConceptMap, index: CodeIndex, problems: list[str]) -> Iterator[Mapping]:
    for number, group in enumerate(concept_map.group):
        place = f"ConceptMap.group[{number}]"
        if not group.source or not group.target:
            problems.append(f"{place}: source and target name the two code systems and may not be left out")
            continue
        for row, element in enumerate(group.element):
            yield from _of_element(group, element, f"{place}.element[{row}]", index, problems)


def _of_element(group: Group, element: Element, place: str, index: CodeIndex, problems: list[str]) -> Iterator[Mapping]:
    if not element.code:
        problems.append(f"{place}.code: the source code is missing")
        return
    for number, target in enumerate(element.target):
        where = f"{place}.target[{number}]"
        problem = _problem(group, target, index)
        if problem:
            problems.append(f"{where}: {problem}")
        elif target.equivalence not in _SKIPPED:
            system = system_of(group.source or "")
            yield Mapping(system, normal(system, element.code), Coding(group.target, target.code), where)


def _problem(group: Group, target: Target, index: CodeIndex) -> str:
    """Why a target cannot be used; empty when it can."""
    if target.equivalence in _SKIPPED:
        return ""
    if target.equivalence not in USABLE:
        return f"equivalence must be one of {', '.join((*USABLE, *_SKIPPED))}: a code of narrower or uncertain meaning implies nothing"
    if not target.code:
        return "the target code is missing"
    if index.match(Coding(group.target, target.code)):
        return ""
    return "the target is no code of the vocabulary" + _meant(group, target.code, index)


def _meant(group: Group, code: str, index: CodeIndex) -> str:
    system = system_of(group.target or "")
    known = [held for one, held in index.exact if one == system]
    if not known:
        return f"; code systems of the vocabulary: {', '.join(sorted({one for one, _ in index.exact}))}"
    near = difflib.get_close_matches(normal(system, code), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def with_site_codes(index: CodeIndex, site: SiteCodes) -> CodeIndex:
    """The index with the site's codes added beside its own."""
    exact = dict(index.exact)
    for mapping in site.mappings:
        key = (mapping.system, mapping.code)
        found: tuple[Match, ...] = index.match(mapping.target)
        exact[key] = tuple(dict.fromkeys((*exact.get(key, ()), *found)))
    return CodeIndex(exact, index.prefixes, index.lengths, index.displays, texts_of(exact, index.prefixes))
