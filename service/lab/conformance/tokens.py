"""Tokens that no service should take, made without any key of ours."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any, Final

from service.lab.calling import Json

ISSUER: Final = "https://nobody-knows.example.org"


def unsigned(audience: str) -> str:
    """A token that looks like ES384, with bytes for a signature that no key made."""
    return ".".join((_part({"alg": "ES384", "typ": "JWT", "kid": "unknown"}), _part(_claims(audience)), _b64(b"\x01" * 96)))


def without_algorithm(token: str) -> str:
    """`token` with alg none and no signature."""
    return f"{_part({**_header(token), 'alg': 'none'})}.{token.split('.')[1]}."


def symmetric(token: str) -> str:
    """`token` signed with HS256 and a key anyone could guess."""
    text = f"{_part({**_header(token), 'alg': 'HS256'})}.{token.split('.')[1]}"
    return f"{text}.{_b64(hmac.new(b'secret', text.encode(), hashlib.sha256).digest())}"


def damaged(token: str) -> str:
    """`token` with other bytes in the middle of its signature."""
    head, claims, signature = token.split(".")
    middle = len(signature) // 2
    return f"{head}.{claims}.{signature[:middle]}{'A' if signature[middle] != 'A' else 'B'}{signature[middle + 1 :]}"


def _header(token: str) -> Json:
    part = token.split(".")[0]
    header: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header


def _claims(audience: str) -> Json:
    return {"iss": ISSUER, "aud": audience, "iat": 1_700_000_000, "exp": 4_000_000_000, "jti": str(uuid.uuid4())}


def _part(value: Any) -> str:
    return _b64(json.dumps(value, separators=(",", ":")).encode())


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
