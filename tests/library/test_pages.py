"""The pages of the small book: what each part of a rule and of the vocabulary reads like."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.engine.precedence import FAMILIES
from service.library import Book, load_book
from service.library.pages import Sources, Story, Window, book_pages
from service.library.pages.markdown import page, plain, relative, table
from service.library.pages.words import FAMILY
from service.library.shown import seen, thresholds
from tests.library.books import FILES, MAIN, spoil, write

OTHER = "other-rule/1.0.0.yaml"
PROSE = "# Late pain\n\n## What it answers\nIs it late?\n"
DROPS = "{is: yes, days_ago: 14}, sites: [leg]},\n     expect: fires, as: warning, way: fast"
STORY = Story("01-late", "# Late\n\nSix months on.\n", ("late-pain",), {"late-pain": "yes", "other-rule": "yes"})
UNSURE = Story("02-unsure", "# Unsure\n\nNothing.\n", (), {"late-pain": "unknown"})


def pages(root: Path, *stories: Story) -> dict[str, str]:
    return book_pages(load_book(root, verify_lock=False), Sources({"late-pain": PROSE}, stories))


def rule(root: Path, name: str = "late-pain", *stories: Story) -> str:
    return pages(root, *stories)[f"rules/{name}/1.0.0.md"]


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of late-pain as it is."""
    return rule(write(tmp_path_factory.mktemp("late") / "rules", dict(FILES)))


@pytest.mark.parametrize(
    "line",
    [
        "# Late pain",
        "- Rule `late-pain`, version 1.0.0, active, in force from 2000-01-01 without end",
        "- Family: [Time criteria](../../families/criteria.md)",
        "- For whom: living adults, with a dated lumbar fusion on record",
        "### What it answers",
        "When any of these 2 ways is met:",
        "- **Late and severe**",
        "  - all of: [The operation was late](#question-late); [Pain is severe](#question-severe)",
        "  - none of: [A label stands](#question-labelled)",
        "  - at least one of: [A foot drops](#question-drop)",
        "- Asks: [`operation`](../../vocabulary/1.0.0/facts.md#operation) happened at least 6 months ago",
        "- Threshold of value: **6 months** ([`late_months`](../../vocabulary/parameters.md#late_months)). "
        "Yes when it is 6 months ago to the day, or longer; no when it is a day short of 6 months",
        "- Threshold of value: **7 (score)** ([`severe`](../../vocabulary/parameters.md#severe)). "
        "Yes at 7 (score) or more; no below 7 (score)",
        "- Threshold of age: **14 days** ([`recent`](../../vocabulary/parameters.md#recent)). "
        "Yes when it is 14 days old to the day, or newer; no when it is a day older than 14 days",
        "- Nothing recorded: it cannot tell",
        "- Nothing recorded: taken as no",
        "- Source: A guide, Chapter 1",
        "- Source: [A study](https://example.org/study)",
        "### Check `cleared`",
        "- Asks: any rule of the family alarm answers yes or unknown, see [Red flags](../../families/alarm.md)",
        "- The other way round: it is open while the answer is yes",
        "- While it is open the card says: trend not seen",
        "- Asked only when this is so: [The operation was late](#question-late)",
        "Info, urgency soon. A name in braces stands for what is on record.",
        "**{score} of 10: pain is late**",
        "> Pain since {operation}; open - {outstanding}.",
        "When this is so, “A foot drops”, it reads (warning, urgency same-day):",
        "> Look at {sites} soon.",
        "- When this is so, “The buttock hurts”, it adds: Where: {sites}",
        "- **Order MRI** (marked as the one to begin with; while this is open: trend not seen; left out beside a red flag): "
        "draft ServiceRequest, MR Lumbar spine `http://loinc.org|24967-2`, priority urgent",
        "- **Write** (when this is so: A foot drops; not when this is so: The operation was late): draft CommunicationRequest, Please look",
        "- Not applicable",
        "- Absorbs [`other-rule`](../other-rule/1.0.0.md), when it fires by “Hot” alone: what that one says is part of this card",
        "- Suppresses every card of [Stages](../../families/stage.md), where that one is info",
        "- Suppresses `third-rule`, while the acting card is critical",
        "- Suppresses `fourth-rule`, while this is so: A foot drops",
        "No other card hides it.",
        "- Becomes critical when one of these answers yes: [`other-rule`](../other-rule/1.0.0.md)",
        "Certainty low, recommendation conditional.",
        "Limits: Knows nothing of the cause.",
        "- [`foot_drop`](../../vocabulary/1.0.0/facts.md#foot_drop): Foot drop",
        "It also asks for the answers of: every rule of [Red flags](../../families/alarm.md).",
        "### It fires (4)",
        "- **late and severe**: Date of the operation: 6 months ago; Pain score: 7 (score). Shown as info by “Late and severe”.",
        "- **severe 14 days ago**: Date of the operation: 7 months ago; Pain score: 7 (score), 14 days ago.",
        "- **raised**: Date of the operation: 6 months ago; Pain score: 7 (score); the rule `other-rule` answers yes. Shown as critical.",
        "- **perhaps severe**: Date of the operation: 7 months ago; Pain score: between 6 and 8 (score).",
        "- **a foot drops**: Date of the operation: 1 days ago; Foot drop: yes, 14 days ago; Where it hurts: leg. "
        "Shown as warning by “A foot drops”.",
        "- [1.0.0](1.0.0.md), active, in force from 2000-01-01 without end, written in vocabulary 1.0.0: First version.",
        "| Release and revision dates | r; r |",
    ],
)
def test_the_page_of_a_rule(late: str, line: str) -> None:
    assert line in late.splitlines()


