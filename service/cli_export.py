"""`postfusion export fhir`: the rules in force as FHIR R4, for knowledge repositories."""

import sys
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from service.cli_rules import Day
from service.library import BookError, NoRulesInForce
from service.web.setting_values import SettingsError
from service.web.settings import read_settings

STDOUT = Path("-")


@click.group()
def export() -> None:
    """Write the rules for other systems."""


@export.command()
@click.option(
    "--out",
    type=click.Path(allow_dash=True, path_type=Path),
    help="File to write, or an existing folder to write it to; - is standard output. Default: - for a bundle, this folder for a package.",
)
@click.option("--format", "form", type=click.Choice(["bundle", "package"]), default="bundle", show_default=True, help="What to write.")
@click.option("--as-of", "day", type=Day(), help="The rules in force on this day. Default: today.")
def fhir(out: Path | None, form: str, day: date | None) -> None:
    """Write the rules in force with all they rest on: one Bundle (a transaction of PUTs), or an npm-style FHIR package (.tgz).

    The same rules give the same bytes. The rules folder and the base of the URIs come from the settings.
    """
    name, content = _made(form, day)
    target = out or (STDOUT if form == "bundle" else Path())
    if target == STDOUT:
        click.echo(content, nl=False)
        return
    path = target / name if target.is_dir() else target
    try:
        path.write_bytes(content)
    except OSError as error:
        _give_up(f"{path} cannot be written: {error.strerror}. Name a file in a folder that is there, with --out.")
    click.echo(path)


def _made(form: str, day: date | None) -> tuple[str, bytes]:
    """The usual name of the file, and its bytes."""
    from service.interop import as_text, file_name, package, released, transaction
    from service.web.command import publish_release

    try:
        published = publish_release(read_settings(), day)
    except (BookError, SettingsError) as error:
        _give_up(str(error))
    except NoRulesInForce as error:
        _give_up(f"There is nothing to export: {error}. Choose a later day with --as-of.")
    shelf, release = published.shelf, released(published.entries)
    if form == "package":
        return file_name(shelf), package(shelf, release)
    return f"postfusion.rules-{shelf.version}.json", as_text(transaction(shelf, release)).encode()


def _give_up(text: str) -> NoReturn:
    click.echo(f"postfusion: {text}", err=True)
    sys.exit(2)
