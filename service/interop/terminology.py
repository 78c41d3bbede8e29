"""Value sets and code systems: exactly the codes the service matches, neither more nor fewer."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from service.engine.vocabulary import Code, ValueSet
from service.interop.licences import copyright_of
from service.interop.parts import PUBLISHER, Resource, computer_name, filled, narrative
from service.interop.shelf import Shelf, Status, current

ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
COMMENTS: Final = "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments"
QUALIFIERS: Final = {
    "needs-lumbar-site": "Counts only with a lumbar body site, or beside another code that carries the level.",
    "needs-lumbar-site-or-within-90-days": "Counts only with a spinal body site, or within 90 days of the operation.",
    "needs-lumbar-site-and-onset": "Counts only with a lumbar body site and an onset.",
    "needs-onset-after-index": "Counts only when it began after the operation.",
    "saddle-only-with-perineal-site": "Counts as a saddle finding only with a perineal body site.",
    "to-sacrum": "Says that the fusion reaches the sacrum.",
    "mechanical": "Says that the pain is mechanical.",
}
_SEQUELA: Final = "ICD-10-CM codes with S as seventh character are late effects; the service takes them as history."


def value_set(shelf: Shelf, made: ValueSet, version: str, status: Status, resource_id: str) -> Resource:
    """One value set."""
    description = "\n\n".join(_description(made))
    return filled(
        resourceType="ValueSet",
        id=resource_id,
        text=narrative(made.title, [made.purpose, description]),
        url=shelf.url("ValueSet", made.id),
        version=version,
        name=computer_name(made.id),
        title=made.title,
        status=status,
        experimental=False,
        publisher=PUBLISHER,
        description=description,
        purpose=made.purpose,
        copyright=copyright_of(made.codes),
        compose={"include": list(_includes(made.codes))},
    )


def _description(made: ValueSet) -> Iterator[str]:
    prefixes = [code for code in made.codes if code.prefix]
    yield f"The codes by which the service recognises: {made.title}."
    yield from (f"{code.code} and every code below it: {_comment(code)}".rstrip(": ") for code in prefixes)
    if any(code.prefix and code.system == ICD10CM for code in made.codes):
        yield _SEQUELA


def _includes(codes: Iterable[Code]) -> Iterator[Resource]:
    """One include of listed codes for each system, and one for each prefix: R4 joins the filters of an include by AND."""
    listed: dict[str, list[Resource]] = {}
    prefixes = []
    for code in codes:
        if code.prefix:
            prefixes.append({"system": code.system, "filter": [below(code)]})
        else:
            listed.setdefault(code.system, []).append(_concept(code))
    yield from ({"system": system, "concept": concepts} for system, concepts in listed.items())
    yield from prefixes


def below(code: Code) -> Resource:
    """The filter for a code and all below it.

    In ICD-10-CM the codes that begin with a code are those below it in its hierarchy. In ICD-10-PCS the first characters are no
    code that anything could be below, so that only the letters themselves can be compared.
    """
    if code.system == ICD10CM:
        return {"property": "concept", "op": "is-a", "value": code.code}
    return {"property": "code", "op": "regex", "value": f"{re.escape(code.code)}.*"}


def _concept(code: Code) -> Resource:
    comment = _comment(code)
    extension = [{"url": COMMENTS, "valueString": comment}] if comment else []
    return filled(extension=extension, code=code.code, display=code.display)


def _comment(code: Code) -> str:
    """What else must hold, and the remark of the vocabulary."""
    condition = QUALIFIERS.get(code.qualifier, code.qualifier)
    display = [f"{code.display}."] if code.prefix and code.display else []
    note = [f"{code.note}."] if code.note and code.note.rstrip(".") != condition.rstrip(".") else []
    return " ".join([*display, *([condition] if condition else []), *note])


def code_system(shelf: Shelf, system: str, codes: Iterable[Code], version: str, status: Status, resource_id: str) -> Resource:
    """A code system of our own, whole. Its URI is the one the service matches, whatever the base of other URIs is set to."""
    concepts = [filled(code=one.code, display=one.display, definition=one.note) for one in codes]
    base = system.rsplit("/", 1)[-1]
    return _code_system(base, system, f"Codes of postfusion: {base}", concepts, version, status, resource_id)


def rules_system(shelf: Shelf, resource_id: str) -> Resource:
    """The codes by which cards name their topic: the ids of the rules, and those of cards that belong to no rule."""
    rules = [(name, current(editions, shelf.day).rule.title) for name, editions in sorted(shelf.editions.items())]
    concepts = [{"code": code, "display": display} for code, display in (*rules, *shelf.topics)]
    return _code_system("rules", rules_system_url(shelf), "Topics of cards", concepts, shelf.version, "active", resource_id)


def rules_system_url(shelf: Shelf) -> str:
    """The system of `source.topic` in cards."""
    return f"{shelf.canonical}/CodeSystem/rules"


def _code_system(base: str, url: str, title: str, concepts: list[Resource], version: str, status: Status, resource_id: str) -> Resource:
    description = f"{title}. {len(concepts)} codes, all there are in this version."
    return filled(
        resourceType="CodeSystem",
        id=resource_id,
        text=narrative(title, [description], [("Codes", [(one["code"], one["display"]) for one in concepts])]),
        url=url,
        version=version,
        name=computer_name(f"postfusion-{base}"),
        title=title,
        status=status,
        experimental=False,
        publisher=PUBLISHER,
        description=description,
        copyright="Copyright the postfusion authors; licensed under the Apache License, Version 2.0.",
        caseSensitive=True,
        compositional=False,
        versionNeeded=False,
        content="complete",
        count=len(concepts),
        concept=concepts,
    )
