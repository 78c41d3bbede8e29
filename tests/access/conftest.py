"""Two loopback FHIR servers: one that is listed, one that must never be called."""

from collections.abc import Iterator

import pytest

from tests.access.server import Server, serving


@pytest.fixture
def fhir() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[Server]:
    """Every test that uses it ends with the proof that it was not called."""
    with serving() as server:
        yield server
        assert not server.calls
