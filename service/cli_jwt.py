"""`postfusion jwt`: what an operator asks when a client's calls are answered 401, and a client and its tokens to try with."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from service.web.clock import now
from service.web.setting_values import SettingsError
from service.web.settings import read_settings


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
        _give_up(str(error))
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
        _give_up(f"{error.filename} cannot be written: {error.strerror}")
    for path in written:
        click.echo(path)


@jwt.command("sample-token")
@click.option("--client", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder that sample-client wrote.")
@click.option("--aud", envvar="AUD", default="", metavar="URL", help="The address to be called; AUD works too. Default: that of --path.")
@click.option("--path", default="/cds-services/postfusion-patient-view", show_default=True, help="Below POSTFUSION_PUBLIC_URL.")
@click.option(
    "--exp-delta", envvar="EXP_DELTA", type=int, default=300, show_default=True, help="Seconds it is good for; EXP_DELTA works too."
)
@click.option("--iss", envvar="ISS", default="", help="Another issuer's name, to see it refused; ISS works too.")
def sample_token(client: Path, aud: str, path: str, exp_delta: int, iss: str) -> None:
    """Print a token signed with the key of a sample client. It is good for one call: `Authorization: Bearer` and the token.

    As --token-cmd of `postfusion conformance` it needs nothing but --client.
    """
    from service.web.auth.sample import sample_token

    try:
        address = aud or _address(path)
        click.echo(sample_token(client, address, now(), exp_delta, iss))
    except OSError as error:
        _give_up(f"{error.filename} cannot be read: {error.strerror}. `postfusion jwt sample-client --out {client}` writes it.")
    except ValueError as error:
        _give_up(str(error))


def _address(path: str) -> str:
    """Raises SettingsError, a ValueError, when the public URL is not known."""
    url = read_settings().public_url
    if not url:
        raise SettingsError("A token names the address it is for: give --aud, or set POSTFUSION_PUBLIC_URL as the service has it.")
    return url + path


def _give_up(text: str) -> NoReturn:
    click.echo(f"postfusion: {text}", err=True)
    sys.exit(2)
