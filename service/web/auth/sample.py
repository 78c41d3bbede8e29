"""A client for trying out: a key pair, its public key set, a clients file that lets it in, and tokens signed by it."""

import json
import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

KEY: Final = "key.pem"
KEYS: Final = "jwks.json"
CLIENTS: Final = "clients.yaml"


def write_sample(folder: Path, iss: str, kid: str, jku: str) -> list[Path]:
    """Write key.pem (private, mode 0600), jwks.json and clients.yaml; the files written. Raises FileExistsError rather than overwrite."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ECKey.generate_key("P-384", {"kid": kid, "use": "sig", "alg": "ES384"})
    client = {"iss": [iss], "jwks_file": KEYS} | ({"jku": [jku]} if jku else {})
    texts = {
        KEY: key.as_pem(private=True).decode(),
        KEYS: json.dumps({"keys": [key.as_dict(private=False)]}, indent=2) + "\n",
        CLIENTS: json.dumps({"clients": {"sample": client}}, indent=2) + "\n",  # JSON is YAML as well
    }
    for name, text in texts.items():
        _write(folder / name, text)
    return [folder / name for name in texts]


def sample_token(folder: Path, aud: str, now: datetime, lifetime: int, iss: str = "") -> str:
    """A token of the client in `folder` for the address `aud`, good for `lifetime` seconds and one call. `iss`: another issuer's name.

    Raises OSError for a file that cannot be read, ValueError for one that is not as write_sample left it.
    """
    try:
        client = json.loads((folder / CLIENTS).read_text())["clients"]["sample"]
        public = json.loads((folder / KEYS).read_text())["keys"][0]
        key = ECKey.import_key((folder / KEY).read_text(), {"kid": public["kid"]})
        header = {"alg": "ES384", "typ": "JWT", "kid": public["kid"]} | ({"jku": client["jku"][0]} if "jku" in client else {})
        issuer = iss or client["iss"][0]
    except (ValueError, LookupError, TypeError, AttributeError, JoseError):
        raise ValueError(f"{folder} is not as `postfusion jwt sample-client` left it: make it anew in an empty folder.") from None
    issued = int(now.timestamp())
    claims = {"iss": issuer, "aud": aud, "iat": issued, "exp": issued + lifetime, "jti": str(uuid.uuid4())}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["ES384"])


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
