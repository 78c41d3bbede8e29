"""The index operation: which one counts, what only hints at one, and what follows when there is none."""

from tests.fhir.build import (
    BACK,
    ICD10,
    LOCAL,
    PCS,
    SIJ,
    SNOMED,
    Json,
    ask,
    coding,
    condition,
    day,
    finding,
    fusion,
    made,
    nrs,
    observed,
    odi,
    sites,
    verified,
)
from tests.fhir.rows import Row, holds, row, table

NOW = day(300)
CHART = (nrs(6, day(200)), nrs(6, day(299)), odi(44, day(299)))


def dated(*resources: Json, at: str = NOW) -> tuple[str | None, str | None]:
    """(date, stage) as the answer tells them."""
    index = ask(*resources, as_of=at).outcome.index_fusion or {}
    return index.get("date"), index.get("stage")


def test_codes_of_a_lumbar_fusion() -> None:
    lumbar = [
        (SNOMED, "50172003"),
        (SNOMED, "277764006"),
        (SNOMED, "25789004"),
        (SNOMED, "448944002"),
        (PCS, "0SG0070"),
        (PCS, "0sg1071"),
        (PCS, "XRGB0R7"),
        (PCS, "0RGA070"),
    ]
    for system, code in lumbar:
        assert dated(fusion(system=system, code=code))[0] == "2025-03-15", code


def test_codes_of_other_fusions() -> None:
    for system, code in [
        (SNOMED, "81099000"),
        (PCS, "0RG1070"),
        (PCS, "0SG704Z"),
        (PCS, "XRGE058"),
        (SNOMED, "55705006"),
        (PCS, "0SB00ZZ"),
    ]:
        assert dated(fusion(system=system, code=code)) == (None, None), code


def test_an_excluded_code_beside_a_lumbar_one_does_not_exclude() -> None:
    both = fusion(code="50172003")
    both["code"]["coding"].insert(0, {"system": PCS, "code": "0RG1070"})
    assert dated(both)[0] == "2025-03-15"


def test_spinal_arthrodesis_needs_the_lumbar_spine() -> None:
    assert dated(fusion(code="55705006", bodySite=sites(BACK)))[0] == "2025-03-15"
    assert dated(fusion(code="55705006", bodySite=sites(SIJ))) == (None, None)
    assert dated(fusion(code="55705006", bodySite=sites("122494005"))) == (None, None)


def test_aliases_of_code_systems() -> None:
    for system, code in [
        ("urn:oid:2.16.840.1.113883.6.96", "50172003"),
        ("http://snomed.info/sct/", "50172003"),
        ("http://www.icd10data.com/icd10pcs", "0SG0070"),
    ]:
        assert dated(fusion(system=system, code=code))[0] == "2025-03-15", system


def test_the_date_is_performed_at_else_the_end_else_the_start_of_the_period() -> None:
    assert dated(fusion(None, performedPeriod={"start": day(-1), "end": day(1)}))[0] == day(1)
    assert dated(fusion(None, performedPeriod={"start": day(-1)}))[0] == day(-1)
    assert dated(fusion(performedPeriod=None))[0] == day(0)


def test_the_most_recent_counts_and_a_staged_one_at_its_later_date() -> None:
    assert dated(fusion(), fusion(day(20)))[0] == day(20)
    assert dated(fusion(), fusion(day(200)), at=NOW)[0] == day(200)


def test_a_fusion_ahead_is_no_index_yet() -> None:
    assert dated(fusion(), at=day(-1)) == ("2025-03-15", "before-surgery")
    assert dated(fusion(status="preparation"), at=day(-90)) == ("2025-03-15", "before-surgery")
    assert dated(fusion(), at=day(-91)) == (None, None)
    assert dated(fusion(status="not-done"), at=day(-1)) == (None, None)
    told = ask(fusion(), nrs(8, day(-1)), as_of=day(-1))
    assert set(told.outcome.index_fusion or {}) == {"date", "precision", "source", "stage"} and not told.cards


