"""What can be called is told in the documents. Commands: tests/test_cli.py; settings: tests/web/test_settings.py."""

import re

import pytest
import yaml

from tests.docs.built import ROOT

PATHS = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
CALLED = (ROOT / "docs" / "http.md").read_text()
TARGETS = re.findall(r"^([a-z-]+):.*## (?!\(part)", (ROOT / "Makefile").read_text(), re.M)


def bare(path: str) -> str:
    """A path with the names in its braces left out."""
    return re.sub(r"\{[^}]*\}", "{}", path)


TOLD = set(re.findall(r"(?<=[` ])/[\w{}./-]*(?=[`? )])", re.sub(r"\{[^}\s]*\}", "{}", CALLED)))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_told(path: str) -> None:
    assert bare(path) in TOLD


def test_this_test_can_fail() -> None:
    assert "/nowhere" not in TOLD
    assert "/rules" in TOLD
    assert len(PATHS) > 15


def test_the_way_to_the_site_is_told() -> None:
    assert "docs" in TARGETS
    for file in ("README.md", "CONTRIBUTING.md"):
        assert "make docs" in (ROOT / file).read_text(), file
