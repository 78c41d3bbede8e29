"""`postfusion rules ...`: reading, checking and locking the rules. Exit codes: 0 fine, 1 findings, 2 wrong use."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from service.engine.rule import Rule
from service.library import Book, BookError, load_book, locking, run_rule_tests
from service.library.checks import lint
from service.library.compare import mutants, survivors
from service.library.explain import explain as explain_rule
from service.library.problems import closest
from service.library.second_opinion import opinions
from service.library.traceability import as_markdown, read_sentences

ENVIRONMENT = "POSTFUSION_RULES_DIR"


def default_root() -> Path:
    """The folder named by POSTFUSION_RULES_DIR, else `rules` beside the package, else `rules` where the command runs."""
    named = os.environ.get(ENVIRONMENT)
    shipped = Path(__file__).resolve().parent.parent / "rules"
    return Path(named) if named else shipped if shipped.is_dir() else Path("rules")


@click.group(help="Read, check, test and lock the rules.")
@click.option("--root", type=click.Path(path_type=Path), help=f"Folder of the rules; else {ENVIRONMENT}, else the shipped one.")
@click.pass_context
def rules(context: click.Context, root: Path | None) -> None:
    """The group; the folder is handed to every command."""
    context.obj = root or default_root()


Command = Callable[..., None]


def telling(command: Command) -> Command:
    """Problems of the book as lines on stderr and exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except BookError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            click.echo(f"{len(error.problems)} problem(s)", err=True)
            raise SystemExit(1) from None

    return run


def _load(root: Path, name: str | None) -> Book:
    """The book without LOCK. With a rule named, faults of other rules do not stand in the way of looking at it."""
    try:
        return load_book(root, verify_lock=False)
    except BookError as error:
        mine = [one for one in error.problems if not name or one.file.startswith((f"{name}/", "vocabulary/"))]
        if mine or not name or not (root / name).is_dir():
            raise BookError(mine or error.problems) from None
        click.echo(f"{len(error.problems)} problem(s) elsewhere; only {name} is looked at", err=True)
        return load_book(root, verify_lock=False, only=name)


def _versions(book: Book, name: str | None) -> list[Rule]:
    if name and name not in book.versions:
        meant = closest(name, book.versions)
        raise click.BadParameter(f"there is no rule {name!r}" + (f"; did you mean {meant}?" if meant else ""))
    return [rule for one, versions in book.versions.items() for rule in versions if name in (None, one)]


def _verdict(findings: int, fine: str) -> None:
    click.echo(f"{findings} finding(s)" if findings else fine)
    if findings:
        raise SystemExit(1)


@rules.command(help="Check every document and LOCK, or one RULE without LOCK, and what the tests leave open.")
@click.argument("rule", required=False)
@click.option("--unlocked", is_flag=True, help="Leave LOCK out, while rules are being written.")
@click.option("--strict", is_flag=True, help="Let warnings count as findings.")
@click.pass_obj
@telling
def check(root: Path, rule: str | None, unlocked: bool, strict: bool) -> None:
    """Load and lint the book."""
    book = _load(root, rule) if unlocked or rule else load_book(root)
    _versions(book, rule)
    findings = lint(book, rule or "")
    for finding in findings:
        click.echo(str(finding))
    counted = [finding for finding in findings if strict or finding.level == "error"]
    _verdict(len(counted), f"{len(book.versions)} rules, {len(book.vocabularies)} vocabularies: nothing found")


@rules.command(help="Run the tests the documents carry.")
@click.argument("rule", required=False)
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that passed too.")
@click.pass_obj
@telling
def test(root: Path, rule: str | None, verbose: bool) -> None:
    """Run inline tests of all rules or of one."""
    book = _load(root, rule)
    results = [result for one in _versions(book, rule) for result in run_rule_tests(one)]
    for result in results:
        if verbose or not result.passed:
            said = "passed" if result.passed else f"FAILED: {result.message}"
            click.echo(f"{result.rule} {result.version}: {result.name}: {said}")
    _verdict(sum(not result.passed for result in results), f"{len(results)} tests passed")


@rules.command(help="Print a rule as plain sentences; without VERSION, the newest.")
@click.argument("rule")
@click.argument("version", required=False)
@click.pass_obj
@telling
def explain(root: Path, rule: str, version: str | None) -> None:
    """Explain one version."""
    click.echo(explain_rule(_one(_load(root, rule), rule, version)), nl=False)


