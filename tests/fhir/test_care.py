"""Care matched to the source: opioids, gabapentinoids, physical therapy, spinal cord stimulation. Index: 2025-03-15."""

from typing import Any

from tests.fhir.build import (
    BACK,
    BUTTOCK,
    CLINICAL,
    ICD10,
    LEG,
    LOCAL,
    RXNORM,
    SIJ,
    Json,
    ask,
    coding,
    condition,
    course,
    day,
    finding,
    made,
    measured,
    nrs,
    observed,
    patient,
    temperature,
)
from tests.fhir.charts import (
    FBSS,
    GABAPENTIN,
    NAPROXEN,
    OXYCODONE,
    PIRIFORMIS,
    PREGABALIN,
    SCIATICA,
    TRAMADOL,
    medicine,
    quality,
    runs,
    steady,
)
from tests.fhir.rows import Row, holds, row, table

NOW = day(100)


# --- an opioid and a gabapentinoid together ---------------------------------------------------------------------------


def held(code: str, identity: str, ingredient: bool = False) -> Json:
    """A Medication resource: coded itself, or by its ingredient."""
    body: Json = {"resourceType": "Medication", "id": identity}
    return {**body, "ingredient": [{"itemCodeableConcept": coding(RXNORM, code)}]} if ingredient else {**body, "code": coding(RXNORM, code)}


def ordered(reference: str, **members: Any) -> Json:
    """An active order that refers to a Medication."""
    return made("MedicationRequest", status="active", intent="order", medicationReference={"reference": reference}, **members)


BOTH = (medicine(OXYCODONE), medicine(GABAPENTIN))


