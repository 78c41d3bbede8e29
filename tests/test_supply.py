"""What is handed on with a release: the bill of materials, the audit of known advisories, and an image whose root may be read-only."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.web.test_server import Running, free_port, stop, wait_for

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PACKAGES = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
LOCKED = {found[1]: found[2] for one in PACKAGES if (found := re.match(r"([a-z0-9\-]+)==(\S+)", one))}


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / ".ci" / "sbom.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bill(sbom: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = sbom.main(tmp_path_factory.mktemp("bill"))
    return path


def hashes(component: dict[str, Any]) -> set[str]:
    """The SHA-256 of every file the lock lets in."""
    listed = [one for reference in component["externalReferences"] for one in reference.get("hashes", ())]
    assert all(one["alg"] == "SHA-256" for one in listed)
    return {one["content"] for one in listed}


def test_the_bill_lists_every_locked_package_with_version_hashes_and_licence(bill: Path) -> None:
    told = json.loads(bill.read_text())
    assert {one["name"]: one["version"] for one in told["components"]} == LOCKED
    for one in told["components"]:
        text = next(package for package in PACKAGES if package.startswith(f"{one['name']}=="))
        assert hashes(one) == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text)), one["name"]
        assert one["licenses"], one["name"]
        assert one["purl"] == one["bom-ref"] == f"pkg:pypi/{one['name']}@{one['version']}"
    root = told["metadata"]["component"]
    assert (root["name"], root["version"]) == ("postfusion", json.loads(json.dumps(bill.name))[11:-9])
    assert {one["ref"] for one in told["dependencies"]} == {root["bom-ref"], *(one["bom-ref"] for one in told["components"])}
    flask = next(one for one in told["dependencies"] if "/flask@" in one["ref"])
    assert any("/werkzeug@" in ref for ref in flask["dependsOn"])


def test_the_bill_is_valid_the_same_each_time_and_names_no_place(bill: Path, sbom: ModuleType, tmp_path: Path) -> None:
    text = bill.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sbom.main(tmp_path).read_text() == text
    assert str(ROOT) not in text and sys.prefix not in text and "file:" not in text


def test_what_is_not_installed_as_locked_is_no_bill(sbom: ModuleType) -> None:
    root = {"metadata": {"component": {"bom-ref": "root-component", "name": "postfusion"}}}
    locked = {**root, "components": [{"name": "flask", "version": "9", "purl": "pkg:pypi/flask@9", "description": "line 1"}]}
    for found in (
        [],
        [{"name": "Flask", "version": "8", "licenses": [1], "bom-ref": "x"}],
        [{"name": "Flask", "version": "9", "bom-ref": "x"}],
    ):
        with pytest.raises(SystemExit, match="flask"):
            sbom.merged(locked, {"components": found, "dependencies": []})


def test_the_audit_looks_at_both_locks_and_passes_nothing_it_could_not_ask_about() -> None:
    """pip-audit skips a package that its service does not answer for, and ends well; with --strict it does not."""
    recipe = MAKEFILE[MAKEFILE.index("\naudit:") : MAKEFILE.index("\n.PHONY: audit")]
    assert "requirements.lock requirements-dev.lock" in recipe
    assert "--strict" in recipe and "--require-hashes" in recipe and "exit 1" in recipe


@pytest.mark.slow
def test_the_audit_fails_where_its_service_cannot_be_reached(tmp_path: Path) -> None:
    (tmp_path / "one.lock").write_text(PACKAGES[0] + "\n")
    nowhere = f"http://127.0.0.1:{free_port()}"
    environ = {
        **os.environ,
        "HTTPS_PROXY": nowhere,
        "https_proxy": nowhere,
        "NO_PROXY": "",
        "no_proxy": "",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    options = [
        "--strict",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "--timeout",
        "2",
        "-r",
        str(tmp_path / "one.lock"),
    ]
    done = subprocess.run([sys.executable, "-m", "pip_audit", *options], env=environ, capture_output=True, check=False, timeout=120)
    assert done.returncode != 0


# --- a root that cannot be written ---------------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, int]:
    """Every file and folder below, with its time of change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """What the image copies, where nothing can be written."""
    made = tmp_path / "app"
    for name in ("service", "rules", "fhir_samples"):
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "openapi.yaml"):
        shutil.copy(ROOT / name, made / name)
    for path in (made, *made.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    return made


def without_powers() -> list[str]:
    """Root may write anywhere; without its capabilities it keeps to the mode bits like anyone."""
    if os.getuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("as root this needs setpriv")
    return ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.mark.slow
def test_nothing_is_written_but_data_and_temporary_files(app: Path, tmp_path: Path) -> None:
    data, scratch, port = tmp_path / "data", tmp_path / "scratch", free_port()
    data.mkdir()
    scratch.mkdir()
    before = tree(app)
    image = {
        "PYTHONPATH": str(app),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "POSTFUSION_DATA_DIR": str(data),
    }
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POSTFUSION_")} | image
    environ |= {"TMPDIR": str(scratch), "HOME": str(app)}
    denied = subprocess.run(
        [*without_powers(), sys.executable, "-c", "open('x', 'w')"], cwd=app, env=environ, capture_output=True, check=False
    )
    assert b"PermissionError" in denied.stderr, "otherwise the rest proves nothing"
    log = tmp_path / "log"
    with log.open("wb") as out:
        command = [*without_powers(), sys.executable, "-m", "service.cli", "serve"]
        running = Running(subprocess.Popen(command, cwd=app, env=environ, stdout=out, stderr=out), port, log)
    wait_for(running)
    story = json.loads((app / "fhir_samples/02-cauda-equina/bundle.json").read_text())
    status, said = running.get(f"/evaluate?asOf={story['timestamp'].replace('+', '%2B')}", json.dumps(story).encode())
    assert status == 200 and json.loads(said)["cards"]
    for path in ("/readyz", "/metrics", "/", "/docs", "/rules", "/cds-services", "/reports/feedback"):
        assert running.get(path)[0] == 200, path
    assert stop(running) == 0
    assert tree(app) == before
    assert any(data.iterdir())
    assert "PermissionError" not in log.read_text() and "Read-only" not in log.read_text()
