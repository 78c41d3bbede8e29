"""Bundles looked at from outside: links, total, entries as raw bytes. No resource is decoded here."""

from collections.abc import Iterable, Sequence

import msgspec

from service.access.reasons import Reason, Unavailable


class Link(msgspec.Struct):
    """A link of a Bundle."""

    relation: str | None = None
    url: str | None = None


class Page(msgspec.Struct, rename="camel"):
    """One Bundle, its entries unread."""

    resource_type: str
    total: int | None = None
    link: list[Link] = []
    entry: list[msgspec.Raw] = []

    def next(self) -> str | None:
        """The address of the next page; an empty text when there is one without an address."""
        return next((link.url or "" for link in self.link if link.relation == "next"), None)

    def cut(self) -> bool:
        """True when more was found than stands here."""
        return self.next() is not None or (self.total is not None and self.total > len(self.entry))


class _Head(msgspec.Struct, rename="camel"):
    resource_type: str | None = None


_page = msgspec.json.Decoder(Page)
_head = msgspec.json.Decoder(_Head)


def kind_of(raw: bytes) -> str:
    """The resourceType of a JSON value, or an empty text."""
    try:
        return _head.decode(raw).resource_type or ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def page_of(raw: bytes) -> Page | None:
    """The Bundle in `raw`, or None when it is none or malformed."""
    try:
        page = _page.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return page if page.resource_type == "Bundle" else None


def page_from(raw: bytes) -> Page:
    """The Bundle a server answered with. Raises Unavailable for anything else."""
    page = page_of(raw)
    if page is None:
        raise Unavailable(Reason.NOT_FHIR)
    return page


def joined(pages: Sequence[Page], *, more: bool) -> bytes:
    """The pages as one searchset. With `more` it keeps a next link, so that its reader knows that it is cut short."""
    entries = [entry for page in pages for entry in page.entry]
    whole: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    totals = _totals(pages)
    if totals:
        whole["total"] = totals[0]
    if more:
        whole["link"] = [{"relation": "next"}]
    if entries:
        whole["entry"] = entries
    return msgspec.json.encode(whole)


def short(pages: Sequence[Page]) -> bool:
    """True when the pages together hold less than the search found."""
    totals = _totals(pages)
    return bool(totals) and totals[0] > sum(len(page.entry) for page in pages)


def _totals(pages: Iterable[Page]) -> list[int]:
    return [page.total for page in pages if page.total is not None]
