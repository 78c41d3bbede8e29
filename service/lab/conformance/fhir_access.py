"""Calls that lend access to a FHIR server: what is asked there, with which token, and what happens when it goes wrong."""

from collections.abc import Iterable
from typing import Final

from service.lab.calling import Answer
from service.lab.conformance.checking import MUST, OWN, SHOULD, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, told
from service.lab.conformance.replaying import TOKEN, first_page, lent, replaying, without_prefetch
from service.lab.listening import Reply, Seen, listening

check = of_group("FHIR access", "fhir")
_CLOSED: Final = "http://127.0.0.1:9"  # the port of the discard service: nobody listens there
_PATIENCE: Final = 10.0


def _base(ehr: Ehr) -> Call:
    found = next((call for call in ehr.bases if call.request.get("prefetch")), None)
    if found is None:
        raise Skip("no service asks for prefetch")
    return found


def _fetched(ehr: Ehr) -> tuple[Call, Answer, list[Seen]]:
    """A call without prefetch that made the service ask our FHIR server. Raises Skip when it did not."""
    base = _base(ehr)
    answer, seen = without_prefetch(ehr, base)
    if not seen:
        raise Skip("the service does not call this FHIR server; it may have to be listed there: --listener-port")
    return base, answer, seen


@check("no-prefetch", MUST, "with access instead of prefetch the answer is 200 or 412")
def _no_prefetch(ehr: Ehr) -> Iterable[str]:
    answer, _ = without_prefetch(ehr, _base(ehr))
    if answer.status not in (200, 412):
        yield f"status {answer.status}"


@check("bearer", MUST, "the FHIR server is called with the token, as a Bearer")
def _bearer(ehr: Ehr) -> Iterable[str]:
    _, _, seen = _fetched(ehr)
    yield from ("a call without it" for one in seen if one.headers.get("authorization") != f"Bearer {TOKEN}")


@check("same-cards", OWN, "what is fetched gives the cards that the same data gives when it is sent")
def _same_cards(ehr: Ehr) -> Iterable[str]:
    base, answer, _ = _fetched(ehr)
    if told(answer) != told(base.answer):
        yield f"status {answer.status}, {len(answer.cards)} cards instead of {len(base.answer.cards)}"


@check("part-fetched", OWN, "one key left out and fetched gives the cards of the whole prefetch")
def _part(ehr: Ehr) -> Iterable[str]:
    base, _, _ = _fetched(ehr)
    for key in base.request["prefetch"]:
        with replaying(ehr, base) as listener:
            request = lent(base.request, listener.root, prefetch=True)
            del request["prefetch"][key]
            answer = ehr.call(base.service, request)
        if told(answer) != told(base.answer):
            yield f"without {key}: status {answer.status}, other cards"


@check("no-needless", OWN, "complete prefetch causes no call to the FHIR server")
def _no_needless(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    with replaying(ehr, base) as listener:
        ehr.call(base.service, lent(base.request, listener.root, prefetch=True))
    yield from (f"GET {one.target}" for one in listener.seen)


@check("unreachable", MUST, "a FHIR server that cannot be reached gives 412, within 10 seconds")
def _unreachable(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    answer = ehr.call(base.service, lent(base.request, _CLOSED, prefetch=False))
    if answer.status != 412 or answer.seconds > _PATIENCE:
        yield f"status {answer.status} after {answer.seconds:.1f} s"


@check("unauthorised", MUST, "a FHIR server that answers 401 gives 412")
def _unauthorised(ehr: Ehr) -> Iterable[str]:
    answer, _ = without_prefetch(ehr, _base(ehr), status=401)
    if answer.status != 412:
        yield f"status {answer.status}"


@check("failing", OWN, "a FHIR server that answers 500 gives 412")
def _failing(ehr: Ehr) -> Iterable[str]:
    answer, _ = without_prefetch(ehr, _base(ehr), status=500)
    if answer.status != 412:
        yield f"status {answer.status}"


def _search_key(call: Call) -> str:
    prefetch = call.request["prefetch"]
    found = [key for key, value in prefetch.items() if isinstance(value, dict) and value.get("resourceType") == "Bundle"]
    if not found:
        raise Skip("no prefetch of an ordinary request is a search")
    return str(found[0])


@check("next-page", OWN, "the next page of what was sent is fetched, or its lack is said (412, or other cards)")
def _next_page(ehr: Ehr) -> Iterable[str]:
    base, _, _ = _fetched(ehr)
    key = _search_key(base)
    with replaying(ehr, base) as listener:
        request = lent(base.request, listener.root, prefetch=True)
        answer = ehr.call(base.service, first_page(request, key, f"{listener.root}/fhir/pages?page=2"))
    asked = any("page=2" in one.target for one in listener.seen)
    if not asked and answer.status == 200 and told(answer) == told(base.answer):
        yield "page 2 was not asked for, and the cards are those of the whole"


@check("token-stays", OWN, "the token goes to the FHIR server alone, whatever a next link says")
def _token_stays(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    key = _search_key(base)
    with listening(lambda _: Reply(b"{}", 404)) as stranger, replaying(ehr, base) as listener:
        request = lent(base.request, listener.root, prefetch=True)
        ehr.call(base.service, first_page(request, key, f"{stranger.root}/fhir/pages?page=2"))
    yield from ("another server saw it" for one in stranger.seen if "authorization" in one.headers)


@check("token-not-told", SHOULD, "the token is no part of an answer")
def _not_told(ehr: Ehr) -> Iterable[str]:
    base = _base(ehr)
    for status in (200, 401):
        answer, _ = without_prefetch(ehr, base, status)
        if TOKEN in answer.text or any(TOKEN in one for one in answer.headers.values()):
            yield f"an answer repeats it (FHIR server: {status})"
