"""Every way in which a document can be wrong says where, why, what is allowed and what was probably meant."""

from pathlib import Path

import pytest
import yaml

from service.library import BookError, load_book, yamltext
from service.library.problems import Problem, Report
from tests.library.books import MAIN, spoil, write

FACTS = "vocabulary/1.0.0/facts.yaml"
PARAMETERS = "vocabulary/1.0.0/parameters.yaml"
ORDERS = "vocabulary/1.0.0/valuesets/orders.yaml"
SMALL = "other-rule/1.0.0.yaml"
LATE = "{says: The operation was late, fact: operation, happened_at_least_ago: $late_months, because: guide}"
DROP = "{says: A foot drops, fact: foot_drop, is: yes, within: $recent, after_index: not_before, if_unknown: no, because: guide}"
SEVERE = "{says: Pain is severe, fact: score, at_least: $severe, within: $recent, after_index: yes, because: study}"
FAMILY = "family: alarm, answers: [yes, unknown], inverted: yes"
GIVEN = "given: {operation: 7 months ago, score: 6}"

# file, what is replaced, what by, and what some problem must say
FAULTS = {
    # the text itself
    "repeated key": (MAIN, "urgency: soon", "urgency: soon\nurgency: soon", "urgency: is given twice (line 13, column 1)"),
    "anchor": (MAIN, "title: Late pain", "title: &a Late pain", "title: anchors and aliases (& and *) are not allowed"),
    "alias": (MAIN, "title: Late pain", "title: *a", "anchors and aliases"),
    "anchor on a later line": (MAIN, "changes: First", "changes: &a First", f"{MAIN}:9: changes: anchors and aliases"),
    "tag": (MAIN, "title: Late pain", "title: !!str Late", "title: tags (!) are not allowed"),
    "anchor on a key": (MAIN, "title: Late pain", "&t title: Late pain", "anchors and aliases"),
    "list as key": (MAIN, "title: Late pain", "[a]: b", "a key must be a plain word"),
    "not YAML": (MAIN, "title: Late pain", "title: Late: pain", f"{MAIN}:8: is not YAML in column"),
    "not YAML, and where": (MAIN, "title: Late pain", "title: Late: pain", f"{MAIN}:8: is not YAML in column 12: mapping values"),
    "two documents": (MAIN, "title: Late pain", "title: Late\n---\na: b", "holds more than one document"),
    "too deep": (MAIN, "title: Late pain", f"title: {'[' * 14}{']' * 14}", "is nested more than 12 levels deep"),
    "control character": (MAIN, "title: Late pain", "title: Late\x07pain", "YAML"),
    # shape
    "unknown key": (
        MAIN,
        "urgency: soon",
        "urgncy: soon",
        f"{MAIN}:12: urgncy: unknown key; did you mean urgency? (choices: rule, version",
    ),
    "missing key": (MAIN, "urgency: soon\n", "", "urgency: is missing"),
    "wrong choice": (
        MAIN,
        "urgency: soon",
        "urgency: son",
        "urgency: 'son' is not one of the choices; did you mean soon? (choices: emergency,",
    ),
    "empty": (MAIN, "title: Late pain", "title:", "title: is empty"),
    "list for text": (MAIN, "title: Late pain", "title: [a]", "title: must be text"),
    "too long": (MAIN, "title: Late pain", f"title: {'a' * 121}", "title: is longer than 120 characters"),
    "HTML": (MAIN, "title: Late pain", "title: Late <b>pain", "title: must not hold HTML"),
    "text for list": (MAIN, "hooks: [patient-view]", "hooks: patient-view", "hooks: must be a list"),
    "empty list": (MAIN, "hooks: [patient-view]", "hooks: []", "hooks: is an empty list: leave the key out"),
    "twice in list": (MAIN, "hooks: [patient-view]", "hooks: [patient-view, patient-view]", "hooks: names something twice"),
    "unknown hook": (
        MAIN,
        "hooks: [patient-view]",
        "hooks: [patient-vew]",
        "hooks[0]: 'patient-vew' is not one of the choices; did you mean patient-view?",
    ),
    "not a day": (MAIN, "from: 2000-01-01", "from: 2000-02-30", "effective.from: '2000-02-30' is not a day written as YYYY-MM-DD"),
    "week date": (MAIN, "from: 2000-01-01", "from: 2000-W01", "is not a day"),
    "not a version": (MAIN, "version: 1.0.0", "version: 1.0", "version: '1.0' is not a version such as 1.0.0"),
    "not a number": (
        MAIN,
        "  slow: {says: Late and severe, all: [late, severe]",
        "  slow: {says: L, at_least_of: {n: two, of: [late, severe]}",
        "n: 'two' is not a number",
    ),
    "neither yes nor no": (MAIN, "elective: yes", "elective: maybe", "elective: 'maybe' is neither yes nor no (choices: yes, no)"),
    "text for mapping": (MAIN, "evidence: {certainty: low, strength: conditional}", "evidence: low", "evidence: must be a mapping of keys"),
    "text for names": (MAIN, "citations:\n", "citations: none\nother:\n", "citations: must be a mapping of names"),
    "bad name": (MAIN, "  late: {", "  Late: {", "criteria.Late: is not a name"),
    "bad citation address": (
        MAIN,
        "https://example.org/study",
        "http://example.org/study",
        "citations.study.url: 'http://example.org/study' is not an https address",
    ),
    "missing attribute": (MAIN, "race: not used, ", "", "source_attributes.race: is missing"),
    # place and population
    "not the folder": (MAIN, "rule: late-pain", "rule: late-ache", "rule: 'late-ache' is not the name of the folder, 'late-pain'"),
    "not the file": (MAIN, "version: 1.0.0", "version: 1.0.1", "version: '1.0.1' is not the name of the file, '1.0.0.yaml'"),
    "unknown vocabulary": (
        MAIN,
        "vocabulary: 1.0.0",
        "vocabulary: 1.1.0",
        "vocabulary: vocabulary '1.1.0' does not exist; did you mean 1.0.0?",
    ),
    "ends before it begins": (
        MAIN,
        "{from: 2000-01-01}",
        "{from: 2000-01-01, until: 2000-01-01}",
        "effective.until: must be later than from",
    ),
    "retired without end": (MAIN, "status: active", "status: retired", "effective.until: is missing: a retired version needs its end"),
    "gate missing": (
        FACTS,
        "  lumbar_fusion_dated:",
        "  lumbar_fusion_when:",
        "needs_index: needs the fact 'lumbar_fusion_dated', which vocabulary 1.0.0 does not hold",
    ),
    "alarm without concern": (SMALL, "concern: a lesion\n", "", "concern: is missing: an alarm says what may be missed"),
    "concern elsewhere": (MAIN, "urgency: soon", "urgency: soon\nconcern: a lesion", "concern: belongs to rules of the family alarm"),
    "time-critical elsewhere": (
        MAIN,
        "urgency: soon",
        "urgency: soon\ntime_critical: yes",
        "time_critical: belongs to rules of the family alarm",
    ),
    "raised to nothing": (
        MAIN,
        "raised_by: {critical:",
        "raised_by: {info:",
        "raised_by.info: is not an indicator a card can be raised to (choices: warning, critical)",
    ),
    "suppresses both": (
        MAIN,
        "{family: stage, only: info}",
        "{family: stage, rule: x}",
        "suppresses[0]: must name either a rule or a family",
    ),
    "suppresses itself": (MAIN, "{rule: third-rule, when: critical}", "{rule: late-pain}", "suppresses[1].rule: names the rule itself"),
    "absorbs itself": (MAIN, "absorbs: [other-rule/part]", "absorbs: [late-pain]", "absorbs[0]: names the rule itself"),
    "absorbs nonsense": (
        MAIN,
        "absorbs: [other-rule/part]",
        "absorbs: [other-rule/]",
        "absorbs[0]: 'other-rule/' is not a rule, or a rule/way",
    ),
    # criteria
    "no source": (MAIN, "fact: operation, ", "", "criteria.late: must ask exactly one of fact, rule or family"),
    "two sources": (
        MAIN,
        "fact: operation, ",
        "fact: operation, rule: other-rule, ",
        "must ask exactly one of fact, rule or family (choices: fact, rule, family)",
    ),
    "unknown fact": (
        MAIN,
        "fact: operation",
        "fact: operatoin",
        "criteria.late.fact: fact 'operatoin' does not exist; did you mean operation?",
    ),
    "no word": (
        MAIN,
        "is: yes, within",
        "within",
        "criteria.drop: must hold exactly one question word, and holds 0 (choices: is, recorded, count_at_least)",
    ),
    "two words": (MAIN, "is: yes, within", "is: yes, recorded: yes, within", "must hold exactly one question word, and holds 2"),
    "word does not fit": (
        MAIN,
        "is: yes, within",
        "at_least: 2, within",
        "criteria.drop.at_least: does not fit the fact 'foot_drop', whose kind is presence (choices: is,",
    ),
    "answers of a fact": (MAIN, "is: yes, within", "answers: yes, within", "criteria.drop.answers: does not fit the fact 'foot_drop'"),
    "absence with age": (MAIN, "is: yes, within", "is: no, within", "criteria.drop.within: cannot be combined with is: no"),
    "absence with place": (MAIN, "is: yes, within", "is: no, within", "criteria.drop.after_index: cannot be combined with is: no"),
    "not recorded with age": (
        MAIN,
        "is: yes, within",
        "recorded: no, within",
        "criteria.drop.within: cannot be combined with recorded: no",
    ),
    "fact words of a family": (
        MAIN,
        FAMILY,
        FAMILY + ", within: $recent",
        "checks.cleared.within: belongs to criteria that ask a fact, and this one asks a family",
    ),
    "family without answers": (MAIN, FAMILY, "family: alarm", "checks.cleared.answers: is missing (choices: yes, unknown)"),
    "wrong answers": (
        MAIN,
        FAMILY,
        "family: alarm, answers: [yes, no]",
        "checks.cleared.answers: must be yes or unknown, or a list of both (choices: yes, unknown)",
    ),
    "answers are no text": (MAIN, FAMILY, "family: alarm, answers: {a: b}", "checks.cleared.answers: must be yes or unknown"),
    "both answers of a rule": (
        MAIN,
        FAMILY,
        "rule: other-rule, answers: [yes, unknown]",
        "checks.cleared.answers: must be yes or unknown (choices: yes, unknown)",
    ),
    "asks itself": (MAIN, FAMILY, "rule: late-pain, answers: yes", "checks.cleared.rule: names the rule itself"),
    # arguments
    "unknown parameter": (MAIN, "$severe", "$sever", "criteria.severe.at_least: parameter 'sever' does not exist; did you mean severe?"),
    "unknown length": (
        MAIN,
        "$late_months",
        "$late_month",
        "criteria.late.happened_at_least_ago: parameter 'late_month' does not exist; did you mean late_months?",
    ),
    "length is a number": (
        MAIN,
        "$late_months",
        "$severe",
        "parameter 'severe' is a number, not a length of time (choices: $late_months, $recent)",
    ),
    "length is nonsense": (
        MAIN,
        "$late_months",
        "6 moons",
        "'6 moons' is not a length of time such as 14 days or $recent_days (choices: $late_months, $recent)",
    ),
    "length is a list": (MAIN, "$late_months", "[1 days]", "happened_at_least_ago: must be one length of time"),
    "number is a length": (
        MAIN,
        "at_least: $severe",
        "at_least: $recent",
        "criteria.severe.at_least: must be a number or a $parameter that is one",
    ),
    "number is nonsense": (MAIN, "at_least: $severe", "at_least: lots", "criteria.severe.at_least: must be a number"),
    "number is a list": (MAIN, "at_least: $severe", "at_least: [1]", "criteria.severe.at_least: must be a number"),
    "wrong unit": (MAIN, "at_least: $severe", "at_least: $hot", "parameter 'hot' is in degF, but the fact 'score' is in {score}"),
    "out of range": (MAIN, "at_least: $severe", "at_least: 11", "11 lies outside the range of the fact, 0 to 10"),
    "not two numbers": (MAIN, "at_least: $severe", "between: 5", "criteria.severe.between: must be a list of two numbers"),
    "one of two wrong": (MAIN, "at_least: $severe", "between: [1, $svere]", "criteria.severe.between[1]: parameter 'svere' does not exist"),
    "the first of two wrong": (MAIN, "at_least: $severe", "between: [$svere, 5]", "severe.between[0]: parameter 'svere' does not exist"),
    "twice the same": (MAIN, "at_least: $severe", "between: [5, 5]", "criteria.severe.between: 5 is not less than 5"),
    "wrong way round": (MAIN, "at_least: $severe", "between: [$severe, $mild]", "criteria.severe.between: 7 is not less than 3"),
    "not yes or no": (MAIN, "is: yes, within", "is: present, within", "criteria.drop.is: must be yes or no (choices: yes, no)"),
    "count is nonsense": (
        MAIN,
        "is: yes, within",
        "count_at_least: some, within",
        "criteria.drop.count_at_least: must be a whole number of at least 1",
    ),
    "count is no whole number": (MAIN, "is: yes, within", "count_at_least: $half, within", "must be a whole number of at least 1"),
    "count unknown": (MAIN, "is: yes, within", "count_at_least: $thrice, within", "parameter 'thrice' does not exist"),
    "words are a mapping": (
        MAIN,
        "has_any_of: [buttock, leg]",
        "has_any_of: {a: b}",
        "criteria.sacral.has_any_of: must be a list of words (choices: leg, back, buttock)",
    ),
    "unknown word": (
        MAIN,
        "has_any_of: [buttock, leg]",
        "has_any_of: [butock, leg]",
        "word 'butock' does not exist; did you mean buttock?",
    ),
    # names
    "no way": (MAIN, "ways:\n", "checks2:\n", "checks2: unknown key"),
    "neither ways nor fires_when": (
        SMALL,
        "ways:\n  part: {says: Hot, all: [hot]}\n",
        "",
        "must hold either fires_when or ways (choices: fires_when, ways)",
    ),
    "both": (SMALL, "ways:\n", "fires_when: {all: [hot]}\nways:\n", "must hold either fires_when or ways"),
    "way of none alone": (
        SMALL,
        "all: [hot]",
        "none: [hot]",
        "ways.part: must hold all, any or at_least_of: a way of none alone would fire on silence",
    ),
    "way names nothing known": (SMALL, "all: [hot]", "all: [hott]", "ways.part.all[0]: criterion 'hott' does not exist; did you mean hot?"),
    "named twice": (SMALL, "all: [hot]", "all: [hot], any: [hot]", "ways.part.any[0]: 'hot' is named twice in this way"),
    "count too high": (
        SMALL,
        "all: [hot]",
        "at_least_of: {n: 2, of: [hot]}",
        "ways.part.at_least_of.n: must be a whole number from 1 to 1",
    ),
    "way named like a criterion": (SMALL, "  part:", "  hot:", "ways.hot: is the name of a criterion too"),
    "check named like a criterion": (MAIN, "  seen: {", "  late: {", "checks.late: is the name of a criterion too"),
    "unused criterion": (
        MAIN,
        "notes: [{when: sacral, text: 'Where: {sites}'}]",
        "notes: [{when: fast, text: x}]",
        "criteria.sacral: is used by no way, variant, note, suggestion or check",
    ),
    "unknown when": (
        MAIN,
        "{when: sacral",
        "{when: sacrel",
        "card.notes[0].when: way or criterion 'sacrel' does not exist; did you mean sacral?",
    ),
    "when of the way that fires_when would make": (MAIN, "{when: sacral", "{when: fires", "way or criterion 'fires' does not exist"),
    "unknown when of suppresses": (
        MAIN,
        "when: fast}]\nraised",
        "when: fats}]\nraised",
        "suppresses[2].when: way or criterion 'fats' does not exist; did you mean fast?",
    ),
    "unknown needed_when": (
        MAIN,
        "needed_when: late",
        "needed_when: latte",
        "checks.seen.needed_when: criterion 'latte' does not exist; did you mean late?",
    ),
    "unknown check": (MAIN, "for: seen", "for: sean", "card.suggestions[0].for: check 'sean' does not exist; did you mean seen?"),
    "labels repeat": (MAIN, "label: Write", "label: Order MRI", "card.suggestions: gives two suggestions the same label"),
    "unknown citation": (
        MAIN,
        "because: study",
        "because: studdy",
        "criteria.severe.because: citation 'studdy' does not exist; did you mean study?",
    ),
    "unused citation": (MAIN, "because: study", "because: guide", "citations.study: is cited by no criterion or check"),
    # the card
    "unknown placeholder": (
        MAIN,
        "'{score} of 10",
        "'{scor} of 10",
        "card.summary: placeholder 'scor' does not exist; did you mean score?",
    ),
    "stray brace": (MAIN, "Pain since {operation}", "Pain since operation}", "card.detail: holds a brace that is not a placeholder"),
    "outstanding without checks": (
        SMALL,
        "tests:",
        "card: {indicator: info, summary: a, detail: 'b {outstanding}'}\ntests:",
        "placeholder 'outstanding' does not exist",
    ),
    "summary too wide": (
        MAIN,
        "pain is late'",
        f"{'x' * 119}'",
        "card.summary: is 140 characters long with the widest values; it must stay under 140",
    ),
    "summary of a variant too wide": (
        MAIN,
        "summary: A foot drops",
        f"summary: '{{outstanding}} {{sites}} {{operation}} {'x' * 84}'",
        "card.variants[0].summary: is 140 characters long",
    ),
    "summary with a finding": (
        MAIN,
        "'{score} of 10",
        "'{foot_drop} of 10",
        "card.summary: cannot hold 'foot_drop': a finding has no value of limited width",
    ),
    "code in no value set": (
        MAIN,
        "24967-2",
        "24967-3",
        "card.suggestions[0].actions[0].code: 'http://loinc.org|24967-3' is in no value set of vocabulary 1.0.0",
    ),
    "code without display": (MAIN, "24967-2", "00000-0", "'http://loinc.org|00000-0' has no display in its value set"),
    "code is a mapping": (
        MAIN,
        "code: 'http://loinc.org|24967-2'",
        "code: {a: b}",
        "actions[0].code: must be system|code, or a list of these",
    ),
    "code missing": (
        MAIN,
        "code: 'http://loinc.org|24967-2', ",
        "",
        "actions[0].code: is missing: a ServiceRequest needs one, written as system|code",
    ),
    "message without words": (MAIN, ", text: Please look", "", "card.suggestions[1].actions[0].text: is missing: a message needs words"),
    "priority of a condition": (MAIN, "create: ServiceRequest", "create: Condition", "actions[0].priority: does not exist on a Condition"),
    "unknown reason": (
        MAIN,
        "override_reasons: [not-applicable]",
        "override_reasons: [not-aplicable]",
        "card.override_reasons[0]: override reason 'not-aplicable' does not exist; did you mean not-applicable?",
    ),
    # tests
    "test name repeats": (MAIN, "name: a day short", "name: late and severe", "tests[1].name: is the name of an earlier test too"),
    "as without firing": (
        MAIN,
        "score: 7}, expect: silent}",
        "score: 7}, expect: silent, as: info}",
        "tests[1].as: belongs to tests that expect fires",
    ),
    "as without card": (
        SMALL,
        "{heat: 100.5}, expect: fires",
        "{heat: 100.5}, expect: fires, as: info",
        "tests[0].as: needs a card, and this rule has none",
    ),
    "unknown way": (MAIN, "way: slow}", "way: slov}", "tests[0].way: way 'slov' does not exist; did you mean slow?"),
    "fact not asked": (MAIN, GIVEN, "given: {heat: 100}", "tests[2].given.heat: fact (of those this rule asks) 'heat' does not exist"),
    "rules not a mapping": (MAIN, GIVEN, "given: {rules: yes}", "tests[2].given.rules: must be a mapping of rules to yes, no or unknown"),
    "unknown answer": (
        MAIN,
        GIVEN,
        "given: {rules: {other-rule: maybe}}",
        "tests[2].given.rules.other-rule: answer 'maybe' does not exist (choices: yes, no, unknown)",
    ),
    "rule not asked": (
        SMALL,
        "{heat: 100.5}",
        "{heat: 100.5, rules: {late-pain: yes}}",
        "tests[0].given.rules.late-pain: rule (of those this rule asks) 'late-pain' does not exist",
    ),
    "unknown key of a value": (
        MAIN,
        GIVEN,
        "given: {score: {value: 5, days_old: 3}}",
        "tests[2].given.score: unknown key 'days_old'; did you mean days_ago? (choices: value, is, days_ago",
    ),
    "unknown order": (MAIN, GIVEN, "given: {score: {value: 5, order: befor}}", "'befor' is not an order; did you mean before?"),
    "unknown side": (MAIN, GIVEN, "given: {score: {value: 5, side: lef}}", "'lef' is not a side; did you mean left?"),
    "nonsense presence": (MAIN, GIVEN, "given: {label: [maybe]}", "tests[2].given.label: must say yes, no or unreadable"),
    "presence all but said": (MAIN, GIVEN, "given: {label: yess}", "must say yes, no or unreadable; did you mean yes?"),
    "presence is a list in a list": (MAIN, GIVEN, "given: {label: [[yes]]}", "tests[2].given.label: must say yes, no or unreadable"),
    "presence says nothing": (MAIN, GIVEN, "given: {label: {days_ago: 3}}", "tests[2].given.label: must say yes, no or unreadable"),
    "nonsense number": (
        MAIN,
        GIVEN,
        "given: {score: lots}",
        "tests[2].given.score: must be a number, or two numbers between which it lies",
    ),
    "bounds within bounds": (MAIN, GIVEN, "given: {score: [3, [4]]}", "must be a number, or two numbers between which it lies"),
    "bounds reversed": (MAIN, GIVEN, "given: {score: [6, 5]}", "gives the greater bound first"),
    "number out of range": (MAIN, GIVEN, "given: {score: 11}", "tests[2].given.score: lies outside the range of the fact, 0 to 10"),
    "nonsense date": (MAIN, GIVEN, "given: {operation: long ago}", "tests[2].given.operation: must be a date such as 6 months ago"),
    "date that is none": (MAIN, GIVEN, "given: {operation: 2025-13}", "tests[2].given.operation: must be a date"),
    "date is a mapping": (MAIN, GIVEN, "given: {operation: {on: {a: b}}}", "tests[2].given.operation: must be a date"),
    "nonsense word": (MAIN, GIVEN, "given: {sites: [legs]}", "'legs' is not a word of this fact; did you mean leg?"),
    "when twice": (MAIN, GIVEN, "given: {score: {value: 5, days_ago: 1, months_ago: 1}}", "says when twice: days_ago and months_ago"),
    "undated no": (MAIN, GIVEN, "given: {score: {value: 5, undated: no}}", "undated can only be yes"),
    "days are nonsense": (MAIN, GIVEN, "given: {score: {value: 5, days_ago: few}}", "days_ago must be a whole number"),
    "days are a list": (MAIN, GIVEN, "given: {score: {value: 5, days_ago: [1]}}", "days_ago must be a whole number"),
    # the vocabulary
    "unknown code of a fact": (
        FACTS,
        "codes: [pain]",
        "codes: [pane]",
        f"{FACTS}:7: facts.score.codes[0]: value set or finding 'pane' does not exist; did you mean pain?",
    ),
    "number without range": (
        FACTS,
        ", range: [0, 10]",
        "",
        "facts.score: a fact of kind number needs a unit and a range of two numbers, the lower first",
    ),
    "range reversed": (FACTS, "range: [0, 10]", "range: [10, 0]", "facts.score: a fact of kind number needs a unit and a range"),
    "unit of a presence": (
        FACTS,
        "  label: {kind: presence",
        "  label: {kind: presence, unit: d",
        "facts.label: range and unit belong to a fact of kind number",
    ),
    "words of a presence": (
        FACTS,
        "  label: {kind: presence",
        "  label: {kind: presence, words: [a]",
        "facts.label.words: must list the words of a fact of kind words, and of no other",
    ),
    "unknown parameter of a fact": (
        FACTS,
        "fresh: $recent",
        "fresh: $recnt",
        "facts.trend.with.fresh: parameter 'recnt' does not exist; did you mean recent?",
    ),
    "setting is a mapping": (
        FACTS,
        "side: left",
        "side: {a: b}",
        "facts.trend.with.side: must be a $parameter, a number, a length of time, yes, no, a word or a list of words",
    ),
    "setting is empty": (FACTS, "side: left", "side: ''", "facts.trend.with.side: must be a $parameter"),
    "broken length": (
        PARAMETERS,
        "{value: 6, unit: months",
        "{value: 6.5, unit: months",
        "parameters.late_months.value: a length of time must be a whole number that is not negative",
    ),
    "facts file broken": (FACTS, "facts:", "factz:", "factz: unknown key; did you mean facts?"),
    "id of a value set": (ORDERS, "id: orders", "id: order", "id: 'order' is not the name of the file"),
    "code twice": (ORDERS, "code: 00000-0", "code: 24967-2", "codes: names a code twice"),
    "value set broken": (ORDERS, "title: Orders\n", "", f"{ORDERS}: title: is missing".replace(f"{ORDERS}:", f"{ORDERS}:1:")),
}


