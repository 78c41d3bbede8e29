"""`postfusion rules compare`, `cohort` and `sign`: what an author and an owner need around a new version."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from service.cli_rules import Day, rules, telling
from service.evaluation.comparison import Case, Changed, Comparison
from service.evaluation.pooling import compare_cohort
from service.library import NoRulesInForce, PinError, load_book
from service.library.signing import BadKey
from service.library.signing import sign as sign_lock

CARDS = ("gained", "lost", "altered")
ANSWERS = ("yes", "no", "unknown")
PATH = click.Path(exists=True, path_type=Path)
LISTED = 20  # changed patients named in a table; JSON names all


@rules.command(help="Compare two versions of RULE over a cohort: whose answer changes, and which cards come and go.")
@click.argument("rule")
@click.argument("before")
@click.argument("after")
@click.option("--cohort", type=PATH, required=True, help="Folder of Bundles (*.json), or NDJSON of them.")
@click.option("--as-of", "day", type=Day(), help="Judge as of the start of this day. Default: today (UTC).")
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="How many processes share the work.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to tell.")
@click.pass_obj
@telling
def compare(root: Path, rule: str, before: str, after: str, cohort: Path, day: date | None, processes: int, form: str) -> None:
    """Compare two versions. Patients keep their id in the output: it is for those who may read the cohort."""
    case = Case(rule, before, after, datetime.combine(day or _today(), time(), UTC), ZoneInfo("UTC"))
    try:
        result = compare_cohort(load_book(root, verify_lock=False), case, _bundles(cohort), processes)
    except (PinError, NoRulesInForce) as error:
        raise click.BadParameter(str(error).removeprefix("a pin names ")) from None
    if not result.patients and not result.refused:
        raise click.BadParameter(f"{cohort} holds no Bundle")
    click.echo(json.dumps(as_json(case, result), indent=2) if form == "json" else "\n".join(_table(case, result)))


def _today() -> date:
    from service.web.clock import now

    return now().date()


def _bundles(cohort: Path) -> Iterator[tuple[str, bytes]]:
    """Every Bundle with a name to find it by: its file, or file and line."""
    if cohort.is_dir():
        for path in sorted(cohort.rglob("*.json")):
            yield path.relative_to(cohort).as_posix(), path.read_bytes()
        return
    with cohort.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f"{cohort.name}:{number}", line


def as_json(case: Case, result: Comparison) -> dict[str, Any]:
    """A comparison as plain data."""
    return {
        "rule": case.rule,
        "before": case.before,
        "after": case.after,
        "asOf": case.moment.isoformat(),
        "patients": result.patients,
        "refused": result.refused,
        "answers": [{"before": old, "after": new, "patients": count} for (old, new), count in sorted(result.answers.items())],
        "cards": {what: _counted(result, what) for what in CARDS},
        "changed": [asdict(one) for one in result.changed],
    }


def _counted(result: Comparison, what: str) -> dict[str, int]:
    """How many patients gain, lose or see altered the card of each rule, the most frequent first."""
    counts = Counter(name for one in result.changed for name in getattr(one.cards, what))
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _table(case: Case, result: Comparison) -> Iterator[str]:
    yield f"{case.rule} {case.before} -> {case.after}, {result.patients} patients as of {case.moment.date()}, {len(result.changed)} changed"
    yield ""
    yield f"{'answer of ' + case.before:<18}" + "".join(f"{case.after + ' ' + answer:>16}" for answer in ANSWERS)
    for old in ANSWERS:
        yield f"{old:<18}" + "".join(f"{result.answers[old, new]:>16}" for new in ANSWERS)
    yield ""
    for what in CARDS:
        counts = _counted(result, what)
        yield f"cards {what}: " + (", ".join(f"{name} {count}" for name, count in counts.items()) or "none")
    if result.changed:
        yield ""
        for one in result.changed[:LISTED]:
            yield from _line(one)
    if len(result.changed) > LISTED:
        yield f"and {len(result.changed) - LISTED} more; --format json names all"
    if result.refused:
        yield ""
        yield f"{len(result.refused)} could not be read: {', '.join(result.refused[:LISTED])}"


def _line(one: Changed) -> Iterator[str]:
    yield f"{one.where}  {one.patient}  {one.before} -> {one.after}"
    for reason in one.reasons:
        yield f"    {reason.criterion}: {reason.before} -> {reason.after} ({reason.says})"
    for what in CARDS:
        if names := getattr(one.cards, what):
            yield f"    card {what}: {', '.join(names)}"


@rules.command(help="Write made-up patients as NDJSON of Bundles, for compare. The same seed and day give the same file.")
@click.option("--size", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="How many patients.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other patients.")
@click.option("--as-of", "day", type=Day(), help="The day they are patients of. Default: today (UTC).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
def cohort(size: int, seed: int, day: date | None, out: Path) -> None:
    """Write a cohort."""
    from service.lab.cohort import write_cohort

    with out.open("w", encoding="utf-8") as file:
        file.writelines(write_cohort(size, seed, day or _today()))
    click.echo(f"{out}: {size} patients")


@rules.command(help="Sign LOCK as it is: writes LOCK.sig, which the service checks when POSTFUSION_RULES_PUBLIC_KEY is set.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="Private key, PEM or JWK.")
@click.pass_obj
@telling
def sign(root: Path, key: Path) -> None:
    """Sign a release."""
    try:
        written = sign_lock(root, key.read_bytes())
    except BadKey as error:
        click.echo(f"postfusion: {key}: {error}", err=True)
        sys.exit(2)
    click.echo(f"{written} written")