@table(
    [
        row("both ordered", *BOTH, at=NOW, TX_CO_USE="warning"),
        row("pregabalin with tramadol", medicine(TRAMADOL), medicine(PREGABALIN), at=NOW, TX_CO_USE="warning"),
        row("on the day of the operation", *BOTH, at=day(0), TX_CO_USE="warning"),
        row("without any fusion", *BOTH, at=NOW, bare=True, TX_CO_USE="warning"),
        row(
            "statements count as orders do",
            medicine(OXYCODONE, "MedicationStatement"),
            medicine(GABAPENTIN, "MedicationStatement"),
            at=NOW,
            TX_CO_USE="warning",
        ),
        row("one ordered, one stated", medicine(OXYCODONE), medicine(GABAPENTIN, "MedicationStatement"), at=NOW, TX_CO_USE="warning"),
        row("an opioid alone", medicine(OXYCODONE), at=NOW, TX_CO_USE="no"),
        row("a gabapentinoid alone", medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("with naproxen", medicine(NAPROXEN), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("the opioid stopped", medicine(OXYCODONE, status="stopped"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("the opioid completed", medicine(OXYCODONE, status="completed"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("the opioid on hold", medicine(OXYCODONE, status="on-hold"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("the opioid a draft", medicine(OXYCODONE, status="draft"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("an opioid that must not be given", medicine(OXYCODONE, doNotPerform=True), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("contained", ordered("#m", contained=[held(OXYCODONE, "m")]), medicine(GABAPENTIN), at=NOW, TX_CO_USE="warning"),
        row(
            "contained, by its ingredient",
            ordered("#m", contained=[held(OXYCODONE, "m", True)]),
            medicine(GABAPENTIN),
            at=NOW,
            TX_CO_USE="warning",
        ),
        row("referenced", ordered("Medication/m1"), held(OXYCODONE, "m1"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="warning"),
        row(
            "referenced, by its ingredient",
            ordered("Medication/m1"),
            held(OXYCODONE, "m1", True),
            medicine(GABAPENTIN),
            at=NOW,
            TX_CO_USE="warning",
        ),
        row("a product code is not known without a site's map", medicine("1049621"), medicine(GABAPENTIN), at=NOW, TX_CO_USE="no"),
        row("a minor", *BOTH, at=NOW, person=patient(birthDate="2010-01-01"), TX_CO_USE="no"),
        row("never hidden by an alarm", *BOTH, finding("saddle-sensory-change", day(99)), at=NOW, RF_CES="critical", TX_CO_USE="warning"),
    ]
)
def test_together(row: Row) -> None:
    holds(row)


# --- an opioid for pain that looks neuropathic ------------------------------------------------------------------------


def score(name: str, value: int, when: str = day(95), **members: Any) -> Json:
    """The total of a screening tool."""
    return observed(name, when, LOCAL, **{"valueInteger": value, **members})


PILL = medicine(OXYCODONE)


@table(
    [
        row("day 43", PILL, condition(SCIATICA, day(30)), at=day(43), TX_OPIOID="info"),
        row("day 42", PILL, condition(SCIATICA, day(30)), at=day(42), TX_OPIOID="no"),
        row("no opioid", medicine(NAPROXEN), condition(SCIATICA, day(30)), at=NOW, TX_OPIOID="no"),
        row("a statement", medicine(OXYCODONE, "MedicationStatement"), condition(SCIATICA, day(30)), at=NOW, TX_OPIOID="info"),
        row("radicular pain resolved", PILL, condition(SCIATICA, day(30), **course("resolved")), at=NOW, TX_OPIOID="no"),
        row("radiculopathy in ICD-10", PILL, condition("M54.16", day(30), ICD10), at=NOW, TX_OPIOID="info"),
        row("DN4 of 4", PILL, score("dn4-total", 4), at=NOW, TX_OPIOID="info"),
        row("DN4 of 3", PILL, score("dn4-total", 3), at=NOW, TX_OPIOID="no"),
        row("the latest DN4 decides", PILL, score("dn4-total", 7, day(80)), score("dn4-total", 2), at=NOW, TX_OPIOID="no"),
        row("DN4 of before surgery", PILL, score("dn4-total", 7, day(-5)), at=day(60), TX_OPIOID="no"),
        row("painDETECT of 19", PILL, score("paindetect-total", 19), at=NOW, TX_OPIOID="info"),
        row("painDETECT of 18", PILL, score("paindetect-total", 18), at=NOW, TX_OPIOID="no"),
        row("LANSS of 12", PILL, score("lanss-total", 12), at=NOW, TX_OPIOID="info"),
        row("LANSS of 11", PILL, score("lanss-total", 11), at=NOW, TX_OPIOID="no"),
        row("a screener at least 4", PILL, measured("dn4-total", 4, None, day(95), LOCAL, comparator=">="), at=NOW, TX_OPIOID="info"),
        row("burning along L5", PILL, quality("burning", when=day(95)), runs("L5", when=day(95)), at=NOW, TX_OPIOID="info"),
        row("tingling along S1", PILL, quality("tingling", when=day(95)), runs("S1", when=day(95)), at=NOW, TX_OPIOID="info"),
        row(
            "burning off any dermatome",
            PILL,
            quality("burning", when=day(95)),
            runs("non-dermatomal", when=day(95)),
            at=NOW,
            TX_OPIOID="no",
        ),
        row("sharp along L5", PILL, quality("sharp", when=day(95)), runs("L5", when=day(95)), at=NOW, TX_OPIOID="no"),
        row("a description of 31 days ago", PILL, quality("burning", when=day(69)), runs("L5", when=day(69)), at=NOW, TX_OPIOID="no"),
        row(
            "never hidden by an alarm",
            PILL,
            condition(SCIATICA, day(30)),
            finding("saddle-sensory-change", day(99)),
            at=NOW,
            RF_CES="critical",
            TX_OPIOID="info",
        ),
        row("no fusion", PILL, condition(SCIATICA, day(30)), at=NOW, bare=True, TX_OPIOID="no"),
        row("nothing neuropathic", PILL, at=NOW, TX_OPIOID="no"),
    ]
)
def test_opioid(row: Row) -> None:
    holds(row)


# --- physical therapy ---------------------------------------------------------------------------------------------------

JOINT = (finding("pain-night", day(95)), nrs(5, day(95), BUTTOCK))
WATCH = temperature(100.8, NOW)


@table(
    [
        row("for a nerve", nrs(5, day(20), LEG), quality("burning", when=day(20)), at=day(20), CAUSE_INFLAM="info", TX_PT="info"),
        row("for a possible joint", *JOINT, at=NOW, SIJ_MODERATE="info", TX_PT="info"),
        row("for a likely joint", condition("M53.3", day(90), ICD10), at=NOW, SIJ_STRONG="warning", TX_PT="info"),
        row("for the piriformis", condition(PIRIFORMIS, day(90)), at=NOW, CAUSE_PIRI="info", TX_PT="info"),
        row("for fibrosis", condition("G96.12", day(90), ICD10), at=NOW, CAUSE_FIB="info", TX_PT="info"),
        row(
            "not for adjacent disease",
            condition("18347007", day(400)),
            nrs(2, day(60)),
            nrs(2, day(90)),
            at=day(401),
            CAUSE_ASD="info",
            TX_PT="silent",
        ),
        row(
            "hidden by a warning alarm",
            condition(PIRIFORMIS, day(90)),
            WATCH,
            at=NOW,
            RF_INF_WATCH="warning",
            CAUSE_PIRI="info",
            TX_PT="silent",
        ),
        row("its answer stands although hidden", condition(PIRIFORMIS, day(90)), WATCH, at=NOW, TX_PT="yes"),
        row("no source, no card", nrs(5, day(95), BACK), at=NOW, TX_PT="silent"),
    ]
)
def test_physical_therapy(row: Row) -> None:
    holds(row)


def test_the_programme_fits_the_source() -> None:
    for source, wanted in ((condition(PIRIFORMIS, day(90)), "piriformis"), (condition("G96.12", day(90), ICD10), "nerve gliding")):
        told = ask(*row("", source, at=NOW).resources, as_of=NOW)
        card = next(c for c in told.outcome.cards if c["extension"]["org.postfusion"]["rule"] == "care-physical-therapy")
        assert wanted in (card["summary"] + card["detail"]).lower()


# --- spinal cord stimulation ------------------------------------------------------------------------------------------

TODAY = "2026-03-01"
REFRACTORY = (condition(FBSS, "2025-10-01"), condition(SCIATICA, "2025-06-01"))
TRIED = finding("conservative-care-exhausted", "2026-02-01")


def lasting(first: str, last: str, value: int = 6) -> tuple[Json, ...]:
    """The same pain at both ends."""
    return nrs(value, first, LEG), nrs(value, last, LEG)


SEVERE = lasting("2025-08-01", "2026-02-15")


@table(
    [
        row("all of it", *REFRACTORY, TRIED, *SEVERE, at=TODAY, TX_SCS="info"),
        row("6 months apart to the day", *REFRACTORY, TRIED, *lasting("2025-08-15", "2026-02-15"), at=TODAY, TX_SCS="info"),
        row("a day less", *REFRACTORY, TRIED, *lasting("2025-08-16", "2026-02-15"), at=TODAY, TX_SCS="no"),
        row("pain of 5", *REFRACTORY, TRIED, *lasting("2025-08-01", "2026-02-15", 5), at=TODAY, TX_SCS="info"),
        row("pain of 4", *REFRACTORY, TRIED, *lasting("2025-08-01", "2026-02-15", 4), at=TODAY, TX_SCS="no"),
        row(
            "VAS of 50 mm",
            *REFRACTORY,
            TRIED,
            measured("38214-3", 50, "mm", "2025-08-01"),
            measured("38214-3", 50, "mm", "2026-02-15"),
            at=TODAY,
            TX_SCS="info",
        ),
        row(
            "VAS of 49 mm",
            *REFRACTORY,
            TRIED,
            measured("38214-3", 49, "mm", "2025-08-01"),
            measured("38214-3", 49, "mm", "2026-02-15"),
            at=TODAY,
            TX_SCS="no",
        ),
        row("relief between", *REFRACTORY, TRIED, *SEVERE, nrs(2, "2025-10-01", LEG), nrs(2, "2025-11-05", LEG), at=TODAY, TX_SCS="no"),
        row("last score 91 days old", *REFRACTORY, TRIED, *lasting("2025-05-01", "2025-11-30"), at=TODAY, TX_SCS="unknown"),
        row("last score 90 days old", *REFRACTORY, TRIED, *lasting("2025-05-01", "2025-12-01"), at=TODAY, TX_SCS="info"),
        row("care not exhausted", *REFRACTORY, finding("conservative-care-exhausted", "2026-02-01", False), *SEVERE, at=TODAY, TX_SCS="no"),
        row("care not recorded", *REFRACTORY, *SEVERE, at=TODAY, TX_SCS="unknown"),
        row("not labelled", condition(SCIATICA, "2025-06-01"), TRIED, *SEVERE, at=TODAY, TX_SCS="silent"),
        row(
            "FBSS refuted",
            condition(
                FBSS,
                "2025-10-01",
                **{"verificationStatus": coding("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")},
            ),
            condition(SCIATICA, "2025-06-01"),
            TRIED,
            *SEVERE,
            at=TODAY,
            TX_SCS="silent",
        ),
        row("not neuropathic", condition(FBSS, "2025-10-01"), TRIED, *SEVERE, at=TODAY, TX_SCS="no"),
        row("by DN4", condition(FBSS, "2025-10-01"), TRIED, *SEVERE, score("dn4-total", 4, "2026-02-15"), at=TODAY, TX_SCS="info"),
        row(
            "by the pattern",
            condition(FBSS, "2025-10-01"),
            TRIED,
            *SEVERE,
            quality("electric", when="2026-02-15"),
            runs("L5", when="2026-02-15"),
            at=TODAY,
            TX_SCS="info",
        ),
        row("a stimulator in place", *REFRACTORY, TRIED, *SEVERE, condition("Z96.82", "2025-12-01", ICD10), at=TODAY, TX_SCS="no"),
        row(
            "hidden by a warning alarm",
            *REFRACTORY,
            TRIED,
            *SEVERE,
            temperature(100.8, TODAY),
            at=TODAY,
            RF_INF_WATCH="warning",
            TX_SCS="silent",
        ),
        row(
            "existing FBSS stops the time criteria",
            *REFRACTORY,
            TRIED,
            *SEVERE,
            measured("97909-6", 40, "%", "2026-02-15"),
            at=TODAY,
            FBSS_TIME="no",
            TX_SCS="info",
        ),
    ]
)
def test_stimulation(row: Row) -> None:
    holds(row)


def test_stimulation_names_both_trials_and_what_is_open() -> None:
    told = holds(row("open causes", *REFRACTORY, TRIED, *SEVERE, at=TODAY, TX_SCS="info"))
    card = next(c for c in told.outcome.cards if c["extension"]["org.postfusion"]["rule"] == "care-spinal-cord-stimulation")
    assert "TA159" in card["detail"] and "Hara" in card["detail"]
    assert "SI joint" in card["detail"] and "lumbar MRI" in card["detail"]


def test_what_a_stimulator_is_said_by() -> None:
    inactive = condition("Z96.82", "2025-12-01", ICD10, clinicalStatus=coding(CLINICAL, "inactive"))
    holds(row("removed", *REFRACTORY, TRIED, *SEVERE, inactive, at=TODAY, TX_SCS="info"))


def test_the_joint_pain_of_a_site_is_buttock_pain() -> None:
    holds(
        row(
            "SI joint site",
            finding("pain-night", day(95)),
            nrs(5, day(95), SIJ),
            steady(day(95))[0],
            at=NOW,
            SIJ_MODERATE="info",
            TX_PT="info",
        )
    )
