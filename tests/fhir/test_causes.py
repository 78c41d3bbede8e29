"""Causes of pain after fusion: each with its time, its features, and what tells it from the others. Index: 2025-03-15."""

from tests.fhir.build import (
    BACK,
    BUTTOCK,
    ICD10,
    ICD11,
    LEFT,
    LEG,
    RIGHT,
    condition,
    course,
    day,
    finding,
    fusion,
    nrs,
    sites,
    verified,
)
from tests.fhir.charts import PIRIFORMIS, SCIATICA, STENOSIS, diagnosed, quality, runs
from tests.fhir.rows import Row, holds, row, table

D20 = day(20)


# --- epidural fibrosis: relief, then return in months 3 to 6 --------------------------------------------------------

GAIN = (nrs(8, day(-7), LEG), nrs(3, day(45), LEG))
DULL = quality("dull-ache", when="2025-09-10")


@table(
    [
        row("dull pain back at month 4", *GAIN, nrs(6, "2025-07-20", LEG), DULL, at="2025-09-20", CAUSE_FIB="info"),
        row("first day of month 3", *GAIN, nrs(6, "2025-06-15", LEG), DULL, at="2025-09-20", CAUSE_FIB="info"),
        row("the day before month 3", *GAIN, nrs(6, "2025-06-14", LEG), DULL, at="2025-09-20", CAUSE_FIB="no"),
        row("last day of month 5", *GAIN, nrs(6, "2025-09-14", LEG), DULL, at="2025-09-20", CAUSE_FIB="info"),
        row("month 6", *GAIN, nrs(6, "2025-09-15", LEG), DULL, at="2025-09-20", CAUSE_FIB="no"),
        row(
            "the first worsening decides, not a later one",
            *GAIN,
            nrs(6, "2025-06-10", LEG),
            nrs(3, "2025-07-01", LEG),
            nrs(6, "2025-08-10", LEG),
            DULL,
            at="2025-09-20",
            CAUSE_FIB="no",
        ),
        row("a rise of 1 is no return", *GAIN, nrs(4, "2025-07-20", LEG), DULL, at="2025-09-20", CAUSE_FIB="no"),
        row("never improved", nrs(8, day(-7), LEG), nrs(7, day(45), LEG), nrs(9, "2025-07-20", LEG), DULL, at="2025-09-20", CAUSE_FIB="no"),
        row(
            "improved by 30 % counts",
            nrs(3, day(-7), LEG),
            nrs(2, day(45), LEG),
            nrs(4, "2025-07-20", LEG),
            DULL,
            at="2025-09-20",
            CAUSE_FIB="info",
        ),
        row("the gain and the return in different regions", *GAIN, nrs(6, "2025-07-20", BACK), DULL, at="2025-09-20", CAUSE_FIB="silent"),
        row("180 days ago", *GAIN, nrs(6, "2025-07-20", LEG), quality("dull-ache", when="2026-01-10"), at="2026-01-16", CAUSE_FIB="info"),
        row("181 days ago", *GAIN, nrs(6, "2025-07-20", LEG), quality("dull-ache", when="2026-01-10"), at="2026-01-17", CAUSE_FIB="no"),
        row(
            "positional instead of dull",
            *GAIN,
            nrs(6, "2025-07-20", LEG),
            finding("pain-worse-sustained-posture", "2025-09-10"),
            at="2025-09-20",
            CAUSE_FIB="info",
        ),
        row(
            "electric as well",
            *GAIN,
            nrs(6, "2025-07-20", LEG),
            DULL,
            quality("electric", when="2025-09-10"),
            at="2025-09-20",
            CAUSE_FIB="no",
        ),
        row("sharp as well", *GAIN, nrs(6, "2025-07-20", LEG), DULL, quality("sharp", when="2025-09-10"), at="2025-09-20", CAUSE_FIB="no"),
        row(
            "shooting as well",
            *GAIN,
            nrs(6, "2025-07-20", LEG),
            DULL,
            quality("shooting", when="2025-09-10"),
            at="2025-09-20",
            CAUSE_FIB="no",
        ),
        row(
            "burning is neither for nor against",
            *GAIN,
            nrs(6, "2025-07-20", LEG),
            DULL,
            quality("burning", when="2025-09-10"),
            at="2025-09-20",
            CAUSE_FIB="info",
        ),
        row("no quality recorded", *GAIN, nrs(6, "2025-07-20", LEG), at="2025-09-20", CAUSE_FIB="unknown"),
        row("no scores", DULL, at="2025-09-20", CAUSE_FIB="unknown"),
        row("meningeal adhesions on the problem list", condition("G96.12", "2025-05-01", ICD10), at="2025-09-20", CAUSE_FIB="info"),
        row(
            "refuted",
            *GAIN,
            nrs(3, day(60), LEG),
            condition("G96.12", "2025-05-01", ICD10, **verified("refuted")),
            at="2025-09-20",
            CAUSE_FIB="no",
        ),
        row(
            "only differential",
            *GAIN,
            condition("G96.12", "2025-05-01", ICD10, **verified("differential")),
            at="2025-09-20",
            CAUSE_FIB="silent",
        ),
    ]
)
def test_fibrosis(row: Row) -> None:
    holds(row)


