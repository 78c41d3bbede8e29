"""The pages of the shipped rules hold what the documents say. The documents are read here as plain YAML, not by the library."""

import html
import json
import posixpath
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.docs.built import ROOT

RULES = ROOT / "rules"
DOCUMENTS: dict[str, Any] = {
    path.relative_to(RULES).as_posix(): yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506 text only
    for path in sorted(RULES.glob("*/*.yaml"))
}
NEWEST = {file.partition("/")[0]: file for file in sorted(DOCUMENTS, key=lambda file: [int(n) for n in file.split("/")[1].split(".")[:3]])}
UNITS = {"d": "days", "mo": "months", "[degF]": "°F", "1": "", "{score}": "(score)", "{count}": "(count)", "{grade}": "(grade)"}
MARKDOWN = MarkdownIt("commonmark").enable("table")
LINK = re.compile(r"(?<!\\)\[[^\[\]]*(?:\\.[^\[\]]*)*\]\(([^()\s]+)\)")


def parameters(version: str) -> dict[str, Any]:
    """The parameters of a vocabulary, those it extends included."""
    folder = RULES / "vocabulary" / version
    own = folder / "parameters.yaml"
    held = yaml.load(own.read_text(), yaml.BaseLoader)["parameters"] if own.exists() else {}  # noqa: S506
    extends = folder / "vocabulary.yaml"
    if not extends.exists():
        return dict(held)
    return parameters(yaml.load(extends.read_text(), yaml.BaseLoader)["extends"]) | held  # noqa: S506


def words(text: str) -> str:
    """What a reader of Markdown sees, in one line."""
    shown = re.sub(r"<[^>]+>", " ", MARKDOWN.render(text))
    return " ".join(html.unescape(shown).split())


def flat(text: str) -> str:
    """Text with its spaces and its punctuation set as `words` sets them."""
    return words(text.replace("*", r"\*").replace("[", r"\[").replace("|", r"\|"))


def page(pages: dict[str, str], file: str) -> str:
    return pages["rules/" + file.replace(".yaml", ".md")]


def test_every_version_has_a_page_and_nothing_else_has(pages: dict[str, str]) -> None:
    for folder in ("rules", "coverage"):
        named = {path for path in pages if path.startswith(f"{folder}/") and path.count("/") == 2}
        assert named == {f"{folder}/{file.replace('.yaml', '.md')}" for file in DOCUMENTS}
    assert len(DOCUMENTS) > 50


@pytest.mark.parametrize("file", DOCUMENTS)
def test_each_question_is_on_the_page(pages: dict[str, str], file: str) -> None:
    text, document = words(page(pages, file)), DOCUMENTS[file]
    for one in [*document["criteria"].values(), *document.get("checks", {}).values()]:
        assert flat(one["says"]) in text
        assert flat(one.get("open", "")) in text
    for way in document.get("ways", {}).values():
        assert flat(way["says"]) in text
    assert flat(document["limits"]) in text
    assert flat(document["changes"]) in text


@pytest.mark.parametrize("file", DOCUMENTS)
def test_each_threshold_is_on_the_page_with_its_unit(pages: dict[str, str], file: str) -> None:
    document, text = DOCUMENTS[file], page(pages, file)
    held = parameters(document["vocabulary"])
    for name, one in [*document["criteria"].items(), *document.get("checks", {}).items()]:
        heading = re.search(rf"^### (?:Question|Check) `{name}`$(.*?)(?=^##)", text, re.M | re.S)
        assert heading
        for parameter in re.findall(r"\$(\w+)", str(one)):
            value, unit = held[parameter]["value"], held[parameter]["unit"]
            word = UNITS.get(unit, unit)
            shown = f"{value} {word.removesuffix('s') if value == '1' and word != '(count)' else word}".strip()
            assert f"**{shown}** ([`{parameter}`](../../vocabulary/parameters.md#{parameter}))" in heading[1]


@pytest.mark.parametrize("file", DOCUMENTS)
def test_each_source_is_on_the_page(pages: dict[str, str], file: str) -> None:
    document = DOCUMENTS[file]
    evidence = page(pages, file).partition("## Evidence and limits")[2].partition("\n## ")[0]
    text = words(evidence)
    for one in document["citations"].values():
        assert flat(one["title"]) in text
        assert flat(one.get("locator", "")) in text
        assert not one.get("checked") or f"]({one['url']})" in evidence
    assert f"Certainty {document['evidence']['certainty']}, recommendation {document['evidence']['strength']}." in text
    for name, value in document["source_attributes"].items():
        assert flat(value) in words(page(pages, file)), name


@pytest.mark.parametrize("file", DOCUMENTS)
def test_each_example_is_on_the_page_under_what_it_expects(pages: dict[str, str], file: str) -> None:
    text = page(pages, file).partition("## Examples")[2].partition("\n## ")[0]
    sections = dict(re.findall(r"^### It (fires|stays silent|cannot tell) \(\d+\)$(.*?)(?=^### |\Z)", text, re.M | re.S))
    titles = {"fires": "fires", "silent": "stays silent", "cannot_tell": "cannot tell"}
    for test in DOCUMENTS[file]["tests"]:
        assert f"{flat(test['name'])} :" in words(sections[titles[test["expect"]]])
    assert sum(body.count("\n- **") for body in sections.values()) == len(DOCUMENTS[file]["tests"])


