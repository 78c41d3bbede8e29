"""Nerve inflammation and nerve awakening: their time, their words, and the guards of such reassurance. Index: 2025-03-15."""

from tests.fhir.build import (
    BACK,
    BUTTOCK,
    LEFT,
    LEG,
    RIGHT,
    condition,
    day,
    grade,
    nrs,
)
from tests.fhir.charts import SCIATICA, quality, runs, steady
from tests.fhir.rows import Row, holds, row, table

D20, D40, D55 = day(20), day(40), day(55)


# --- nerve inflammation: days 0 to 55 -------------------------------------------------------------------------------


@table(
    [
        row("burning leg pain", nrs(5, D20, LEG), quality("burning", when=D20), at=D20, CAUSE_INFLAM="info"),
        row("day 55 is the last", nrs(5, D55, LEG), quality("electric", when=D55), at=D55, CAUSE_INFLAM="info"),
        row("day 56 is too late", nrs(5, day(56), LEG), quality("electric", when=day(56)), at=day(56), CAUSE_INFLAM="no"),
        row("day 1", nrs(8, day(1), LEG), quality("shooting", when=day(1)), at=day(1), CAUSE_INFLAM="yes"),
        row("buttock pain serves as well", nrs(5, D20, BUTTOCK), quality("shooting", when=D20), at=D20, CAUSE_INFLAM="info"),
        row("a leg pain diagnosis serves", condition(SCIATICA, D20), quality("shooting", when=D20), at=D20, CAUSE_INFLAM="info"),
        row("a score of 1 is pain", nrs(1, D20, LEG), quality("burning", when=D20), at=D20, CAUSE_INFLAM="yes"),
        row("a score of 0 is not", nrs(0, D20, LEG), nrs(0, D20, BUTTOCK), quality("burning", when=D20), at=D20, CAUSE_INFLAM="no"),
        row("back pain alone is not it", nrs(6, D20, BACK), quality("burning", when=D20), at=D20, CAUSE_INFLAM="unknown"),
        row("a score without region settles no region", nrs(6, D20), quality("burning", when=D20), at=D20, CAUSE_INFLAM="unknown"),
        row("leg pain of before surgery only", nrs(6, day(-5), LEG), quality("burning", when=D20), at=D20, CAUSE_INFLAM="silent"),
        row("a dull ache along L5", nrs(5, D20, LEG), quality("dull-ache", when=D20), runs("L5", when=D20), at=D20, CAUSE_INFLAM="info"),
        row("L4", nrs(5, D20, LEG), runs("L4", when=D20), at=D20, CAUSE_INFLAM="info"),
        row("S1", nrs(5, D20, LEG), runs("S1", when=D20), at=D20, CAUSE_INFLAM="info"),
        row(
            "buttock-only beside S1: the dermatome wins",
            nrs(5, D20, BUTTOCK),
            runs("buttock-only", "S1", when=D20),
            at=D20,
            CAUSE_INFLAM="info",
        ),
        row(
            "neither quality nor dermatome",
            nrs(5, D20, LEG),
            quality("dull-ache", when=D20),
            runs("non-dermatomal", when=D20),
            at=D20,
            CAUSE_INFLAM="no",
        ),
        row(
            "tingling is not among the qualities",
            nrs(5, D20, LEG),
            quality("tingling", when=D20),
            runs("non-dermatomal", when=D20),
            at=D20,
            CAUSE_INFLAM="no",
        ),
        row("nothing described", nrs(5, D20, LEG), at=D20, CAUSE_INFLAM="unknown"),
        row("no fusion", nrs(5, D20, LEG), quality("burning", when=D20), at=D20, bare=True, CAUSE_INFLAM="no"),
    ]
)
def test_inflammation(row: Row) -> None:
    holds(row)


