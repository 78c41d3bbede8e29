"""What a finding says: present, absent, both, or nothing; and what stands when several readings disagree."""

from typing import Any

import pytest

from tests.fhir.build import ABSENT_REASON, INTERPRETATION, LOCAL, LOINC, SNOMED, Json, ask, coding, day, finding, fusion, nrs, observed
from tests.fhir.rows import Row, holds, row, table

NOW = day(300)
SADDLE = "saddle-sensory-change"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0136"


def saddle(**members: Any) -> Json:
    return observed(SADDLE, day(299), **members)


def coded(system: str, code: str) -> Json:
    return saddle(valueCodeableConcept=coding(system, code))


@table(
    [
        row("boolean true", saddle(valueBoolean=True), at=NOW, RF_CES="critical"),
        row("boolean false", saddle(valueBoolean=False), at=NOW, RF_CES="no"),
        row("SNOMED present", coded(SNOMED, "52101004"), at=NOW, RF_CES="critical"),
        row("SNOMED positive", coded(SNOMED, "10828004"), at=NOW, RF_CES="critical"),
        row("SNOMED yes", coded(SNOMED, "373066001"), at=NOW, RF_CES="critical"),
        row("LOINC yes", coded(LOINC, "LA33-6"), at=NOW, RF_CES="critical"),
        row("v2 yes", coded(V2, "Y"), at=NOW, RF_CES="critical"),
        row("SNOMED absent", coded(SNOMED, "2667000"), at=NOW, RF_CES="no"),
        row("SNOMED negative", coded(SNOMED, "260385009"), at=NOW, RF_CES="no"),
        row("SNOMED no", coded(SNOMED, "373067005"), at=NOW, RF_CES="no"),
        row("LOINC no", coded(LOINC, "LA32-8"), at=NOW, RF_CES="no"),
        row("v2 no", coded(V2, "N"), at=NOW, RF_CES="no"),
        row("interpretation POS", saddle(interpretation=[coding(INTERPRETATION, "POS")]), at=NOW, RF_CES="critical"),
        row("interpretation NEG", saddle(interpretation=[coding(INTERPRETATION, "NEG")]), at=NOW, RF_CES="no"),
        row(
            "interpretation by the old URI",
            saddle(interpretation=[coding("http://hl7.org/fhir/v3/ObservationInterpretation", "POS")]),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "an interpretation that says neither leaves the value",
            saddle(valueBoolean=True, interpretation=[coding(INTERPRETATION, "H")]),
            at=NOW,
            RF_CES="critical",
        ),
        row("numbness as the value", coded(SNOMED, "44077006"), at=NOW, RF_CES="critical"),
    ]
)
def test_words_of_presence(row: Row) -> None:
    holds(row)


@table(
    [
        row(
            "false, interpreted as positive: present wins for an alarm",
            saddle(valueBoolean=False, interpretation=[coding(INTERPRETATION, "POS")]),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "true, interpreted as negative",
            saddle(valueBoolean=True, interpretation=[coding(INTERPRETATION, "NEG")]),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "a value coded both ways",
            saddle(valueCodeableConcept={"coding": [{"system": SNOMED, "code": "52101004"}, {"system": SNOMED, "code": "2667000"}]}),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "both ways is unknown outside the alarms",
            nrs(6, day(290), "46862004"),
            observed("pain-night", day(299), valueBoolean=True, interpretation=[coding(INTERPRETATION, "NEG")]),
            at=NOW,
            SIJ_MODERATE="unknown",
        ),
    ]
)
def test_one_reading_that_says_both(row: Row) -> None:
    holds(row)


SILENT_REASONS = ("unknown", "asked-unknown", "not-asked", "asked-declined", "not-performed", "not-applicable", "temp-unknown")
LOUD_REASONS = ("error", "not-a-number", "masked", "unsupported", "as-text")


@pytest.mark.parametrize("reason", SILENT_REASONS)
def test_a_reason_that_nothing_was_found_out_is_silence(reason: str) -> None:
    holds(row(reason, saddle(dataAbsentReason=coding(ABSENT_REASON, reason)), at=NOW, RF_CES="no", UNREADABLE="no"))


@pytest.mark.parametrize("reason", LOUD_REASONS)
def test_a_value_that_exists_and_is_missing_is_unknown(reason: str) -> None:
    holds(row(reason, saddle(dataAbsentReason=coding(ABSENT_REASON, reason)), at=NOW, RF_CES="unknown", UNREADABLE="warning"))