def test_a_rule_without_a_card(root: Path) -> None:
    lines = rule(root, "other-rule").splitlines()
    assert "It has none: its answer is for the rules that ask for it." in lines
    hot = "- Threshold of value: **100.4 degF** ([`hot`](../../vocabulary/parameters.md#hot)). "
    assert hot + "Yes above 100.4 degF; no at 100.4 degF or less" in lines
    assert "- Absorbed by [`late-pain`](../late-pain/1.0.0.md), when it fires by “Hot” alone" in lines
    assert "Its card hides no other." in lines
    assert "- Makes [`late-pain`](../late-pain/1.0.0.md) critical by answering yes" in lines
    assert "- Urgency: soon, time-critical" in lines
    assert "- What may be missed: a lesion" in lines
    assert "When all of this is so:" in lines
    assert "## Checks" not in lines


CHANGES = [
    ("at_least: $severe", "between: [$mild, $severe]", "Yes at 3 (score) or more; no below 3 (score)"),
    ("at_least: $severe", "between: [$mild, $severe]", "Yes below 7 (score); no at 7 (score) or more"),
    ("at_least: $severe", "at_most: $severe", "Yes at 7 (score) or less; no above 7 (score)"),
    ("at_least: $severe", "at_least: 7", "- Threshold of value: **7 (score)**. Yes at 7"),
    ("happened_at_least_ago", "happened_within", "Yes when it is 6 months ago to the day, or less; no when it is a day more than 6 months"),
    ("fact: foot_drop, is: yes", "fact: foot_drop, count_at_least: 2", "Threshold of value: **2**. Yes at 2 or more; no below 2"),
    ("within: $recent, after_index: yes", "older_than: $recent", "Yes when it is a day older than 14 days, or more; no when it is 14"),
    ("{says: A label stands, fact: label, is: yes", "{says: A label stands, fact: label, is: no", "- Nothing recorded: taken as no"),
    ("any: [drop], none", "at_least_of: {n: 1, of: [drop]}, none", "- at least 1 of: [A foot drops](#question-drop)"),
    ("  - {name: raised", "  - {name: n, given: {}, expect: silent}\n  - {name: raised", "- **n**: nothing is recorded."),
    (
        "label: yes}",
        "label: {is: yes, undated: yes, order: same day, side: left}}",
        "Label: yes, without a date, on the day of the operation, left side.",
    ),
    (
        "label: yes}",
        "label: [{is: yes, months_ago: 1, side: both}, unreadable]}",
        "Label: yes, 1 month ago, both sides and recorded, and cannot be read.",
    ),
    ("sites: [leg]}", "sites: [leg, back]}", "Where it hurts: leg, back."),
    ("urgency: same-day, detail: 'Look at {sites} soon.'", "urgency: same-day", "**A foot drops**"),
    ("summary: A foot drops, urgency: same-day, detail: 'Look at {sites} soon.'", "urgency: same-day", "the same words."),
    ("indicator: warning, summary: A foot drops, urgency: same-day,", "summary: A foot drops,", "“A foot drops”, it reads:"),
    ("  override_reasons: [not-applicable]\n", "  selection: at-most-one\n", "At most one of them can be taken."),
    ("{rule: third-rule, when: critical}", "{rule: other-rule}", "- Suppresses [`other-rule`](../other-rule/1.0.0.md)"),
]


