"""The site: it builds without a warning, loads nothing from elsewhere, every link in it resolves, and every page can be reached."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from tests.docs.built import ROOT, Page

pytestmark = pytest.mark.slow
ELSEWHERE = re.compile(r"^(?:https?:)?//", re.I)
CSS = re.compile(r"""@import\s+(?:url\()?\s*["']?([^"')\s;]+)|url\(\s*["']?([^"')]+)""", re.I)
NAMED = ("http://www.w3.org/",)  # names of XML namespaces, which nothing loads


@pytest.fixture(scope="module")
def html(site: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path.resolve()) for path in site.rglob("*.html")}


def test_every_page_became_html(site: Path, html: dict[Path, Page], pages: dict[str, str]) -> None:
    assert not [path for path in pages if not (site / path).with_suffix(".html").exists()]
    written = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md"), *ROOT.glob("rules/*.md"), *ROOT.glob("*.md")]
    assert not [path for path in written if not (site / path.relative_to(ROOT)).with_suffix(".html").exists()]
    assert (site / "about/intended-use.html").exists()


def test_nothing_is_loaded_from_elsewhere(html: dict[Path, Page]) -> None:
    assert not [f"{path.name}: {load}" for path, page in html.items() for load in page.loads if ELSEWHERE.match(load)]
    assert sum(len(page.loads) for page in html.values()) > len(html)


def test_all_that_is_loaded_is_there(html: dict[Path, Page]) -> None:
    missing = []
    for path, page in html.items():
        for load in page.loads:
            place = urlsplit(load).path
            if place and not load.startswith(("data:", "#")) and not (path.parent / place).exists():
                missing.append(f"{path.name}: {load}")
    assert missing == []


def test_styles_load_nothing_from_elsewhere(site: Path, html: dict[Path, Page]) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in [*site.rglob("*.css"), *site.rglob("*.svg"), *html]}
    found = [f"{path.name}: {one}" for path, text in texts.items() for pair in CSS.findall(text) for one in pair if ELSEWHERE.match(one)]
    assert found == []


def addresses(script: str) -> list[str]:
    """Texts of a script that are an address elsewhere; comments are left out."""
    code = re.sub(r"""/\*.*?\*/|(?<![:"'`])//[^\n]*""", "", script, flags=re.S)
    return [text for text in re.findall(r"""["'`]((?:https?:)?//[^"'`\s]+)""", code) if not text.startswith(NAMED)]


def test_scripts_name_no_address_they_could_load(site: Path) -> None:
    assert not [f"{path.name}: {one}" for path in site.rglob("*.js") for one in addresses(path.read_text(encoding="utf-8"))]


def test_an_address_in_a_script_is_found() -> None:
    script = 'fetch("https://cdn.example.org/a.js"); // see https://example.org\nload(\'//cdn.example.org/b.js\') /* "https://c" */'
    assert addresses(script) == ["https://cdn.example.org/a.js", "//cdn.example.org/b.js"]


def test_every_link_resolves(html: dict[Path, Page]) -> None:
    broken = []
    for path, page in html.items():
        for target, anchor in page.inside():
            if not target.exists() or (anchor and target in html and anchor not in html[target].ids):
                broken.append(f"{path.name} -> {target.name}#{anchor}")
    assert broken == []
    assert sum(len(page.links) for page in html.values()) > 10_000


def test_every_page_is_reached_from_the_home_page(site: Path, html: dict[Path, Page]) -> None:
    """By links in the text of the pages alone would be too strict: the tree at the side is how people find their way."""
    start = (site / "index.html").resolve()
    reached, waiting = {start}, [start]
    while waiting:
        for target, _ in html[waiting.pop()].inside():
            if target in html and target not in reached:
                reached.add(target)
                waiting.append(target)
    alone = {"search.html", "genindex.html"}  # Sphinx's own: the box at the side leads to the one, nothing to the other
    assert {path.name for path in html.keys() - reached} <= alone


def test_no_page_names_a_place_of_this_machine(site: Path, html: dict[Path, Page]) -> None:
    assert not [path.name for path in html if str(ROOT) in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """docs/site/build.py, which is no package."""
    spec = importlib.util.spec_from_file_location("docs_site_build", ROOT / "docs/site/build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Fine.", ""),
        ("[a](no-such-page.md)", "no-such-page.md"),
        ("[a](http.md#no-such-heading)", "no-such-heading"),
        ("```{no-such-directive}\n```", "no-such-directive"),
    ],
)
def test_a_warning_fails_the_build(
    tmp_path: Path, site: Path, build: ModuleType, capfd: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """Two pages, one of them spoilt. `site` is asked for so that this is skipped where nothing can be built."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# Home\n\n```{toctree}\n/http\n```\n")
    (source / "http.md").write_text(f"# HTTP\n\n{text}\n")
    assert (build.sphinx(source, tmp_path / "out") != 0) is bool(told)
    assert told in capfd.readouterr().err


def test_a_page_stands_in_a_tree_once_where_it_is_first_linked(build: ModuleType) -> None:
    links = [("a", "/x.md"), ("b `c`", "/y/z.md"), ("d", "/x.md"), ("e", "https://example.org")]
    assert build.tree(links, "Cap").split("```")[1].splitlines() == ["{toctree}", ":hidden:", ":caption: Cap", "", "a </x>", "b c </y/z>"]


def test_a_document_nobody_named_is_listed(build: ModuleType) -> None:
    assert "## More" not in build.home(["README.md", "docs/http.md", "docs/decisions/001-server.md"])
    assert build.home(["docs/site/home.md"]).endswith("## More\n\n- [postfusion](/docs/site/home.md)\n")


def test_the_intended_use_is_that_of_the_service(build: ModuleType) -> None:
    template = (ROOT / build.INTENDED).read_text()
    made = build.intended_use(template)
    assert made.startswith("# Intended use\n")
    assert made.count("\n## ") == template.count("<h2>") > 2
    assert made.count("\n- ") == template.count("<li>") > 5
    assert "<" not in made and "{%" not in made
    assert "[/rules](/rules/index.md)" in made
