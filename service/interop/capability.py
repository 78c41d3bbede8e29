"""What the FHIR endpoint of this service answers, as a CapabilityStatement."""

from collections.abc import Mapping
from typing import Final

from service.interop.catalogue import KINDS
from service.interop.parts import PUBLISHER, Resource, checked
from service.interop.shelf import Shelf

FHIR: Final = "4.0.1"
# what a search may ask by; R4 defines each of these parameters for all four types
SEARCHED: Final[Mapping[str, str]] = {
    "_id": "token",
    "url": "uri",
    "version": "token",
    "name": "string",
    "title": "string",
    "status": "token",
}
_DOCUMENTATION: Final = (
    "The rules of this service for knowledge repositories: nothing of a patient is read or kept here. `version` and `asOf` are taken by "
    "reads as well. Conditions are written in a language of our own and cannot be evaluated elsewhere; CDS Hooks and POST /evaluate judge."
)


def capability_statement(shelf: Shelf) -> Resource:
    """The CapabilityStatement of this instance."""
    return checked(
        {
            "resourceType": "CapabilityStatement",
            "id": "postfusion",
            "url": shelf.url("CapabilityStatement", "postfusion"),
            "version": shelf.version,
            "name": "Postfusion",
            "title": "Rules of postfusion as FHIR resources",
            "status": "active",
            "experimental": False,
            "date": shelf.began.isoformat(),
            "publisher": PUBLISHER,
            "description": shelf.intended_use,
            "kind": "instance",
            "software": {"name": "postfusion", "version": shelf.software},
            "implementation": {"description": "postfusion: published rules, read only", "url": shelf.address},
            "fhirVersion": FHIR,
            "format": ["application/fhir+json", "json"],
            "rest": [{"mode": "server", "documentation": _DOCUMENTATION, "resource": [_resource(kind) for kind in KINDS]}],
        }
    )


def _resource(kind: str) -> Resource:
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "conditionalRead": "not-match",
        "searchParam": [{"name": name, "type": of_type} for name, of_type in SEARCHED.items()],
    }
