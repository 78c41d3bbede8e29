"""Tokens of the client: one good one is let in, every fault is answered 401, and nobody is told which fault it was."""

from collections.abc import Callable, Iterable
from typing import Final

from service.lab.calling import Answer, post_json
from service.lab.conformance.checking import MUST, OWN, SHOULD, Look, Skip, of_group
from service.lab.conformance.ehr import Call, Ehr, again, path_of
from service.lab.conformance.tokens import ISSUER, damaged, symmetric, without_algorithm
from service.lab.signing import Sign

check = of_group("authentication", "authentication")
_ELSEWHERE: Final = "https://elsewhere.example.org/cds-services/other"
_LONG_AGO: Final = {"EXP_DELTA": "-600"}


def _sign(ehr: Ehr) -> Sign:
    if ehr.options.sign is None:
        raise Skip("no tokens to show: --token-cmd")
    return ehr.options.sign


def _shown(ehr: Ehr, token: str | None) -> Answer:
    """An ordinary call with this token, or with none."""
    call = _call(ehr)
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return post_json(ehr.url + path_of(call.service), again(call.request), headers)


def _call(ehr: Ehr) -> Call:
    """An ordinary call, also where none was let in."""
    if not ehr.calls:
        raise Skip("there is no service to call, or no request for its hook")
    return ehr.calls[0]


def _audience(ehr: Ehr) -> str:
    return ehr.url + path_of(_call(ehr).service)


def _good(ehr: Ehr) -> str:
    return _sign(ehr)(_audience(ehr), {})


def _turned_away(name: str, level: str, text: str) -> Callable[[Callable[[Ehr], str | None]], Look]:
    """A check that shows a token and wants 401."""

    def keep(make: Callable[[Ehr], str | None]) -> Look:
        def look(ehr: Ehr) -> Iterable[str]:
            _sign(ehr)
            answer = _shown(ehr, make(ehr))
            if answer.status != 401:
                yield f"status {answer.status}"

        return check(name, level, text)(look)

    return keep


@check("good", MUST, "a good token is let in")
def _let_in(ehr: Ehr) -> Iterable[str]:
    answer = _shown(ehr, _good(ehr))
    if answer.status != 200:
        yield f"status {answer.status}"


@_turned_away("missing", SHOULD, "a call without a token is answered 401")
def _missing(_: Ehr) -> str | None:
    return None


@_turned_away("no-algorithm", MUST, "alg none is answered 401")
def _none(ehr: Ehr) -> str | None:
    return without_algorithm(_good(ehr))


@_turned_away("symmetric", MUST, "a token signed with a shared secret (HS256) is answered 401")
def _symmetric(ehr: Ehr) -> str | None:
    return symmetric(_good(ehr))


@_turned_away("damaged", MUST, "a damaged signature is answered 401")
def _damaged(ehr: Ehr) -> str | None:
    return damaged(_good(ehr))


@_turned_away("not-a-token", OWN, "text that is no token is answered 401")
def _no_token(_: Ehr) -> str | None:
    return "let-me-in"


@_turned_away("audience", SHOULD, "a token for another address is answered 401")
def _other_audience(ehr: Ehr) -> str | None:
    return _sign(ehr)(_ELSEWHERE, {})


@_turned_away("expired", SHOULD, "a token that ended ten minutes ago is answered 401")
def _expired(ehr: Ehr) -> str | None:
    return _sign(ehr)(_audience(ehr), _LONG_AGO)


@_turned_away("issuer", SHOULD, "a token of an issuer nobody listed is answered 401")
def _issuer(ehr: Ehr) -> str | None:
    return _sign(ehr)(_audience(ehr), {"ISS": ISSUER})


@check("used-twice", SHOULD, "a token is good for one call: its second use is answered 401")
def _used_twice(ehr: Ehr) -> Iterable[str]:
    token = _good(ehr)
    answers = _shown(ehr, token), _shown(ehr, token)
    if answers[1].status != 401:
        yield f"status {answers[1].status}"


@check("says-nothing", OWN, "refusals do not tell what was wrong with a token")
def _says_nothing(ehr: Ehr) -> Iterable[str]:
    sign, here = _sign(ehr), _audience(ehr)
    refused = [_shown(ehr, token) for token in ("let-me-in", damaged(_good(ehr)), sign(here, _LONG_AGO), sign(here, {"ISS": ISSUER}))]
    texts = {_constant(answer) for answer in refused}
    if len(texts) > 1:
        yield f"{len(texts)} different bodies for different faults"


def _constant(answer: Answer) -> str:
    """The body without the reference that each answer may carry."""
    body = answer.json
    issues = body.get("issue", []) if isinstance(body, dict) else []
    for issue in issues if isinstance(issues, list) else []:
        if isinstance(issue, dict):
            issue.pop("details", None)
    return str(body) if body is not None else answer.text