@table(
    [
        row("described 30 days ago", nrs(5, D40, LEG), quality("burning", when=day(10)), at=D40, CAUSE_INFLAM="yes"),
        row("described 31 days ago", nrs(5, D40, LEG), quality("burning", when=day(9)), at=D40, CAUSE_INFLAM="unknown"),
        row("described before surgery", nrs(5, D20, LEG), quality("burning", when=day(-2)), at=D20, CAUSE_INFLAM="unknown"),
        row(
            "recorded absent later",
            nrs(5, D20, LEG),
            quality("burning", when=day(10)),
            quality("burning", when=D20, absent=True),
            runs("non-dermatomal", when=D20),
            at=D20,
            CAUSE_INFLAM="no",
        ),
        row(
            "recorded absent earlier",
            nrs(5, D20, LEG),
            quality("burning", when=day(10), absent=True),
            quality("burning", when=D20),
            at=D20,
            CAUSE_INFLAM="yes",
        ),
        row(
            "absent on the other side takes nothing away",
            nrs(5, D20, LEG),
            quality("burning", when=day(10), side=LEFT),
            quality("burning", when=D20, side=RIGHT, absent=True),
            at=D20,
            CAUSE_INFLAM="yes",
        ),
        row(
            "another value absent takes nothing away",
            nrs(5, D20, LEG),
            quality("burning", when=day(10)),
            quality("electric", when=D20, absent=True),
            at=D20,
            CAUSE_INFLAM="yes",
        ),
        row(
            "another value later does not replace it",
            nrs(5, D20, LEG),
            quality("burning", when=day(10)),
            quality("dull-ache", when=D20),
            at=D20,
            CAUSE_INFLAM="yes",
        ),
        row(
            "present and absent at once is no reassurance",
            nrs(5, D20, LEG),
            quality("burning", when=D20),
            quality("burning", when=D20, absent=True),
            runs("non-dermatomal", when=D20),
            at=D20,
            CAUSE_INFLAM="silent",
        ),
        row(
            "preliminary speaks to alarms only",
            nrs(5, D20, LEG),
            quality("burning", when=D20, status="preliminary"),
            at=D20,
            CAUSE_INFLAM="unknown",
        ),
        row("entered in error", nrs(5, D20, LEG), quality("burning", when=D20, status="entered-in-error"), at=D20, CAUSE_INFLAM="unknown"),
        row(
            "a value nobody knows",
            nrs(5, D20, LEG),
            quality("stabbing", when=D20),
            runs("non-dermatomal", when=D20),
            at=D20,
            CAUSE_INFLAM="unknown",
        ),
    ]
)
def test_described_pain(row: Row) -> None:
    holds(row)


LATE_BURN = (quality("burning", when=D40),)


@table(
    [
        row(
            "a rise of 2 over 7 days", nrs(4, day(20), LEG), nrs(6, day(27), LEG), *LATE_BURN, at=D40, CAUSE_INFLAM="no", TL_WORSE="warning"
        ),
        row("a rise of 1", nrs(4, day(20), LEG), nrs(5, day(27), LEG), *LATE_BURN, at=D40, CAUSE_INFLAM="info", TL_WORSE="no"),
        row("over 6 days", nrs(4, day(20), LEG), nrs(6, day(26), LEG), *LATE_BURN, at=D40, CAUSE_INFLAM="info"),
        row("first value of day 7", nrs(4, day(7), LEG), nrs(6, day(27), LEG), *LATE_BURN, at=D40, CAUSE_INFLAM="no"),
        row("first value of day 6 is left out", nrs(4, day(6), LEG), nrs(6, day(27), LEG), *LATE_BURN, at=D40, CAUSE_INFLAM="info"),
    ]
)
def test_inflammation_is_not_said_of_worsening_pain(row: Row) -> None:
    holds(row)


# --- nerve awakening: days 0 to 89, new, with steady strength -------------------------------------------------------

TINGLE = quality("tingling", when=D40)