# --- piriformis -------------------------------------------------------------------------------------------------------

SEAT = finding("pain-worse-sitting", day(80))
HIP = finding("pain-worse-hip-internal-rotation", day(80))
DEEP = (nrs(5, day(80), BUTTOCK), SEAT, HIP)
OFF = runs("non-dermatomal", when=day(80))
NOW = day(85)


@table(
    [
        row("the whole pattern", *DEEP, OFF, at=NOW, CAUSE_PIRI="info"),
        row("buttock-only", nrs(5, day(80), BUTTOCK), SEAT, HIP, runs("buttock-only", when=day(80)), at=NOW, CAUSE_PIRI="info"),
        row("buttock-only says where it is", SEAT, HIP, runs("buttock-only", when=day(80)), at=NOW, CAUSE_PIRI="info"),
        row("with S1 as well", *DEEP, OFF, runs("S1", when=day(80)), at=NOW, CAUSE_PIRI="no"),
        row(
            "dermatome absent later", *DEEP, OFF, runs("S1", when=day(60)), runs("S1", when=day(80), absent=True), at=NOW, CAUSE_PIRI="info"
        ),
        row("straight leg raise positive", *DEEP, OFF, finding("slr-test", day(80)), at=NOW, CAUSE_PIRI="no"),
        row("straight leg raise negative", *DEEP, OFF, finding("slr-test", day(80), False), at=NOW, CAUSE_PIRI="info"),
        row(
            "not worse sitting", nrs(5, day(80), BUTTOCK), finding("pain-worse-sitting", day(80), False), HIP, OFF, at=NOW, CAUSE_PIRI="no"
        ),
        row("rotation not recorded", nrs(5, day(80), BUTTOCK), SEAT, OFF, at=NOW, CAUSE_PIRI="unknown"),
        row(
            "rotation absent",
            nrs(5, day(80), BUTTOCK),
            SEAT,
            finding("pain-worse-hip-internal-rotation", day(80), False),
            OFF,
            at=NOW,
            CAUSE_PIRI="no",
        ),
        row("leg pain only", nrs(5, day(80), LEG), SEAT, HIP, OFF, at=NOW, CAUSE_PIRI="silent"),
        row(
            "distribution 31 days old",
            nrs(5, day(110), BUTTOCK),
            finding("pain-worse-sitting", day(110)),
            finding("pain-worse-hip-internal-rotation", day(110)),
            runs("non-dermatomal", when=day(80)),
            at=day(111),
            CAUSE_PIRI="unknown",
        ),
        row(
            "distribution 30 days old",
            nrs(5, day(110), BUTTOCK),
            finding("pain-worse-sitting", day(110)),
            finding("pain-worse-hip-internal-rotation", day(110)),
            runs("non-dermatomal", when=day(80)),
            at=day(110),
            CAUSE_PIRI="info",
        ),
        row(
            "sitting 90 days old",
            nrs(5, day(170), BUTTOCK),
            SEAT,
            finding("pain-worse-hip-internal-rotation", day(170)),
            runs("non-dermatomal", when=day(170)),
            at=day(170),
            CAUSE_PIRI="info",
        ),
        row(
            "sitting 91 days old",
            nrs(5, day(170), BUTTOCK),
            SEAT,
            finding("pain-worse-hip-internal-rotation", day(170)),
            runs("non-dermatomal", when=day(170)),
            at=day(171),
            CAUSE_PIRI="silent",
        ),
        row("diagnosis", condition(PIRIFORMIS, day(60)), at=NOW, CAUSE_PIRI="info"),
        row("diagnosis of the sciatic nerve", condition("G57.01", day(60), ICD10), at=NOW, CAUSE_PIRI="info"),
        row("diagnosis in ICD-11", condition("8C11.00", day(60), ICD11), at=NOW, CAUSE_PIRI="info"),
        row(
            "diagnosis with a positive straight leg raise",
            condition(PIRIFORMIS, day(60)),
            finding("slr-test", day(80)),
            at=NOW,
            CAUSE_PIRI="no",
        ),
        row("diagnosis with a dermatome", condition(PIRIFORMIS, day(60)), runs("L5", when=day(80)), at=NOW, CAUSE_PIRI="no"),
        row("diagnosis resolved", condition(PIRIFORMIS, day(60), **course("resolved")), *DEEP, at=NOW, CAUSE_PIRI="silent"),
    ]
)
def test_piriformis(row: Row) -> None:
    holds(row)


