"""Nothing piles up over many requests, and the largest body stays within its bound."""

import gc
import os
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.assurance import record
from tests.faults import corpus
from tests.faults.corpus import HOOK
from tests.stories.replay import ROOT

FULL = os.environ.get("POSTFUSION_FULL") == "1"
REQUESTS = 10_000 if FULL else 1_000
WARM = 150
STATM = Path("/proc/self/statm")
FILES = Path("/proc/self/fd")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not STATM.exists(), reason="/proc tells the figures")]


def _resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(STATM.read_text().split()[1]) * resource.getpagesize()


def _mixed(client: FlaskClient, count: int) -> None:
    """Good calls and bad ones, on every surface that keeps something."""
    good, request = corpus.text(corpus.chart()), corpus.text(corpus.call(corpus.chart()))
    told = corpus.text(corpus.feedback())
    turns = [("/evaluate", good, 200), (HOOK, request, 200), (HOOK, request[:-9], 400), (f"{HOOK}/feedback", told, 200)]
    turns += [("/evaluate", b"\xff", 400), ("/nowhere", b"", 404), ("/evaluate?patient=p9", good, 422), ("/validate", good[:-1], 400)]
    for n in range(count):
        path, body, status = turns[n % len(turns)]
        response = client.post(path, data=body, content_type="application/json")
        assert response.status_code == status
        response.close()


def test_files_and_memory_do_not_grow(open_service: FlaskClient) -> None:
    _mixed(open_service, WARM)
    files, before = len(list(FILES.iterdir())), _resident()
    _mixed(open_service, REQUESTS)
    assert len(list(FILES.iterdir())) <= files
    grown = (_resident() - before) / 1024**2
    record("memory-growth", f"{grown:.1f}", f"MB more after {REQUESTS:,} requests, no open file more")
    assert grown < 20, f"{grown:.1f} MB more after {REQUESTS} requests"


_PEAK = """
    import gc
    from pathlib import Path
    from tests.faults import corpus
    from tests.stories.replay import client
    from service.web.server import give_memory_back
    from service.web.strict_json import MAX_BYTES

    def mb():  # not ru_maxrss, which a process takes over from the one that started it
        line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def bodies():
        head, tail = corpus.text(corpus.chart())[:-1] + b', "spoilt": ', b"}}"
        room = MAX_BYTES - len(head) - len(tail)
        yield head + b'"' + b"x" * (room - 2) + b'"' + tail
        yield head + b"[" + b"{{}}," * 1_000_000 + b"{{}}]" + tail
        yield head + b"[" + b'"abcdefghij",' * 1_200_000 + b"1]" + tail
        yield head + b'"' + b"\\u00e9" * (room // 6 - 1) + b'"' + tail
        chart = corpus.chart()
        fever = chart["entry"][2]["resource"]
        chart["entry"] += [{{"resource": {{**fever, "id": f"f{{n}}", "note": [{{"text": "x" * 100}}]}}}} for n in range(15_000)]
        yield corpus.text(chart)
        yield head + b'{{"a":' * 2_000_000 + b"1" + b"}}" * 2_000_000 + tail
        yield b"[" * MAX_BYTES
        yield head + b"[" + b"{{}}," * 3_000_000 + b"{{}}]" + tail  # more members than are taken
        yield head + b'"' + b"x" * 19_000_000 + b'"' + tail  # more bytes than are taken

    {body}
"""


def _measured(body: str) -> list[float]:
    """What a process of its own prints, line by line."""
    script = textwrap.dedent(_PEAK).format(body=body.strip())
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(line) for line in done.stdout.split()]


@pytest.mark.parametrize("path", ["/evaluate", HOOK, "/validate", "/timeline"])
def test_the_largest_body_stays_within_its_bound(path: str) -> None:
    """Megabytes: at start, after the first pass, after the second."""
    start, first, second = _measured(
        f"""
give_memory_back()
c = client()
print(mb())
for _ in range(2):
    for body in bodies():
        status = c.post({path!r}, data=body, content_type="application/json").status_code
        assert status == 413 if len(body) > MAX_BYTES else status < 500, (status, len(body))
    print(mb())
"""
    )
    record("memory-peak", f"{first - start:.0f}", f"MB over the start at {path}, {second - first:.0f} MB more the second time")
    assert first - start < 400, f"{start:.0f} MB at start, {first:.0f} MB at the peak"
    assert second - first < 40, f"{first:.0f} MB at first, {second:.0f} MB the second time"
