"""Wound and implant infection: temperatures with their days, CRP kinetics, wound items, diagnoses."""

from tests.fhir.build import ICD10, condition, course, crp, day, finding, sites, temperature
from tests.fhir.rows import Row, holds, row, table

NOW = day(20)
LATE = day(120)


@table(
    [
        row("101.0 degF is not above", temperature(101.0, day(20)), at=NOW, RF_INF="no", RF_INF_WATCH="warning"),
        row("101.1 degF is", temperature(101.1, day(20)), at=NOW, RF_INF="critical", RF_INF_WATCH="silent"),
        row("38.3 Cel is 100.94 degF", temperature(38.3, day(20), "Cel"), at=NOW, RF_INF="no", RF_INF_WATCH="warning"),
        row("38.4 Cel is 101.12 degF", temperature(38.4, day(20), "Cel"), at=NOW, RF_INF="critical"),
        row("38.0 Cel is not raised", temperature(38.0, day(20), "Cel"), at=NOW, RF_INF="no", RF_INF_WATCH="no"),
        row("38.1 Cel is", temperature(38.1, day(20), "Cel"), at=NOW, RF_INF_WATCH="warning"),
        row(
            "the highest of three days, even if a later one is lower",
            temperature(102, day(18)),
            temperature(98.6, day(20)),
            at=NOW,
            RF_INF="critical",
        ),
        row("three days old counts", temperature(102, day(17)), at=NOW, RF_INF="critical"),
        row("four days old and never normal since", temperature(102, day(16)), at=NOW, RF_INF="no", RF_INF_WATCH="warning"),
        row(
            "four days old, normal since",
            temperature(102, day(16)),
            temperature(37.0, day(18), "Cel"),
            at=NOW,
            RF_INF="no",
            RF_INF_WATCH="no",
        ),
        row(
            "four days old, 38.0 Cel since is normal",
            temperature(102, day(16)),
            temperature(38.0, day(18), "Cel"),
            at=NOW,
            RF_INF_WATCH="no",
        ),
        row("14 days old", temperature(102, day(6)), at=NOW, RF_INF_WATCH="warning"),
        row("15 days old", temperature(102, day(5)), at=NOW, RF_INF_WATCH="no"),
        row("a milder one four days old", temperature(100.8, day(16)), at=NOW, RF_INF="no", RF_INF_WATCH="no"),
        row("day 90", temperature(102, day(90)), at=day(90), RF_INF="critical"),
        row("day 91", temperature(102, day(91)), at=day(91), RF_INF="no", RF_INF_WATCH="warning"),
        row("day 365", temperature(102, day(365)), at=day(365), RF_INF="no", RF_INF_WATCH="warning"),
        row("day 366", temperature(102, day(366)), at=day(366), RF_INF="no", RF_INF_WATCH="no"),
        row("of before surgery", temperature(102, day(-1)), at=day(1), RF_INF="no", RF_INF_WATCH="no"),
        row("of the operation day", temperature(102, day(0)), at=day(1), RF_INF="critical"),
        row("normal", temperature(98.6, day(20)), at=NOW, RF_INF="no", RF_INF_WATCH="no"),
    ]
)
def test_temperature(row: Row) -> None:
    holds(row)


