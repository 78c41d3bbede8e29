"""Small parts that several resources share. Elements without content are left out, as FHIR wants it."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any, Final

from service.interop.shelf import Document

Resource = dict[str, Any]
PUBLISHER: Final = "The postfusion authors"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_BREAK: Final = re.compile(r"[^A-Za-z0-9]+")


def filled(**members: Any) -> Resource:
    """The members that have content, in the order given."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {}, ())}


def computer_name(text: str) -> str:
    """A name for programs: `red-flag-infection` gives RedFlagInfection. R4 wants a capital first and no more than 255 characters."""
    return "".join(part[:1].upper() + part[1:] for part in _BREAK.split(text))[:255]


def concept(code: str, system: str, display: str = "", text: str = "") -> Resource:
    """A CodeableConcept of one coding of HL7's terminology."""
    return filled(coding=[filled(system=f"{TERMINOLOGY}/{system}", code=code, display=display)], text=text)


def related(kind: str, **members: Any) -> Resource:
    """A RelatedArtifact of a type that R4 knows."""
    return filled(type=kind, **members)


def attachment(document: Document) -> Resource:
    """A text with its size and, as R4 wants it, the SHA-1 of its bytes."""
    digest = hashlib.sha1(document.content, usedforsecurity=False).digest()
    return {
        "contentType": document.media_type,
        "data": b64encode(document.content).decode(),
        "size": len(document.content),
        "hash": b64encode(digest).decode(),
        "title": document.title,
    }


def narrative(title: str, paragraphs: Iterable[str], tables: Iterable[tuple[str, Iterable[tuple[str, str]]]] = ()) -> Resource:
    """The resource for people: a title, paragraphs, and tables of two columns under headings."""
    parts = [f"<h2>{escape(title)}</h2>", *(f"<p>{escape(one)}</p>" for one in paragraphs if one)]
    for heading, rows in tables:
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        if cells:
            parts.append(f"<h3>{escape(heading)}</h3><table><tbody>{cells}</tbody></table>")
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{"".join(parts)}</div>'}


def checked(body: Resource) -> Resource:
    """The resource as fhir.resources holds it, its elements in the order of the specification. Raises ValueError when it is not valid.

    The models are those of R4B. The types published here are the same in R4 but for elements that are not used (a test looks).
    """
    from fhir.resources.R4B import get_fhir_model_class  # slow to import, and not needed to judge a chart

    made: Resource = get_fhir_model_class(body["resourceType"]).model_validate(body).model_dump(mode="json", exclude_none=True)
    return made
