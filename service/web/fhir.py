"""GET /fhir/...: the rules, value sets and code systems as FHIR R4 resources, for knowledge repositories. No patient is looked at."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, request

from service.interop import KINDS, SEARCHED, Entry, capability_statement, find, searchset
from service.web.answers import FHIR_JSON, encoded, tagged
from service.web.deps import deps
from service.web.problems import Problem, problem
from service.web.publishing import Published, publish
from service.web.query import once
from service.web.when import read_day

blueprint = Blueprint("fhir", __name__)
JSON: Final = (FHIR_JSON, "application/json", "json")
READ: Final = ("version", "asOf", "_format")
SEARCH: Final = (*SEARCHED, "asOf", "_format")
CAPABILITY: Final = ("mode", "asOf", "_format")
STATUSES: Final = ("draft", "active", "retired", "unknown")


@blueprint.get("/fhir/metadata")
def metadata() -> Response:
    """Say which resources there are and how to ask for them."""
    asked = _asked(CAPABILITY)
    if asked.get("mode", "full") not in ("full", "normative"):
        raise problem(400, "value", "Only the CapabilityStatement is served: mode is full or normative, or left out.", "mode")
    return _answer(encoded(capability_statement(_published(asked).shelf)))


@blueprint.get("/fhir/<resource_type>")
def search(resource_type: str) -> Response:
    """List the versions of all resources of a type, or those that fit."""
    _known(resource_type)
    asked = _asked(SEARCH)
    if asked.get("status", STATUSES[0]) not in STATUSES:
        raise problem(400, "value", f"One of {', '.join(STATUSES)} is wanted.", "status")
    published = _published(asked)
    found = [one for one in published.entries if one.kind == resource_type and _fits(one, asked)]
    query = {name: asked[name] for name in (*SEARCHED, "asOf") if name in asked}
    address = f"{published.shelf.address}/{resource_type}" + (f"?{urlencode(query)}" if query else "")
    return _answer(encoded(searchset(published.shelf, found, address, lambda one: msgspec.Raw(published.written(one, one.id)))))


@blueprint.get("/fhir/<resource_type>/<resource_id>")
def read(resource_type: str, resource_id: str) -> Response:
    """Read a resource: by its plain id the version in use, by an id that ends in a version that one."""
    _known(resource_type)
    asked = _asked(READ)
    published = _published(asked)
    found = find(published.entries, resource_type, resource_id, asked.get("version", ""))
    if found is None:
        raise _missing(published.entries, resource_type, resource_id)
    return _answer(published.written(*found))


def _published(asked: Mapping[str, str]) -> Published:
    given = deps()
    day = read_day(asked["asOf"], "asOf") if "asOf" in asked else given.clock().astimezone(given.settings.zone).date()
    return publish(given.book, given.settings, day)


def _answer(body: bytes) -> Response:
    """A resource that may be kept and asked for again by its digest."""
    return tagged(Response(body, mimetype=FHIR_JSON), f"sha256:{sha256(body).hexdigest()}")


def _known(resource_type: str) -> None:
    if resource_type not in KINDS:
        raise problem(404, "not-supported", f"Resources of this type are not served. Known: {', '.join(KINDS)}; and metadata.")


def _asked(known: Sequence[str]) -> dict[str, str]:
    asked = once(request.args.to_dict(flat=False), known)
    if asked.get("_format", JSON[0]).partition(";")[0].strip() not in JSON:
        raise problem(406, "not-supported", f"Resources are served as JSON alone. Known: {', '.join(JSON)}.", "_format")
    return asked


def _fits(one: Entry, asked: Mapping[str, str]) -> bool:
    """Names and titles fit by how they begin, in any case, as FHIR searches strings; the others as they stand."""
    begin = ((one.name, asked.get("name")), (one.title, asked.get("title")))
    url, _, version = asked.get("url", "").partition("|")
    equal = ((one.id, asked.get("_id")), (one.status, asked.get("status")), (one.url, url), (one.version, version or None))
    same = all(mine == wanted for mine, wanted in (*equal, (one.version, asked.get("version"))) if wanted)
    return same and all(mine.lower().startswith(wanted.lower()) for mine, wanted in begin if wanted)


def _missing(entries: Iterable[Entry], resource_type: str, resource_id: str) -> Problem:
    """404, with the nearest id there is: ours, never the one that was asked for."""
    known = [one for one in entries if one.kind == resource_type]
    versions = [one.version for one in known if one.base == resource_id]
    if versions:
        return problem(404, "not-found", f"There is no such version of this {resource_type}. Known: {', '.join(versions)}.", "version")
    near = difflib.get_close_matches(resource_id, dict.fromkeys(one.base for one in known), n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    lists = f"GET /fhir/{resource_type} lists them; ?version= asks for one version."
    return problem(404, "not-found", f"There is no such {resource_type}. {hint}{lists}")
