"""What is shipped: locks, image, make targets, licence. The image is read, since a build needs a registry."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def steps(word: str) -> list[str]:
    """Instructions of the image, with continuation lines joined."""
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(word + " ")]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for copied in steps("COPY"):
        if "--from" in copied:
            continue
        for source in copied.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.removeprefix("./") in let_in


def test_the_image_is_hash_locked_and_has_no_root() -> None:
    assert all("python:3.12-slim" in base for base in steps("FROM"))
    assert "--require-hashes" in DOCKERFILE
    user = steps("USER")[-1]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert DOCKERFILE.index("USER ") > DOCKERFILE.rindex("COPY ")


def test_the_image_starts_the_service_without_a_shell() -> None:
    assert json.loads(steps("CMD")[-1])[1:] == ["-m", "service.cli", "serve"]
    health = steps("HEALTHCHECK")[-1]
    assert "/livez" in json.loads(health[health.index("[") :])[-1]
    assert "ALLOW_UNAUTHENTICATED" not in DOCKERFILE


def test_the_image_bakes_in_the_rules() -> None:
    assert {"rules ./rules", "service ./service"} <= set(steps("COPY"))
    assert "LICENSE openapi.yaml ./" in steps("COPY")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_hashed_and_name_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(packages) > 20
    for package in packages:
        assert re.match(r"[a-z0-9\-]+==[^\s]+", package), package[:60]
        assert "--hash=sha256:" in package
    assert not re.search(r"index-url|find-links|://|file:|@ ", text)


def test_the_dev_lock_holds_the_run_time_lock() -> None:
    fixed = [
        set(re.findall(r"^([a-z0-9\-]+==\S+)", (ROOT / name).read_text(), re.M)) for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert fixed[0] <= fixed[1]


def test_the_two_lists_of_needs_are_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
    assert project["dependencies"] == listed
    assert project["scripts"] == {"postfusion": "service.cli:main"}


def test_make_help_lists_the_targets() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}).stdout
    for target in ("help", "run", "test", "test-fast", "lint", "check", "samples", "coverage", "lock", "clean"):
        assert re.search(rf"^  make {target}\s+\S", told, re.M), target


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "export POSTFUSION_TEST_REQUIRE_POSTGRES=1" in text and "make test" in text


def test_the_licence_and_the_papers_are_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:200]
    assert "Unreleased" in (ROOT / "CHANGELOG.md").read_text()
    assert "3 working days" in (ROOT / "SECURITY.md").read_text()
    assert (ROOT / "CONTRIBUTING.md").exists()


def test_the_readme_begins_with_two_commands_and_a_call() -> None:
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:60])
    assert "make run" in first and "curl -s" in first


def test_each_decision_has_its_own_number() -> None:
    numbers = sorted(int(path.name[:3]) for path in (ROOT / "docs" / "decisions").glob("[0-9][0-9][0-9]-*.md"))
    assert numbers
    assert len(set(numbers)) == len(numbers)
