"""`postfusion db ...` and `postfusion report`: the record, for its operator."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, NoReturn

import click

from service.record import (
    Report,
    RuleLine,
    Store,
    StoreUnavailable,
    StoreUnusable,
    as_csv,
    as_json,
    as_ndjson,
    days,
    make_report,
    open_record,
)
from service.record import purge as purge_record
from service.web.clock import now
from service.web.setting_values import SettingsError
from service.web.settings import Settings, read_settings

DAY = click.DateTime(["%Y-%m-%d"])
FORMS = ("table", "json", "csv", "ndjson")
Command = Callable[..., None]


def _telling(command: Command) -> Command:
    """What goes wrong as one sentence on stderr and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except StoreUnavailable as error:
            _give_up(f"{error} ({error.kind})")
        except (StoreUnusable, SettingsError) as error:
            _give_up(str(error))

    return run


@click.group(help="Look after the record of decisions and feedback.")
def db() -> None:
    """The group."""


@db.command()
@_telling
def upgrade() -> None:
    """Bring the tables up to date, as the service does at its start."""
    with _opened(read_settings()) as store:
        click.echo(f"{store.place} is up to date.")


@db.command()
@click.option("--older-than", "age", type=click.IntRange(1, 36_500), required=True, metavar="DAYS", help="Keep what is younger.")
@_telling
def purge(age: int) -> None:
    """Delete decisions and feedback older than DAYS. Nothing is deleted unless this is run."""
    with _opened(read_settings()) as store:
        gone = purge_record(store, now() - timedelta(days=age))
    click.echo(f"{gone.decisions} decisions and {gone.feedback} items of feedback deleted.")


@click.command()
@click.option("--from", "first", type=DAY, help="First day. Default: the first there is.")
@click.option("--to", "last", type=DAY, help="Last day, included. Default: the last there is.")
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True, help="How to answer.")
@_telling
def report(first: datetime | None, last: datetime | None, form: str) -> None:
    """Count per rule and version what was shown, accepted and overridden.

    Only calls of CDS services count, and none with pinned rules.
    """
    if first and last and last < first:
        raise click.BadParameter("is before the first day.", param_hint="--to")
    settings = read_settings()
    with _opened(settings) as store:
        made = make_report(store, days(_day(first), _day(last), settings.zone))
    for line in _lines(made, form):
        click.echo(line, nl=False)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _lines(made: Report, form: str) -> Iterator[str]:
    if form == "csv":
        return as_csv(made)
    if form == "ndjson":
        return as_ndjson(made)
    return iter([json.dumps(as_json(made), indent=2, ensure_ascii=False) + "\n"]) if form == "json" else _table(made)


def _table(made: Report) -> Iterator[str]:
    yield f"{made.decisions} calls judged, {made.unmatched} items of feedback on cards that are not known\n"
    head = ("rule", "fired", "shown", "accepted", "overridden")
    told = [line for line in made.lines if line.fired or line.accepted or line.overridden]
    rows = [(_name(line), line.fired, line.shown, line.accepted, line.overridden) for line in told]
    wide = max([len(head[0]), *(len(row[0]) for row in rows)])
    yield f"\n{head[0]:<{wide}}{''.join(f'{title:>12}' for title in head[1:])}\n"
    for name, *counts in rows:
        yield f"{name:<{wide}}{''.join(f'{count:>12}' for count in counts)}\n"
    yield from _reasons(made)
    if len(rows) < len(made.lines):
        yield f"\n{len(made.lines) - len(rows)} more rule versions never fired.\n"


def _name(line: RuleLine) -> str:
    return f"{line.rule}@{line.version}{' (draft)' if line.shadow else ''}"


def _reasons(made: Report) -> Iterator[str]:
    for line in made.lines:
        why = ", ".join(f"{reason.code} {count}" for reason, count in line.reasons)
        taken = ", ".join(f"{label} {count}" for label, count in line.suggestions)
        if why or taken:
            yield f"\n{_name(line)}\n"
            yield from (f"    {what}: {told}\n" for what, told in (("overridden because", why), ("taken", taken)) if told)


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = open_record(settings.data_dir, settings.database_url, settings.hash_key)
    try:
        yield store
    finally:
        store.engine.dispose()


def _give_up(text: str) -> NoReturn:
    click.echo(f"postfusion: {text}", err=True)
    sys.exit(2)