# --- adjacent segment: from month 12 --------------------------------------------------------------------------------

BACK_AGAIN = (nrs(8, day(-7), LEG), nrs(2, day(60), LEG), nrs(2, day(120), LEG))


@table(
    [
        row("pain back on the first day of month 12", *BACK_AGAIN, nrs(6, "2026-03-15", LEG), at="2026-03-15", CAUSE_ASD="info"),
        row("the day before", *BACK_AGAIN, nrs(6, "2026-03-14", LEG), at="2026-03-14", CAUSE_ASD="no"),
        row("pain that stayed away", *BACK_AGAIN, nrs(2, "2026-05-01", LEG), at="2026-05-01", CAUSE_ASD="no"),
        row(
            "pain back to 3 is not significant",
            nrs(8, day(-7), LEG),
            nrs(1, day(60), LEG),
            nrs(3, "2026-05-01", LEG),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row("pain back to 4", nrs(8, day(-7), LEG), nrs(2, day(60), LEG), nrs(4, "2026-05-01", LEG), at="2026-05-01", CAUSE_ASD="info"),
        row(
            "stenosis that began at month 12",
            condition(STENOSIS, "2026-03-15"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="info",
        ),
        row(
            "stenosis that began a day earlier",
            condition(STENOSIS, "2026-03-14"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row(
            "stenosis of before the fusion",
            condition(STENOSIS, "2024-03-14"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row(
            "stenosis resolved",
            condition(STENOSIS, "2026-04-01", **course("resolved")),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row(
            "stenosis refuted",
            condition(STENOSIS, "2026-04-01", **verified("refuted")),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row(
            "stenosis without onset, recorded late",
            condition(STENOSIS, None, recordedDate="2026-04-01"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="info",
        ),
        row("stenosis without any date", condition(STENOSIS), nrs(2, day(60)), nrs(2, day(90)), at="2026-05-01", CAUSE_ASD="unknown"),
        row(
            "sciatica on a new side",
            diagnosed(SCIATICA, "2024-12-01", side=LEFT),
            diagnosed(SCIATICA, "2026-04-01", side=RIGHT),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="info",
        ),
        row(
            "sciatica on the same side",
            diagnosed(SCIATICA, "2024-12-01", side=LEFT),
            diagnosed(SCIATICA, "2026-04-01", side=LEFT),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row(
            "a new level",
            runs("L5", when=day(30)),
            runs("S1", when="2026-04-20"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="info",
        ),
        row(
            "the same level",
            runs("L5", when=day(30)),
            runs("L5", when="2026-04-20"),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at="2026-05-01",
            CAUSE_ASD="no",
        ),
        row("nothing to compare", nrs(2, day(60)), nrs(2, day(90)), at="2026-05-01", CAUSE_ASD="no"),
        row("no scores at all", at="2026-05-01", CAUSE_ASD="unknown"),
    ]
)
def test_adjacent_segment(row: Row) -> None:
    holds(row)


# --- pseudarthrosis ---------------------------------------------------------------------------------------------------

AXIAL = (nrs(8, day(-7), BACK), nrs(2, day(60), BACK), nrs(2, day(120), BACK))


@table(
    [
        row("diagnosis at month 4", condition("M96.0", "2025-07-01", ICD10), at="2025-07-20", CAUSE_PSEUD="warning", RF_MECH="no"),
        row("diagnosis in ICD-11", condition("FC01.0", "2025-07-01", ICD11), at="2025-07-20", CAUSE_PSEUD="warning"),
        row("diagnosis that led to this fusion", condition("M96.0", "2024-11-01", ICD10), at="2025-07-20", CAUSE_PSEUD="silent"),
        row("diagnosis dated by the operation day", condition("M96.0", "2025-03-15", ICD10), at="2025-07-20", CAUSE_PSEUD="warning"),
        row(
            "diagnosis recorded the day after",
            condition("M96.0", None, ICD10, recordedDate="2025-03-16"),
            at="2025-07-20",
            CAUSE_PSEUD="warning",
        ),
        row("diagnosis refuted", condition("M96.0", "2025-07-01", ICD10, **verified("refuted")), at="2025-07-20", CAUSE_PSEUD="no"),
        row("diagnosis resolved", condition("M96.0", "2025-07-01", ICD10, **course("resolved")), at="2025-07-20", CAUSE_PSEUD="no"),
        row("diagnosis without a fusion", condition("M96.0", "2025-07-01", ICD10), at="2025-07-20", bare=True, CAUSE_PSEUD="no"),
        row("back pain returned at month 12", *AXIAL, nrs(6, "2026-03-15", BACK), at="2026-03-15", CAUSE_PSEUD="warning"),
        row("back pain returned a day before", *AXIAL, nrs(6, "2026-03-14", BACK), at="2026-03-14", CAUSE_PSEUD="no"),
        row("leg pain returned", *BACK_AGAIN, nrs(6, "2026-04-14", LEG), at="2026-04-14", CAUSE_PSEUD="silent"),
        row("pain without region returned", nrs(8, day(-7)), nrs(2, day(60)), nrs(6, "2026-04-14"), at="2026-04-14", CAUSE_PSEUD="silent"),
        row(
            "back pain never left",
            nrs(8, day(-7), BACK),
            nrs(7, day(60), BACK),
            nrs(8, "2026-04-14", BACK),
            at="2026-04-14",
            CAUSE_PSEUD="no",
        ),
    ]
)
def test_pseudarthrosis(row: Row) -> None:
    holds(row)


def test_pseudarthrosis_names_the_month() -> None:
    told = holds(row("month in the summary", condition("M96.0", "2025-07-01", ICD10), at="2025-07-20", CAUSE_PSEUD="warning"))
    assert told.outcome.cards[0]["summary"].startswith("Possible pseudarthrosis at 4 months")


# --- a partial date of the operation -------------------------------------------------------------------------------


@table(
    [
        row(
            "a month that lies inside the window at both ends",
            fusion("2025-03"),
            nrs(5, "2025-04-20", LEG),
            quality("burning", when="2025-04-20"),
            at="2025-04-20",
            bare=True,
            CAUSE_INFLAM="yes",
        ),
        row(
            "a month whose ends differ",
            fusion("2025-03"),
            nrs(5, "2025-05-10", LEG),
            quality("burning", when="2025-05-10"),
            at="2025-05-10",
            bare=True,
            CAUSE_INFLAM="unknown",
        ),
        row(
            "a year that is over by both ends",
            fusion("2023"),
            condition(STENOSIS, "2025-01-01"),
            nrs(2, "2024-06-01"),
            nrs(2, "2024-08-01"),
            at="2025-03-01",
            bare=True,
            CAUSE_ASD="info",
        ),
        row(
            "sites of the lumbar spine do not date it",
            condition("Z98.1", None, ICD10, bodySite=sites(BACK)),
            nrs(5, D20, LEG),
            quality("burning", when=D20),
            at=D20,
            bare=True,
            CAUSE_INFLAM="unknown",
        ),
    ]
)
def test_partial_dates(row: Row) -> None:
    holds(row)