@pytest.mark.parametrize(("old", "new", "shown"), CHANGES, ids=lambda text: text[:40])
def test_other_rules_read_otherwise(root: Path, old: str, new: str, shown: str) -> None:
    spoil(root, MAIN, old, new)
    assert shown in rule(root)


def test_a_rule_that_asks_another(root: Path) -> None:
    spoil(root, MAIN, "checks:", "  told: {says: Told, rule: other-rule, answers: yes, because: guide}\nchecks:")
    spoil(root, MAIN, "checks:", "  gone: {says: Gone, rule: no-such-rule, answers: unknown, because: guide}\nchecks:")
    spoil(root, MAIN, "notes: [", "notes: [{when: told, text: Told}, {when: gone, text: Gone}, ")
    lines = rule(root).splitlines()
    assert "- Asks: [`other-rule`](../other-rule/1.0.0.md) answers yes" in lines
    assert "- Asks: `no-such-rule` answers unknown" in lines
    asked = "every rule of [Red flags](../../families/alarm.md), `no-such-rule`, [`other-rule`](../other-rule/1.0.0.md)"
    assert f"It also asks for the answers of: {asked}." in lines


def test_what_stands_over_a_whole_family(root: Path) -> None:
    spoil(root, MAIN, "suppresses: [", "suppresses: [{family: alarm, only: critical}, {family: alarm, only: info}, ")
    (root / OTHER).write_text((root / OTHER).read_text().replace("tests:", "card: {indicator: info, summary: s, detail: d}\ntests:"))
    lines = rule(root, "other-rule").splitlines()
    assert "- Suppressed by [`late-pain`](../late-pain/1.0.0.md), where that one is info" in lines
    assert not any("where that one is critical" in line for line in lines)


def test_a_third_rule(root: Path) -> None:
    text = (root / OTHER).read_text().replace("other-rule", "third-rule")
    (root / "third-rule").mkdir()
    (root / "third-rule/1.0.0.yaml").write_text(text)
    lines = rule(root, "third-rule").splitlines()
    assert "- Suppressed by [`late-pain`](../late-pain/1.0.0.md), while the acting card is critical" in lines
    assert not any(line.startswith(("- Absorbed", "- Makes")) for line in lines)