@table(
    [
        row("new tingling with steady strength", TINGLE, *steady(D40), at=D40, CAUSE_AWAKE="info"),
        row("day 89 is the last", quality("tingling", when=day(89)), *steady(day(89)), at=day(89), CAUSE_AWAKE="info"),
        row("day 90 is too late", quality("tingling", when=day(90)), *steady(day(90)), at=day(90), CAUSE_AWAKE="no"),
        row("burning", quality("burning", when=D40), *steady(D40), at=D40, CAUSE_AWAKE="info"),
        row("electric", quality("electric", when=D40), *steady(D40), at=D40, CAUSE_AWAKE="info"),
        row("a dull ache is not it", quality("dull-ache", when=D40), *steady(D40), at=D40, CAUSE_AWAKE="no"),
        row("tingling already before surgery", quality("tingling", when=day(-10)), TINGLE, *steady(D40), at=D40, CAUSE_AWAKE="no"),
        row("another quality before surgery", quality("dull-ache", when=day(-10)), TINGLE, *steady(D40), at=D40, CAUSE_AWAKE="info"),
        row(
            "recorded absent before surgery",
            quality("tingling", when=day(-10), absent=True),
            TINGLE,
            *steady(D40),
            at=D40,
            CAUSE_AWAKE="info",
        ),
        row("no motor grade", TINGLE, at=D40, CAUSE_AWAKE="unknown"),
        row("grade of 4", TINGLE, *steady(D40, 4), at=D40, CAUSE_AWAKE="info"),
        row("grade of 3", TINGLE, *steady(D40, 3), at=D40, CAUSE_AWAKE="no", RF_CES="critical"),
        row("grade 30 days old", TINGLE, *steady(day(10)), at=D40, CAUSE_AWAKE="info"),
        row("grade 31 days old", TINGLE, *steady(day(9)), at=D40, CAUSE_AWAKE="unknown"),
        row("grade that fell from 5 to 4", TINGLE, *steady(day(12)), *steady(D40, 4), at=D40, CAUSE_AWAKE="no"),
        row(
            "fell and stayed: the last change is a fall",
            TINGLE,
            *steady(day(2)),
            *steady(day(22), 4),
            *steady(D40, 4),
            at=D40,
            CAUSE_AWAKE="no",
        ),
        row("fell against before surgery", TINGLE, *steady(day(-5)), *steady(D40, 4), at=D40, CAUSE_AWAKE="no"),
        row("rose from 4 to 5", TINGLE, *steady(day(12), 4), *steady(D40, 5), at=D40, CAUSE_AWAKE="info"),
        row("sides not recorded: both legs needed", TINGLE, grade(5, D40, side=LEFT), at=D40, CAUSE_AWAKE="unknown"),
        row("on the side of the symptom", quality("tingling", when=D40, side=LEFT), grade(5, D40, side=LEFT), at=D40, CAUSE_AWAKE="info"),
        row("on the other side only", quality("tingling", when=D40, side=LEFT), grade(5, D40, side=RIGHT), at=D40, CAUSE_AWAKE="unknown"),
        row(
            "weakness on the other side does not speak for this one",
            quality("tingling", when=D40, side=LEFT),
            grade(5, D40, side=LEFT),
            grade(4, D40, side=RIGHT),
            at=D40,
            CAUSE_AWAKE="info",
        ),
        row(
            "the weakest myotome counts",
            TINGLE,
            *steady(D40),
            grade(5, day(20), "S1", LEFT),
            grade(4, D40, "S1", LEFT),
            at=D40,
            CAUSE_AWAKE="no",
        ),
        row(
            "preliminary grade",
            TINGLE,
            grade(5, D40, side=LEFT, status="preliminary"),
            grade(5, D40, side=RIGHT),
            at=D40,
            CAUSE_AWAKE="unknown",
        ),
    ]
)
def test_awakening(row: Row) -> None:
    holds(row)
