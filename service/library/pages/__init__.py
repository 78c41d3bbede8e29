"""The book of rules as Markdown pages: each rule version, its coverage, the lists, the vocabulary, the sample stories.

Pure text out of a loaded book; what the book does not hold is handed in as `Sources`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.engine.rule import Rule
from service.library.book import Book
from service.library.pages.coverage import Cover, cover_text, coverage_text
from service.library.pages.facts import Window, Windows
from service.library.pages.lists import family_texts, index_text
from service.library.pages.markdown import relative
from service.library.pages.places import COVERAGE, RULES, STORIES, coverage_page, family_page, newest, rule_page
from service.library.pages.rule import rule_text
from service.library.pages.stories import Story, stories_text
from service.library.pages.vocabulary import vocabulary_texts

__all__ = ["Sources", "Story", "Window", "book_pages"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What stands beside the book: the README of each rule by its id, the sample stories, and what each fact is read from."""

    prose: Mapping[str, str] = field(default_factory=dict)
    stories: tuple[Story, ...] = ()
    windows: Windows = lambda _: Window()


def book_pages(book: Book, sources: Sources) -> dict[str, str]:
    """Every page of the book by its path, such as `rules/some-rule/1.0.0.md`; links between them are relative."""
    rules = [rule for name in newest(book) for rule in book.versions[name]]
    made = {**_lists(book, sources), **_of_rules(rules, book, sources), **vocabulary_texts(book, sources.windows)}
    return {path: relative(text, path) for path, text in made.items()}


def _lists(book: Book, sources: Sources) -> dict[str, str]:
    families = {family_page(name): text for name, text in family_texts(book).items()}
    lists = {RULES: index_text(book), STORIES: stories_text(sources.stories, book)}
    return {**lists, **families}


def _of_rules(rules: list[Rule], book: Book, sources: Sources) -> dict[str, str]:
    covers = [Cover(rule, book.vocabularies[rule.vocabulary], sources.stories) for rule in rules]
    made = {rule_page(rule): rule_text(rule, book, sources.prose.get(rule.id, ""), sources.stories) for rule in rules}
    return {COVERAGE: coverage_text(covers), **made, **{coverage_page(one.rule): cover_text(one) for one in covers}}