OF_TEXT = list(FAULTS)[:10]


@pytest.mark.parametrize("name", OF_TEXT)
def test_text_is_read_alike_without_the_fast_parser(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamltext, "_Loader", yaml.SafeLoader)
    assert load_book(root, verify_lock=False)
    test_fault_is_told(name, root)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told(name: str, root: Path) -> None:
    file, old, new, expected = FAULTS[name]
    spoil(root, file, old, new)
    with pytest.raises(BookError) as caught:
        load_book(root, verify_lock=False)
    told = [str(problem) for problem in caught.value.problems]
    assert any(expected in one for one in told), told
    assert expected in str(caught.value)


STRAY = {
    "late-pain/1.0.0.yml": "has no place in the rules folder",
    "late-pain/1.0.0.yaml~": "has no place in the rules folder",
    "late-pain/1.0.0": "has no place in the rules folder",
    "late-pain/1.0.yaml": "has no place in the rules folder",
    "Late/1.0.0.yaml": "has no place in the rules folder",
    "notes.txt": "has no place in the rules folder",
    "vocabulary/one/facts.yaml": "has no place in the rules folder",
    "vocabulary/1.0.0/fact.yaml": "is not a file of a vocabulary (choices: facts.yaml, parameters.yaml",
    "vocabulary/1.1.0/vocabulary.yaml": "extends: is missing",
}


