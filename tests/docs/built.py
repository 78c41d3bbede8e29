"""The site, built once for all tests that look at it, and what its pages ask a browser to load or to follow."""

import fcntl
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sphinx", "myst_parser", "furo")
LOADS = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src", "track": "src",
    "input": "src", "object": "data", "link": "href", "image": "href", "use": "href",
}  # fmt: skip


def built_site(factory: pytest.TempPathFactory) -> Path:
    """The folder of the site. Test processes share one: the first builds, the others wait. Skips where there is nothing to build with."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: `make test` installs what requirements-dev.lock names.")
    base = factory.getbasetemp()
    shared = (base.parent if base.name.startswith("popen-") else base) / "docs-site"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "told").exists():
            build = [sys.executable, str(ROOT / "docs/site/build.py"), str(shared / "site")]
            done = subprocess.run(build, capture_output=True, text=True, cwd=shared)
            (shared / "told").write_text(done.stdout + done.stderr + ("" if done.returncode else "built\n"))
    told = (shared / "told").read_text()
    assert told.endswith("built\n"), told
    return shared / "site"


@dataclass
class Page(HTMLParser):
    """One page of HTML: what it loads, the links in it, the ids in it."""

    path: Path
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self.ids |= {held[name] for name in ("id", "name") if name in held}
        self.loads += [held[name] for name in (LOADS.get(tag, ""), "poster", "background") if name in held]
        self.loads += [one.split()[0] for one in held.get("srcset", "").split(",") if one.split()]
        if tag == "a" and "href" in held:
            self.links.append(held["href"])

    def inside(self) -> Iterator[tuple[Path, str]]:
        """Each link to a place of the site: the file, and the id in it."""
        for link in self.links:
            parts = urlsplit(link)
            if not parts.scheme and not parts.netloc:
                yield (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path, unquote(parts.fragment)
