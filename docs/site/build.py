"""`make docs`: gather what was written by hand, let the book of rules write its pages, and build a site of both.

    python docs/site/build.py build/site

The folder that Sphinx reads mirrors the checkout, so that links between documents hold in both. It is left beside the site, as
`build/site-source`. Whatever does not resolve is a warning, and a warning fails the build.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WRITTEN = ("*.md", "docs/*.md", "docs/decisions/*.md", "rules/*.md")
INTENDED = "service/web/templates/intended_use.html"
# what has no page of its own -> the page that tells of it
INSTEAD = {
    "docs/decisions": "docs/decisions/index.md",
    "fhir_samples": "stories.md",
    "rules": "rules/index.md",
    "docs/site/home.md": "index.md",
    INTENDED: "about/intended-use.md",
}
# the pages below a page, in the tree at the side: those it links to that begin with this
BELOW = {
    "rules/index.md": "families/",
    "families/*.md": "rules/",
    "coverage/index.md": "coverage/",
    "vocabulary/index.md": "vocabulary/",
    "docs/decisions/index.md": "docs/decisions/",
}
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")


def main() -> int:
    """Build into the folder named; the status is that of Sphinx."""
    out = Path(sys.argv[1]).resolve()
    source = out.with_name(f"{out.name}-source")
    shutil.rmtree(source, ignore_errors=True)
    gather(source)
    pages = [sys.executable, "-m", "service.cli", "rules", "--root", str(ROOT / "rules"), "pages", "--out", str(source)]
    subprocess.run(pages, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    grow(source)
    status = sphinx(source, out)
    if not status:
        sys.stdout.write(f"{out / 'index.html'}\n")
    return status


def sphinx(source: Path, out: Path) -> int:
    """Make HTML of a folder of Markdown, anew; not 0 when there was anything to warn of."""
    kept = out.with_name(f"{out.name}-doctrees")
    for folder in (out, kept):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-j", "auto", "-c", str(HERE)]
    return subprocess.run([*command, "-d", str(kept), str(source), str(out)]).returncode


def gather(source: Path) -> None:
    """Copy the written documents, and whatever they link to."""
    paths = [path for pattern in WRITTEN for path in sorted(ROOT.glob(pattern))]
    for path in paths:
        write(source / path.relative_to(ROOT), pointed(path, source))
    write(source / "index.md", home([path.relative_to(ROOT).as_posix() for path in paths]))
    write(source / "docs/decisions/index.md", decisions(sorted((ROOT / "docs/decisions").glob("*.md"))))
    write(source / INSTEAD[INTENDED], intended_use((ROOT / INTENDED).read_text()))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def pointed(path: Path, source: Path) -> str:
    """A document with its links to what has no page turned to the page that tells of it; files it links to are copied."""

    def turned(match: re.Match[str]) -> str:
        target = (path.parent / match[2].partition("#")[0]).resolve()
        name = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
        if name in INSTEAD:
            return f"[{match[1]}](/{INSTEAD[name]})"
        if target.is_file() and target.suffix != ".md":
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(target, source / name)
        return match[0]

    return LINK.sub(turned, path.read_text(encoding="utf-8"))


def home(paths: list[str]) -> str:
    """The home page. A document it does not name is listed at its end, so that none is out of reach."""
    text = (HERE / "home.md").read_text(encoding="utf-8")
    named = {target for _, target in LINK.findall(text)}
    others = [path for path in paths if f"/{path}" not in named and not path.startswith("docs/decisions/")]
    return text + "\n".join(["", "## More", "", *(f"- [{title(ROOT / path)}](/{path})" for path in others), ""] if others else [])


def title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def decisions(paths: list[Path]) -> str:
    """A list of the decisions."""
    listed = [f"- {path.name[:3]} [{title(path).removeprefix(path.name[:3]).strip()}]({path.name})" for path in paths]
    told = "Choices that could have gone another way: what, why, and what else was weighed."
    return "\n".join(["# Decisions", "", told, "", *listed, ""])


def intended_use(template: str) -> str:
    """The page the service serves, as Markdown: its headings, paragraphs and lists are all it has."""
    body = re.search(r"<h1>.*(?={% endblock %})", template, re.S)
    text = body[0] if body else ""
    text = re.sub(r"<a href=\"/rules\">(.*?)</a>", r"[\1](/rules/index.md)", text)
    for tag, mark in (("<h1>", "# "), ("<h2>", "\n## "), ("<li>", "- "), ("<p>", "\n")):
        text = text.replace(tag, mark)
    return html.unescape(re.sub(r"</?[a-z0-9]+>", "", text)).strip() + "\n"


def grow(source: Path) -> None:
    """Give the pages their trees: the home page one for each of its sections, the others as BELOW says."""
    home = source / "index.md"
    sections = re.split(r"^## ", home.read_text(), flags=re.M)[1:]
    trees = [tree(LINK.findall(section), section.partition("\n")[0]) for section in sections]
    home.write_text(home.read_text() + "".join(trees))
    for pattern, start in BELOW.items():
        for page in sorted(source.glob(pattern)):
            page.write_text(page.read_text() + tree(list(below(page, source, start))))


def below(page: Path, source: Path, start: str) -> Iterator[tuple[str, str]]:
    """The pages below a page: the text of the first link to each, and its place from the root."""
    seen = set()
    for text, target in LINK.findall(page.read_text()):
        place = os.path.relpath((page.parent / target).resolve(), source)
        if place.startswith(start) and place not in seen:
            seen.add(place)
            yield text, f"/{place}"


def tree(links: list[tuple[str, str]], caption: str = "") -> str:
    """The pages of some links, each once and by the text of its first link, as Sphinx wants to be told of them."""
    first: dict[str, str] = {}
    for text, place in links:
        first.setdefault(place, text)
    entries = [f"{text.replace('`', '')} <{place.removesuffix('.md')}>" for place, text in first.items() if place.startswith("/")]
    return "\n".join(["", "```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), "", *entries, "```", ""])


if __name__ == "__main__":
    sys.exit(main())
