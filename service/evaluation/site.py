"""A site's ConceptMap against the book that judges with it."""

from service.evaluation.codes import index_of
from service.fhir import SiteCodes, read_site_codes
from service.library import Book


def site_codes(body: bytes, book: Book) -> SiteCodes:
    """Read and check a ConceptMap against the newest vocabulary of the book. Raises SiteCodesError."""
    newest = max(book.vocabularies, key=lambda version: tuple(int(part) for part in version.split(".")))
    return read_site_codes(body, index_of(book.vocabularies[newest]))
