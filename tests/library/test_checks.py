"""The lint finds what tests leave open; mutants find what they do not notice; a rule reads as sentences."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.library import checks, compare, load_book
from service.library.checks import lint
from service.library.compare import mutants, survivors
from service.library.explain import explain
from tests.library.books import MAIN, SMALL, spoil, write
from tests.stories.replay import book as shipped

HINT = "(in suppresses; did you mean other-rule?)"
MISSING = f"names rules that are not in the book: third-rule {HINT}, fourth-rule {HINT}"
OTHER = "other-rule/1.0.0.yaml"


def findings(root: Path, only: str = "") -> list[str]:
    return [str(one) for one in lint(load_book(root, verify_lock=False), only)]


def test_the_small_book_is_clean_but_for_names(root: Path) -> None:
    assert findings(root) == [f"{MAIN}: rules: {MISSING} (warning)"]
    assert findings(root, "other-rule") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (MAIN, "score: 6}, expect: silent", "score: 6}, expect: fires", "test 'not severe': expected fires, and it stays silent"),
        (
            MAIN,
            "{operation: 6 months less a day ago, score: 7}",
            "{operation: 5 months ago, score: 7}",
            "criteria.late: no test gives operation for happened_at_least_ago: a reading a day younger than 6 months",
        ),
        (MAIN, "score: 6}", "score: 5}", "criteria.severe: no test gives score for at_least: a reading below 7 by at most 1"),
        (
            MAIN,
            "{value: 7, days_ago: 14}",
            "{value: 7, days_ago: 13}",
            "criteria.severe: no test gives score for within: a reading exactly 14 days old",
        ),
        (
            MAIN,
            "{value: 7, days_ago: 15}",
            "{value: 7, days_ago: 16}",
            "criteria.severe: no test gives score for within: a reading a day older than 14 days",
        ),
        (MAIN, "label: yes}, expect: silent", "label: no}, expect: fires", "criteria.labelled: no test has it answer yes"),
        (MAIN, ", sites: [leg]}", "}", "criteria.sacral: no test has it answer yes"),
        (
            MAIN,
            "{is: yes, days_ago: 14}, sites: [leg]},\n     expect: fires, as: warning, way: fast",
            "{is: yes, days_ago: 16}, sites: [leg]}, expect: silent",
            "ways.fast: no test fires by it",
        ),
        (
            MAIN,
            "{is: yes, days_ago: 14}, sites: [leg]},\n     expect: fires, as: warning, way: fast",
            "{is: yes, days_ago: 16}, sites: [leg]}, expect: silent",
            "card.variants[0]: no test that fires has fast answer yes",
        ),
        (OTHER, "heat: 100.5", "heat: 100.6", "criteria.hot: no test gives heat for more_than: a reading above 100.4 by at most 0.1"),
        (OTHER, "heat: 100.4", "heat: 100.3", "criteria.hot: no test gives heat for more_than: a reading of exactly 100.4"),
        (OTHER, "more_than: $hot", "more_than: 100.4", "criteria.hot: has a threshold that is not a $parameter (warning)"),
        (
            MAIN,
            "fact: foot_drop, is: yes",
            "fact: foot_drop, count_at_least: 2",
            "criteria.drop: no test gives foot_drop for count_at_least: exactly 2 present",
        ),
        (
            MAIN,
            "happened_at_least_ago: $late",
            "happened_within: $late",
            "criteria.late: no test gives operation for happened_within: a reading a day older than 6 months",
        ),
        (MAIN, "absorbs: [other-rule/part]", "absorbs: [other-rule/all]", "absorbs: names the way 'all', which other-rule does not have"),
        (
            MAIN,
            "family: alarm, answers: [yes, unknown]",
            "rule: othre-rule, answers: yes",
            "othre-rule (in checks.cleared.rule; did you mean other-rule?)",
        ),
        (MAIN, "raised_by: {critical: [other-rule]}", "raised_by: {critical: [zzz]}", "zzz (in raised_by.critical)"),
    ],
)
def test_what_the_lint_finds(file: str, old: str, new: str, expected: str, root: Path) -> None:
    spoil(root, file, old, new)
    if "zzz" in new:
        spoil(root, MAIN, "rules: {other-rule: yes}}, expect: fires, as: critical", "rules: {zzz: yes}}, expect: fires, as: critical")
    assert any(expected in one for one in findings(root)), findings(root)


def test_a_threshold_at_the_end_of_the_range_has_one_side(root: Path) -> None:
    spoil(root, MAIN, "at_least: $severe", "at_least: 0")
    told = [one for one in findings(root) if "criteria.severe: no test gives" in one]
    assert told == [f"{MAIN}: criteria.severe: no test gives score for at_least: a reading of exactly 0"]
    spoil(root, MAIN, "at_least: 0", "at_least: 10")
    told = [one.partition("at_least: ")[2] for one in findings(root) if "criteria.severe: no test gives" in one]
    assert told == ["a reading of exactly 10", "a reading below 10 by at most 1"]
    spoil(root, MAIN, "at_least: 10", "more_than: 10")
    told = [one.partition("more_than: ")[2] for one in findings(root) if "criteria.severe: no test gives" in one]
    assert told == ["a reading of exactly 10"]


def test_both_ends_of_an_interval_are_asked_for(root: Path) -> None:
    spoil(root, MAIN, "at_least: $severe", "between: [2, $severe]")
    told = [one for one in findings(root) if "for between" in one]
    assert [one.partition("for between: ")[2] for one in told] == ["a reading of exactly 2", "a reading below 2 by at most 1"]


def test_criteria_that_ask_rules_have_no_threshold_but_two_answers(root: Path) -> None:
    spoil(root, MAIN, "fact: label, is: yes, if_unknown: no", "rule: other-rule, answers: yes")
    spoil(root, MAIN, ", label: yes}", "}")
    spoil(root, MAIN, ", rules: {other-rule: yes}}, expect: fires, as: critical", ", rules: {other-rule: no}}, expect: fires")
    assert f"{MAIN}: criteria.labelled: no test has it answer yes" in findings(root)


def test_no_rule_asks_one_that_is_decided_after_it() -> None:
    whole = shipped()
    asking = next(rule for (rule, *_) in whole.versions.values() if any(one.rule for one in rule.criteria.values()))
    assert not list(checks._too_early(asking, whole))
    for part in ("criteria", "checks"):
        one = next(one for one in asking.criteria.values() if one.rule)
        asked = {one.name: replace(one, rule="data-unreadable")}
        early = replace(asking, criteria=asked if part == "criteria" else {}, checks=asked if part == "checks" else {})
        (found,) = checks._too_early(early, whole)
        assert str(found).startswith(f"{asking.id}/{asking.version}.yaml: {one.name}.rule: asks data-unreadable, which asks what could not")
        late = replace(early, criteria=dict(early.criteria) | dict(whole.versions["data-unreadable"][0].criteria))
        assert not list(checks._too_early(late, whole))


def test_circles_of_hiding(root: Path) -> None:
    spoil(root, OTHER, "tests:", "suppresses: [{family: criteria, only: info}]\ntests:")
    circle = "rules could hide each other in a circle: late-pain, other-rule, late-pain (warning)"
    assert any(circle in one for one in findings(root))
    spoil(root, OTHER, "only: info", "only: critical")
    assert any(circle in one for one in findings(root))  # raised_by may make it critical
    spoil(root, MAIN, "raised_by: {critical: [other-rule]}\n", "")
    spoil(
        root,
        MAIN,
        "  - {name: raised, given: {operation: 6 months ago, score: 7, rules: {other-rule: yes}}, expect: fires, as: critical}\n",
        "",
    )
    assert not any("circle" in one for one in findings(root))


def test_a_rule_that_hides_others_of_its_family_does_not_hide_itself(root: Path) -> None:
    spoil(root, MAIN, "{family: stage, only: info}", "{family: criteria, only: info}")
    assert not any("circle" in one for one in findings(root))


def test_longer_circles_of_hiding(root: Path) -> None:
    third = SMALL.replace("other-rule", "third-rule").replace(
        "tests:", "suppresses: [{rule: late-pain}, {family: data, only: info}]\ntests:"
    )
    write(
        root,
        {
            "third-rule/1.0.0.yaml": third,
            "fourth-rule/1.0.0.yaml": SMALL.replace("other-rule", "fourth-rule").replace(
                "family: alarm\nconcern: a lesion\ntime_critical: yes", "family: data"
            ),
        },
    )
    assert any("late-pain, third-rule, late-pain" in one for one in findings(root))


def hider(name: str, *hidden: str) -> dict[str, str]:
    """A rule file whose card may hide those of others."""
    targets = ", ".join(f"{{rule: {one}}}" for one in hidden)
    return {f"{name}/1.0.0.yaml": SMALL.replace("other-rule", name).replace("tests:", f"suppresses: [{targets}]\ntests:")}


def test_the_shortest_circle_is_named(root: Path) -> None:
    write(root, hider("start", "by-one", "zig") | hider("by-one", "start") | hider("zig", "zag") | hider("zag", "start"))
    assert any("circle: start, by-one, start (warning)" in one for one in findings(root))


def test_a_rule_that_leads_to_a_circle_is_in_none(root: Path) -> None:
    write(root, hider("start", "one") | hider("one", "two") | hider("two", "one"))
    told = [one.partition("circle: ")[2] for one in findings(root) if "circle" in one]
    assert told == ["one, two, one (warning)", "two, one, two (warning)"]


def test_as_many_readings_as_are_counted_show_the_threshold(root: Path) -> None:
    spoil(root, MAIN, "fact: foot_drop, is: yes", "fact: foot_drop, count_at_least: 2")
    spoil(root, MAIN, "foot_drop: {is: yes, days_ago: 15}", "foot_drop: [{is: yes, days_ago: 1}, {is: yes, days_ago: 2}, {is: no}]")
    told = [one for one in findings(root) if "count_at_least" in one]
    assert told == []


def test_a_criterion_that_asks_a_rule_does_not_end_the_look_at_the_others(root: Path) -> None:
    asked = "criteria:\n  first: {says: First, family: stage, answers: yes, because: guide}\n"
    other = SMALL.replace("criteria:\n", asked).replace("all: [hot]", "all: [hot], none: [first]").replace("heat: 100.5", "heat: 100.6")
    write(root, {OTHER: other})
    assert any("criteria.hot: no test gives heat for more_than: a reading above 100.4" in one for one in findings(root, "other-rule"))


def test_mutants_that_survive_are_gaps(root: Path) -> None:
    book = load_book(root, verify_lock=False)
    assert survivors(book.versions["other-rule"][0]) == []
    left = survivors(book.versions["late-pain"][0])
    assert "severe: after_index dropped" in left and "severe: at_least 8 for 7" not in left
    write(root, {OTHER: SMALL.replace("heat: 100.5", "heat: 103")})
    loose = load_book(root, verify_lock=False).versions["other-rule"][0]
    assert survivors(loose) == ["hot: more_than 100.5 for 100.4"]


def test_every_kind_of_mutant(root: Path) -> None:
    spoil(root, MAIN, "at_least: $severe", "between: [2, $severe]")
    spoil(root, MAIN, "is: yes, within: $recent", "count_at_least: 2, older_than: $recent")
    spoil(root, MAIN, "any: [drop]", "any: [drop, sacral], at_least_of: {n: 1, of: [severe, late]}")
    spoil(root, MAIN, "fact: label, is: yes, if_unknown: no", "fact: label, is: yes, if_unknown: yes")
    rule = load_book(root, verify_lock=False).versions["late-pain"][0]
    changes = {mutant.change for mutant in mutants(rule)}
    assert changes >= {
        "severe: between 1 to 7 for 2 to 7",
        "severe: between 2 to 8 for 2 to 7",
        "severe: within dropped",
        "severe: within 15 days for 14 days",
        "severe: after_index swapped",
        "drop: count_at_least 3 for 2",
        "drop: older_than 13 days for 14 days",
        "drop: after_index swapped",
        "drop: if_unknown swapped",
        "labelled: is no for yes",
        "labelled: if_unknown dropped",
        "labelled: if_unknown swapped",
        "late: happened_within for happened_at_least_ago",
        "late: happened_at_least_ago 7 months for 6 months",
        "slow: any for all",
        "slow: late dropped from all",
        "slow: labelled dropped from none",
        "slow: labelled moved from none to all",
        "slow: way dropped",
        "fast: all for any",
        "fast: at_least_of 2 for 1",
    }
    assert all(mutant.rule != rule for mutant in mutants(rule))
    (both,) = (mutant.rule for mutant in mutants(rule) if mutant.change == "fast: all for any")
    assert [(way.all, way.any) for way in both.ways if way.name == "fast"] == [(("drop", "sacral"), ())]


def test_what_the_mutants_of_a_way_ask_for(root: Path) -> None:
    rule = load_book(root, verify_lock=False).versions["late-pain"][0]
    made = {mutant.change: {way.name: way for way in mutant.rule.ways} for mutant in mutants(rule)}
    assert all(ways.keys() == {"slow", "fast"} for change, ways in made.items() if "way dropped" not in change)
    asks = {
        change: (ways[change.partition(":")[0]].all, ways[change.partition(":")[0]].any, ways[change.partition(":")[0]].none)
        for change, ways in made.items()
        if change.startswith(("slow: ", "fast: ")) and "way dropped" not in change
    }
    assert asks == {
        "slow: any for all": ((), ("late", "severe"), ("labelled",)),
        "slow: late dropped from all": (("severe",), (), ("labelled",)),
        "slow: severe dropped from all": (("late",), (), ("labelled",)),
        "slow: labelled dropped from none": (("late", "severe"), (), ()),
        "slow: labelled moved from none to all": (("late", "severe", "labelled"), (), ()),
        "fast: drop dropped from any": ((), (), ("labelled",)),
        "fast: labelled dropped from none": ((), ("drop",), ()),
        "fast: labelled moved from none to all": (("labelled",), ("drop",), ()),
    }


def test_a_rule_reads_as_sentences(root: Path) -> None:
    spoil(root, MAIN, "any: [drop]", "any: [drop, sacral], at_least_of: {n: 1, of: [severe, late]}")
    text = explain(load_book(root, verify_lock=False).versions["late-pain"][0])
    for line in (
        "Late pain",
        "late-pain 1.0.0 (active, from 2000-01-01), family criteria, urgency soon",
        "For: Living adults with a dated lumbar fusion on record.",
        "It fires when any of these ways is met:",
        "  Late and severe:",
        "  The operation was late",
        "  The trend was seen",
        "  A foot drops:",
        "    all of: The operation was late; Pain is severe",
        "    at least one of: A foot drops; The buttock hurts",
        "    at least 1 of: Pain is severe; The operation was late",
        "    none of: A label stands",
        "    asks: operation happened at least 6 months ago [late_months]",
        "    asks: score is 7 or more, at most 14 days old, after the operation [severe, recent]",
        "    asks: foot_drop is present, at most 14 days old, not before the operation, taken as no when not recorded [recent]",
        "    asks: sites holds any of buttock, leg, taken as no when not recorded",
        "    asks: any rule of the family alarm answers yes or unknown",
        "    because: A guide, Chapter 1",
        "    because: A study",
        "Card (info): {score} of 10: pain is late",
        "Evidence: certainty low, recommendation conditional",
        "Limits: Knows nothing of the cause.",
        "Tests: 10 in the document",
    ):
        assert line in text.splitlines(), line
    starts = [paragraph.splitlines()[0] for paragraph in text.split("\n\n")]
    assert starts == ["Late pain", "It fires when any of these ways is met:", "Questions:", "Card (info): {score} of 10: pain is late"]


def test_other_words_read_as_sentences(root: Path) -> None:
    spoil(root, MAIN, "at_least: $severe", "between: [2, $severe]")
    spoil(root, MAIN, "fact: label, is: yes", "fact: label, is: no")
    spoil(root, MAIN, "is: yes, within: $recent", "count_at_least: 2, older_than: $recent")
    spoil(root, MAIN, "fact: trend, is: yes", "fact: trend, recorded: no")
    spoil(root, MAIN, "family: alarm, answers: [yes, unknown]", "rule: other-rule, answers: unknown")
    spoil(root, MAIN, "effective: {from: 2000-01-01}", "effective: {from: 2000-01-01, until: 2030-01-01}")
    text = explain(load_book(root, verify_lock=False).versions["late-pain"][0])
    for part in (
        "score is 2 or more and less than 7",
        "label is recorded absent",
        "foot_drop was found at least 2 times, more than 14 days old",
        "trend is not recorded",
        "other-rule answers unknown",
        "(active, from 2000-01-01 until 2030-01-01)",
    ):
        assert part in text, part


def test_a_rule_with_one_way_and_no_card(root: Path) -> None:
    spoil(root, MAIN, "fact: trend, is: yes", "fact: trend, recorded: yes")
    write(root, {OTHER: SMALL.replace("needs_index: yes", "needs_index: no\npatients: living")})
    book = load_book(root, verify_lock=False)
    text = explain(book.versions["other-rule"][0])
    assert "It fires when:\n    all of: Hot\n" in text and "Card" not in text and "Shown, never" not in text
    assert "Living patients of any age with or without" in text
    assert "trend is recorded" in explain(book.versions["late-pain"][0])


def test_of_several_words_each_is_left_out_once() -> None:
    assert list(compare._arguments(("leg", "back"))) == [("back",), ("leg",)]
    assert not list(compare._arguments(("leg",)))