def _one(book: Book, name: str, version: str | None) -> Rule:
    versions = _versions(book, name)
    for rule in versions if version else versions[-1:]:
        if version in (None, rule.version):
            return rule
    raise click.BadParameter(f"{name} has no version {version}; there are {', '.join(rule.version for rule in versions)}")


@rules.command(help="List small wrong changes of RULE, or of every rule, that its own tests do not notice.")
@click.argument("rule", required=False)
@click.argument("version", required=False)
@click.option("--at-least", "share", type=click.FloatRange(0, 100), help="Fine when this share, in percent, is noticed; default: all.")
@click.pass_obj
@telling
def gaps(root: Path, rule: str | None, version: str | None, share: float | None) -> None:
    """Mutate and run the tests."""
    book = _load(root, rule)
    made = found = 0
    for one in [_one(book, rule, version)] if rule else _versions(book, None):
        unseen = survivors(one)
        made, found = made + len(list(mutants(one))), found + len(unseen)
        for change in unseen:
            click.echo(f"{one.id} {one.version}: {change}: no test notices")
    noticed = 100 * (made - found) / made if made else 100.0
    click.echo(f"{made} mutants, {made - found} noticed ({noticed:.1f} %)")
    if noticed < (100 if share is None else share):
        raise SystemExit(1)


@rules.command("verify-codes", help="Verify every code again against the published lists its entry names, where they are installed.")
@click.option("--all", "every", is_flag=True, help="Name the entries that were verified too.")
@click.pass_obj
@telling
def verify_codes(root: Path, every: bool) -> None:
    """A second opinion on the value sets of every vocabulary."""
    found = [one for vocabulary in _load(root, None).vocabularies.values() for one in opinions(vocabulary)]
    for one in found:
        if every or one.reason:
            why = f"  ({one.reason})" if one.reason else ""
            click.echo(f"{one.state:16} {one.value_set:32} {one.code.code:20} {one.code.system}{why}")
    for state, count in Counter(one.state for one in found).most_common():
        click.echo(f"{count:5} {state}")
    if any(one.state == "wrong" for one in found):
        raise SystemExit(1)


@rules.command(help="Write LOCK for the files as they are. What is in use may not change.")
@click.option("--unreleased", is_flag=True, help="Before the first release: let what is locked change.")
@click.pass_obj
@telling
def lock(root: Path, unreleased: bool) -> None:
    """Relock."""
    changed = locking.relock(root, unreleased=unreleased)
    for path in changed:
        click.echo(path)
    click.echo(f"LOCK written, {len(changed)} entries changed")


@rules.command(help="Write the page that leads from each sentence of the source guide to the rules and back.")
@click.option("--table", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Sentences; else docs/traceability.yaml.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Page to write; else traceability.md beside the table.")
@click.pass_obj
@telling
def trace(root: Path, table: Path | None, out: Path | None) -> None:
    """Write the traceability page."""
    table = table or root.resolve().parent / "docs" / "traceability.yaml"
    if not table.is_file():
        raise click.BadParameter(f"there is no {table}; name one with --table")
    book = _load(root, None)
    sentences = read_sentences(table.name, table.read_bytes(), book)
    page = out or table.with_suffix(".md")
    page.write_text(as_markdown(sentences, book), encoding="utf-8")
    click.echo(f"{page.name} written: {len(sentences)} sentences, {len(book.versions)} rules")


class Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is not a day written as YYYY-MM-DD", param, ctx)


@rules.command(help="Put a draft in force from a day on; an open version before it ends that day.")
@click.argument("rule")
@click.argument("version")
@click.option("--from", "day", type=Day(), required=True, help="First day in force.")
@click.option("--why", required=True, help="Kept in CHANGES.md beside the rules.")
@click.pass_obj
@telling
def activate(root: Path, rule: str, version: str, day: date, why: str) -> None:
    """Activate a draft."""
    for line in locking.activate(root, rule, version, day, why):
        click.echo(line)


@rules.command(help="Retire a version: it is no longer in force on the day given.")
@click.argument("rule")
@click.argument("version")
@click.option("--on", "day", type=Day(), required=True, help="First day on which it is no longer in force.")
@click.option("--why", required=True, help="Kept in CHANGES.md beside the rules.")
@click.pass_obj
@telling
def end(root: Path, rule: str, version: str, day: date, why: str) -> None:
    """End a version."""
    for line in locking.end(root, rule, version, day, why):
        click.echo(line)
