"""Pain that persists and limits, the regions it is in, and how it moves."""

from tests.fhir.build import (
    BACK,
    BUTTOCK,
    LEG,
    LOCAL,
    LOINC,
    PEG,
    VAS,
    condition,
    course,
    day,
    finding,
    measured,
    nrs,
    observed,
    odi,
    verified,
)
from tests.fhir.rows import Row, holds, row, table

NOW = day(200)
LIMITS = odi(44, day(190))


@table(
    [
        row("two significant scores 90 days apart", nrs(6, day(100)), nrs(4, day(190)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row("89 days apart", nrs(6, day(101)), nrs(4, day(190)), LIMITS, at=NOW, FBSS_TIME="no"),
        row("the last is 3", nrs(6, day(100)), nrs(3, day(190)), LIMITS, at=NOW, FBSS_TIME="no"),
        row("the last is 91 days old", nrs(6, day(10)), nrs(6, day(109)), LIMITS, at=NOW, FBSS_TIME="unknown"),
        row("one isolated score", nrs(6, day(190)), LIMITS, at=NOW, FBSS_TIME="no", DQ_TREND="info"),
        row("the earlier one is of before surgery", nrs(6, day(-10)), nrs(6, day(190)), LIMITS, at=NOW, FBSS_TIME="no"),
        row(
            "relief of 28 days between",
            nrs(6, day(90)),
            nrs(3, day(120)),
            nrs(2, day(148)),
            nrs(6, day(190)),
            LIMITS,
            at=NOW,
            FBSS_TIME="no",
        ),
        row(
            "relief of 27 days between",
            nrs(6, day(90)),
            nrs(3, day(120)),
            nrs(2, day(147)),
            nrs(6, day(190)),
            LIMITS,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "a run of relief counts from its first to its last score",
            nrs(6, day(90)),
            *(nrs(3, day(n)) for n in (120, 130, 148)),
            nrs(6, day(190)),
            LIMITS,
            at=NOW,
            FBSS_TIME="no",
        ),
        row(
            "a run that is broken does not",
            nrs(6, day(90)),
            nrs(3, day(120)),
            nrs(5, day(135)),
            nrs(3, day(148)),
            nrs(6, day(190)),
            LIMITS,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row("one value a day, the highest", nrs(6, day(100)), nrs(2, day(190)), nrs(6, day(190)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row("scores of two regions are two series", nrs(6, day(100), LEG), nrs(6, day(190), BACK), LIMITS, at=NOW, FBSS_TIME="no"),
        row(
            "any region may decide",
            nrs(6, day(100), BUTTOCK),
            nrs(6, day(190), BUTTOCK),
            nrs(1, day(195), LEG),
            LIMITS,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "a site of elsewhere is not ours",
            nrs(6, day(100), "45048000"),
            nrs(6, day(190), "45048000"),
            LIMITS,
            at=NOW,
            FBSS_TIME="unknown",
        ),
        row("improving is no reason to stay silent", nrs(9, day(100)), nrs(5, day(190)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row("already labelled", nrs(6, day(100)), nrs(6, day(190)), LIMITS, condition("202725007", day(150)), at=NOW, FBSS_TIME="no"),
        row(
            "labelled and refuted",
            nrs(6, day(100)),
            nrs(6, day(190)),
            LIMITS,
            condition("202725007", day(150), **verified("refuted")),
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "labelled and resolved",
            nrs(6, day(100)),
            nrs(6, day(190)),
            LIMITS,
            condition("202725007", day(150), **course("resolved")),
            at=NOW,
            FBSS_TIME="warning",
        ),
    ]
)
def test_persistent_by_series(row: Row) -> None:
    holds(row)


DX = "279039007"


@table(
    [
        row("a diagnosis of 90 days with a score", condition(DX, day(110)), nrs(4, day(199)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row("a diagnosis of 89 days", condition(DX, day(111)), nrs(4, day(199)), LIMITS, at=NOW, FBSS_TIME="no"),
        row("a diagnosis of before surgery", condition(DX, "2020-01-01"), nrs(4, day(199)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row(
            "recorded stands in for the onset",
            condition(DX, None, recordedDate=day(50)),
            nrs(4, day(199)),
            LIMITS,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row("a score below 4 in 90 days", condition(DX, day(50)), nrs(3, day(150)), nrs(6, day(199)), LIMITS, at=NOW, FBSS_TIME="no"),
        row("no score in 90 days", condition(DX, day(50)), LIMITS, at=NOW, FBSS_TIME="unknown", DQ_TREND="info"),
        row("a resolved diagnosis", condition(DX, day(50), **course("resolved")), nrs(4, day(199)), LIMITS, at=NOW, FBSS_TIME="no"),
        row("a provisional one", condition(DX, day(50), **verified("provisional")), nrs(4, day(199)), LIMITS, at=NOW, FBSS_TIME="no"),
        row(
            "chronic post-surgical pain is never FBSS",
            condition("MG30.21", day(50), "http://id.who.int/icd/release/11/mms"),
            nrs(4, day(199)),
            LIMITS,
            at=NOW,
            FBSS_TIME="no",
        ),
        row(
            "hip pain is never it",
            condition("M25.551", day(50), "http://hl7.org/fhir/sid/icd-10-cm"),
            nrs(4, day(199)),
            LIMITS,
            at=NOW,
            FBSS_TIME="no",
        ),
    ]
)
def test_persistent_by_diagnosis(row: Row) -> None:
    holds(row)


PAIN = (nrs(6, day(100)), nrs(6, day(195)))


@table(
    [
        row("ODI 21", *PAIN, odi(21, day(190)), at=NOW, FBSS_TIME="warning"),
        row("ODI 20", *PAIN, odi(20, day(190)), at=NOW, FBSS_TIME="no", DQ_FUNCTION="no"),
        row("ODI 20.9", *PAIN, odi(20.9, day(190)), at=NOW, FBSS_TIME="no"),
        row("ODI of 90 days ago", *PAIN, odi(40, day(110)), at=NOW, FBSS_TIME="warning"),
        row("ODI of 91 days ago", *PAIN, odi(40, day(109)), at=NOW, FBSS_TIME="unknown", DQ_FUNCTION="info"),
        row("ODI without a unit is percent", *PAIN, measured("97909-6", 44, None, day(190)), at=NOW, FBSS_TIME="warning"),
        row("ODI as an integer", *PAIN, observed("97909-6", day(190), LOINC, valueInteger=44), at=NOW, FBSS_TIME="warning"),
        row("ODI above 100", *PAIN, odi(101, day(190)), at=NOW, FBSS_TIME="unknown", UNREADABLE="warning"),
        row("ODI in an unknown unit", *PAIN, measured("97909-6", 44, "points", day(190)), at=NOW, FBSS_TIME="unknown", DQ_UNIT="info"),
        row("ODI at least 30", *PAIN, measured("97909-6", 30, "%", day(190), comparator=">="), at=NOW, FBSS_TIME="warning"),
        row("ODI more than 10 settles nothing", *PAIN, measured("97909-6", 10, "%", day(190), comparator=">"), at=NOW, FBSS_TIME="unknown"),
        row("ODI at most 15", *PAIN, measured("97909-6", 15, "%", day(190), comparator="<="), at=NOW, FBSS_TIME="no"),
        row("PEG 4", *PAIN, measured(PEG, 4, "{score}", day(190)), at=NOW, FBSS_TIME="warning"),
        row("PEG 3.9", *PAIN, measured(PEG, 3.9, None, day(190)), at=NOW, FBSS_TIME="no"),
        row("limitation as a finding", *PAIN, finding("functional-limitation", day(190)), at=NOW, FBSS_TIME="warning"),
        row("recorded absent", *PAIN, finding("functional-limitation", day(190), False), at=NOW, FBSS_TIME="no", DQ_FUNCTION="no"),
        row(
            "one positive of two is enough",
            *PAIN,
            odi(10, day(190)),
            finding("functional-limitation", day(190)),
            at=NOW,
            FBSS_TIME="warning",
        ),
        row("none recorded", *PAIN, at=NOW, FBSS_TIME="unknown", DQ_FUNCTION="info"),
        row("limitation of before surgery", *PAIN, odi(60, day(-5)), at=NOW, FBSS_TIME="unknown", DQ_FUNCTION="info"),
    ]
)
def test_limiting(row: Row) -> None:
    holds(row)


@table(
    [
        row(
            "VAS in mm is tenfold",
            measured(VAS, 40, "mm", day(100)),
            measured(VAS, 60, "mm", day(195)),
            LIMITS,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "VAS of 39 mm is below 4", measured(VAS, 60, "mm", day(100)), measured(VAS, 39, "mm", day(195)), LIMITS, at=NOW, FBSS_TIME="no"
        ),
        row("VAS in cm", measured(VAS, 4, "cm", day(100)), measured(VAS, 6, "cm", day(195)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row("VAS of no unit", measured(VAS, 6, None, day(195)), LIMITS, at=NOW, FBSS_TIME="unknown", DQ_UNIT="info"),
        row(
            "NRS of 12 is dropped and reported",
            nrs(6, day(100)),
            nrs(12, day(195)),
            LIMITS,
            at=NOW,
            FBSS_TIME="unknown",
            UNREADABLE="warning",
        ),
        row("NRS of -1", nrs(6, day(100)), nrs(-1, day(195)), LIMITS, at=NOW, FBSS_TIME="unknown", UNREADABLE="warning"),
        row("NRS as a quantity", nrs(6, day(100)), measured("72514-3", 6, "{score}", day(195)), LIMITS, at=NOW, FBSS_TIME="warning"),
        row(
            "NRS as text",
            nrs(6, day(100)),
            observed("72514-3", day(195), LOINC, valueString="six"),
            LIMITS,
            at=NOW,
            FBSS_TIME="unknown",
            UNREADABLE="warning",
        ),
        row("residual in litres", measured("post-void-residual", 0.7, "L", day(195), LOCAL), at=NOW, RF_CES="critical"),
        row("residual without a unit is mL", measured("post-void-residual", 700, None, day(195), LOCAL), at=NOW, RF_CES="critical"),
        row(
            "residual in an unknown unit",
            measured("post-void-residual", 700, "gallon", day(195), LOCAL),
            at=NOW,
            RF_CES="unknown",
            DQ_UNIT="info",
            UNREADABLE="warning",
        ),
        row(
            "residual of more than 999",
            measured("post-void-residual", 999, "mL", day(195), LOCAL, comparator=">"),
            at=NOW,
            RF_CES="critical",
        ),
        row(
            "residual of less than 100",
            measured("post-void-residual", 100, "mL", day(195), LOCAL, comparator="<"),
            at=NOW,
            RF_CES="no",
            RF_CES_EARLY="no",
        ),
        row(
            "residual of more than 300",
            measured("post-void-residual", 300, "mL", day(195), LOCAL, comparator=">"),
            at=NOW,
            RF_CES="unknown",
            RF_CES_EARLY="warning",
        ),
    ]
)
def test_units_of_scores_and_residuals(row: Row) -> None:
    holds(row)


@table(
    [
        row("severe pain in the first 72 hours", nrs(7, day(1)), at=day(1), TL_72H="info", TL_06W="silent"),
        row("day 2", nrs(7, day(2)), at=day(2), TL_72H="info"),
        row("day 3", nrs(7, day(2)), at=day(3), TL_72H="no", TL_06W="info"),
        row("not severe", nrs(6, day(1)), at=day(1), TL_72H="no", TL_06W="info"),
        row("the last score decides", nrs(9, day(0)), nrs(3, day(2)), at=day(2), TL_72H="no"),
        row("weeks 1 to 6", at=day(41), TL_06W="info", TL_GAP="no"),
        row("weeks 6 to 8", at=day(42), TL_06W="no", TL_GAP="info"),
        row("rising by 2 over 7 days", nrs(4, day(7)), nrs(6, day(14)), at=day(15), TL_WORSE="warning", TL_06W="silent"),
        row("rising by 1", nrs(4, day(7)), nrs(5, day(14)), at=day(15), TL_WORSE="no"),
        row("rising over 6 days", nrs(4, day(8)), nrs(6, day(14)), at=day(15), TL_WORSE="unknown"),
        row("rising from before day 7", nrs(4, day(6)), nrs(6, day(14)), at=day(15), TL_WORSE="unknown"),
        row("rising in weeks 6 to 8", nrs(4, day(20)), nrs(6, day(50)), at=day(50), TL_WORSE="warning", TL_GAP="silent"),
        row("rising after two months", nrs(4, day(20)), nrs(6, day(62)), at=day(62), TL_WORSE="no"),
        row("months 2 to 3, improving by 2", nrs(8, day(14)), nrs(6, day(70)), at=day(70), TL_23M="info", TL_PLATEAU="no"),
        row("by 30 percent", nrs(3, day(14)), nrs(2, day(70)), at=day(70), TL_23M="info"),
        row("from before surgery when nothing else", nrs(8, day(-5)), nrs(6, day(70)), at=day(70), TL_23M="info"),
        row("baseline of 91 days before is none", nrs(8, day(-91)), nrs(6, day(70)), at=day(70), TL_23M="unknown"),
        row("the last score is 31 days old", nrs(8, day(14)), nrs(4, day(60)), at=day(91), TL_23M="unknown"),
        row("plateau", nrs(6, day(14)), nrs(5, day(70)), at=day(70), TL_PLATEAU="warning", TL_23M="no"),
        row("plateau needs 14 days", nrs(6, day(57)), nrs(6, day(70)), at=day(70), TL_PLATEAU="unknown"),
        row("plateau needs a first score of day 14", nrs(6, day(13)), nrs(6, day(70)), at=day(70), TL_PLATEAU="unknown"),
        row("plateau needs pain of 4", nrs(3, day(14)), nrs(3, day(70)), at=day(70), TL_PLATEAU="no"),
        row("months 3 to 6 without gain", nrs(6, day(42)), nrs(5, day(100)), at=day(100), TL_36M="warning"),
        row("with gain", nrs(6, day(42)), nrs(4, day(100)), at=day(100), TL_36M="no"),
        row("nearest to day 42 within 14 days", nrs(6, day(28)), nrs(6, day(100)), at=day(100), TL_36M="warning"),
        row("not within 14 days", nrs(6, day(27)), nrs(6, day(100)), at=day(100), TL_36M="unknown"),
        row("the earlier wins a tie", nrs(6, day(40)), nrs(9, day(44)), nrs(5, day(100)), at=day(100), TL_36M="warning"),
        row("beyond 1 year with pain", nrs(4, day(400)), at=day(400), TL_1Y="info"),
        row("beyond 1 year without", nrs(3, day(400)), at=day(400), TL_1Y="no"),
        row("beyond 1 year, a diagnosis is enough", condition(DX, day(50)), at=day(400), TL_1Y="info"),
        row("month 24 speaks still", nrs(4, "2027-03-20"), at="2027-03-20", TL_1Y="info"),
        row("month 25 does not", nrs(4, "2027-04-15"), at="2027-04-15", TL_1Y="no"),
    ]
)
def test_timeline(row: Row) -> None:
    holds(row)


@table(
    [
        row(
            "the region that hurts more decides",
            nrs(6, day(14), LEG),
            nrs(3, day(70), LEG),
            nrs(6, day(14), BACK),
            nrs(6, day(70), BACK),
            at=day(70),
            TL_PLATEAU="warning",
        ),
        row(
            "even if another one has not improved",
            nrs(8, day(14), LEG),
            nrs(5, day(70), LEG),
            nrs(4, day(14), BACK),
            nrs(4, day(70), BACK),
            at=day(70),
            TL_PLATEAU="no",
            TL_23M="info",
        ),
        row(
            "a tie goes to the leg",
            nrs(8, day(14), LEG),
            nrs(5, day(70), LEG),
            nrs(5, day(14), BACK),
            nrs(5, day(70), BACK),
            at=day(70),
            TL_PLATEAU="no",
        ),
        row(
            "then the buttock",
            nrs(8, day(14), BUTTOCK),
            nrs(5, day(70), BUTTOCK),
            nrs(5, day(14), BACK),
            nrs(5, day(70), BACK),
            at=day(70),
            TL_PLATEAU="no",
        ),
        row("then the back", nrs(8, day(14), BACK), nrs(5, day(70), BACK), nrs(5, day(14)), nrs(5, day(70)), at=day(70), TL_PLATEAU="no"),
        row("never relieved", nrs(7, day(-5)), nrs(6, day(42)), nrs(6, day(190)), at=NOW, FBSS_TYPE1="yes"),
        row("relieved once", nrs(7, day(-5)), nrs(5, day(42)), nrs(7, day(190)), at=NOW, FBSS_TYPE1="no"),
        row("no score of before: undetermined", nrs(6, day(42)), nrs(6, day(190)), at=NOW, FBSS_TYPE1="unknown"),
        row("relief before day 42 is not asked about", nrs(7, day(-5)), nrs(3, day(30)), nrs(7, day(190)), at=NOW, FBSS_TYPE1="yes"),
        row("relieved and returned", nrs(8, day(-5)), nrs(2, day(60)), nrs(6, day(190)), at=NOW, FBSS_TYPE2="yes", FBSS_TYPE1="no"),
        row("returned by one point", nrs(8, day(-5)), nrs(3, day(60)), nrs(4, day(190)), at=NOW, FBSS_TYPE2="no"),
        row(
            "improved, held for 28 days, returned",
            nrs(9, day(-5)),
            nrs(6, day(60)),
            nrs(6, day(88)),
            nrs(8, day(190)),
            at=NOW,
            FBSS_TYPE2="yes",
        ),
        row(
            "improved for 27 days only",
            nrs(9, day(-5)),
            nrs(6, day(60)),
            nrs(6, day(87)),
            nrs(9, day(88)),
            nrs(9, day(190)),
            at=NOW,
            FBSS_TYPE2="no",
        ),
    ]
)
def test_regions_and_types(row: Row) -> None:
    holds(row)
