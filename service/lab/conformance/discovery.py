"""GET /cds-services: is it there, is it JSON, does each service say what a client needs?"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.lab.calling import Json
from service.lab.conformance.checking import MUST, OWN, SHOULD, of_group
from service.lab.conformance.ehr import Ehr
from service.lab.conformance.shapes import empties, is_text
from service.lab.hooks import HOOKS

check = of_group("discovery", "discovery")
_TEXTS: Final = ("hook", "id", "description", "title", "usageRequirements", "version", "hookVersion")
_VERSION: Final = re.compile(r"\d+\.\d+(\.\d+)?([-+][0-9A-Za-z.+-]+)?")
_OWN_NAME: Final = re.compile(r"[a-z0-9]+(\.[a-z0-9-]+)+")


def _listed(ehr: Ehr) -> list[Any]:
    body = ehr.discovery.json
    listed = body.get("services") if isinstance(body, dict) else None
    return listed if isinstance(listed, list) else []


def _services(ehr: Ehr) -> Iterator[tuple[str, Json]]:
    """Each service that is an object, with a name for sentences."""
    for place, one in enumerate(_listed(ehr)):
        if isinstance(one, dict):
            yield str(one.get("id") or f"services[{place}]"), one


@check("answers", MUST, "GET /cds-services answers 200, without a redirect")
def _answers(ehr: Ehr) -> Iterable[str]:
    if ehr.discovery.status != 200:
        yield f"status {ehr.discovery.status}"


@check("json", MUST, "discovery is sent as JSON, and is JSON")
def _json(ehr: Ehr) -> Iterable[str]:
    kind = ehr.discovery.headers.get("Content-Type", "")
    if kind.split(";")[0].strip() not in ("application/json", "application/fhir+json"):
        yield f"Content-Type is {kind or 'missing'}"
    if ehr.discovery.json is None:
        yield "the body is no JSON"


@check("services", MUST, "discovery is an object with an array `services` of objects")
def _array(ehr: Ehr) -> Iterable[str]:
    body = ehr.discovery.json
    listed = body.get("services") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        yield "no array of objects is there"


@check("members", MUST, "every service has hook, id and description")
def _members(ehr: Ehr) -> Iterable[str]:
    for name, one in _services(ehr):
        yield from (f"{name} has no {member}" for member in ("hook", "id", "description") if not is_text(one.get(member)))


@check("types", MUST, "texts are strings, prefetch is an object of strings, extension an object")
def _types(ehr: Ehr) -> Iterable[str]:
    for name, one in _services(ehr):
        yield from (f"{name}: {member} is no string" for member in _TEXTS if member in one and not isinstance(one[member], str))
        prefetch = one.get("prefetch", {})
        if not isinstance(prefetch, dict) or not all(isinstance(value, str) for value in prefetch.values()):
            yield f"{name}: prefetch is no object of strings"
        if not isinstance(one.get("extension", {}), dict):
            yield f"{name}: extension is no object"


@check("no-empties", MUST, "no member of discovery is null or empty")
def _no_empties(ehr: Ehr) -> Iterable[str]:
    yield from (f"{where} is null or empty" for where in empties(ehr.discovery.json) if where != "services")


@check("distinct", OWN, "no two services share id and hook")
def _distinct(ehr: Ehr) -> Iterable[str]:
    pairs = [(one["id"], one["hook"]) for one in ehr.services]
    yield from (f"{pair[0]} stands there twice" for pair in dict.fromkeys(pairs) if pairs.count(pair) > 1)


@check("one-hook-per-id", OWN, "an id belongs to one hook: clients that know services by address lose the others")
def _one_hook(ehr: Ehr) -> Iterable[str]:
    hooks: dict[str, set[str]] = {}
    for one in ehr.services:
        hooks.setdefault(one["id"], set()).add(one["hook"])
    yield from (f"{name} has {len(found)} hooks" for name, found in hooks.items() if len(found) > 1)


@check("id-in-path", OWN, "ids can stand in a path as they are")
def _in_path(ehr: Ehr) -> Iterable[str]:
    yield from (f"{one['id']!r} would need escaping" for one in ehr.services if not re.fullmatch(r"[A-Za-z0-9._~-]+", one["id"]))


@check("title", SHOULD, "every service has a title")
def _title(ehr: Ehr) -> Iterable[str]:
    yield from (f"{name} has none" for name, one in _services(ehr) if not is_text(one.get("title")))


@check("hook-names", SHOULD, "hooks are published ones, or carry a name in reverse-domain form")
def _hook_names(ehr: Ehr) -> Iterable[str]:
    yield from (f"{one['hook']} is neither" for one in ehr.services if one["hook"] not in HOOKS and not _OWN_NAME.fullmatch(one["hook"]))


@check("deprecated", SHOULD, "no hook that has been withdrawn is offered")
def _deprecated(ehr: Ehr) -> Iterable[str]:
    yield from (f"{one['hook']} is withdrawn" for one in ehr.services if one["hook"] in HOOKS and HOOKS[one["hook"]].deprecated)


@check("version", SHOULD, "every service says which version of CDS Hooks it speaks (3.0)")
def _version(ehr: Ehr) -> Iterable[str]:
    yield from (f"{name} does not" for name, one in _services(ehr) if "version" not in one)


@check("version-form", MUST, "version, where there is one, is a semantic version (3.0)")
def _version_form(ehr: Ehr) -> Iterable[str]:
    for name, one in _services(ehr):
        if "version" in one and not _VERSION.fullmatch(str(one["version"])):
            yield f"{name} says {one['version']!r}"


@check("stable", OWN, "asked twice, discovery says the same")
def _stable(ehr: Ehr) -> Iterable[str]:
    if ehr.get("/cds-services", Accept="application/json").json != ehr.discovery.json:
        yield "the second answer differs"


@check("any-accept", OWN, "discovery is also served to `Accept: */*`")
def _any_accept(ehr: Ehr) -> Iterable[str]:
    answer = ehr.get("/cds-services", Accept="*/*")
    if answer.status != 200 or answer.json != ehr.discovery.json:
        yield f"status {answer.status}, or another document"
