"""Tokens as clients make them, good and bad, and how their answers are checked."""

import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from service.web.auth.guard import REFUSAL
from tests.web.conftest import NOW

PUBLIC = "https://pf.example.org/base"
PATH = "/cds-services/postfusion-patient-view"
ISS = "https://ehr.example.org/fhir"
JKU = "https://ehr.example.org/jwks.json"
T = int(NOW.timestamp())
EC, OTHER_EC = ECKey.generate_key("P-384", {"kid": "ec-1"}), ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EVERY_ALGORITHM = ["ES256", "ES384", "RS256", "RS384", "HS256", "HS384", "none"]


@dataclass
class Made:
    """A token to be: what to change before it is signed. A claim or member of None is left out."""

    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: EC)

    def text(self, address: str = PUBLIC + PATH) -> str:
        alg = "RS384" if isinstance(self.key, RSAKey) else "ES384"
        header = {"alg": alg, "typ": "JWT", "kid": self.key.kid, "jku": JKU} | self.header
        claims = {"iss": ISS, "aud": address, "exp": T + 300, "iat": T, "jti": uuid.uuid4().hex} | self.claims
        return signed(kept(header), kept(claims), self.key)


def kept(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """Signed by the algorithm the key is for, whatever the header says."""
    registry = jws.JWSRegistry(algorithms=EVERY_ALGORITHM, strict_check_header=False)
    parts = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    name = {"EC": "ES384", "RSA": "RS384", "oct": "HS256"}[key.key_type]
    return f"{parts}.{b64(registry.get_alg(name).sign(parts.encode(), key))}"


def key_set(*keys: Any, **members: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) | members for key in keys]})


Write = Callable[..., Path]
Guarded = Callable[..., FlaskClient]


def post(client: FlaskClient, token: str | None, body: Any, path: str = PATH, **headers: str) -> Any:
    sent = headers | ({"Authorization": f"Bearer {token}"} if token is not None else {})
    return client.post(path, data=json.dumps(body), content_type="application/json", headers=sent)


def refused(response: Any) -> None:
    """401, with the one body there is for it."""
    assert response.status_code == 401
    assert response.data == REFUSAL
    assert response.mimetype == "application/fhir+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Cache-Control"] == "no-store"
