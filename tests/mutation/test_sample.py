"""A fixed sample of small wrong changes, one or more of every file: nearly all are noticed, and each by the test that noticed it before."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIZE, SEED, FLOOR = 60, 1, 90


def test_nearly_all_of_a_sample_is_noticed(tmp_path: Path) -> None:
    """`make mutation` tries every change; hints.json says which test to ask first, and is written anew by `make mutation-hints`."""
    words = ["--sample", SIZE, "--seed", SEED, "--near", "--budget", 10, "--jobs", 1, "--floor", FLOOR, "--out", tmp_path / "results.jsonl"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation", *map(str, words)], cwd=ROOT, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" changes tried in service/") == 3