@pytest.mark.parametrize("file", STRAY)
def test_stray_files_are_refused(file: str, root: Path) -> None:
    write(root, {file: "a: b\n"})
    with pytest.raises(BookError, match=r"\n") as caught:
        load_book(root, verify_lock=False)
    assert any(one.file == file and STRAY[file] in str(one) for one in caught.value.problems)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\xff\xfe", "is not UTF-8 text (byte 0)"),
        (b"", f"{MAIN}:1: must be a mapping of keys"),
        (b"- a\n", f"{MAIN}:1: must be a mapping of keys"),
        (b"a: 1\n" * 110_000, "is larger than 524288 bytes"),
        (b"a: [b\n", "is not YAML"),
    ],
)
def test_files_that_are_no_documents(raw: bytes, expected: str, root: Path) -> None:
    write(root, {MAIN: raw})
    with pytest.raises(BookError) as caught:
        load_book(root, verify_lock=False)
    assert any(one.file == MAIN and expected in str(one) for one in caught.value.problems)


def test_all_problems_of_all_files_are_told_at_once_in_order(root: Path) -> None:
    spoil(root, MAIN, "urgency: soon", "urgency: son")
    spoil(root, MAIN, "hooks: [patient-view]", "hooks: []")
    spoil(root, SMALL, "concern: a lesion\n", "")
    with pytest.raises(BookError) as caught:
        load_book(root, verify_lock=False)
    assert [(one.file, one.field, one.line) for one in caught.value.problems] == [
        (MAIN, "hooks", 11),
        (MAIN, "urgency", 12),
        (SMALL, "concern", 1),
    ]
    assert str(caught.value).startswith("3 problem(s)")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="nowhere: is not a folder of rules"):
        load_book(tmp_path / "nowhere")


