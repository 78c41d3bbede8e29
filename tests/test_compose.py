"""compose.yaml cannot be run here; what it says is held against the settings, the Dockerfile and good habits."""

from pathlib import Path
from typing import Any

import yaml

from service.web.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def test_every_variable_is_a_setting() -> None:
    known = {f"POSTFUSION_{name.upper()}" for name in Settings.__dataclass_fields__}
    given = compose()["services"]["postfusion"]["environment"]
    assert given.keys() <= known | {"POSTFUSION_ALLOW_UNAUTHENTICATED"}
    assert given["POSTFUSION_DATABASE_URL"].startswith("postgresql://")


def test_secrets_come_from_outside() -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in ("POSTFUSION_DB_PASSWORD", "POSTFUSION_HASH_KEY"):
        assert f"${{{name}:?" in text


def test_ports_are_bound_to_this_machine_and_the_root_is_read_only() -> None:
    service = compose()["services"]["postfusion"]
    assert service["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert "ports" not in compose()["services"]["db"]


def test_the_service_waits_for_a_healthy_database() -> None:
    services = compose()["services"]
    assert services["postfusion"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert services["db"]["healthcheck"]["test"][0] == "CMD"


def test_every_volume_is_named() -> None:
    used = {mount.split(":")[0] for service in compose()["services"].values() for mount in service["volumes"]}
    assert used == set(compose()["volumes"])
