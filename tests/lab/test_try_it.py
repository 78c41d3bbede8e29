"""docs/try-it.md, command by command: each one is run, and what it is said to print is printed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.lab.calling import NoAnswer, send
from tests.lab.own import free_port

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```(sh|text)\n(.*?)```", (ROOT / "docs" / "try-it.md").read_text(), re.S)
START, *REST = BLOCKS
PORTS = {"8080": str(free_port()), "8090": str(free_port())}
pytestmark = pytest.mark.slow


def here(text: str) -> str:
    """The commands of the page on free ports, with this Python, and without the installing that `make run` begins with."""
    for old, new in PORTS.items():
        text = text.replace(f":{old}", f":{new}")
    text = text.replace("mock-ehr ", f"mock-ehr --port {PORTS['8090']} ")
    return text.replace(".venv/bin/python", sys.executable).replace("make run", f"exec {sys.executable} -m service.cli serve")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = str(tmp_path_factory.mktemp("data"))
    ours = {"POSTFUSION_DATA_DIR": data, "POSTFUSION_PORT": PORTS["8080"], "POSTFUSION_FHIR_BUDGET_MS": "8000"}
    return {**os.environ, "PYTHONPATH": str(ROOT), **ours}


@pytest.fixture(scope="module", autouse=True)
def _service(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    log = tmp_path_factory.mktemp("log") / "stderr"
    with log.open("wb") as out, subprocess.Popen(["bash", "-c", here(START[1])], cwd=ROOT, env=environment, stderr=out) as process:
        try:
            assert ready(process), log.read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def ready(process: "subprocess.Popen[bytes]") -> bool:
    for _ in range(600):
        try:
            return send("GET", f"http://127.0.0.1:{PORTS['8080']}/readyz").status == 200
        except NoAnswer:
            if process.poll() is not None:
                return False
            signal.sigtimedwait([], 0.1)
    return False


@pytest.mark.parametrize("number", range(0, len(REST), 2))
def test_the_page_says_what_happens(number: int, environment: dict[str, str]) -> None:
    (kind, commands), (shown, lines) = REST[number : number + 2]
    assert (kind, shown) == ("sh", "text")
    run = subprocess.run(["bash", "-ec", here(commands)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    for line in lines.splitlines():
        assert line in run.stdout, run.stdout