def second(root: Path) -> None:
    """A second version of late-pain in a second vocabulary, in which pain is severe from 8 on."""
    (root / "vocabulary/1.1.0").mkdir()
    (root / "vocabulary/1.1.0/vocabulary.yaml").write_text("extends: 1.0.0\n")
    spare = "  spare: {value: 1, unit: days, meaning: Spare, basis: Project choice}\n"
    severe = "parameters:\n  severe: {value: 8, unit: '{score}', meaning: Severe, basis: Project choice}\n"
    (root / "vocabulary/1.1.0/parameters.yaml").write_text(severe + spare)
    text = (root / MAIN).read_text()
    new = text.replace("version: 1.0.0\nvocabulary: 1.0.0", "version: 1.1.0\nvocabulary: 1.1.0").replace(
        "First version.", "Severe from 8 on."
    )
    (root / "late-pain/1.1.0.yaml").write_text(new.replace("{from: 2000-01-01}", "{from: 2027-01-01}"))
    (root / MAIN).write_text(text.replace("{from: 2000-01-01}", "{from: 2000-01-01, until: 2027-01-01}"))
    changes = ("1.0.0 active from 2000-01-01 until 2027-01-01", "1.1.0 active from 2027-01-01")
    (root / "CHANGES.md").write_text("".join(f"- late-pain {change}: readers asked\n" for change in changes))


def test_versions(root: Path) -> None:
    second(root)
    made = pages(root)
    old, new = (made[f"rules/late-pain/{version}.md"].splitlines() for version in ("1.0.0", "1.1.0"))
    assert old[0] == "# Late pain (1.0.0)"
    assert "- Rule `late-pain`, version 1.0.0, active, in force from 2000-01-01 until 2027-01-01, that day not included" in old
    assert "The version in the lists is [1.1.0](1.1.0.md)." in old
    assert "## In words" not in old
    assert new[0] == "# Late pain"
    days = "in force from 2000-01-01 until 2027-01-01, that day not included"
    assert f"- [1.0.0](1.0.0.md), active, {days}, written in vocabulary 1.0.0: First version." in new
    assert "- [1.1.0](1.1.0.md), active, in force from 2027-01-01 without end, written in vocabulary 1.1.0: Severe from 8 on." in new
    assert "- 1.0.0 active from 2000-01-01 until 2027-01-01: readers asked" in new
    assert "- 1.1.0 active from 2027-01-01: readers asked" in new
    assert any("**8 (score)**" in line for line in new)
    assert any("**7 (score)**" in line for line in old)


def test_a_draft_is_listed_and_never_stands_for_its_rule(root: Path) -> None:
    text = (root / MAIN).read_text().replace("version: 1.0.0\n", "version: 1.1.0\n", 1).replace("status: active", "status: draft")
    (root / "late-pain/1.1.0.yaml").write_text(text)
    made = pages(root)
    assert (
        "| [Late pain](late-pain/1.0.0.md) | `late-pain` | info | soon | [1.1.0](late-pain/1.1.0.md) (draft), [1.0.0]("
        in made["rules/index.md"]
    )
    assert "The version in the lists is [1.0.0](1.0.0.md)." in made["rules/late-pain/1.1.0.md"]
    assert "## In words" in made["rules/late-pain/1.0.0.md"]


def test_a_rule_of_drafts_alone_is_listed(root: Path) -> None:
    spoil(root, MAIN, "status: active", "status: draft")
    assert "[1.0.0](late-pain/1.0.0.md) (draft) |" in pages(root)["rules/index.md"]