def test_an_observation_can_tell_the_date() -> None:
    assert dated(observed("index-fusion-date", day(10), valueDateTime="2025-03-15"))[0] == "2025-03-15"
    assert dated(fusion(day(5)), observed("index-fusion-date", day(10), valueDateTime="2025-03-15"))[0] == day(5)


def test_an_unreadable_date_of_the_fusion_is_unknown_not_none() -> None:
    told = ask(observed("index-fusion-date", day(10), valueString="spring"), *CHART, as_of=NOW)
    assert told.answer("fbss-time-criteria") == "unknown" and "data-unreadable" in told.shown


def test_arthrodesis_status_is_the_last_resort() -> None:
    status = condition("Z98.1", "2025-03-15", ICD10, bodySite=sites(BACK))
    assert dated(status)[0] == "2025-03-15"
    assert dated(status, fusion(day(5)))[0] == day(5)
    assert dated(condition("Z98.1", "2025-03-15", ICD10)) == (None, None)
    assert dated(condition("Z98.1", "2025-03-15", ICD10, bodySite=sites(SIJ))) == (None, None)
    assert dated(condition("Z98.1", None, ICD10, bodySite=sites(BACK), recordedDate=day(3))) == (None, None)
    assert dated(condition("Z98.1", "2025-03-15", ICD10, bodySite=sites(BACK), **verified("refuted"))) == (None, None)


def test_an_unreadable_arthrodesis_status_is_unknown_not_none() -> None:
    status = condition(
        "Z98.1", "2025-03-15", ICD10, bodySite=sites(BACK), modifierExtension=[{"url": "https://example.org/x", "valueBoolean": True}]
    )
    told = ask(status, *CHART, as_of=NOW)
    assert told.answer("fbss-time-criteria") == "unknown" and "data-unreadable" in told.shown


HINTS = {
    "FBSS on the problem list": condition("202725007", day(250)),
    "arthrodesis status without an onset": condition("Z98.1", None, ICD10, bodySite=sites(BACK)),
    "implant failure of the spine": condition("T84.226S", day(1), ICD10),
    "lumbar fusion without a date": fusion(None),
}


@table(
    [
        *[
            row(f"{name}: asks for the date", hint, at=NOW, bare=True, DQ_INDEX="info", TL_1Y="unknown", RF_NEURO="no")
            for name, hint in HINTS.items()
        ],
        row(
            "an implant complication of anywhere hints at nothing",
            condition("111744007", day(250)),
            at=NOW,
            bare=True,
            DQ_INDEX="no",
            TL_1Y="no",
        ),
        row("lumbar fusion seen on an image is not surgery", condition("M43.26", day(250), ICD10), at=NOW, bare=True, DQ_INDEX="no"),
        row("red flags work with a hint alone", fusion(None), finding("foot-drop-new", day(299)), at=NOW, bare=True, RF_NEURO="critical"),
        row(
            "fever falls to the watch rule",
            fusion(None),
            observed("8310-5", day(299), "http://loinc.org", valueQuantity={"value": 103, "unit": "[degF]"}),
            at=NOW,
            bare=True,
            RF_INF="no",
            RF_INF_WATCH="warning",
        ),
        row(
            "fever with a wound stays critical",
            fusion(None),
            observed("8310-5", day(299), "http://loinc.org", valueQuantity={"value": 103, "unit": "[degF]"}),
            finding("wound-redness-increasing", day(299)),
            at=NOW,
            bare=True,
            RF_INF="critical",
        ),
        row(
            "retention of any day is taken as of after day 2",
            fusion(None),
            condition("R33.9", day(299), ICD10),
            at=NOW,
            bare=True,
            RF_CES="critical",
        ),
        row(
            "the SI joint needs no date",
            fusion(None),
            *(finding(t, day(290)) for t in ("sij-distraction", "sij-thigh-thrust", "sij-compression")),
            at=NOW,
            bare=True,
            SIJ_STRONG="warning",
        ),
        row(
            "time criteria are unknown",
            fusion(None),
            *CHART,
            at=NOW,
            bare=True,
            FBSS_TIME="unknown",
            TL_PLATEAU="unknown",
            TL_36M="unknown",
        ),
    ]
)
def test_hints(row: Row) -> None:
    holds(row)


