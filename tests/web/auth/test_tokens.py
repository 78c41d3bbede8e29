"""Every fault of a client's token is answered alike, and good tokens are let in."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jws

from service.web.auth.guard import REFUSAL
from tests.web.auth.tokens import (
    EC,
    EVERY_ALGORITHM,
    ISS,
    JKU,
    OTHER_EC,
    PATH,
    PUBLIC,
    RSA,
    Guarded,
    Made,
    T,
    b64,
    post,
    refused,
)


def test_the_one_body() -> None:
    issue = json.loads(REFUSAL)["issue"]
    assert json.loads(REFUSAL)["resourceType"] == "OperationOutcome"
    assert [(one["severity"], one["code"]) for one in issue] == [("error", "login")]


GOOD = {
    "ES384": Made(),
    "RS384": Made(key=RSA),
    "aud in a list": Made({"aud": ["https://elsewhere.example", PUBLIC + PATH]}),
    "expired within the skew": Made({"exp": T - 60, "iat": T - 300}),
    "made within the skew": Made({"iat": T + 60, "nbf": T + 60}),
    "not before five minutes ago": Made({"nbf": T - 300}),
    "longest life": Made({"exp": T + 3600}),
    "fractions": Made({"exp": T + 0.5}),
    "no jku": Made(header={"jku": None}),
    "no typ, members nobody knows": Made({"sub": "x", "tenant": "t"}, {"typ": None, "x5t": "abc", "other": 1}),
}


@pytest.mark.parametrize("made", GOOD.values(), ids=GOOD.keys())
def test_good_tokens_are_let_in(guarded: Guarded, hook_body: dict[str, Any], made: Made) -> None:
    assert post(guarded(), made.text(), hook_body).status_code == 200


BAD = {
    "alg of a key not taken": Made(header={"alg": "RS384"}),
    "alg unlisted": Made(header={"alg": "ES256"}),
    "alg in small letters": Made(header={"alg": "es384"}),
    "alg missing": Made(header={"alg": None}),
    "alg a list": Made(header={"alg": ["ES384"]}),
    "another key": Made(key=OTHER_EC),
    "embedded jwk": Made(header={"jwk": OTHER_EC.as_dict(private=False)}, key=OTHER_EC),
    "embedded jwk beside a good key": Made(header={"jwk": EC.as_dict(private=False)}),
    "jku not listed": Made(header={"jku": "https://evil.example/jwks.json"}),
    "jku longer than the listed one": Made(header={"jku": JKU + "?x"}),
    "jku a list": Made(header={"jku": [JKU]}),
    "kid unknown": Made(header={"kid": "ec-2"}),
    "kid missing": Made(header={"kid": None}),
    "kid a path": Made(header={"kid": "../../../../dev/null"}),
    "kid SQL": Made(header={"kid": "x' UNION SELECT 'key"}),
    "kid no text": Made(header={"kid": 1}),
    "kid of the other key": Made(header={"kid": "rsa-1"}),
    "crit": Made(header={"crit": ["exp"], "exp": 1}),
    "crit b64": Made(header={"crit": ["b64"], "b64": False}),
    "crit empty": Made(header={"crit": []}),
    "expired": Made({"exp": T - 61, "iat": T - 300}),
    "not yet": Made({"nbf": T + 61}),
    "nbf no number": Made({"nbf": "soon"}),
    "nbf true": Made({"nbf": True}),
    "made in the future": Made({"iat": T + 61}),
    "ten years": Made({"exp": T + 315_360_000}),
    "a life too long, begun long ago": Made({"iat": T - 4000, "exp": T + 300}),
    "exp missing": Made({"exp": None}),
    "exp a text": Made({"exp": str(T + 300)}),
    "exp true": Made({"exp": True}),
    "exp huge": Made({"exp": 10**400}),
    "iat missing": Made({"iat": None}),
    "iss missing": Made({"iss": None}),
    "iss unknown": Made({"iss": "https://evil.example"}),
    "iss with a suffix": Made({"iss": ISS + "/"}),
    "iss with a prefix": Made({"iss": "x" + ISS}),
    "iss with another host behind": Made({"iss": ISS + ".evil.example"}),
    "iss in capitals": Made({"iss": ISS.upper()}),
    "iss a list": Made({"iss": [ISS]}),
    "aud missing": Made({"aud": None}),
    "aud of another service": Made({"aud": PUBLIC + PATH + "-other"}),
    "aud a prefix": Made({"aud": PUBLIC}),
    "aud a substring": Made({"aud": "https://x.example/?" + PUBLIC + PATH}),
    "aud with a slash": Made({"aud": PUBLIC + PATH + "/"}),
    "aud discovery": Made({"aud": PUBLIC + "/cds-services"}),
    "aud the host as called": Made({"aud": "http://localhost" + PATH}),
    "aud an empty list": Made({"aud": []}),
    "aud a list of lists": Made({"aud": [[PUBLIC + PATH]]}),
    "aud an object": Made({"aud": {PUBLIC + PATH: 1}}),
    "jti missing": Made({"jti": None}),
    "jti empty": Made({"jti": ""}),
    "jti no text": Made({"jti": 7}),
    "jti very long": Made({"jti": "x" * 600}),
}


@pytest.mark.parametrize("made", BAD.values(), ids=BAD.keys())
def test_bad_tokens_are_refused_alike(guarded: Guarded, hook_body: dict[str, Any], made: Made) -> None:
    client = guarded()
    refused(post(client, made.text(), hook_body))
    assert post(client, Made().text(), hook_body).status_code == 200  # the same call with a good token


def _none(alg: str) -> str:
    header, claims, _ = Made(header={"alg": alg}).text().split(".")
    return f"{header}.{claims}."


def _hmac_with_the_public_key() -> str:
    """Signed with the bytes of the public key as if they were a secret."""
    header, claims, _ = Made(header={"alg": "HS256"}).text().split(".")
    mac = hmac.digest(EC.as_pem(private=False), f"{header}.{claims}".encode(), "sha256")
    return f"{header}.{claims}.{b64(mac)}"


def _tampered(part: int) -> str:
    parts = Made().text().split(".")
    if part == 1:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        parts[1] = b64(json.dumps(claims | {"sub": "admin"}).encode())
    elif part == 0:
        parts[0] = b64(json.dumps({"alg": "ES384", "kid": "ec-1"}).encode())
    else:
        parts[2] = ("A" if parts[2][5] != "A" else "B").join((parts[2][:5], parts[2][6:]))
    return ".".join(parts)


def _repeated_name() -> str:
    header, claims, _ = Made().text().split(".")
    raw = base64.urlsafe_b64decode(claims + "==")[:-1] + b', "iss": "' + ISS.encode() + b'"}'
    parts = f"{header}.{b64(raw)}"
    return f"{parts}.{b64(jws.JWSRegistry(algorithms=EVERY_ALGORITHM).get_alg('ES384').sign(parts.encode(), EC))}"


BROKEN = {
    "nothing": "",
    "garbage": "garbage",
    "two parts": "a.b",
    "four parts": Made().text() + ".x",
    "none": _none("none"),
    "None": _none("None"),
    "nOnE": _none("nOnE"),
    "no signature": Made().text().rsplit(".", 1)[0] + ".",
    "HS256 with the public key": _hmac_with_the_public_key(),
    "tampered header": _tampered(0),
    "tampered claims": _tampered(1),
    "tampered signature": _tampered(2),
    "claims no object": f"{b64(b'{}')}.{b64(b'[]')}.{b64(b'x')}",
    "claims no JSON": f"{b64(b'{}')}.{b64(b'{')}.{b64(b'x')}",
    "NaN": f"{b64(b'{}')}.{b64(b'{_exp_: NaN}'.replace(b'_', bytes([34])))}.{b64(b'x')}",
    "deep": f"{b64(b'{}')}.{b64(b'[' * 3000)}.{b64(b'x')}",
    "not base64": "ä.ö.ü",
    "very long": Made({"x": "x" * 20_000}).text(),
    "a repeated name": _repeated_name(),
}


@pytest.mark.parametrize("token", BROKEN.values(), ids=BROKEN.keys())
def test_broken_tokens_are_refused_alike(guarded: Guarded, hook_body: dict[str, Any], token: str) -> None:
    refused(post(guarded(), token, hook_body))


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic abc", "bearer", "Token x"])
def test_no_bearer_token(guarded: Guarded, hook_body: dict[str, Any], value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    refused(post(guarded(), None, hook_body, **headers))


def test_two_tokens_are_none(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    refused(post(guarded(), f"{Made().text()},Bearer {Made().text()}", hook_body))


def test_the_scheme_may_be_written_small(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    assert post(guarded(), None, hook_body, Authorization=f"bearer {Made().text()}").status_code == 200


def test_what_a_site_typed_as_audience(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client = guarded(aud=["sand_man"], sub=["client-1"], tenant=["t1"])
    assert post(client, Made({"aud": "sand_man", "sub": "client-1", "tenant": "t1"}).text(), hook_body).status_code == 200
    for changed in ({"aud": PUBLIC + PATH}, {"sub": "client-2"}, {"sub": None}, {"tenant": "t2"}, {"tenant": None}):
        refused(post(client, Made({"aud": "sand_man", "sub": "client-1", "tenant": "t1"} | changed).text(), hook_body))


def test_other_signatures_by_choice(guarded: Guarded, hook_body: dict[str, Any]) -> None:
    client = guarded({"jwt_algorithms": ("RS384",)})
    refused(post(client, Made().text(), hook_body))
    assert post(client, Made(key=RSA).text(), hook_body).status_code == 200