def test_parameters_name_their_values_and_users(root: Path) -> None:
    second(root)
    text = pages(root)["vocabulary/parameters.md"]
    severe = text.partition("## `severe`")[2].partition("## ")[0]
    assert "- Vocabulary 1.0.0: **7 (score)**\n- Vocabulary 1.1.0: **8 (score)**\n- Basis: Project choice\n" in severe
    assert "- Asked by: [`late-pain`](../rules/late-pain/1.0.0.md) 1.0.0, [`late-pain`](../rules/late-pain/1.1.0.md) 1.1.0" in severe
    spare = text.partition("## `spare`")[2].partition("## ")[0]
    assert "- Vocabulary 1.1.0: **1 day**" in spare
    assert "Vocabulary 1.0.0" not in spare
    assert "- Used by nothing" in spare
    assert "- Inside the facts: [`trend`](1.0.0/facts.md#trend), [`trend`](1.1.0/facts.md#trend)" in text.partition("## `mild`")[2]
    assert "**1.5**" in text.partition("## `half`")[2]


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        ("score", "- A number in (score), 0 to 10"),
        ("score", "- Read from: [`pain`](value-sets.md#pain)"),
        ("score", "- Nothing recorded: unknown, unless a question says how to take it"),
        ("score", "- A reading without a date: whether it is recent enough cannot be told"),
        ("score", "- Asked by: [`late-pain`](../../rules/late-pain/1.0.0.md)"),
        ("foot_drop", "- Present or absent"),
        ("foot_drop", "- A reading without a date: it counts as of the day that is judged"),
        ("foot_drop", "- Preliminary findings, provisional diagnoses and findings of the day of the operation count"),
        ("foot_drop", "- Read from: [`foot-drop`](value-sets.md#local-findings), [`weakness`](value-sets.md#local-findings)"),
        ("operation", "- A date"),
        ("sites", "- Words: `leg`, `back`, `buttock`"),
        ("lumbar_fusion", "- Nothing recorded: no"),
        ("history", "- A reading without a date: it is left out"),
        ("history", "- Asked by no rule"),
        ("history", "- Look-back: none of its own; a question may ask how old a reading is"),
        ("trend", "- Look-back: readings at most 14 days, 3 months old"),
        ("trend", "- Made by the picker `trend` (side left, strict yes, factor 1.5, window 3 months, regions leg, back)"),
        (
            "trend",
            "- Thresholds inside: [`mild`](../parameters.md#mild) 3 (score), Mild; [`recent`](../parameters.md#recent) 14 days, Recent",
        ),
    ],
)
def test_facts(root: Path, fact: str, line: str) -> None:
    book = load_book(root, verify_lock=False)
    trend = book.vocabularies["1.0.0"].facts["trend"].settings
    ages = frozenset({trend["fresh"], trend["window"]})
    windows = {"trend": Window(frozenset(), ages)}  # type: ignore[arg-type]
    made = book_pages(book, Sources(windows=lambda spec: windows.get(spec.name, Window())))
    text = made["vocabulary/1.0.0/facts.md"].partition(f"## `{fact}`")[2].partition("\n## ")[0]
    assert line in text.splitlines()


def test_what_a_picker_reads_beside_the_codes_of_its_fact(root: Path) -> None:
    sources = Sources(windows=lambda _: Window(frozenset({"orders"})))
    text = book_pages(load_book(root, verify_lock=False), sources)["vocabulary/1.0.0/facts.md"]
    assert "- Read from: [`orders`](value-sets.md#orders), [`pain`](value-sets.md#pain)" in text


def test_value_sets(root: Path) -> None:
    text = pages(root)["vocabulary/1.0.0/value-sets.md"]
    assert "| `M54` and below | Dorsalgia | http://hl7.org/fhir/sid/icd-10-cm | icd | back; n |" in text
    assert "| `24967-2` | MR Lumbar spine | http://loinc.org | loinc.org |  |" in text
    assert "Read by: [`score`](facts.md#score)." in text


def test_the_vocabulary_names_every_question_word(root: Path) -> None:
    text = pages(root)["vocabulary/index.md"]
    assert "[Facts of 1.0.0](1.0.0/facts.md) and [value sets of 1.0.0](1.0.0/value-sets.md)" in text
    assert "| `between` | number | two numbers | the number is the first or more, and less than the second |" in text


def test_lists(root: Path) -> None:
    made = pages(root)
    row = "| [Late pain]({}rules/late-pain/1.0.0.md) | `late-pain` | info | soon | [1.0.0]({}rules/late-pain/1.0.0.md) |"
    assert row.replace("{}rules/", "") in made["rules/index.md"]
    assert row.format("../", "../") in made["families/criteria.md"]
    assert "| `other-rule` | none |" in made["families/alarm.md"]
    assert "families/stage.md" not in made
    assert made["rules/index.md"].index("Red flags") < made["rules/index.md"].index("Time criteria")


def test_every_family_has_its_words() -> None:
    assert set(FAMILY) == set(FAMILIES)