@table(
    [
        row("Cel as C", temperature(39, day(20), "C"), at=NOW, RF_INF="critical", DQ_UNIT="no"),
        row("degF as F", temperature(102, day(20), "F"), at=NOW, RF_INF="critical", DQ_UNIT="no"),
        row("degF spelled degF", temperature(102, day(20), "degF"), at=NOW, RF_INF="critical"),
        row("degF with a degree sign", temperature(102, day(20), "°F"), at=NOW, RF_INF="critical"),
        row(
            "the code wins where both are given",
            temperature(39, day(20), None, valueQuantity={"value": 39, "unit": "degrees", "code": "Cel"}),
            at=NOW,
            RF_INF="critical",
        ),
        row("no unit, plausible in degF", temperature(101.5, day(20), None), at=NOW, RF_INF="critical", DQ_UNIT="info"),
        row("no unit, plausible in Cel", temperature(39, day(20), None), at=NOW, RF_INF="critical", DQ_UNIT="info"),
        row("no unit, plausible in neither", temperature(70, day(20), None), at=NOW, RF_INF="unknown", UNREADABLE="warning"),
        row(
            "101.5 Cel is a possible fever", temperature(101.5, day(20), "Cel"), at=NOW, RF_INF="no", RF_INF_WATCH="warning", DQ_UNIT="info"
        ),
        row("39 degF is a possible fever", temperature(39, day(20), "[degF]"), at=NOW, RF_INF="no", RF_INF_WATCH="warning", DQ_UNIT="info"),
        row("98.6 Cel is no possible fever", temperature(98.6, day(20), "Cel"), at=NOW, RF_INF="no", RF_INF_WATCH="no", DQ_UNIT="info"),
        row("a unit of nothing", temperature(310, day(20), "K"), at=NOW, RF_INF="unknown", UNREADABLE="warning", DQ_UNIT="info"),
        row("impossible in any unit", temperature(70, day(20), "Cel"), at=NOW, RF_INF="unknown", UNREADABLE="warning"),
        row("greater than 101", temperature(101, day(20), comparator=">"), at=NOW, RF_INF="unknown", RF_INF_WATCH="warning"),
        row("greater than 102", temperature(102, day(20), comparator=">"), at=NOW, RF_INF="critical"),
        row("less than 99", temperature(99, day(20), comparator="<"), at=NOW, RF_INF="no", RF_INF_WATCH="no"),
        row("less than 103 settles nothing", temperature(103, day(20), comparator="<"), at=NOW, RF_INF="unknown", UNREADABLE="warning"),
    ]
)
def test_temperature_units(row: Row) -> None:
    holds(row)


@table(
    [
        row("10 mg/L is normal", crp(10, day(60)), at=day(60), RF_INF_WATCH="no"),
        row("11 mg/L after day 28 is not", crp(11, day(60)), at=day(60), RF_INF_WATCH="warning"),
        row("sample of day 28", crp(30, day(28)), at=day(30), RF_INF_WATCH="warning"),
        row("sample of day 27, asked on day 30", crp(30, day(27)), at=day(30), RF_INF_WATCH="no"),
        row("14 days old", crp(30, day(60)), at=day(74), RF_INF_WATCH="warning"),
        row("15 days old", crp(30, day(60)), at=day(75), RF_INF_WATCH="no"),
        row("the latest decides", crp(60, day(55)), crp(8, day(60)), at=day(60), RF_INF_WATCH="no"),
        row("mg/dL is ten times", crp(1.2, day(60), "mg/dL"), at=day(60), RF_INF_WATCH="warning"),
        row("1.0 mg/dL is 10 mg/L", crp(1.0, day(60), "mg/dL"), at=day(60), RF_INF_WATCH="no"),
        row("no unit: not used", crp(90, day(60), None), at=day(60), RF_INF_WATCH="unknown", DQ_UNIT="info", UNREADABLE="warning"),
        row("at least 5", crp(5, day(60), comparator="<"), at=day(60), RF_INF_WATCH="no"),
        row("more than 100", crp(100, day(60), comparator=">"), at=day(60), RF_INF_WATCH="warning"),
        row("day 366", crp(30, day(366)), at=day(366), RF_INF_WATCH="no"),
        row("second rise", crp(20, day(10)), crp(25, day(14)), at=day(15), RF_INF_WATCH="warning"),
        row("1.2 times is not above", crp(20, day(10)), crp(24, day(14)), at=day(15), RF_INF_WATCH="no"),
        row("a rise below 10 is no second rise", crp(4, day(10)), crp(9, day(14)), at=day(15), RF_INF_WATCH="no"),
        row("first value of day 4 belongs to the peak", crp(20, day(4)), crp(60, day(10)), at=day(15), RF_INF_WATCH="no"),
        row("first value of day 5 does not", crp(20, day(5)), crp(60, day(10)), at=day(15), RF_INF_WATCH="warning"),
        row("pairs of more than 28 days apart are not compared", crp(11, day(40)), crp(9.5, day(70)), at=day(70), RF_INF_WATCH="no"),
        row("rise of 15 days ago", crp(11, day(6)), crp(20, day(10)), at=day(25), RF_INF_WATCH="no"),
    ]
)
def test_crp(row: Row) -> None:
    holds(row)


