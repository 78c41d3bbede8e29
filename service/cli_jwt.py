"""`postfusion jwt`: what an operator asks when a client's calls are answered 401."""

import sys
from pathlib import Path

import click

from service.web.clock import now
from service.web.settings import SettingsError, read_settings


@click.group()
def jwt() -> None:
    """Look at tokens of CDS clients."""


@jwt.command()
@click.argument("token")
@click.option("--path", default="/cds-services/postfusion-patient-view", show_default=True, help="The address the token was sent to.")
def explain(token: str, path: str) -> None:
    """Say which claim of TOKEN fails, and why, for each client of POSTFUSION_CLIENTS_FILE; - reads the token from standard input.

    Ends with status 0 when a call with this token would be let in, with 1 when not. Nothing is noted as used.
    """
    from service.web.auth.explain import explain

    text = sys.stdin.read() if token == "-" else token  # noqa: S105
    try:
        lines, admitted = explain(text, path, read_settings(), now())
    except SettingsError as error:
        click.echo(f"postfusion: {error}", err=True)
        sys.exit(2)
    click.echo("\n".join(lines))
    sys.exit(0 if admitted else 1)


@jwt.command("sample-client")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to; it is made when missing.")
@click.option("--iss", default="https://ehr.example/", show_default=True, help="How the client names itself.")
@click.option("--kid", default="sample", show_default=True, help="Id of its key.")
@click.option("--jku", default="", help="Address of keys that its tokens may name; it is compared, never called.")
def sample_client(out: Path, iss: str, kid: str, jku: str) -> None:
    """Write a client to try tokens with: a private key, its public keys, and a file for POSTFUSION_CLIENTS_FILE. Not for production."""
    from service.web.auth.sample import write_sample

    try:
        written = write_sample(out, iss, kid, jku)
    except OSError as error:
        click.echo(f"postfusion: {error.filename} cannot be written: {error.strerror}", err=True)
        sys.exit(2)
    for path in written:
        click.echo(path)
