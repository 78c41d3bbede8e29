"""An application with one client, its keys beside the file that names it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.app import build
from service.web.deps import Deps
from tests.web.auth.tokens import EC, ISS, JKU, PUBLIC, RSA, Guarded, Write, kept, key_set


@pytest.fixture
def clients_file(tmp_path: Path) -> Write:
    """Writes a clients file with its key set beside it; members of None are left out."""

    def write(keys: str | None = None, **members: Any) -> Path:
        (tmp_path / "keys.json").write_text(keys or key_set(EC, RSA))
        client = kept({"iss": [ISS], "jku": [JKU], "jwks_file": "keys.json"} | members)
        path = tmp_path / "clients.yaml"
        path.write_text(json.dumps({"clients": {"big-hospital": client}}))
        return path

    return write


@pytest.fixture
def guarded(deps: Deps, clients_file: Write) -> Guarded:
    """The application with one client; `members` of its entry, and settings under `settings`."""

    def make(settings: dict[str, Any] | None = None, **members: Any) -> FlaskClient:
        file = str(clients_file(**members))
        changed = replace(deps.settings, clients_file=file, public_url=PUBLIC, **(settings or {}))
        return build(replace(deps, settings=changed)).test_client()

    return make