def test_long_lists_of_choices_are_cut(root: Path) -> None:
    spoil(root, MAIN, "title: Late pain", "titel: Late pain")
    with pytest.raises(BookError, match=r"titel: unknown key; did you mean title\? \(choices: .* and \d+ more\)"):
        load_book(root, verify_lock=False)


def test_scalars_stay_text(root: Path) -> None:
    spoil(root, MAIN, "locator: Chapter 1", "locator: 1.10")
    spoil(root, MAIN, "title: A guide", "title: no")
    citation = load_book(root, verify_lock=False).versions["late-pain"][0].citations["guide"]
    assert (citation.title, citation.locator) == ("no", "1.10")


@pytest.mark.parametrize(("written", "read"), [("yes", True), ("true", True), ("no", False), ("false", False)])
def test_yes_and_no_have_two_spellings(written: str, read: bool, root: Path) -> None:
    spoil(root, MAIN, "elective: yes", f"elective: {written}")
    face = load_book(root, verify_lock=False).versions["late-pain"][0].face
    assert face and face.suggestions[0].elective is read


@pytest.mark.parametrize("level", ["warning", "critical"])
def test_a_card_may_be_raised_to_every_level_above_the_lowest(level: str, root: Path) -> None:
    spoil(root, MAIN, "raised_by: {critical: [other-rule]}", f"raised_by: {{{level}: [other-rule]}}")
    assert load_book(root, verify_lock=False).versions["late-pain"][0].raised_by == {level: ("other-rule",)}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (FACTS, "label: {kind: presence", "label: {kind: presence, unit: mg", "range and unit belong to a fact of kind number"),
        (FACTS, "fresh: $recent", "fresh: ''", "must be a $parameter, a number, a length of time"),
        (PARAMETERS, "recent: {value: 14", "recent: {value: -1", "a length of time must be a whole number that is not negative"),
    ],
)
def test_faults_of_a_vocabulary(file: str, old: str, new: str, expected: str, root: Path) -> None:
    spoil(root, file, old, new)
    with pytest.raises(BookError) as caught:
        load_book(root, verify_lock=False)
    assert expected in str(caught.value)


def test_a_criterion_may_be_used_by_a_check_alone(root: Path) -> None:
    spoil(root, MAIN, "notes: [{when: sacral, text: 'Where: {sites}'}]", "notes: [{when: fast, text: x}]")
    spoil(root, MAIN, "needed_when: late", "needed_when: sacral")
    assert load_book(root, verify_lock=False).versions["late-pain"]


@pytest.mark.parametrize(("count", "tail"), [(16, "c15)"), (17, "c15 and 1 more)")])
def test_choices_are_cut_after_sixteen(count: int, tail: str) -> None:
    assert str(Problem("x.yaml", "", None, "is wrong", tuple(f"c{i}" for i in range(count)))).endswith(tail)


def test_a_file_whose_lines_are_not_known() -> None:
    report = Report("x.yaml")
    report.add(("a", 0, "b"), "is wrong")
    assert str(report.problems[0]) == "x.yaml: a[0].b: is wrong"
