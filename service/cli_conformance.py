"""`postfusion conformance`: play an EHR against a CDS Hooks service."""

import json
import sys
from pathlib import Path

import click

from service.lab.calling import Json, NoAnswer
from service.lab.conformance import Ehr, Options, as_json, as_junit, as_text, passed, play
from service.lab.records import read_records
from service.lab.samples import SampleError, fill
from service.lab.signing import CannotSign, signer
from service.web.clock import now, ticks

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("url")
@click.option("--request", "requests", type=FILE, multiple=True, help="CDS Hooks request to send, instead of the stories. May be repeated.")
@click.option("--token-cmd", metavar="CMD", help="Shell command that prints a JWT for the address in $AUD; it heeds $EXP_DELTA and $ISS.")
@click.option("--strict", is_flag=True, help="Fail on anything, not only on what the specification demands.")
@click.option("--only", multiple=True, metavar="ID", help="Only this check, or the checks whose ids begin so. May be repeated.")
@click.option("--origin", default="https://sandbox.cds-hooks.org", show_default=True, help="Origin of the browser client that is played.")
@click.option("--listener-port", type=int, default=0, help="Port of the FHIR server played, for the service to list. Default: any.")
@click.option("--budget-ms", type=int, default=500, show_default=True, help="Milliseconds an answer should take.")
@click.option("--junit", type=OUT, help="Write the report here as JUnit XML.")
@click.option("--json", "as_data", type=OUT, help="Write the report here as JSON.")
def conformance(
    url: str,
    requests: tuple[Path, ...],
    token_cmd: str | None,
    strict: bool,
    only: tuple[str, ...],
    origin: str,
    listener_port: int,
    budget_ms: int,
    junit: Path | None,
    as_data: Path | None,
) -> None:
    """Play an EHR against the CDS Hooks service at URL (what stands before /cds-services) and report what it gets right.

    Made-up patients only: requests are sent many times, whole and broken. Ends with status 0 unless something that the specification
    demands fails (with --strict: unless anything fails), and with 2 when nobody answers.
    """
    options = Options(ticks, signer(token_cmd) if token_cmd else None, origin, listener_port, budget_ms / 1000)
    try:
        given = tuple(_read(path) for path in requests)
        results = play(Ehr(url.rstrip("/"), read_records(today=now().date()), options, given), only)
        if junit:
            junit.write_bytes(as_junit(results))
        if as_data:
            as_data.write_text(json.dumps(as_json(results, url), indent=2) + "\n", encoding="utf-8")
    except (NoAnswer, CannotSign, SampleError, OSError) as error:
        click.echo(f"postfusion: {error}", err=True)
        sys.exit(2)
    click.echo(as_text(results, url))
    sys.exit(0 if passed(results, strict=strict) else 1)


def _read(path: Path) -> Json:
    """A request; dates in it may be written as in the stories. Raises SampleError."""
    try:
        body = json.loads(fill(path.read_text(encoding="utf-8"), now().date(), str(path)))
    except ValueError as error:
        raise SampleError(f"{path}: not a CDS Hooks request ({error}).") from None
    if not isinstance(body, dict) or not isinstance(body.get("context"), dict) or "hook" not in body:
        raise SampleError(f"{path}: not a CDS Hooks request; an object with hook and context is wanted.")
    return body
