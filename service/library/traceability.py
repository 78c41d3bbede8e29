"""From each sentence of the source guide to the rules that ask it or say it, and from each rule back to its evidence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.engine.rule import Citation, Criterion, Rule
from service.library.book import Book
from service.library.fields import ID, Base, Inside, Many, Named, Text, check
from service.library.problems import BookError, Report
from service.library.yamltext import read_yaml

CARD: Final = "card"  # the part of a rule that is said, not asked
SENTENCE: Final = re.compile(r"[1-9]\d{0,3}\.[1-9]\d?")
_FORM: Final = "a line and a sentence such as 53.1"

SentenceText = Base.from_dict(
    {
        "id": Text(shape=SENTENCE, form=_FORM, required=True),
        "gist": Text(limit=200, required=True),
        "maps_to": Many(Text(limit=120)),
        "not_actionable": Text(limit=60),
    },
    name="Sentence",
)
TableText = Base.from_dict(
    {"reasons": Named(Text(limit=200), shape=ID, required=True), "sentences": Many(Inside(SentenceText), required=True)}, name="Table"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the guide. `targets` are pairs of a rule and a part of it: a criterion, a check, `card`, or nothing."""

    id: str
    gist: str
    targets: tuple[tuple[str, str], ...] = ()
    why_not: str = ""


def read_sentences(file: str, raw: bytes, book: Book) -> tuple[Sentence, ...]:
    """The table of sentences, each with rules and criteria that exist. Raises BookError with every fault."""
    document = read_yaml(file, raw)
    report = Report(file, document.lines)
    body = check(TableText, document.data, report)
    sentences = tuple(_sentences(body, _newest(book), report)) if body else ()
    if report.problems:
        raise BookError(report.problems)
    return sentences


def _newest(book: Book) -> dict[str, Rule]:
    return {name: versions[-1] for name, versions in sorted(book.versions.items())}


def _sentences(body: Mapping[str, Any], rules: Mapping[str, Rule], report: Report) -> Iterator[Sentence]:
    before: tuple[int, ...] = (0, 0)
    for index, one in enumerate(body["sentences"]):
        path = ("sentences", index)
        place = tuple(map(int, one["id"].split(".")))
        if place <= before:
            report.add((*path, "id"), f"{one['id']} does not come after {'.'.join(map(str, before))}: each sentence stands once, in order")
        before = place
        if ("maps_to" in one) == ("not_actionable" in one):
            report.add(path, "must have either maps_to or not_actionable", choices=("maps_to", "not_actionable"))
        if "not_actionable" in one:
            report.known((*path, "not_actionable"), one["not_actionable"], body["reasons"], "reason")
        targets = tuple(_target(text, (*path, "maps_to", n), rules, report) for n, text in enumerate(one.get("maps_to", ())))
        yield Sentence(one["id"], one["gist"], targets, body["reasons"].get(one.get("not_actionable", ""), ""))


def _target(text: str, path: tuple[str | int, ...], rules: Mapping[str, Rule], report: Report) -> tuple[str, str]:
    name, slash, part = text.partition("/")
    if report.known(path, name, rules, "rule") and slash:
        report.known(path, part, _parts(rules[name]), f"part of {name}")
    return name, part


def _parts(rule: Rule) -> list[str]:
    return [*rule.criteria, *rule.checks, *([CARD] if rule.face else [])]


def as_markdown(sentences: tuple[Sentence, ...], book: Book) -> str:
    """The page `docs/traceability.md`, which a test holds to the rules and the table as they are."""
    rules = _newest(book)
    mapped = sum(bool(one.targets) for one in sentences)
    lines = [
        "# From the guide to the rules and back",
        "",
        "Made by `postfusion rules trace` from `docs/traceability.yaml` and the rule documents; not edited by hand.",
        f"The guide has {len(sentences)} sentences: {mapped} are mapped to rules, {len(sentences) - mapped} are not actionable.",
        "A number in brackets counts inline tests: those that give a value for the criterion, that show the card, or all of the rule.",
        "",
        "## Sentences",
        "",
        "| Sentence | What it says | Rules, with the criteria that ask it |",
        "|---|---|---|",
        *(f"| {one.id} | {_cell(one.gist)} | {_made_of_it(one, rules)} |" for one in sentences),
        "",
        "## Rules",
        "",
        "| Rule | Certainty, strength | Evidence | Criteria | Inline tests | Sentences |",
        "|---|---|---|---|---|---|",
        *(_rule_row(rule, sentences) for rule in rules.values()),
    ]
    return "\n".join(lines) + "\n"


def _made_of_it(sentence: Sentence, rules: Mapping[str, Rule]) -> str:
    if not sentence.targets:
        return f"not actionable: {_cell(sentence.why_not)}"
    names = dict.fromkeys(name for name, _ in sentence.targets)
    return "<br>".join(f"`{name}`{_asked(rules[name], [p for n, p in sentence.targets if n == name])}" for name in names)


def _asked(rule: Rule, parts: list[str]) -> str:
    named = ", ".join(f"{part} ({_tests(rule, part)})" for part in parts if part)
    return f": {named}" if named else f" ({len(rule.tests)})"


def _tests(rule: Rule, part: str) -> int:
    """How many inline tests speak of a part: give its fact, or show the card."""
    if part == CARD:
        return sum(test["expect"] == "fires" for test in rule.tests)
    one = {**rule.checks, **rule.criteria}[part]
    return sum(_gives(test["given"], one) for test in rule.tests)


def _gives(given: Mapping[str, Any], one: Criterion) -> bool:
    if one.fact:
        return one.fact in given
    said = given.get("rules", {})
    return one.rule in said if one.rule else bool(said)


def _rule_row(rule: Rule, sentences: tuple[Sentence, ...]) -> str:
    behind = [one.id for one in sentences if any(name == rule.id for name, _ in one.targets)]
    cited = "<br>".join(_cite(one) for one in rule.citations.values())
    asked = ", ".join([*rule.criteria, *rule.checks])
    told = ", ".join(behind) or "none: not from the guide"
    return f"| `{rule.id}` {rule.version} | {rule.certainty}, {rule.strength} | {cited} | {asked} | {len(rule.tests)} | {told} |"


def _cite(one: Citation) -> str:
    text = _cell(", ".join(part for part in (one.title, one.locator) if part))
    return f"[{text}]({one.url})" if one.url and one.checked else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