@pytest.mark.parametrize("file", [file for file in DOCUMENTS if "card" in DOCUMENTS[file]])
def test_the_card_is_on_the_page(pages: dict[str, str], file: str) -> None:
    card = DOCUMENTS[file]["card"]
    text = words(page(pages, file).partition("## The card")[2].partition("\n## ")[0])
    told = [card, *card.get("variants", ())]
    for one in told:
        assert flat(one.get("summary", "")) in text
        assert words(one.get("detail", "")) in text
    for note in card.get("notes", ()):
        assert flat(note["text"]) in text
    for suggestion in card.get("suggestions", ()):
        assert flat(suggestion["label"]) in text


@pytest.mark.parametrize("rule", NEWEST)
def test_what_it_does_to_others_is_on_both_pages(pages: dict[str, str], rule: str) -> None:
    """Absorbing and being absorbed, between the newest versions."""
    document, mine = DOCUMENTS[NEWEST[rule]], page(pages, NEWEST[rule])
    for other in (target.partition("/")[0] for target in document.get("absorbs", ())):
        assert f"- Absorbs [`{other}`]" in mine
        assert f"- Absorbed by [`{rule}`]" in page(pages, NEWEST[other])
    for other in (one["rule"] for one in document.get("suppresses", ()) if "rule" in one):
        assert f"- Suppresses [`{other}`]" in mine
        assert f"- Suppressed by [`{rule}`]" in page(pages, NEWEST[other])


def test_every_parameter_fact_and_code_is_in_the_vocabulary(pages: dict[str, str]) -> None:
    for folder in sorted((RULES / "vocabulary").iterdir()):
        for name, one in parameters(folder.name).items():
            section = pages["vocabulary/parameters.md"].partition(f"## `{name}`\n")[2].partition("\n## ")[0]
            assert f"- Vocabulary {folder.name}: **{one['value']}" in section
            assert flat(one["meaning"]) in words(section)
        facts = pages[f"vocabulary/{folder.name}/facts.md"]
        for file in folder.glob("facts.yaml"):
            for name, one in yaml.load(file.read_text(), yaml.BaseLoader)["facts"].items():  # noqa: S506
                section = facts.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
                assert flat(one["meaning"]) in words(section)
                assert "- Look-back: " in section
                assert f"- Nothing recorded: {one.get('silence', 'unknown')}" in section
        sets = pages[f"vocabulary/{folder.name}/value-sets.md"]
        for file in folder.glob("valuesets/*.yaml"):
            held = yaml.load(file.read_text(), yaml.BaseLoader)  # noqa: S506
            section = sets.partition(f"## `{held['id']}`\n")[2].partition("\n## ")[0]
            assert all(f"| `{code['code']}`" in section for code in held["codes"])


def test_look_back_is_that_of_the_pickers(pages: dict[str, str]) -> None:
    facts = pages["vocabulary/1.0.0/facts.md"]
    days = parameters("1.0.0")["stale_days"]["value"]
    assert f"- Look-back: readings at most {days} days old" in facts.partition("## `pain_trend_known`")[2].partition("\n## ")[0]
    assert "- Look-back: none of its own" in facts.partition("## `saddle_change`")[2].partition("\n## ")[0]


def test_coverage_counts_every_test_and_names_every_story(pages: dict[str, str]) -> None:
    tests = sum(len(document["tests"]) for document in DOCUMENTS.values())
    assert f"{len(DOCUMENTS)} versions carry {tests} tests of their own." in pages["coverage/index.md"]
    shown: Counter[str] = Counter()
    for path in sorted((ROOT / "fhir_samples").glob("*/expected.json")):
        shown.update(card["rule"] for card in json.loads(path.read_text())["cards"])
    for file, document in DOCUMENTS.items():
        row = f"| [`{document['rule']}` {document['version']}]({file.replace('.yaml', '.md')}) | {len(document['tests'])} |"
        (line,) = (line for line in pages["coverage/index.md"].splitlines() if line.startswith(row))
        assert line.endswith(f" {shown[document['rule']]} |")


@pytest.mark.parametrize("file", DOCUMENTS)
def test_the_coverage_of_each_rule_names_every_part(pages: dict[str, str], file: str) -> None:
    text, document = pages["coverage/" + file.replace(".yaml", ".md")], DOCUMENTS[file]
    for name in [*document["criteria"], *document.get("checks", {})]:
        assert f"| `{name}` " in text
    for way in document.get("ways", {"": {"says": document["title"]}}).values():
        assert flat(way["says"]) in words(text)
    assert sum(line.startswith("| ") and "| at_least: a reading" in line for line in text.splitlines()) >= sum(
        "at_least" in one for one in document["criteria"].values()
    )


def anchors(text: str) -> set[str]:
    """The ids of the headings of a page, made as GitHub and MyST make them."""
    headings = re.findall(r"^#{1,4} (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", words(heading).lower()).replace(" ", "-") for heading in headings}


def test_links_between_the_pages_resolve_without_the_site(pages: dict[str, str]) -> None:
    broken, seen = [], 0
    for path, text in pages.items():
        for target in LINK.findall(text):
            seen += 1
            place, _, anchor = target.partition("#")
            to = posixpath.normpath(posixpath.join(posixpath.dirname(path), place)) if place else path
            if not target.startswith("https:") and (to not in pages or (anchor and anchor not in anchors(pages[to]))):
                broken.append(f"{path}: {target}")
    assert broken == []
    assert seen > 3000


def test_the_prose_of_rules_links_to_nothing_that_moves(pages: dict[str, str]) -> None:
    """It is read on a page of another folder than its own."""
    for path in sorted(RULES.glob("*/README.md")):
        assert all(target.startswith("https:") for target in LINK.findall(path.read_text())), path


def test_pages_name_no_place_of_this_machine(pages: dict[str, str]) -> None:
    assert not [path for path, text in pages.items() if str(Path.home()) in text or str(ROOT) in text]