@table(
    [
        row("saddle finding: the safety net", finding("saddle-sensory-change", day(299)), at=NOW, bare=True, RF_CES="critical"),
        row("cauda equina diagnosis: the safety net", condition("192970008", day(299)), at=NOW, bare=True, RF_CES="critical"),
        row("retention is not in the net", condition("R33.9", day(299), ICD10), at=NOW, bare=True, RF_CES="no"),
        row("bowel is not in the net", finding("bowel-dysfunction-new", day(299)), at=NOW, bare=True, RF_CES="no"),
        row("weakness on both sides is not", condition("G82.20", day(299), ICD10), at=NOW, bare=True, RF_CES="no", RF_NEURO="no"),
        row(
            "no other alarm",
            finding("foot-drop-new", day(299)),
            finding("wound-redness-increasing", day(299)),
            finding("mechanical-pain-sudden-new", day(299)),
            at=NOW,
            bare=True,
            RF_NEURO="no",
            RF_INF="no",
            RF_INF_WATCH="no",
            RF_MECH="no",
        ),
        row(
            "an uncleared saddle finding is not",
            finding("saddle-sensory-change", day(270)),
            at=NOW,
            bare=True,
            RF_CES="no",
            RF_CES_STALE="no",
        ),
        row(
            "no time criteria after a cervical fusion",
            fusion(code="81099000"),
            *CHART,
            at=NOW,
            bare=True,
            FBSS_TIME="no",
            TL_1Y="no",
            SIJ_STRONG="no",
            DQ_INDEX="no",
            DQ_TREND="no",
        ),
        row("nor after an SI joint fusion", fusion(system=PCS, code="0SG704Z"), *CHART, at=NOW, bare=True, FBSS_TIME="no", SIJ_STRONG="no"),
    ]
)
def test_no_fusion_and_no_hint(row: Row) -> None:
    holds(row)


def test_the_safety_net_does_not_speak_of_a_fusion() -> None:
    told = ask(finding("saddle-sensory-change", day(299)), as_of=NOW)
    assert [card["summary"] for card in told.outcome.cards] == ["Possible cauda equina syndrome: emergency department now, for MRI"]


@table(
    [
        row(
            "months count from a later decompression",
            made("Procedure", status="completed", code=coding(SNOMED, "387731002"), performedDateTime=day(200)),
            *CHART,
            at=NOW,
            FBSS_TIME="no",
        ),
        row(
            "and the stage from the fusion",
            made("Procedure", status="completed", code=coding(SNOMED, "387731002"), performedDateTime=day(200)),
            nrs(5, day(390)),
            at=day(400),
            TL_1Y="yes",
        ),
        row(
            "a decompression of elsewhere does not",
            made(
                "Procedure", status="completed", code=coding(SNOMED, "387731002"), performedDateTime=day(200), bodySite=sites("122494005")
            ),
            *CHART,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "one that was not done does not",
            made("Procedure", status="not-done", code=coding(SNOMED, "387731002"), performedDateTime=day(200)),
            *CHART,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "one of before the fusion does not",
            made("Procedure", status="completed", code=coding(SNOMED, "387731002"), performedDateTime=day(-100)),
            *CHART,
            at=NOW,
            FBSS_TIME="warning",
        ),
        row(
            "a fusion status code tells no decompression",
            observed("fused-to-sacrum", day(10), LOCAL, valueBoolean=True),
            *CHART,
            at=NOW,
            FBSS_TIME="warning",
        ),
    ]
)
def test_later_operations(row: Row) -> None:
    holds(row)
