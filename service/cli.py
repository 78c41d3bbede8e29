"""The command line: serve, evaluate, look at the settings and the rules."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from service.cli_benchmark import benchmark
from service.cli_conformance import conformance
from service.cli_export import export
from service.cli_jwt import jwt
from service.cli_mock_ehr import mock_ehr
from service.cli_record import db, report
from service.library import BookError
from service.record import StoreUnusable
from service.web.setting_values import SettingsError
from service.web.settings import Settings, describe, read_settings, unknown_variables

FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Decision support for pain after lumbar fusion."""


@main.command()
def serve() -> None:
    """Serve HTTP in the foreground until Ctrl-C or SIGTERM.

    Address, port and everything else come from the environment; see `postfusion settings`.
    """
    from service.web.server import NotReady, serve

    settings = _settings()
    try:
        serve(settings)
    except (BookError, SettingsError, NotReady, StoreUnusable) as error:
        _give_up(str(error))


@main.command()
@click.argument("file", type=FILE)
@click.option("--as-of", metavar="WHEN", help="Date, or dateTime with zone, to judge as of. Default: now.")
@click.option("--rules-as-of", metavar="DATE", help="Date whose rules decide. Default: the date judged as of.")
@click.option("--pin", "pins", multiple=True, metavar="RULE@VERSION", help="Decide a rule by this version. May be repeated.")
@click.option("--patient", metavar="ID", help="The patient, where the Bundle holds more than one.")
@click.option("--explain", type=click.Choice(["yes", "no", "full"]), help="How far to explain; full names what is in the way of each rule.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to answer.")
def evaluate(file: Path, form: str, pins: tuple[str, ...], **asked_for: str | None) -> None:
    """Judge FILE, a FHIR Bundle or a CDS Hooks request; - reads standard input.

    The answer is the one POST /evaluate gives. Refused bodies end with status 1 and say why.
    """
    from service.web.command import evaluate_body

    names = {"as_of": "asOf", "rules_as_of": "rulesAsOf", "patient": "patient", "explain": "explain"}
    asked = {names[name]: [value] for name, value in asked_for.items() if value is not None} | ({"pin": list(pins)} if pins else {})
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        answer, judged = evaluate_body(body, asked, _settings())
    except OSError as error:
        _give_up(f"{file} cannot be read: {error.strerror}")
    except (BookError, SettingsError) as error:
        _give_up(str(error))
    click.echo(_shown(answer, judged, form), err=not judged and form == "table")
    sys.exit(0 if judged else 1)


@main.command()
def settings() -> None:
    """List every setting: variable, value, default, meaning. Secrets are masked."""
    for line in describe(_settings()):
        click.echo(f"{line.variable}={line.value}\n    {line.meaning}\n    Default: {line.default}")


@main.command()
@click.option("--out", type=FOLDER, required=True, help="Folder to write to; it is made when missing.")
def samples(out: Path) -> None:
    """Write the sample stories as plain bodies anyone can post, their dates counted from today."""
    from service.web.clock import now

    write = _optional("service.lab.samples", "write_samples")
    try:
        written = write(out, now().date())
    except (OSError, ValueError) as error:
        _give_up(f"The samples cannot be written: {error}")
    for path in written:
        click.echo(path)


def _shown(answer: dict[str, Any], judged: bool, form: str) -> str:
    from service.cli_table import as_table, refusal_text
    from service.web.command import as_text

    if form == "json":
        return as_text(answer)
    return as_table(answer) if judged else refusal_text(answer)


def _settings() -> Settings:
    for sentence in unknown_variables(os.environ):
        click.echo(f"warning: {sentence}", err=True)
    try:
        return read_settings()
    except SettingsError as error:
        _give_up(str(error))


def _give_up(text: str) -> NoReturn:
    click.echo(f"postfusion: {text}", err=True)
    sys.exit(2)


def _optional(module: str, name: str) -> Any:
    """A part that may not be installed, such as tools left out of the image."""
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError:
        _give_up(f"{module} is not part of this installation.")


def _add_rules_group() -> None:
    """`postfusion rules ...` lives in its own file."""
    try:
        importlib.import_module("service.cli_release")  # these add their commands to the group
        importlib.import_module("service.cli_pages")
        from service.cli_rules import rules
    except ModuleNotFoundError:
        return
    main.add_command(rules)


_add_rules_group()
main.add_command(jwt)
main.add_command(benchmark)
main.add_command(conformance)
main.add_command(mock_ehr)
main.add_command(db)
main.add_command(report)
main.add_command(export)

if __name__ == "__main__":
    main(prog_name="postfusion")