def test_stories(root: Path) -> None:
    made = pages(root, STORY, UNSURE)
    text = made["stories.md"]
    assert "## 01 Late\n\n`fhir_samples/01-late`\n\nSix months on.  \n" in text
    assert "Cards: [Late pain](rules/late-pain/1.0.0.md)." in text
    assert "Also yes, and not shown: [Late pain](rules/other-rule/1.0.0.md)." in text
    assert "No card: the rules looked, and found nothing." in text
    shown = made["rules/late-pain/1.0.0.md"]
    assert "- Its card is shown in: [Late](../../stories.md#01-late)" in shown
    assert "- It cannot tell in 1 of the stories" in shown
    assert "- It answers yes and another card is shown in: [Late]" in made["rules/other-rule/1.0.0.md"]


def test_a_story_of_a_rule_the_book_does_not_hold(root: Path) -> None:
    text = pages(root, Story("03-odd", "# Odd\n", ("no-such-rule",), {"other": "yes"}))["stories.md"]
    assert "Cards: `no-such-rule`." in text
    assert "Also yes, and not shown: `other`." in text


def test_coverage(root: Path) -> None:
    made = pages(root, STORY)
    text = made["coverage/index.md"]
    assert "2 versions carry 12 tests of their own." in text
    assert "| [`late-pain` 1.0.0](late-pain/1.0.0.md) | 10 | 5/5 | 2/2 | 1/1 | 8/8 | 1/2 | " in text
    assert "| [`other-rule` 1.0.0](other-rule/1.0.0.md) | 2 | 1/1 | 1/1 | none | 2/2 | none | 3/3 | 0 |" in text
    assert "- [`late-pain` 1.0.0](late-pain/1.0.0.md): check `seen`: no test has it done" in text
    assert "check `seen`: no test has it open" not in text


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("label: yes}, expect: silent", "label: no}, expect: fires", "question `labelled`: no test has it answer yes"),
        (", sites: [leg]}", "}", "question `sacral`: no test has it answer yes"),
        (DROPS, "no}, expect: silent", "way “A foot drops”: no test fires by it"),
        (DROPS, "no}, expect: silent", "variant for `fast`: no test shows it"),
        (DROPS, "yes, lumbar_fusion_dated: no}, expect: silent", "way “A foot drops”: no test fires by it"),
        ("score: 6}", "score: 5}", "question `severe`: no test holds at_least: a reading below 7 by at most 1"),
    ],
)
def test_what_no_test_shows(root: Path, old: str, new: str, gap: str) -> None:
    spoil(root, MAIN, old, new)
    made = pages(root)
    assert f"- [`late-pain` 1.0.0](late-pain/1.0.0.md): {gap}" in made["coverage/index.md"].splitlines()


def test_nothing_left_open(root: Path) -> None:
    spoil(root, MAIN, "checks:\n  seen:", "checks:\n  unseen:")
    text = (root / MAIN).read_text()
    start, end = text.index("checks:"), text.index("ways:")
    (root / MAIN).write_text((text[:start] + text[end:]).replace("; open - {outstanding}", "").replace(" for: seen,", ""))
    assert "Nothing is left open." in pages(root)["coverage/index.md"]


def test_the_coverage_of_one_rule(root: Path) -> None:
    lines = pages(root, STORY)["coverage/late-pain/1.0.0.md"].splitlines()
    assert "[Late pain](../../rules/late-pain/1.0.0.md): 10 tests of its own. A cell names at most 3 tests, and counts the rest." in lines
    drop = "| `drop` A foot drops | a foot drops | late and severe; a day short; not severe and 6 more | none |"
    assert drop in lines
    assert "| Late and severe | late and severe; severe 14 days ago; raised |" in lines
    assert "| `fast` | a foot drops |" in lines
    assert "| `severe` Pain is severe | at_least: a reading below 7 by at most 1 | not severe |" in lines
    assert any(line.startswith("| `seen` The trend was seen | **no test** | late and severe;") for line in lines)
    assert "Not noticed:" in lines
    assert "- Its card is shown in: [Late](../../stories.md#01-late)" in lines
    other = pages(root)["coverage/other-rule/1.0.0.md"]
    assert "3 of 3 are noticed by a test of the rule." in other
    assert "Not noticed:" not in other
    assert "## Variants" not in other
    assert "In no sample story does it answer other than no." in other


