"""Imports between rooms run one way, the engine stays pure, and only the web room reads the clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVICE = ROOT / "service"
FILES = sorted(path for path in SERVICE.rglob("*.py") if "_shipped" not in path.parts)
LEAVES = ("library", "fhir", "cards", "record", "access", "interop")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "engine": (),
    **{room: ("engine",) for room in LEAVES},
    "evaluation": ("engine", "library", "fhir", "cards"),
    "web": ("engine", "evaluation", *LEAVES),
    "lab": (),
}
# The command line may use the web room's settings, clock and server, but none of its views.
CLI_OF_WEB = ("settings", "setting_values", "clock", "server", "command", "auth")
PURE = (
    "__future__",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "itertools",
    "math",
    "typing",
    "types",
)
CLOCK = re.compile(
    r"\b(?:datetime|date|dt)\.(?:now|utcnow|today)\b|\btime\.(?:time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)\b"
)


def room_of(path: Path) -> str:
    parts = path.relative_to(SERVICE).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Dotted names of what a file imports, at any depth: `from service.web import app` gives service.web.app."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room they reach"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(path: Path) -> set[tuple[str, str]]:
    """Room and module of every import of ours."""
    ours = [name.split(".") for name in imports(path) if name.split(".")[0] == "service" and "." in name]
    return {(parts[1], parts[2] if len(parts) > 2 else "") for parts in ours}


def faults(path: Path) -> list[str]:
    room, seen = room_of(path), reached(path)
    if room == "__init__":
        return [
            f"{other}.{module}"
            for other, module in seen
            if (other, module) not in {("web", "app"), ("web", "settings"), ("library", "Book")}
        ]
    if room.startswith("cli"):
        return [f"web.{module}" for other, module in seen if other == "web" and module not in CLI_OF_WEB]
    assert room in MAY_IMPORT, f"{room} is not a room of the design"
    return sorted({other for other, _ in seen} - {room, *MAY_IMPORT[room]})


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_run_one_way(path: Path) -> None:
    assert not faults(path)


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) == "engine"], ids=name)
def test_the_engine_is_pure(path: Path) -> None:
    roots = {imported.split(".")[0] for imported in imports(path)}
    assert roots <= {*PURE, "service"}
    assert not re.search(r"\b(?:open|print|input|eval|exec|__import__)\(", path.read_text())


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) != "web"], ids=name)
def test_only_the_web_room_reads_the_clock(path: Path) -> None:
    assert not reads_the_clock(path)


def reads_the_clock(path: Path) -> list[str]:
    found = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    return [text for text in found if CLOCK.search(text)] + [i for i in imports(path) if i == "time" or i.startswith("time.")]


def test_nothing_but_the_application_reads_flask() -> None:
    strangers = [path for path in FILES if room_of(path) != "web" and any(i.split(".")[0] == "flask" for i in imports(path))]
    assert [name(path) for path in strangers] == ["service/__init__.py"]


@pytest.mark.parametrize(
    ("room", "text", "caught"),
    [
        ("engine", "from service.fhir import facts", True),
        ("fhir", "import service.library.load", True),
        ("fhir", "from service.engine import facts", False),
        ("fhir", "def f():\n    from service import web", True),
        ("evaluation", "from service.cards import make_cards", False),
        ("lab", "from service.web import app", True),
    ],
)
def test_this_test_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: str, text: str, caught: bool) -> None:
    monkeypatch.setattr("tests.test_rooms.SERVICE", tmp_path)
    path = tmp_path / room / "some.py"
    path.parent.mkdir()
    path.write_text(text)
    assert bool(faults(path)) is caught


@pytest.mark.parametrize(
    "text", ["from datetime import datetime\nx = datetime.now()", "import datetime as d\nx = d.date.today()", "import time"]
)
def test_the_clock_is_found(tmp_path: Path, text: str) -> None:
    path = tmp_path / "some.py"
    path.write_text(text)
    assert reads_the_clock(path)
