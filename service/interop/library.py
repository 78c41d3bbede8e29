"""Libraries: the document of a rule, the words rules are written in, and the whole release."""

from collections.abc import Iterable, Iterator

from service.engine.vocabulary import Vocabulary
from service.interop.parts import PUBLISHER, Resource, attachment, computer_name, concept, filled, narrative, related
from service.interop.plan import COPYRIGHT, depends_on, header
from service.interop.references import RELEASE, VOCABULARY, of_code_system, of_value_set
from service.interop.shelf import Edition, Shelf, Status, in_force, own_systems


def rule_library(shelf: Shelf, edition: Edition, resource_id: str) -> Resource:
    """The document of one version of a rule, as it was read."""
    rule = edition.rule
    description = f"The document of the rule {rule.id}, version {rule.version}; its tests are part of it."
    return filled(
        resourceType="Library",
        id=resource_id,
        text=narrative(rule.title, [description]),
        **header(shelf, edition, "Library"),
        identifier=[{"type": {"text": "Digest of the content"}, "value": rule.digest}] if rule.digest else [],
        type=concept("logic-library", "library-type", "Logic Library"),
        description=description,
        copyright=COPYRIGHT,
        relatedArtifact=[related("depends-on", display=name, resource=one) for name, one in depends_on(shelf, edition)],
        dataRequirement=[{"type": kind} for kind in edition.reads],
        content=[attachment(document) for document in edition.documents],
    )


def vocabulary_library(shelf: Shelf, vocabulary: Vocabulary, status: Status, resource_id: str) -> Resource:
    """One version of the vocabulary: its thresholds and facts as a text, its value sets and code systems by reference."""
    description = (
        f"The words rules are written in: {len(vocabulary.parameters)} thresholds and {len(vocabulary.facts)} facts in the text attached, "
        f"{len(vocabulary.value_sets)} value sets as resources of their own."
    )
    return _collection(
        shelf,
        VOCABULARY,
        resource_id,
        version=vocabulary.version,
        status=status,
        title="Vocabulary of postfusion",
        description=description,
        parts=_words(shelf, vocabulary),
        content=[attachment(document) for document in shelf.wordings.get(vocabulary.version, ())],
    )


def _words(shelf: Shelf, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for base, value_set in sorted(vocabulary.value_sets.items()):
        yield value_set.title, of_value_set(shelf, vocabulary.version, base)
    for system in own_systems(vocabulary):
        yield f"Codes of {system.rsplit('/', 1)[-1]}", of_code_system(shelf, vocabulary.version, system)


def release_library(shelf: Shelf, parts: Iterable[tuple[str, str]], resource_id: str) -> Resource:
    """The whole release: the rules in force and everything they rest on, by reference. `parts` are names and canonicals."""
    rules = [one.rule for one in in_force(shelf)]
    description = f"The {len(rules)} rules in force, and what they rest on. {shelf.intended_use}"
    return _collection(
        shelf,
        RELEASE,
        resource_id,
        version=shelf.version,
        status="active",
        title="Rules of postfusion",
        description=description,
        parts=parts,
        date=shelf.began.isoformat(),
        identifier=[{"type": {"text": "Digest of the rules in force"}, "value": shelf.digest}],
        dataRequirement=[{"type": kind} for kind in dict.fromkeys(kind for one in in_force(shelf) for kind in one.reads)],
    )


def _collection(shelf: Shelf, base: str, resource_id: str, *, parts: Iterable[tuple[str, str]], **members: object) -> Resource:
    """A Library of the type asset-collection."""
    title, description = str(members["title"]), str(members["description"])
    return filled(
        resourceType="Library",
        id=resource_id,
        text=narrative(title, [description]),
        url=shelf.url("Library", base),
        name=computer_name(base),
        experimental=False,
        type=concept("asset-collection", "library-type", "Asset Collection"),
        publisher=PUBLISHER,
        copyright=COPYRIGHT,
        relatedArtifact=[related("composed-of", display=name, resource=one) for name, one in parts],
        **members,
    )
