"""The room that publishes: rules and vocabularies as FHIR R4 resources for other systems. It reads no patient's data, and writes none."""

from service.interop.bundles import searchset, transaction
from service.interop.capability import SEARCHED, capability_statement
from service.interop.catalogue import KINDS, Entry, catalogue, find, released
from service.interop.package import as_text, file_name, package
from service.interop.parts import Resource, checked
from service.interop.shelf import Document, Edition, Shelf

__all__ = [
    "KINDS",
    "SEARCHED",
    "Document",
    "Edition",
    "Entry",
    "Resource",
    "Shelf",
    "as_text",
    "capability_statement",
    "catalogue",
    "checked",
    "file_name",
    "find",
    "package",
    "released",
    "searchset",
    "transaction",
]
