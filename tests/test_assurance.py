"""Figures of tests reach the file that collects them, and nothing else does."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.assurance import FILE, record


def test_a_figure_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.ndjson"
    monkeypatch.setenv(FILE, str(path))
    record("soak-lost", "0 of 1,204", "acknowledged, SQLite")
    record("soak-exit", "0.4", "s")
    first, second = map(json.loads, path.read_text("utf-8").splitlines())
    assert list(first) == ["promise", "figure", "unit", "when", "test"]
    assert (first["promise"], first["figure"], first["unit"]) == ("soak-lost", "0 of 1,204", "acknowledged, SQLite")
    assert first["test"] == "tests/test_assurance.py::test_a_figure_is_a_line"
    assert abs(datetime.fromisoformat(first["when"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert second["promise"] == "soak-exit"


def test_many_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.ndjson"
    monkeypatch.setenv(FILE, str(path))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: record("one", str(n), "x" * 2000), range(200)))
    assert sorted(int(json.loads(line)["figure"]) for line in path.read_text().splitlines()) == list(range(200))


def test_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("", None):
        monkeypatch.delenv(FILE, raising=False) if name is None else monkeypatch.setenv(FILE, name)
        record("one", "1", "")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE, str(tmp_path / "no-such-folder" / "figures"))
    with pytest.raises(OSError, match="No such file"):
        record("one", "1", "")