@table(
    [
        row("free text never counts", saddle(valueString="denies numbness"), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("no value at all", saddle(), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("a value of another kind", saddle(valueInteger=1), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("a range", saddle(valueRange={"low": {"value": 1}}), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("a code of nothing we know", coded(SNOMED, "404684003"), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("text in the code", saddle(valueCodeableConcept={"text": "present"}), at=NOW, RF_CES="unknown", UNREADABLE="warning"),
        row("unreadable beside present: present", saddle(valueString="?"), finding(SADDLE, day(298)), at=NOW, RF_CES="critical"),
        row(
            "unreadable after absent: unknown",
            finding(SADDLE, day(298), False),
            saddle(valueString="?"),
            at=NOW,
            RF_CES="unknown",
            UNREADABLE="warning",
        ),
        row(
            "unreadable before absent: absent",
            observed(SADDLE, day(290), valueString="?"),
            finding(SADDLE, day(299), False),
            at=NOW,
            RF_CES="no",
            UNREADABLE="no",
        ),
        row(
            "unreadable outside the alarms is unknown too",
            nrs(6, day(290), "46862004"),
            observed("pain-night", day(299), valueString="?"),
            at=NOW,
            SIJ_MODERATE="unknown",
            UNREADABLE="warning",
        ),
        row(
            "an unknown finding by its code in another system",
            observed(SADDLE, day(299), SNOMED, valueBoolean=True),
            at=NOW,
            RF_CES="no",
            UNREADABLE="no",
        ),
    ]
)
def test_what_cannot_be_read_is_never_no(row: Row) -> None:
    holds(row)


@table(
    [
        row("present, then absent", finding(SADDLE, day(297)), finding(SADDLE, day(299), False), at=NOW, RF_CES="no"),
        row("absent, then present", finding(SADDLE, day(297), False), finding(SADDLE, day(299)), at=NOW, RF_CES="critical"),
        row(
            "the same instant",
            finding(SADDLE, f"{day(299)}T10:00:00Z"),
            finding(SADDLE, f"{day(299)}T10:00:00Z", False),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "the same instant in two offsets",
            finding(SADDLE, f"{day(299)}T10:00:00Z"),
            finding(SADDLE, f"{day(299)}T12:00:00+02:00", False),
            at=NOW,
            RF_CES="critical",
        ),
        row("the same day without times", finding(SADDLE, day(299)), finding(SADDLE, day(299), False), at=NOW, RF_CES="critical"),
        row(
            "a day against a time of that day",
            finding(SADDLE, day(299)),
            finding(SADDLE, f"{day(299)}T23:00:00Z", False),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "an hour later the same day",
            finding(SADDLE, f"{day(299)}T10:00:00Z"),
            finding(SADDLE, f"{day(299)}T11:00:00Z", False),
            at=NOW,
            RF_CES="no",
        ),
        row(
            "one second later",
            finding(SADDLE, f"{day(299)}T10:00:00Z"),
            finding(SADDLE, f"{day(299)}T10:00:01Z", False),
            at=NOW,
            RF_CES="no",
        ),
        row(
            "a later absence clears it whatever the order they are sent in",
            finding(SADDLE, day(299), False),
            finding(SADDLE, day(297)),
            at=NOW,
            RF_CES="no",
        ),
        row(
            "a month that holds the day clears nothing",
            finding(SADDLE, day(299)),
            finding(SADDLE, day(299)[:7], False),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "issued stands in for the time",
            observed(SADDLE, None, issued=f"{day(299)}T10:00:00Z", valueBoolean=True),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "a period counts at its end",
            observed(SADDLE, None, effectivePeriod={"start": day(200), "end": day(299)}, valueBoolean=True),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "an open period at its start",
            observed(SADDLE, None, effectivePeriod={"start": day(250)}, valueBoolean=True),
            at=NOW,
            RF_CES="no",
            RF_CES_STALE="warning",
        ),
        row("an instant", observed(SADDLE, None, effectiveInstant=f"{day(299)}T10:00:00Z", valueBoolean=True), at=NOW, RF_CES="critical"),
        row("no time at all is today for an alarm", observed(SADDLE, None, valueBoolean=True), at=NOW, RF_CES="critical"),
    ]
)
def test_the_latest_reading_decides(row: Row) -> None:
    holds(row)


def test_same_instant_conflict_is_unknown_outside_the_alarms() -> None:
    when = f"{day(299)}T10:00:00Z"
    told = ask(fusion(), nrs(6, day(290), "46862004"), finding("pain-night", when), finding("pain-night", when, False), as_of=NOW)
    assert told.answer("si-joint-possible") == "unknown"


def test_a_component_with_a_code_of_its_own_is_read_like_an_observation() -> None:
    panel = observed("1234-5", day(299), LOINC, component=[{"code": coding(LOCAL, SADDLE), "valueBoolean": True}])
    assert ask(fusion(), panel, as_of=NOW).answer("red-flag-cauda-equina") == "yes"


def test_a_component_of_an_unreadable_parent_is_unreadable() -> None:
    panel = observed("1234-5", day(299), LOINC, modifierExtension=[{"url": "https://example.org/x", "valueBoolean": True}])
    panel["component"] = [{"code": coding(LOCAL, SADDLE), "valueBoolean": False}]
    assert ask(fusion(), panel, as_of=NOW).answer("red-flag-cauda-equina") == "unknown"


def test_a_component_with_a_modifier_of_its_own_is_unreadable() -> None:
    part = {
        "code": coding(LOCAL, SADDLE),
        "valueBoolean": False,
        "modifierExtension": [{"url": "https://example.org/x", "valueBoolean": True}],
    }
    told = ask(fusion(), observed("1234-5", day(299), LOINC, component=[part]), as_of=NOW)
    assert told.answer("red-flag-cauda-equina") == "unknown"


def test_display_and_text_are_never_matched() -> None:
    named = observed("unheard-of", day(299), valueBoolean=True)
    named["code"] = {"coding": [{"system": LOCAL, "code": "unheard-of", "display": "Saddle sensory change"}], "text": SADDLE}
    assert ask(fusion(), named, as_of=NOW).answer("red-flag-cauda-equina") == "no"
