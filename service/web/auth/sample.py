"""A client for trying out: a key pair, its public key set, and a clients file that lets it in."""

import json
import os
from pathlib import Path
from typing import Final

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


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
