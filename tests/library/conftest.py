"""The small book, written to a fresh folder."""

from pathlib import Path

import pytest

from tests.library.books import FILES, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sound book without LOCK."""
    return write(tmp_path / "rules", dict(FILES))
