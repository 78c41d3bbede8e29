"""A release signed by its owner: LOCK.sig is a detached JWS (RFC 7515, appendix F) over the bytes of LOCK.

LOCK holds the hash of every other file, so one signature covers all. Whether a signature is wanted, and by whom and how it
must be made, is known from the configured key alone; nothing in the files can turn the check off or choose its algorithm.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from service.library.lock import LOCK, SIGNATURE
from service.library.problems import BookError, Problem

ALGORITHMS = {"P-256": "ES256", "Ed25519": "Ed25519"}
WANTED = "a key on P-256 (signs ES256) or Ed25519, as PEM or as a JWK in JSON"
Key = ECKey | OKPKey


class BadKey(ValueError):
    """A key that cannot sign or check a release; the text says what is wanted, never what was given."""


def sign(root: Path, private_key: bytes) -> Path:
    """Write LOCK.sig for LOCK as it is. Raises BadKey, or BookError without LOCK."""
    key = read_key(private_key)
    if not key.is_private:
        raise BadKey("the key is a public one: signing needs the private half")
    if not (root / LOCK).is_file():
        raise BookError([Problem(LOCK, "", None, "is missing: run `postfusion rules lock` before signing")])
    algorithm = _algorithm(key)
    whole = jws.serialize_compact({"alg": algorithm}, (root / LOCK).read_bytes(), key, algorithms=[algorithm])
    head, _, signature = whole.split(".")
    (root / SIGNATURE).write_text(f"{head}..{signature}\n")
    return root / SIGNATURE


def read_key(text: bytes) -> Key:
    """The key. Raises BadKey."""
    for kind in (ECKey, OKPKey):
        try:
            key = kind.import_key(json.loads(text) if text.lstrip().startswith(b"{") else text)
            _algorithm(key)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        return key
    raise BadKey(f"the key cannot be used: wanted is {WANTED}")


def _algorithm(key: Key) -> str:
    return ALGORITHMS[str(key.curve_name)]


def check_signature(files: Mapping[str, bytes], public_key: bytes) -> list[Problem]:
    """Why the signature of LOCK does not hold; nothing when it does, or when no key is given. Raises BadKey."""
    if not public_key:
        return []
    key = read_key(public_key)
    if SIGNATURE not in files:
        return [Problem(SIGNATURE, "", None, "is missing, and a public key is configured: run `postfusion rules sign --key FILE`")]
    head, _, signature = files[SIGNATURE].decode("ascii", "replace").rstrip("\n").partition("..")
    payload = urlsafe_b64encode(files[LOCK]).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(f"{head}.{payload}.{signature}", key, algorithms=[_algorithm(key)])
    except (JoseError, ValueError):
        return [Problem(SIGNATURE, "", None, "is not the signature of LOCK by the configured key: sign these rules anew or restore them")]
    return []
