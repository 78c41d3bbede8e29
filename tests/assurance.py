"""Figures that tests measured, as data for whoever writes the report: one JSON line each, in the file the environment names."""

import json
import os
from datetime import UTC, datetime

FILE = "POSTFUSION_ASSURANCE_FILE"


def record(promise_id: str, figure: str, unit_or_text: str = "") -> None:
    """Append {promise, figure, unit, when, test} to the file named by POSTFUSION_ASSURANCE_FILE; without it do nothing.

    `promise_id` names what is promised, `figure` is the number as it is to be read, `unit_or_text` its unit or what it counts.
    One write per line, so that tests running side by side do not mix theirs. Raises OSError when the file cannot be written.
    """
    path = os.environ.get(FILE)
    if not path:
        return
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"promise": promise_id, "figure": figure, "unit": unit_or_text, "when": when, "test": test}, ensure_ascii=False)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)
