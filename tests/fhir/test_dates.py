"""Days and times: partial dates, time zones, the future, the operation day, clamped months."""

from typing import Any

import pytest

from tests.fhir.build import Json, ask, condition, day, finding, fusion, nrs, odi, temperature
from tests.fhir.rows import Row, holds, row, table

SADDLE = "saddle-sensory-change"
PAIN = (nrs(6, day(87)), nrs(6, day(179)), odi(44, day(170)))


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        ("2025-03-15", "first-72-hours"), ("2025-03-17", "first-72-hours"), ("2025-03-18", "weeks-1-6"), ("2025-04-25", "weeks-1-6"),
        ("2025-04-26", "weeks-6-8"), ("2025-05-14", "weeks-6-8"), ("2025-05-15", "months-2-3"), ("2025-06-14", "months-2-3"),
        ("2025-06-15", "months-3-6"), ("2025-09-14", "months-3-6"), ("2025-09-15", "months-6-12"), ("2026-03-14", "months-6-12"),
        ("2026-03-15", "months-12-24"), ("2027-03-14", "months-12-24"), ("2027-03-15", "beyond-24-months"),
    ],
)  # fmt: skip
def test_a_boundary_day_belongs_to_the_later_stage(at: str, stage: str) -> None:
    assert (ask(fusion(), as_of=at).outcome.index_fusion or {})["stage"] == stage


def test_months_clamp_to_the_end_of_the_month() -> None:
    pain = [nrs(6, "2025-11-01"), nrs(6, "2026-02-20"), odi(44, "2026-02-20")]
    for at, answer, stage in (("2026-02-27", "no", "months-3-6"), ("2026-02-28", "yes", "months-6-12")):
        told = ask(fusion("2025-08-31"), *pain, as_of=at)
        assert told.answer("fbss-time-criteria") == answer and (told.outcome.index_fusion or {})["stage"] == stage


@table(
    [
        row("six months less a day", *PAIN, at="2025-09-14", FBSS_TIME="no", TL_36M="silent"),
        row("six months", *PAIN, at="2025-09-15", FBSS_TIME="warning", TL_36M="no"),
        row(
            "month of the operation known, both ends over six months",
            fusion("2025-03"),
            *PAIN,
            at="2025-09-30",
            bare=True,
            FBSS_TIME="warning",
            DQ_PARTIAL="no",
        ),
        row("month known, the ends disagree", fusion("2025-03"), *PAIN, at="2025-09-15", bare=True, FBSS_TIME="unknown", DQ_PARTIAL="info"),
        row("year known, the ends disagree", fusion("2025"), *PAIN, at="2025-09-15", bare=True, FBSS_TIME="unknown", DQ_PARTIAL="info"),
        row(
            "year known, long ago",
            fusion("2020"),
            nrs(6, day(87)),
            nrs(6, day(179)),
            odi(44, day(170)),
            at="2025-09-15",
            bare=True,
            FBSS_TIME="warning",
            DQ_PARTIAL="no",
        ),
        row(
            "red flags work with a partial date",
            fusion("2025"),
            finding("foot-drop-new", "2026-01-10"),
            at="2026-01-12",
            bare=True,
            RF_NEURO="critical",
        ),
        row(
            "fever while the 90 days are not settled",
            fusion("2025-03"),
            temperature(103, "2025-06-20"),
            at="2025-06-20",
            bare=True,
            RF_INF="unknown",
            RF_INF_WATCH="warning",
        ),
        row(
            "retention while day 3 is not settled",
            fusion("2025-03"),
            finding("bladder-dysfunction-new", "2025-04-01"),
            at="2025-04-01",
            bare=True,
            RF_CES="unknown",
            RF_CES_EARLY="warning",
        ),
    ]
)
def test_partial_dates_of_the_operation(row: Row) -> None:
    holds(row)


@table(
    [
        row("a month that lies within 14 days", finding(SADDLE, "2026-02"), at="2026-02-14", RF_CES="critical"),
        row(
            "a month that may be older is not settled", finding(SADDLE, "2026-02"), at="2026-03-05", RF_CES="unknown", UNREADABLE="warning"
        ),
        row("a month too old at both ends", finding(SADDLE, "2025-06"), at="2026-03-05", RF_CES="no", RF_CES_STALE="no"),
        row("a year that may hold anything", condition("192970008", "2025"), at="2026-01-20", RF_CES="unknown"),
        row("a date that is no date", finding(SADDLE, "last week"), at="2026-03-01", RF_CES="unknown", UNREADABLE="warning"),
        row("a day that does not exist", finding(SADDLE, "2026-02-30"), at="2026-03-01", RF_CES="unknown"),
        row(
            "a time without seconds is no FHIR time",
            finding(SADDLE, "2026-02-27T10:00Z"),
            at="2026-03-01",
            RF_CES="unknown",
            UNREADABLE="warning",
        ),
        row("a leap second", finding(SADDLE, "2026-02-27T23:59:60Z"), at="2026-03-01", RF_CES="critical"),
        row("fractions of a second", finding(SADDLE, "2026-02-27T10:00:00.123456789Z"), at="2026-03-01", RF_CES="critical"),
        row(
            "nor is a time without an offset",
            finding(SADDLE, "2026-02-27T10:00:00"),
            at="2026-03-01",
            RF_CES="unknown",
            UNREADABLE="warning",
        ),
    ]
)
def test_dates_of_findings(row: Row) -> None:
    holds(row)


