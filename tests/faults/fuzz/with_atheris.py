"""Coverage-guided bytes at one reader, for a while: python -m tests.faults.fuzz.with_atheris TARGET SECONDS [FOLDER]

Starts from tests/faults/fuzz_corpus/TARGET and keeps there what reaches a new branch, or in FOLDER where one is named. What a reader
must not raise ends the run with status 77 and leaves the input beside it. atheris is not locked: it is built for few platforms.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["service", "json"]):
    from tests.faults.fuzz.targets import TARGETS

SAVED = Path(__file__).resolve().parents[1] / "fuzz_corpus"


def main(name: str, seconds: str, folder: str = "") -> None:
    """Fuzz one target."""
    target, saved = TARGETS[name], SAVED / name
    saved.mkdir(parents=True, exist_ok=True)
    places = [folder, str(saved)] if folder else [str(saved)]
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-len_control=20", "-timeout=60", "-print_final_stats=1", f"-artifact_prefix={places[0]}/"]
    atheris.Setup([sys.argv[0], *options, *places], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
