"""The book: what is in force when, pins, releases, digests, vocabularies that extend others."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from service.engine.answers import Answer
from service.engine.dates import Duration
from service.engine.rule import Rule
from service.library import Book, BookError, NoRulesInForce, PinError, load_book
from service.library.book import KEPT
from tests.library.books import FACTS, MAIN, RULE, SMALL, spoil, write

DAY = date(2026, 3, 1)
TWO = "late-pain/1.1.0.yaml"


def load(root: Path) -> Book:
    return load_book(root, verify_lock=False)


def second(root: Path, effective: str, status: str = "active", old: str = "") -> None:
    """Add version 1.1.0 of the main rule, and end the first where `old` says."""
    text = RULE.replace("version: 1.0.0", "version: 1.1.0").replace("effective: {from: 2000-01-01}", f"effective: {effective}")
    write(root, {TWO: text.replace("status: active", f"status: {status}")})
    if old:
        spoil(root, MAIN, "{from: 2000-01-01}", f"{{from: 2000-01-01, until: {old}}}")


def test_a_rule_is_read_whole(root: Path) -> None:
    rule = load(root).versions["late-pain"][0]
    severe = rule.criteria["severe"]
    assert list(rule.criteria) == ["late", "severe", "drop", "labelled", "sacral"]
    assert (severe.word, severe.argument, severe.within) == ("at_least", Decimal(7), Duration(14, "days"))
    assert severe.parameters == ("severe", "recent")
    assert severe.after_index == "yes" and rule.criteria["drop"].if_unknown is Answer.NO
    assert rule.checks["cleared"].argument == ("yes", "unknown") and rule.checks["cleared"].inverted
    assert [way.name for way in rule.ways] == ["slow", "fast"] and rule.ways[0].none == ("labelled",)
    assert rule.face is not None and rule.face.variants[0].urgency == "same-day"
    assert rule.face.suggestions[0].actions[0].codes == (("http://loinc.org", "24967-2", "MR Lumbar spine"),)
    assert rule.face.suggestions[0].actions[0].description == "Order MRI"
    assert rule.face.suggestions[1].actions[0].text == "Please look"
    assert [(t.rule, t.way) for t in rule.absorbs] == [("other-rule", "part")]
    assert [(t.family or t.rule, t.only, t.when) for t in rule.suppresses] == [
        ("stage", "info", ""),
        ("third-rule", "", "critical"),
        ("fourth-rule", "", "fast"),
    ]
    assert rule.citations["study"].checked and rule.effective_until is None


def test_other_forms_of_arguments(root: Path) -> None:
    spoil(root, MAIN, "at_least: $severe", "between: [$mild, 8]")
    spoil(root, MAIN, "is: yes, within: $recent", "count_at_least: $twice, older_than: 14 days")
    spoil(root, MAIN, "happened_at_least_ago: $late_months", "happened_within: 1 month")
    spoil(root, MAIN, "has_any_of: [buttock, leg]", "one_of: leg")
    spoil(root, MAIN, "fact: trend, is: yes", "fact: trend, count_at_least: 3")
    spoil(root, MAIN, "family: alarm, answers: [yes, unknown]", "rule: other-rule, answers: true")
    spoil(root, MAIN, "code: 'http://loinc.org|24967-2'", "code: ['http://loinc.org|24967-2']")
    spoil(root, MAIN, "summary: A foot drops, urgency: same-day, detail: 'Look at {sites} soon.'", "urgency: same-day")
    rule = load(root).versions["late-pain"][0]
    assert rule.criteria["severe"].argument == (Decimal(3), Decimal(8))
    assert (rule.criteria["drop"].argument, rule.criteria["drop"].older_than) == (2, Duration(14, "days"))
    assert rule.criteria["late"].argument == Duration(1, "months")
    assert rule.criteria["sacral"].argument == ("leg",)
    assert rule.checks["seen"].argument == 3
    assert rule.checks["cleared"].argument == ("yes",)


def test_one_way_may_be_written_fires_when(root: Path) -> None:
    spoil(root, "other-rule/1.0.0.yaml", "ways:\n  part: {says: Hot, all: [hot]}", "fires_when: {at_least_of: {n: 1, of: [hot]}}")
    way = load(root).versions["other-rule"][0].ways[0]
    assert (way.name, way.says, way.at_least_of) == ("fires", "Late pain", (1, ("hot",)))


def test_absence_may_be_asked_plainly(root: Path) -> None:
    spoil(root, MAIN, "fact: label, is: yes", "fact: label, is: no")
    assert load(root).versions["late-pain"][0].criteria["labelled"].argument is False


def test_facts_of_the_vocabulary(root: Path) -> None:
    vocabulary = load(root).vocabularies["1.0.0"]
    trend = vocabulary.facts["trend"]
    assert trend.settings == {
        "fresh": Duration(14, "days"),
        "low": Decimal(3),
        "side": "left",
        "strict": True,
        "factor": Decimal("1.5"),
        "window": Duration(3, "months"),
        "regions": ("leg", "back"),
    }
    assert trend.parameters == ("mild", "recent")
    assert vocabulary.facts["lumbar_fusion"].silence is Answer.NO
    code = vocabulary.value_sets["pain"].codes[0]
    assert (code.prefix, code.qualifier, code.note) == (True, "back", "n")


# --- over time ---------------------------------------------------------------------------------------------------------


def ids(rules: tuple[Rule, ...]) -> list[str]:
    return [f"{rule.id}@{rule.version}" for rule in rules]


def test_intervals_are_half_open(root: Path) -> None:
    second(root, "{from: 2026-03-01}", old="2026-03-01")
    book = load(root)
    assert ids(book.in_force(date(2026, 2, 28))) == ["late-pain@1.0.0", "other-rule@1.0.0"]
    assert ids(book.in_force(DAY)) == ["late-pain@1.1.0", "other-rule@1.0.0"]
    assert ids(book.versions["late-pain"]) == ["late-pain@1.0.0", "late-pain@1.1.0"]


def test_versions_are_ordered_as_numbers(root: Path) -> None:
    for version in ("1.10.0", "1.9.0"):
        write(root, {f"late-pain/{version}.yaml": RULE.replace("version: 1.0.0", f"version: {version}").replace("active", "draft")})
    assert [rule.version for rule in load(root).versions["late-pain"]] == ["1.0.0", "1.9.0", "1.10.0"]


@pytest.mark.parametrize(
    ("effective", "old", "expected"),
    [
        (
            "{from: 2026-03-01}",
            "",
            "late-pain@1.1.0 begins on 2026-03-01 while 1.0.0 is in force without end: end it with `postfusion rules end",
        ),
        ("{from: 2026-03-01}", "2026-03-02", "late-pain@1.1.0 begins on 2026-03-01 while 1.0.0 is in force until 2026-03-02"),
        (
            "{from: 2026-03-01}",
            "2026-02-28",
            "no version of late-pain is in force from 2026-02-28 to 2026-03-01: let 1.1.0 begin on 2026-02-28",
        ),
    ],
)
def test_overlaps_and_holes_are_refused(effective: str, old: str, expected: str, root: Path) -> None:
    second(root, effective, old=old)
    with pytest.raises(BookError) as caught:
        load(root)
    assert expected in str(caught.value)


def test_drafts_are_in_no_interval_and_never_in_force(root: Path) -> None:
    second(root, "{from: 2026-01-01}", status="draft")
    book = load(root)
    assert ids(book.in_force(DAY)) == ["late-pain@1.0.0", "other-rule@1.0.0"]
    assert ids(book.drafts(DAY)) == ["late-pain@1.1.0"]
    assert book.drafts(date(2025, 12, 31)) == ()


def test_a_retired_version_stays_in_force_until_its_end(root: Path) -> None:
    spoil(root, MAIN, "status: active", "status: retired")
    spoil(root, MAIN, "{from: 2000-01-01}", "{from: 2000-01-01, until: 2026-01-01}")
    book = load(root)
    assert "late-pain@1.0.0" in ids(book.in_force(date(2025, 12, 31)))
    assert "late-pain@1.0.0" not in ids(book.in_force(date(2026, 1, 1)))


def test_a_day_without_rules(root: Path) -> None:
    book = load(root)
    with pytest.raises(NoRulesInForce, match="no rule is in force on 1999-12-31") as caught:
        book.in_force(date(1999, 12, 31))
    assert caught.value.day == date(1999, 12, 31)
    with pytest.raises(NoRulesInForce):
        book.release(date(1999, 12, 31), ["late-pain@1.0.0"])


def test_rules_that_ask_each_other_in_a_circle_are_refused(root: Path) -> None:
    spoil(root, MAIN, "family: alarm, answers: [yes, unknown]", "rule: other-rule, answers: yes")
    spoil(root, "other-rule/1.0.0.yaml", "fact: heat, more_than: $hot", "rule: late-pain, answers: yes")
    spoil(root, "other-rule/1.0.0.yaml", "given: {heat: 100.5}", "given: {rules: {late-pain: yes}}")
    spoil(root, "other-rule/1.0.0.yaml", "given: {heat: 100.4}", "given: {rules: {late-pain: no}}")
    write(root, {"third-rule/1.0.0.yaml": SMALL.replace("other-rule", "third-rule").replace("2000-01-01", "2001-01-01")})
    with pytest.raises(BookError) as caught:
        load(root)
    assert [one.reason for one in caught.value.problems] == [
        "rules ask about each other in a circle: late-pain, other-rule (first on 2000-01-01)"
    ]


# --- releases and pins ---------------------------------------------------------------------------------------------------


def test_a_release_runs_the_rules_in_reading_order(root: Path) -> None:
    release = load(root).release(DAY)
    assert [rule.id for rule in release.rules] == ["other-rule", "late-pain"]
    assert [one.rule.id for one in release.deciders] == ["other-rule", "late-pain"]
    assert release.pinned == frozenset() and release.digest.startswith("sha256:")


def test_releases_are_kept_but_not_without_bound(root: Path) -> None:
    book = load(root)
    first = book.release(DAY)
    assert book.release(DAY) is first
    for year in range(2027, 2027 + KEPT):
        book.release(date(year, 1, 1))
    assert book.release(DAY) is not first
    assert book.release(DAY).digest == first.digest


def test_a_pin_takes_the_place_of_the_version_in_force(root: Path) -> None:
    second(root, "{from: 2026-01-01}", status="draft")
    book = load(root)
    release = book.release(DAY, ["late-pain@1.1.0"])
    assert [f"{rule.id}@{rule.version}" for rule in release.rules] == ["other-rule@1.0.0", "late-pain@1.1.0"]
    assert release.pinned == {"late-pain"} and release.digest != book.release(DAY).digest


def test_any_version_may_be_pinned(root: Path) -> None:
    second(root, "{from: 2026-01-01}", old="2026-01-01")
    release = load(root).release(DAY, ["late-pain@1.0.0", "other-rule@1.0.0"])
    assert [rule.version for rule in release.rules if rule.id == "late-pain"] == ["1.0.0"]


@pytest.mark.parametrize(
    ("pins", "expected"),
    [
        (["late-pain"], "a pin has the form rule@1.0.0"),
        (["@1.0.0"], "a pin has the form rule@1.0.0"),
        (["late-pian@1.0.0"], r"a pin names a rule that does not exist; did you mean late-pain\?"),
        (["zzz@1.0.0"], "a pin names a rule that does not exist$"),
        (["late-pain@2.0.0"], "a pin names a version of late-pain that does not exist; there are 1.0.0"),
        (["late-pain@1.0.0", "late-pain@1.0.0"], "two pins name the rule late-pain"),
    ],
)
def test_bad_pins(pins: list[str], expected: str, root: Path) -> None:
    with pytest.raises(PinError, match=expected):
        load(root).release(DAY, pins)


def test_pins_that_make_a_circle(root: Path) -> None:
    spoil(root, MAIN, "family: alarm, answers: [yes, unknown]", "rule: other-rule, answers: yes")
    draft = (
        SMALL.replace("version: 1.0.0", "version: 1.1.0")
        .replace("active", "draft")
        .replace("fact: heat, more_than: $hot", "rule: late-pain, answers: yes")
    )
    draft = draft.replace("heat: 100.5", "rules: {late-pain: yes}").replace("heat: 100.4", "rules: {late-pain: no}")
    write(root, {"other-rule/1.1.0.yaml": draft})
    with pytest.raises(PinError, match="these versions cannot run together: rules ask about each other in a circle"):
        load(root).release(DAY, ["other-rule@1.1.0"])


# --- digests -------------------------------------------------------------------------------------------------------------


def digest(root: Path, rule: str = "late-pain") -> str:
    return load(root).versions[rule][0].digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (MAIN, "# ", "# "),
        (MAIN, "urgency: soon\n", "\nurgency:   'soon'  # quick\n"),
        (MAIN, "{from: 2000-01-01}", "{from: 2000-01-01, until: 2030-01-01}"),
        (MAIN, "status: active\neffective: {from: 2000-01-01}", "status: retired\neffective: {until: 2030-01-01, from: 2000-01-01}"),
        ("vocabulary/1.0.0/parameters.yaml", "meaning: Hot", "meaning: Warm"),
        ("vocabulary/1.0.0/valuesets/local-findings.yaml", "display: Other", "display: Something"),
        ("README.md", "Rules", "The rules"),
    ],
)
def test_what_does_not_change_a_digest(file: str, old: str, new: str, root: Path) -> None:
    before = digest(root)
    if old == new:
        (root / file).write_text("# a comment\n" + (root / file).read_text())
    else:
        spoil(root, file, old, new)
    assert digest(root) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (MAIN, "urgency: soon", "urgency: routine"),
        (MAIN, "{from: 2000-01-01}", "{from: 2000-01-02}"),
        (MAIN, "name: not severe", "name: not so severe"),
        (
            "vocabulary/1.0.0/parameters.yaml",
            "{value: 7, unit: '{score}', meaning: Severe",
            "{value: 7, unit: '{score}', meaning: Very severe",
        ),
        ("vocabulary/1.0.0/parameters.yaml", "meaning: Mild", "meaning: Low"),
        ("vocabulary/1.0.0/facts.yaml", "meaning: Where it hurts", "meaning: Where"),
        ("vocabulary/1.0.0/facts.yaml", "meaning: Dated fusion", "meaning: A dated fusion"),
        ("vocabulary/1.0.0/valuesets/pain.yaml", "code: M54", "code: M55"),
        ("vocabulary/1.0.0/valuesets/local-findings.yaml", "display: Weakness", "display: Weak"),
        ("vocabulary/1.0.0/valuesets/orders.yaml", "display: MR Lumbar spine", "display: MRI"),
    ],
)
def test_what_changes_a_digest(file: str, old: str, new: str, root: Path) -> None:
    before, other, book = digest(root), digest(root, "other-rule"), load(root).digest
    spoil(root, file, old, new)
    assert digest(root) != before
    assert digest(root, "other-rule") == other or "Dated" in old
    assert load(root).digest != book


def test_the_book_digest_covers_status_and_end(root: Path) -> None:
    before = load(root).digest
    spoil(root, MAIN, "{from: 2000-01-01}", "{from: 2000-01-01, until: 2030-01-01}")
    assert load(root).digest != before


def test_contents_hold_every_file(root: Path) -> None:
    book = load(root)
    assert book.contents[MAIN] == book.versions["late-pain"][0].digest
    assert set(book.contents) == {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


# --- vocabularies ----------------------------------------------------------------------------------------------------------


def test_a_vocabulary_extends_another(root: Path) -> None:
    write(
        root,
        {
            "vocabulary/1.1.0/vocabulary.yaml": "extends: 1.0.0\n",
            "vocabulary/1.1.0/parameters.yaml": "parameters: {mild: {value: 2, unit: '{score}', meaning: Mild, basis: Project choice}}\n",
        },
    )
    vocabularies = load(root).vocabularies
    assert vocabularies["1.1.0"].parameters["mild"].value == Decimal(2)
    assert vocabularies["1.1.0"].facts["trend"].settings["low"] == Decimal(2)
    assert vocabularies["1.0.0"].facts["trend"].settings["low"] == Decimal(3)
    assert vocabularies["1.1.0"].value_sets == vocabularies["1.0.0"].value_sets


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ("1.0.9", "extends: vocabulary '1.0.9' does not exist; did you mean 1.0.0?"),
        ("1.2.0", "extends: extends a vocabulary that extends it back"),
    ],
)
def test_what_a_vocabulary_cannot_extend(extends: str, expected: str, root: Path) -> None:
    write(root, {"vocabulary/1.1.0/vocabulary.yaml": f"extends: {extends}\n", "vocabulary/1.2.0/vocabulary.yaml": "extends: 1.1.0\n"})
    with pytest.raises(BookError) as caught:
        load(root)
    assert expected in str(caught.value)


def test_a_vocabulary_without_findings(root: Path) -> None:
    (root / "vocabulary/1.0.0/valuesets/local-findings.yaml").unlink()
    write(root, {"vocabulary/1.0.0/facts.yaml": FACTS.replace(", codes: [foot-drop, weakness]", "")})
    assert digest(root)


def test_a_vocabulary_without_override_reasons(root: Path) -> None:
    (root / "vocabulary/1.0.0/valuesets/override-reasons.yaml").unlink()
    with pytest.raises(BookError, match="override reason 'not-applicable' does not exist"):
        load(root)


def test_one_rule_may_be_loaded_alone(root: Path) -> None:
    spoil(root, "other-rule/1.0.0.yaml", "urgency: soon", "urgency: son")
    assert list(load_book(root, verify_lock=False, only="late-pain").versions) == ["late-pain"]


def test_the_book_is_frozen(root: Path) -> None:
    book = load(root)
    with pytest.raises(AttributeError):
        book.digest = "x"  # type: ignore[misc]
    assert replace(book, digest="x").versions == book.versions
