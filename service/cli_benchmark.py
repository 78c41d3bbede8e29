"""`postfusion benchmark`: what an answer costs, beside a server that always gives the same card."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from service.lab.benchmark import SIZES, as_table, chart_of, measure
from service.lab.benchmark.measure import WrongAnswer
from service.lab.benchmark.servers import NoServer, floor, ours
from service.lab.samples import SampleError
from service.web.clock import now, ticks

ROUNDS = {"small": 300, "medium": 150, "large": 30}
CARD = b'{"cards":[{"summary":"Always the same","indicator":"critical","source":{"label":"floor"}}]}'


@click.command()
@click.option("--size", "sizes", type=click.Choice(list(SIZES)), multiple=True, help="Which charts. Default: all. May be repeated.")
@click.option("--rounds", type=click.IntRange(1), help="How often each is asked. Default: 300, 150 and 30.")
@click.option("--record/--no-record", default=False, show_default=True, help="Whether decisions are kept, synced to the disk.")
def benchmark(sizes: tuple[str, ...], rounds: int | None, record: bool) -> None:
    """Measure the service on this machine: two servers on free ports of 127.0.0.1, asked in turn by one client.

    Every request is about another patient, every card is looked at. Quote the ratios, not the times.
    """
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            servers = {"floor": stack.enter_context(floor(CARD)), "ours": stack.enter_context(ours(Path(folder), record))}
            today = now().date()
            measured = [measure(size, chart_of(size, today), rounds or ROUNDS[size], servers, ticks) for size in sizes or tuple(SIZES)]
    except (NoServer, WrongAnswer, SampleError, OSError) as error:
        click.echo(f"postfusion: nothing was measured: {error}", err=True)
        sys.exit(1)
    click.echo(as_table(measured))
