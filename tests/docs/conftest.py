"""The pages of the shipped book as text, and the site as files."""

from pathlib import Path

import pytest

from service.cli_pages import read_prose, read_stories, read_window
from service.library import Book, load_book
from service.library.pages import Sources, book_pages
from tests.docs.built import ROOT, built_site


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book(ROOT / "rules", verify_lock=False)


@pytest.fixture(scope="session")
def pages(book: Book) -> dict[str, str]:
    """Markdown by path."""
    return book_pages(book, Sources(read_prose(ROOT / "rules"), read_stories(ROOT / "fhir_samples"), read_window))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_site(tmp_path_factory)
