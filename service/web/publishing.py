"""The book as the interop room wants it: plain data, with what the library and the cards say of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from service.cards import CANONICAL
from service.cards.cards import MORE
from service.engine.rule import Rule
from service.evaluation import keys_of_rule
from service.interop import Document, Edition, Entry, Shelf, catalogue, checked
from service.library import Book, NoRulesInForce
from service.library.attributes import thirteen
from service.library.book import release_digest
from service.library.digest import facts_of
from service.library.explain import PATIENTS, POPULATION, question
from service.web.answers import encoded
from service.web.discovery import TYPES
from service.web.rules import INTENDED, plain
from service.web.settings import Settings
from service.web.version import VERSION

TOPICS: Final = ((MORE, "More information"),)
KEPT: Final = 4  # days and books remembered: a caller who asks for ever new days only makes them anew
_kept: dict[tuple[str, str, date], tuple[Book, "Published"]] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """The shelf and every resource that can be made from it. Those that were made are kept as they are sent: checking takes time."""

    shelf: Shelf
    entries: tuple[Entry, ...]
    made: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def written(self, entry: Entry, resource_id: str) -> bytes:
        """The checked resource of an entry by one of its two ids, as JSON."""
        key = entry.kind, resource_id
        if key not in self.made:
            self.made[key] = encoded(checked(entry.make(resource_id)))
        return self.made[key]


def publish(book: Book, settings: Settings, day: date) -> Published:
    """Everything there is to publish, as of `day`."""
    key = settings.canonical, settings.public_url, day
    known, made = _kept.get(key, (None, None))
    if made is None or known is not book:
        shelf = shelf_of(book, settings, day)
        made = Published(shelf, catalogue(shelf))
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = book, made
    return made


def shelf_of(book: Book, settings: Settings, day: date) -> Shelf:
    """What is known of the book on `day`, as plain data."""
    rules = _in_force(book, day)
    canonical = settings.canonical or CANONICAL
    return Shelf(
        day=day,
        canonical=canonical,
        address=f"{settings.public_url or canonical}/fhir",
        software=VERSION,
        intended_use=INTENDED,
        digest=release_digest(rules),
        began=max(_turns(book, day), default=day),
        editions={name: tuple(_edition(book, rule) for rule in versions) for name, versions in book.versions.items()},
        vocabularies=book.vocabularies,
        wordings={version: (_words(book, version),) for version in book.vocabularies},
        topics=TOPICS,
    )


def _in_force(book: Book, day: date) -> tuple[Rule, ...]:
    try:
        return book.in_force(day)
    except NoRulesInForce:
        return ()


def _turns(book: Book, day: date) -> Iterator[date]:
    """The days up to `day` on which a version came into force or went out of it."""
    for versions in book.versions.values():
        for rule in versions:
            if rule.status != "draft":
                yield from (turn for turn in (rule.effective_from, rule.effective_until) if turn and turn <= day)


def _edition(book: Book, rule: Rule) -> Edition:
    return Edition(
        rule=rule,
        population=f"{PATIENTS[rule.patients]} {POPULATION[rule.needs_index]}.",
        asks={one.name: question(one) for one in (*rule.criteria.values(), *rule.checks.values())},
        attributes=tuple((one["attribute"], one["value"]) for one in thirteen(rule)),
        facts=frozenset(facts_of(rule, book.vocabularies[rule.vocabulary].facts)),
        reads=tuple("Patient" if key == "patient" else TYPES[key] for key in keys_of_rule(book, rule)),
        documents=tuple(_documents(book, rule)),
    )


def _documents(book: Book, rule: Rule) -> Iterator[Document]:
    """The document as its author wrote it, and as the service holds it, every threshold resolved; the latter without the tests."""
    name = f"{rule.id}/{rule.version}"
    if f"{name}.yaml" in book.documents:
        yield Document(f"{name}.yaml", "application/yaml", book.documents[f"{name}.yaml"])
    yield _json(f"{name}.json", plain(replace(rule, tests=())))


def _words(book: Book, version: str) -> Document:
    vocabulary = book.vocabularies[version]
    return _json(f"vocabulary/{version}.json", {"parameters": plain(vocabulary.parameters), "facts": plain(vocabulary.facts)})


def _json(title: str, body: Any) -> Document:
    return Document(title, "application/json", encoded(body))
