"""`postfusion rules pages`: the book of rules as Markdown, with the sample stories where they are at hand."""

import json
from pathlib import Path

import click

from service.cli_rules import rules, telling
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.windows import window_of
from service.library import load_book
from service.library.pages import Sources, Story, Window, book_pages

FOLDER = click.Path(file_okay=False, path_type=Path)


@rules.command(help="Write a Markdown page for each rule version, its coverage, the vocabulary and the sample stories.")
@click.option("--out", type=FOLDER, required=True, help="Folder to write to; it is made when missing.")
@click.option("--samples", type=FOLDER, help="Folder of the sample stories; else fhir_samples beside the rules, if it is there.")
@click.pass_obj
@telling
def pages(root: Path, out: Path, samples: Path | None) -> None:
    """Write the pages."""
    stories = samples or root.resolve().parent / "fhir_samples"
    if samples and not samples.is_dir():
        raise click.BadParameter(f"there is no folder {samples}")
    book = load_book(root, verify_lock=False)
    made = book_pages(book, Sources(read_prose(root), read_stories(stories), read_window))
    for path, text in made.items():
        place = out / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    click.echo(f"{out}: {len(made)} pages of {len(book.versions)} rules")


def read_prose(root: Path) -> dict[str, str]:
    """The README of each rule."""
    return {path.parent.name: path.read_text(encoding="utf-8") for path in root.glob("*/README.md")}


def read_stories(folder: Path) -> tuple[Story, ...]:
    """The stories of a folder of samples, by name; none where it is missing."""
    return tuple(_story(path) for path in sorted(folder.glob("*/expected.json")))


def _story(path: Path) -> Story:
    expected = json.loads(path.read_text(encoding="utf-8"))
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    return Story(path.parent.name, text, tuple(card["rule"] for card in expected["cards"]), expected["answers"])


def read_window(spec: FactSpec) -> Window:
    """What the picker of a fact reads, and how far back."""
    window = window_of(spec)
    return Window(window.concepts, window.at_most)
