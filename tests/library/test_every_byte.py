"""One flipped bit of any byte under rules/ refuses the start. A seeded sample, or every byte with POSTFUSION_FULL=1."""

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from service import create_app
from service.library import BookError
from service.library.load import entries_of, load_files, read_files
from service.library.lock import LOCK, SIGNATURE, Locked, check_bytes, check_lock, read_lock, write_lock
from service.web.settings import Settings
from tests.assurance import record

ROOT = Path(__file__).resolve().parents[2] / "rules"
FILES = {path: raw for path, raw in read_files(ROOT).items() if path not in (LOCK, SIGNATURE)}
FULL = bool(os.environ.get("POSTFUSION_FULL"))
SAMPLE = 20  # bytes of each file
tried: list[int] = []
ENTRIES: dict[str, Locked] = entries_of(load_files(FILES))


def flipped(raw: bytes, place: int, dice: Random) -> bytes:
    return raw[:place] + bytes([raw[place] ^ (1 << dice.randrange(8))]) + raw[place + 1 :]


def places(raw: bytes, dice: Random) -> list[int]:
    return list(range(len(raw))) if FULL else [dice.randrange(len(raw)) for _ in range(SAMPLE if raw else 0)]


@pytest.mark.parametrize("path", FILES)
def test_of_a_file(path: str) -> None:
    dice = Random(path)  # noqa: S311 a sample, no secret
    lock = write_lock({path: ENTRIES[path]})
    assert check_bytes({path: FILES[path], LOCK: lock}) == []
    chosen = places(FILES[path], dice)
    tried.append(len(chosen))
    for place in chosen:
        (problem,) = check_bytes({path: flipped(FILES[path], place, dice), LOCK: lock})
        assert problem.file == path


def test_of_lock_itself() -> None:
    dice = Random(LOCK)  # noqa: S311 a sample, no secret
    lock = write_lock(ENTRIES)
    assert check_lock(lock, ENTRIES) == []
    for place in [*range(200), *places(lock, dice)]:
        assert check_lock(flipped(lock, place, dice), ENTRIES)
    assert read_lock(lock)[0] == ENTRIES


def test_how_many() -> None:
    """Of the files whose turn it was in this process: run side by side, the rest is told by another."""
    record("flipped-bits", f"{sum(tried):,} of {sum(tried):,} refused", f"in {len(tried)} files")


@pytest.mark.parametrize("path", ["red-flag-cauda-equina/1.0.0.yaml", "vocabulary/1.0.0/parameters.yaml", "README.md", LOCK])
def test_the_service_does_not_start(path: str, tmp_path: Path) -> None:
    root = tmp_path / "rules"
    shutil.copytree(ROOT, root)
    (root / LOCK).write_bytes(write_lock(ENTRIES))
    raw = (root / path).read_bytes()
    place = raw.index(b"rules lock") if path == LOCK else len(raw) // 2  # the comment at the head of LOCK counts as well
    (root / path).write_bytes(flipped(raw, place, Random(1)))  # noqa: S311 a sample, no secret
    with pytest.raises(BookError) as caught:
        create_app(Settings(rules_dir=root, record="off"))
    assert {problem.file for problem in caught.value.problems} == {path}
