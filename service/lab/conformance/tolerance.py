"""Requests that are unusual and allowed: the service answers them, or says 412, and never takes a gap for a finding of nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from service.lab.calling import Answer, Json
from service.lab.conformance.checking import MUST, OWN, SHOULD, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, again, path_of, told
from service.lab.conformance.tokens import unsigned
from service.lab.hooks import HOOKS

check = of_group("tolerance", "tolerance")
OUTCOME: Final = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "transient", "diagnostics": "The data could not be read."}],
}
_MARK: Final = "extra-row"
_LARGE: Final = 2000


def _based(ehr: Ehr) -> list[Call]:
    if not ehr.bases:
        raise Skip("no ordinary request was answered 200")
    return ehr.bases


def _with_prefetch(ehr: Ehr) -> list[Call]:
    found = [call for call in _based(ehr) if call.request.get("prefetch")]
    if not found:
        raise Skip("no service asks for prefetch")
    return found


def _same(pairs: Iterable[tuple[Call, Answer]]) -> Iterator[str]:
    """A fault for each answer that is not 200 with the cards of the ordinary call."""
    for call, answer in pairs:
        if answer.status != 200:
            yield f"{call.name}: status {answer.status}"
        elif told(answer) != told(call.answer):
            yield f"{call.name}: other cards than before"


def _keyed(ehr: Ehr, value: Any, *, searches: bool = False) -> Iterator[tuple[str, Answer]]:
    """Each prefetch key of the first service in turn replaced by `value` (... leaves it out)."""
    base = _with_prefetch(ehr)[0]
    for key, sent in base.request["prefetch"].items():
        if searches and not _is_bundle(sent):
            continue
        request = again(base.request)
        request["prefetch"] |= {key: value}
        if value is ...:
            del request["prefetch"][key]
        yield key, ehr.call(base.service, request)


def _is_bundle(value: Any) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def _bundles(request: Json) -> list[Json]:
    return [value for value in (request.get("prefetch") or {}).values() if _is_bundle(value)]


def _answered(pairs: Iterable[tuple[str, Answer]], *allowed: int) -> Iterator[str]:
    yield from (f"{key}: status {answer.status}" for key, answer in pairs if answer.status not in allowed)


def _named(pairs: Iterable[tuple[Call, Answer]]) -> Iterator[tuple[str, Answer]]:
    yield from ((call.name, answer) for call, answer in pairs)


@check("extension", MUST, "an extension in the request changes nothing")
def _extension(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda r: r.update(extension={"org.example.lab": {"any": [1, "two", None]}}), _based(ehr)))


@check("context-members", OWN, "members of the context that are not known are let through: hooks grow")
def _context_members(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda r: r["context"].update(org_example_new="later"), _based(ehr)))


@check("prefetch-keys", OWN, "a prefetch key nobody asked for is let through")
def _prefetch_keys(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda r: r.setdefault("prefetch", {}).update(notAskedFor={"resourceType": "Basic"}), _based(ehr)))


@check("optional-context", MUST, "optional members of the context may be absent")
def _optional(ehr: Ehr) -> Iterable[str]:
    def without(request: Json) -> Any:
        optional = HOOKS[request["hook"]].optional if request["hook"] in HOOKS else ()
        return any([request["context"].pop(name, None) for name in optional]) or False

    pairs = list(ehr.varied(without, _based(ehr)))
    if not pairs:
        raise Skip("no hook here has optional members")
    yield from _same(pairs)


@check("charset", OWN, "`application/json; charset=utf-8` is taken")
def _charset(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda _: None, _based(ehr), Content_Type="application/json; charset=utf-8"))


@check("any-accept", OWN, "`Accept: */*` is served")
def _any_accept(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda _: None, _based(ehr), Accept="*/*"))


@check("authorization", OWN, "a token is tolerated where none is asked for: many clients always send one")
def _authorization(ehr: Ehr) -> Iterable[str]:
    if ehr.options.sign:
        raise Skip("tokens are asked for here")
    yield from _same(ehr.varied(lambda _: None, _based(ehr), Authorization=f"Bearer {unsigned(ehr.url)}"))


@check("repeatable", OWN, "the same request gives the same cards")
def _repeatable(ehr: Ehr) -> Iterable[str]:
    yield from _same(ehr.varied(lambda _: None, _based(ehr)))


@check("server-alone", MUST, "fhirServer without fhirAuthorization is taken")
def _server_alone(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_named(ehr.varied(lambda r: r.update(fhirServer="https://ehr.example.org/fhir"), _based(ehr))), 200)


@check("users", SHOULD, "userId may be a Practitioner, PractitionerRole, Patient or RelatedPerson at patient-view")
def _users(ehr: Ehr) -> Iterable[str]:
    bases = [call for call in _based(ehr) if call.request["hook"] == "patient-view"]
    if not bases:
        raise Skip("no patient-view service")
    for kind in ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson"):
        yield from _same(ehr.varied(_by(f"{kind}/someone"), bases))


def _by(user: str) -> Callable[[Json], None]:
    return lambda request: request["context"].update(userId=user)


@check("null", MUST, "a prefetch value of null (no such data) is answered 200 or 412")
def _null(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_keyed(ehr, None), 200, 412)


@check("no-hits", MUST, "a search without hits (a Bundle without entry) is answered 200")
def _no_hits(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_keyed(ehr, {"resourceType": "Bundle", "type": "searchset", "total": 0}, searches=True), 200)


@check("outcome", MUST, "an OperationOutcome as prefetch value is answered 200 or 412")
def _outcome(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_keyed(ehr, OUTCOME), 200, 412)


@check("outcome-entry", OWN, "a Bundle with an OperationOutcome among its entries is answered 200 or 412")
def _outcome_entry(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_named(_added(ehr, {"resource": OUTCOME, "search": {"mode": "outcome"}})), 200, 412)


@check("odd-entries", OWN, "entries of another type, or without a resource, do no harm")
def _odd_entries(ehr: Ehr) -> Iterable[str]:
    bare = {"fullUrl": "urn:uuid:5a0d1c0e-6c4b-4c52-9d53-0d0c8a2c7d11"}
    other = {"resource": {"resourceType": "Basic", "id": "odd", "code": {"text": "x"}}}
    yield from _answered(_named(_added(ehr, bare, other)), 200)


def _added(ehr: Ehr, *entries: Json) -> Iterator[tuple[Call, Answer]]:
    def add(request: Json) -> Any:
        for bundle in _bundles(request):
            bundle["entry"] = [*bundle.get("entry", ()), *entries]
        return bool(_bundles(request))

    yield from ehr.varied(add, _with_prefetch(ehr))


@check("key-missing", MUST, "a prefetch key that is left out is answered 200 or 412")
def _key_missing(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_keyed(ehr, ...), 200, 412)


@check("nothing-sent", MUST, "without prefetch and without a FHIR server the answer is 412")
def _nothing_sent(ehr: Ehr) -> Iterable[str]:
    def strip(request: Json) -> None:
        for name in ("prefetch", "fhirServer", "fhirAuthorization"):
            request.pop(name, None)

    yield from _answered(_named(ehr.varied(strip, _with_prefetch(ehr))), 412)


def _paged_answers(ehr: Ehr) -> Iterator[tuple[Call, Answer]]:
    """Each search marked as a first page, the FHIR server not given."""

    def mark(request: Json) -> Any:
        for bundle in _bundles(request):
            bundle["link"] = [{"relation": "next", "url": "https://ehr.example.org/fhir/page/2"}]
        return bool(_bundles(request))

    yield from ehr.varied(mark, _with_prefetch(ehr))


@check("paged", MUST, "a first page without access to the next is answered 200 or 412")
def _paged(ehr: Ehr) -> Iterable[str]:
    yield from _answered(_named(_paged_answers(ehr)), 200, 412)


@check("paged-said", OWN, "a first page is not taken for everything: 412, or the cards say that something is missing")
def _paged_said(ehr: Ehr) -> Iterable[str]:
    for call, answer in _paged_answers(ehr):
        if answer.status == 200 and told(answer) == told(call.answer):
            yield f"{call.name}: the same cards as with everything"


@check("large", OWN, f"a chart with {_LARGE} rows more is answered within 5 seconds, or refused")
def _large(ehr: Ehr) -> Iterable[str]:
    base = next((call for call in _with_prefetch(ehr) if any(one.get("entry") for one in _bundles(call.request))), None)
    if base is None:
        raise Skip("no search of an ordinary request has rows")
    request = again(base.request)
    bundle = next(one for one in _bundles(request) if one.get("entry"))
    row = bundle["entry"][0].get("resource", {})
    bundle["entry"] += [{"resource": {**row, "id": f"{_MARK}-{number}"}} for number in range(_LARGE)]
    bundle.pop("total", None)
    answer = ehr.call(base.service, request)
    if answer.seconds > 5 or not (answer.status == 200 or 400 <= answer.status < 500):
        yield f"status {answer.status} after {answer.seconds:.1f} s"


@check("other-patient", OWN, "prefetch of another patient than the one in context is never answered with ordinary cards")
def _other_patient(ehr: Ehr) -> Iterable[str]:
    def swap(request: Json) -> Any:
        found = [one for one in request["prefetch"].values() if isinstance(one, dict) and one.get("resourceType") == "Patient"]
        for one in found:
            one["id"] = "someone-else"
        return bool(found)

    pairs = list(ehr.varied(swap, _with_prefetch(ehr)))
    if not pairs:
        raise Skip("no service asks for the Patient")
    yield from (f"{call.name}: the same cards" for call, answer in pairs if answer.cards and told(answer) == told(call.answer))


@check("odd-address", OWN, "a service's address with a slash at its end does not redirect a POST")
def _odd_address(ehr: Ehr) -> Iterable[str]:
    for base in _based(ehr)[:1]:
        answer = ehr.post(path_of(base.service) + "/", again(base.request))
        if 300 <= answer.status < 400:
            yield f"status {answer.status}"
