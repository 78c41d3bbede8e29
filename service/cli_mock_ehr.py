"""`postfusion mock-ehr`: a FHIR server over the sample stories, and calls of hooks as an EHR makes them."""

import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import click

from service.lab.calling import NoAnswer
from service.lab.fhir_answers import BASE, FAULTS, Manners
from service.lab.listening import PortTaken
from service.lab.mock_ehr import PREFETCH, CannotCall, Wanted, accept, call, override, serving
from service.lab.records import Records, read_records
from service.lab.samples import STORIES, SampleError
from service.lab.showing import shown
from service.lab.signing import CannotSign, signer
from service.web.clock import now

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
LENT = "lent-by-the-mock-ehr"  # what a call shows to a FHIR server of its own that asks for no other token


@click.group("mock-ehr", invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="Port on 127.0.0.1; 0: any free one.")
@click.option("--samples", type=FOLDER, default=STORIES, show_default="the sample stories", help="Folder of stories.")
@click.option("--token", default="", help="Ask for this bearer token. Default: nobody is asked.")
@click.option("--page-size", type=click.IntRange(0), default=0, help="Rows of a page of a search. Default: all.")
@click.option("--fault", type=click.Choice(list(FAULTS)), help="; ".join(f"{name}: {what}" for name, what in FAULTS.items()) + ".")
@click.pass_context
def mock_ehr(context: click.Context, port: int, samples: Path, token: str, page_size: int, fault: str | None) -> None:
    """Play an EHR. Without a command: serve the sample stories as FHIR R4 on 127.0.0.1 until Ctrl-C. Made-up patients, no protection."""
    try:
        records = read_records(samples, today=now().date())
    except (SampleError, OSError) as error:
        _give_up(str(error))
    context.obj = (records, Manners(token, page_size, fault or ""), port)
    if context.invoked_subcommand is None:
        _serve(*context.obj)


@mock_ehr.command("call")
@click.argument("url")
@click.option("--patient", required=True, metavar="ID", help="Whom to ask about, such as story-02.")
@click.option("--hook", default="patient-view", show_default=True, help="What for.")
@click.option("--prefetch", type=click.Choice(PREFETCH), default="all", show_default=True, help="How much to send; half: every other key.")
@click.option("--ehr", metavar="URL", help="FHIR base of a mock EHR that is already running. Default: one of its own, on --port.")
@click.option("--token-cmd", metavar="CMD", help="Shell command that prints a JWT for the address in $AUD, where one is asked for.")
@click.option("--accept", "taken", is_flag=True, help="Then take the first suggestion, and send that as feedback.")
@click.option("--override", "put_aside", is_flag=True, help="Then put the first card aside, and send that as feedback.")
@click.pass_obj
def call_command(
    mine: tuple[Records, Manners, int],
    url: str,
    patient: str,
    hook: str,
    prefetch: str,
    ehr: str | None,
    token_cmd: str | None,
    taken: bool,
    put_aside: bool,
) -> None:
    """Call the CDS service at URL (what stands before /cds-services) as an EHR would, and print its cards.

    Discovery says what to prefetch; it is read from the EHR's FHIR server, which is lent to the service with the call.
    """
    records, manners, port = mine
    if not ehr and patient not in records.patients:
        _give_up(f"There is no patient {patient}. Known: {', '.join(records.patients)}.")
    with ExitStack() as stack:
        try:
            fhir = ehr or stack.enter_context(serving(records, manners, port)).root + BASE
            token = manners.token or ("" if ehr else LENT)
            sign = signer(token_cmd) if token_cmd else None
            wanted = Wanted(url.rstrip("/"), patient, hook, fhir, prefetch, token, sign, now().strftime("%Y-%m-%dT%H:%M:%SZ"))
            ended = _tell(wanted, taken, put_aside)
        except PortTaken as error:
            _give_up(f"{error} If a mock EHR runs there, add --ehr http://127.0.0.1:{port}{BASE}; if not, choose another --port.")
        except (NoAnswer, CannotCall, CannotSign) as error:
            _give_up(str(error))
    sys.exit(ended)


def _tell(wanted: Wanted, taken: bool, put_aside: bool) -> int:
    """Call, print, send feedback; the status to end with."""
    called = call(wanted)
    sent = ", ".join(called.request["prefetch"]) or "no prefetch"
    click.echo(f"{wanted.hook} of {wanted.patient}: {called.service['id']} was sent {sent}.")
    click.echo(shown(called.answer))
    good = called.answer.status == 200
    for wish, send, done in ((taken, accept, "accepted"), (put_aside, override, "overridden")):
        if wish and called.answer.status == 200:
            answer = send(wanted, called)
            click.echo(f"\nFeedback ({done}): the service answers {answer.status}.")
            good = good and 200 <= answer.status < 300
    return 0 if good else 1


def _serve(records: Records, manners: Manners, port: int) -> None:
    try:
        with serving(records, manners, port) as listener:
            base = listener.root + BASE
            click.echo(f"The mock EHR serves {len(records.patients)} made-up patients on {base} (Ctrl-C ends it)")
            click.echo(f"  curl -s {base}/Patient/{records.patients[0]}")
            _wait()
    except PortTaken as error:
        _give_up(f"{error} Choose another --port.")


def _wait() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("ended")


def _give_up(text: str) -> NoReturn:
    click.echo(f"postfusion: {text}", err=True)
    sys.exit(2)