def onset(**members: Any) -> Json:
    return condition("192970008", None, **members)


@table(
    [
        row("onset period counts at its start", onset(onsetPeriod={"start": day(100), "end": day(299)}), at=day(300), RF_CES="no"),
        row("an onset told in words is unreadable", onset(onsetString="last spring"), at=day(300), RF_CES="unknown"),
        row("even when recorded", onset(onsetString="last spring", recordedDate=day(299)), at=day(300), RF_CES="unknown"),
        row("a range is unreadable", onset(onsetRange={"low": {"value": 50}}), at=day(300), RF_CES="unknown"),
        row("an age is a year-wide interval", onset(onsetAge={"value": 40, "unit": "years", "code": "a"}), at=day(300), RF_CES="no"),
        row("an age that may be new", onset(onsetAge={"value": 55, "unit": "years", "code": "a"}), at="2025-06-01", RF_CES="unknown"),
        row(
            "an age without a birth date",
            onset(onsetAge={"value": 40, "code": "a"}),
            at=day(300),
            person={"resourceType": "Patient", "id": "p1"},
            RF_CES="unknown",
        ),
        row("an age in days is unreadable", onset(onsetAge={"value": 40, "code": "d"}), at=day(300), RF_CES="unknown"),
    ]
)
def test_onsets(row: Row) -> None:
    holds(row)


@table(
    [
        row("tomorrow is allowed for", finding(SADDLE, day(301)), at=day(300), RF_CES="critical"),
        row("the day after is unreadable and named", finding(SADDLE, day(302)), at=day(300), RF_CES="unknown", UNREADABLE="warning"),
        row("a future absence clears nothing", finding(SADDLE, day(299)), finding(SADDLE, day(305), False), at=day(300), RF_CES="critical"),
        row("a future pain score", nrs(9, day(310)), at=day(300), FBSS_TIME="unknown"),
    ]
)
def test_the_future(row: Row) -> None:
    holds(row)


@table(
    [
        row("a dated finding of that day counts for an alarm", finding("foot-drop-new", day(0)), at=day(1), RF_NEURO="critical"),
        row(
            "times on both sides decide: before",
            fusion("2025-03-15T12:00:00Z"),
            finding("foot-drop-new", "2025-03-15T08:00:00Z"),
            at=day(1),
            bare=True,
            RF_NEURO="no",
        ),
        row(
            "times on both sides decide: after",
            fusion("2025-03-15T12:00:00Z"),
            finding("foot-drop-new", "2025-03-15T16:00:00Z"),
            at=day(1),
            bare=True,
            RF_NEURO="critical",
        ),
        row(
            "a time against a day decides nothing",
            fusion("2025-03-15"),
            finding("foot-drop-new", "2025-03-15T08:00:00Z"),
            at=day(1),
            bare=True,
            RF_NEURO="critical",
        ),
        row("severe pain of that day counts for the first 72 hours", nrs(8, day(0)), at=day(1), TL_72H="yes"),
        row("pain of that day opens a series", nrs(6, day(0)), nrs(6, day(185)), odi(44, day(185)), at=day(186), FBSS_TIME="warning"),
        row("but no trend", nrs(6, day(0)), nrs(6, day(185)), at=day(186), DQ_TREND="yes"),
        row("relief of that day is no relief", nrs(2, day(0)), nrs(6, day(185)), at=day(186), FBSS_TYPE2="unknown"),
    ]
)
def test_the_operation_day(row: Row) -> None:
    holds(row)


@table(
    [
        row("day 90 in UTC", temperature(102, "2025-06-13T20:00:00Z"), at="2025-06-13T20:00:00+00:00", RF_INF="critical"),
        row(
            "is day 91 in Tokyo",
            temperature(102, "2025-06-13T20:00:00Z"),
            at="2025-06-13T20:00:00+00:00",
            zone="Asia/Tokyo",
            RF_INF="no",
            RF_INF_WATCH="warning",
        ),
        row(
            "and day 90 in Chicago a little later",
            temperature(102, "2025-06-14T02:00:00Z"),
            at="2025-06-14T02:00:00+00:00",
            zone="America/Chicago",
            RF_INF="critical",
        ),
        row(
            "offsets are turned into the zone",
            finding(SADDLE, "2026-02-15T23:30:00-05:00"),
            at="2026-03-02T12:00:00+00:00",
            RF_CES="critical",
        ),
        row(
            "in which it is one day later or earlier",
            finding(SADDLE, "2026-02-16T01:00:00+05:30"),
            at="2026-03-02T12:00:00+00:00",
            RF_CES="no",
        ),
        row("the moment of asking has an offset too", finding(SADDLE, "2026-02-15"), at="2026-03-02T01:00:00+05:30", RF_CES="critical"),
    ]
)
def test_time_zones(row: Row) -> None:
    holds(row)