@table(
    [
        row("a wound item alone", finding("wound-redness-increasing", day(19)), at=NOW, RF_INF="no", RF_INF_WATCH="warning"),
        row("warmth alone", finding("wound-warmth-increasing", day(19)), at=NOW, RF_INF_WATCH="warning"),
        row("drainage alone", finding("wound-drainage-restarted", day(19)), at=NOW, RF_INF_WATCH="warning"),
        row(
            "a wound item with a raised temperature",
            finding("wound-redness-increasing", day(19)),
            temperature(38.1, day(20), "Cel"),
            at=NOW,
            RF_INF="critical",
        ),
        row(
            "a wound item with 38.0 Cel",
            finding("wound-redness-increasing", day(19)),
            temperature(38.0, day(20), "Cel"),
            at=NOW,
            RF_INF="no",
            RF_INF_WATCH="warning",
        ),
        row("with a late CRP", finding("wound-redness-increasing", day(59)), crp(30, day(60)), at=day(60), RF_INF="critical"),
        row(
            "with an early CRP",
            finding("wound-redness-increasing", day(10)),
            crp(90, day(10)),
            at=day(10),
            RF_INF="no",
            RF_INF_WATCH="warning",
        ),
        row(
            "with a second rise",
            finding("wound-redness-increasing", day(14)),
            crp(20, day(10)),
            crp(40, day(14)),
            at=day(15),
            RF_INF="critical",
        ),
        row("15 days old", finding("wound-redness-increasing", day(5)), at=NOW, RF_INF_WATCH="no"),
        row(
            "drainage 15 days old is uncleared", finding("wound-drainage-restarted", day(5)), at=NOW, RF_INF_WATCH="no", RF_STALE="warning"
        ),
        row("redness 15 days old is not", finding("wound-redness-increasing", day(5)), at=NOW, RF_STALE="no"),
        row("dehiscence as a diagnosis", condition("225553008", day(19)), at=NOW, RF_INF_WATCH="warning"),
        row("dehiscence of 15 days", condition("225553008", day(5)), at=NOW, RF_INF_WATCH="no"),
        row("fever without a number", condition("386661006", day(10)), at=NOW, RF_INF="no", RF_INF_WATCH="warning"),
        row("fever of 15 days ago", condition("386661006", day(5)), at=NOW, RF_INF_WATCH="no"),
        row("wound after a year and more", finding("wound-redness-increasing", day(400)), at=day(401), RF_INF_WATCH="warning"),
    ]
)
def test_wound(row: Row) -> None:
    holds(row)


@table(
    [
        row("infection of the site", condition("T81.42XA", day(15), ICD10), at=NOW, RF_INF="critical"),
        row("90 days old", condition("58126003", day(30)), at=LATE, RF_INF="critical"),
        row("91 days old and active", condition("58126003", day(29)), at=LATE, RF_INF="no", RF_INF_WATCH="warning"),
        row("91 days old and resolved", condition("58126003", day(29), **course("resolved")), at=LATE, RF_INF="no", RF_INF_WATCH="no"),
        row("of before the index", condition("58126003", day(-1)), at=NOW, RF_INF="no", RF_INF_WATCH="no"),
        row("undated", condition("58126003"), at=NOW, RF_INF="critical"),
        row("sequela", condition("T81.42XS", day(15), ICD10), at=NOW, RF_INF="no"),
        row("a wound somewhere within 90 days of the index", condition("76844004", day(90)), at=LATE, RF_INF="critical"),
        row("a wound somewhere later", condition("76844004", day(91)), at=LATE, RF_INF="no", RF_INF_WATCH="no"),
        row("a wound of the lumbar spine later", condition("76844004", day(91), bodySite=sites("122496007")), at=LATE, RF_INF="critical"),
    ]
)
def test_diagnoses(row: Row) -> None:
    holds(row)


def test_sepsis_and_epidural_abscess_go_to_the_emergency_department() -> None:
    for code, system in (
        ("T81.44XA", ICD10),
        ("G06.1", ICD10),
        ("63627007", "http://snomed.info/sct"),
        ("429437003", "http://snomed.info/sct"),
    ):
        told = holds(row("emergency", condition(code, day(15), system), at=NOW, RF_INF="critical"))
        card = next(c for c in told.outcome.cards if c["indicator"] == "critical")
        assert card["extension"]["org.postfusion"]["urgency"] == "emergency"
        assert "emergency department now" in card["summary"]


def test_other_infections_are_same_day() -> None:
    told = holds(row("same day", condition("58126003", day(15)), at=NOW, RF_INF="critical"))
    assert told.outcome.cards[0]["extension"]["org.postfusion"]["urgency"] == "same-day"
