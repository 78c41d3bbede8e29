"""Many resources as one: what a search found, and a release that another server can take in as a whole."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from service.interop.catalogue import Entry
from service.interop.parts import Resource, checked
from service.interop.shelf import Shelf


def searchset(shelf: Shelf, found: Sequence[Entry], address: str, resource: Callable[[Entry], Any]) -> Resource:
    """The answer to a search. `address` is the search as it was understood, `resource` gives the checked resource of an entry."""
    entries = [{"fullUrl": _full_url(shelf, one), "resource": resource(one), "search": {"mode": "match"}} for one in found]
    body = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": [{"relation": "self", "url": address}]}
    return {**checked(body), "entry": entries} if entries else checked(body)


def transaction(shelf: Shelf, release: Iterable[Entry]) -> Resource:
    """A release as a transaction of PUTs: a server takes all of it in, or nothing, and takes it in again without doubling it."""
    entries = [
        {"fullUrl": _full_url(shelf, one), "resource": one.resource(), "request": {"method": "PUT", "url": f"{one.kind}/{one.id}"}}
        for one in release
    ]
    return checked({"resourceType": "Bundle", "id": "postfusion.release", "type": "transaction", "entry": entries})


def _full_url(shelf: Shelf, one: Entry) -> str:
    return f"{shelf.address}/{one.kind}/{one.id}"