def test_a_rule_without_thresholds_has_no_table_of_them(root: Path) -> None:
    spoil(root, OTHER, "fact: heat, more_than: $hot", "fact: label, is: yes")
    spoil(root, OTHER, "heat: 100.5", "label: yes")
    spoil(root, OTHER, "heat: 100.4", "label: no")
    assert "## Thresholds" not in pages(root)["coverage/other-rule/1.0.0.md"]


def test_what_tests_show(root: Path) -> None:
    book: Book = load_book(root, verify_lock=False)
    (late,) = book.versions["late-pain"]
    shown = seen(late)
    assert shown.ways == {"slow": ("late and severe", "severe 14 days ago", "raised"), "fast": ("a foot drops",)}
    assert shown.variants == (("fast", ("a foot drops",)),)
    rows = list(thresholds(late, late.criteria["late"], book.vocabularies["1.0.0"]))
    assert [tests for _, tests in rows] == [("late and severe", "raised"), ("a day short",)]
    assert list(thresholds(late, late.checks["cleared"], book.vocabularies["1.0.0"])) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a*b", r"a\*b"),
        ("[x]", r"\[x\]"),
        ("a|b", r"a\|b"),
        ("a_b", "a_b"),
        ("_a_", r"\_a\_"),
        ("<b>", r"\<b\>"),
        ("`", r"\`"),
        ("\\", r"\\"),
    ],
)
def test_text_reads_as_it_is_written(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_links_are_made_relative() -> None:
    text = "[a](/rules/x/1.0.0.md#q) [b](https://example.org/y) [c](#q)"
    assert relative(text, "coverage/x/1.0.0.md") == "[a](../../rules/x/1.0.0.md#q) [b](https://example.org/y) [c](#q)"
    assert relative("[a](/stories.md)", "index.md") == "[a](stories.md)"


def test_a_page_has_an_empty_line_before_each_heading() -> None:
    assert page("T", ["a", "## B", "", "", "", *table(("x",), [("1",)])]) == "# T\n\na\n\n## B\n\n| x |\n| --- |\n| 1 |\n"


def run(root: Path, *args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["rules", "--root", str(root), "pages", *args])
    return result.exit_code, result.output


def test_the_command(root: Path, tmp_path: Path) -> None:
    story = tmp_path / "samples" / "01-late"
    story.mkdir(parents=True)
    (story / "README.md").write_text(STORY.text)
    (story / "expected.json").write_text('{"cards": [{"rule": "late-pain"}], "answers": {"late-pain": "yes"}}')
    out = tmp_path / "out"
    assert run(root, "--out", str(out), "--samples", str(story.parent)) == (0, f"{out}: 13 pages of 2 rules\n")
    assert "## In words" in (out / "rules/late-pain/1.0.0.md").read_text()
    assert "Six months on." in (out / "stories.md").read_text()


def test_the_command_without_samples(root: Path, tmp_path: Path) -> None:
    assert run(root, "--out", str(tmp_path / "out"))[0] == 0
    assert "##" not in (tmp_path / "out" / "stories.md").read_text()
    code, output = run(root, "--out", str(tmp_path / "out"), "--samples", str(tmp_path / "none"))
    assert code == 2
    assert "there is no folder" in output


def test_the_command_tells_what_is_wrong_with_the_rules(root: Path, tmp_path: Path) -> None:
    spoil(root, MAIN, "family: criteria", "family: other")
    code, output = run(root, "--out", str(tmp_path / "out"))
    assert code == 1
    assert "family" in output
    assert not (tmp_path / "out").exists()
