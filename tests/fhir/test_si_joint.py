"""The sacroiliac joint: tests counted per side, what clears it, what counts as buttock pain; and what a block tells."""

from tests.fhir.build import (
    BUTTOCK,
    ICD10,
    LEFT,
    LOCAL,
    RIGHT,
    SNOMED,
    Json,
    coding,
    condition,
    day,
    finding,
    measured,
    nrs,
    observed,
    residual,
    sites,
)
from tests.fhir.rows import Row, holds, row, table

NOW = day(200)
SIX = ("sij-distraction", "sij-thigh-thrust", "sij-compression", "sij-sacral-thrust", "sij-gaenslen", "faber-test")


def provoked(count: int, present: bool = True, when: str = day(190), side: str | None = None, skip: int = 0) -> list[Json]:
    return [finding(name, when, present, site=(side,) if side else ()) for name in SIX[skip : skip + count]]


@table(
    [
        row("three of six", *provoked(3), at=NOW, SIJ_STRONG="warning"),
        row("two of six", *provoked(2), at=NOW, SIJ_STRONG="no"),
        row("FABER is one of them", *provoked(2), *provoked(1, skip=5), at=NOW, SIJ_STRONG="warning"),
        row("90 days old", *provoked(3, when=day(110)), at=NOW, SIJ_STRONG="warning"),
        row("91 days old", *provoked(3, when=day(109)), at=NOW, SIJ_STRONG="unknown"),
        row("of before surgery", *provoked(3, when=day(-5)), at=day(60), SIJ_STRONG="unknown"),
        row("day 27 is too early", *provoked(3, when=day(20)), at=day(27), SIJ_STRONG="no"),
        row("day 28", *provoked(3, when=day(20)), at=day(28), SIJ_STRONG="warning"),
        row("two left and one right do not add up", *provoked(2, side=LEFT), *provoked(1, side=RIGHT, skip=2), at=NOW, SIJ_STRONG="no"),
        row("unsided ones count for both", *provoked(2, side=LEFT), *provoked(1, skip=2), at=NOW, SIJ_STRONG="warning"),
        row(
            "two left, two right and one without a side",
            *provoked(2, side=LEFT),
            *provoked(2, side=RIGHT, skip=2),
            *provoked(1, skip=4),
            at=NOW,
            SIJ_STRONG="warning",
        ),
        row("the latest of a test counts", *provoked(3), finding("sij-distraction", day(195), False), at=NOW, SIJ_STRONG="no"),
        row(
            "an unreadable test may tip the count",
            *provoked(2),
            observed("sij-compression", day(190), valueString="?"),
            at=NOW,
            SIJ_STRONG="unknown",
            UNREADABLE="warning",
        ),
        row("a diagnosis", condition("202487003", day(150)), at=NOW, SIJ_STRONG="warning"),
        row("a diagnosis by ICD", condition("M46.1", day(150), ICD10), at=NOW, SIJ_STRONG="warning"),
        row(
            "a refuted one",
            condition(
                "202487003", day(150), verificationStatus=coding("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")
            ),
            *provoked(1),
            at=NOW,
            SIJ_STRONG="no",
        ),
        row(
            "four recorded absent: negative, whatever the diagnosis",
            condition("202487003", day(150)),
            *provoked(4, False),
            at=NOW,
            SIJ_STRONG="no",
        ),
        row(
            "three recorded absent are no negative cluster",
            condition("202487003", day(150)),
            *provoked(3, False),
            at=NOW,
            SIJ_STRONG="warning",
        ),
        row("three of each: positive", *provoked(3), *provoked(3, False, skip=3), at=NOW, SIJ_STRONG="warning"),
        row(
            "absent on one side, present on the other is not absent",
            *provoked(4, False, side=LEFT),
            *provoked(1, side=RIGHT),
            condition("202487003", day(150)),
            at=NOW,
            SIJ_STRONG="warning",
        ),
        row("a block of little relief", *provoked(3), measured("sij-block-relief", 49, "%", day(190), LOCAL), at=NOW, SIJ_STRONG="no"),
        row("of half relief", *provoked(3), measured("sij-block-relief", 50, "%", day(190), LOCAL), at=NOW, SIJ_STRONG="warning"),
        row(
            "a block of a year ago",
            *provoked(3, when=day(400)),
            measured("sij-block-relief", 10, "%", day(35), LOCAL),
            at=day(400),
            SIJ_STRONG="no",
        ),
        row(
            "a block of more than a year ago",
            *provoked(3, when=day(400)),
            measured("sij-block-relief", 10, "%", day(34), LOCAL),
            at=day(400),
            SIJ_STRONG="warning",
        ),
    ]
)
def test_likely(row: Row) -> None:
    holds(row)


SCORE = nrs(5, day(190), BUTTOCK)
NIGHT = finding("pain-night", day(190))
FABER = finding("faber-test", day(190))


@table(
    [
        row("buttock score and night pain", SCORE, NIGHT, at=NOW, SIJ_MODERATE="info"),
        row("buttock score and FABER", SCORE, FABER, at=NOW, SIJ_MODERATE="info"),
        row("a score of 1", nrs(1, day(190), BUTTOCK), NIGHT, at=NOW, SIJ_MODERATE="info"),
        row("a score of 0", nrs(0, day(190), BUTTOCK), NIGHT, at=NOW, SIJ_MODERATE="no"),
        row("a score of 91 days ago", nrs(5, day(109), BUTTOCK), NIGHT, at=NOW, SIJ_MODERATE="no"),
        row("a score without a region", nrs(5, day(190)), NIGHT, at=NOW, SIJ_MODERATE="unknown"),
        row("a buttock diagnosis", condition("279043006", day(10)), NIGHT, at=NOW, SIJ_MODERATE="info"),
        row(
            "distribution buttock only",
            observed("pain-distribution", day(190), valueCodeableConcept=coding(LOCAL, "buttock-only")),
            NIGHT,
            at=NOW,
            SIJ_MODERATE="info",
        ),
        row(
            "distribution buttock only, recorded absent",
            observed(
                "pain-distribution",
                day(190),
                valueCodeableConcept=coding(LOCAL, "buttock-only"),
                interpretation=[coding("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "NEG")],
            ),
            NIGHT,
            at=NOW,
            SIJ_MODERATE="no",
        ),
        row("night pain of the buttock says both", finding("pain-night", day(190), site=(BUTTOCK,)), at=NOW, SIJ_MODERATE="info"),
        row(
            "neither night pain nor FABER",
            SCORE,
            finding("pain-night", day(190), False),
            finding("faber-test", day(190), False),
            at=NOW,
            SIJ_MODERATE="no",
        ),
        row("straight leg raise positive", SCORE, NIGHT, finding("slr-test", day(190)), at=NOW, SIJ_MODERATE="no"),
        row("straight leg raise negative", SCORE, NIGHT, finding("slr-test", day(190), False), at=NOW, SIJ_MODERATE="info"),
        row("a saddle finding", SCORE, NIGHT, finding("saddle-sensory-change", day(190)), at=NOW, SIJ_MODERATE="no"),
        row("strong absorbs moderate", SCORE, NIGHT, *provoked(3), at=NOW, SIJ_STRONG="warning", SIJ_MODERATE="silent"),
        row("a critical alarm hides moderate", SCORE, NIGHT, residual(700, day(199)), at=NOW, SIJ_MODERATE="silent"),
        row("and leaves strong", *provoked(3), residual(700, day(199)), at=NOW, SIJ_STRONG="warning"),
    ]
)
def test_possible(row: Row) -> None:
    holds(row)


def _summary(relief: float) -> str:
    told = holds(row("block", measured("sij-block-relief", relief, "%", day(190), LOCAL), at=NOW, SIJ_BLOCK="info"))
    return str(told.outcome.cards[0]["summary"])


def test_a_block_is_told_in_three_words() -> None:
    assert "strong support" in _summary(75) and "strong" not in _summary(74)
    assert "supports" in _summary(50) and "does not support" in _summary(49)


def _open(*resources: Json) -> set[str]:
    pain = [nrs(6, day(100)), nrs(6, day(190)), measured("97909-6", 44, "%", day(190))]
    checks = holds(row("work-up", *pain, *resources, at=NOW, FBSS_TIME="warning")).verdict("fbss-time-criteria")["checks"]
    return {check["criterion"] for check in checks if check.get("open")}


def test_what_clears_the_outstanding_causes() -> None:
    everything = _open()
    report = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "subject": {"reference": "Patient/p1"}}
    clears = {
        "a negative screen": (finding("workup-infection-screen", day(150)), 1),
        "a normal CRP of 90 days": (measured("1988-5", 10, "mg/L", day(110)), 1),
        "an old normal CRP": (measured("1988-5", 10, "mg/L", day(109)), 0),
        "an MRI reviewed": (finding("workup-mri", day(150)), 1),
        "an MRI of before the index": (finding("workup-mri", day(-5)), 0),
        "an MRI report": ({**report, "code": coding("http://loinc.org", "30679-5"), "effectiveDateTime": day(100)}, 1),
        "an MRI report of before": ({**report, "code": coding("http://loinc.org", "30679-5"), "effectiveDateTime": day(-100)}, 0),
        "a CT report": ({**report, "code": coding("http://loinc.org", "30620-9"), "effectiveDateTime": day(100)}, 1),
        "flexion and extension films": ({**report, "code": coding("http://loinc.org", "24971-4"), "effectiveDateTime": day(100)}, 1),
        "plain films": ({**report, "code": coding("http://loinc.org", "24972-2"), "effectiveDateTime": day(100)}, 0),
        "the joint cleared": (finding("workup-sij", day(150)), 1),
        "the joint refuted": (
            condition(
                "202487003", day(150), verificationStatus=coding("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")
            ),
            1,
        ),
        "a block of little relief": (measured("sij-block-relief", 20, "%", day(150), LOCAL), 1),
        "the piriformis cleared": (finding("workup-piriformis", day(150)), 1),
        "nerve tests are no condition": (finding("workup-emg", day(150)), 0),
    }
    for name, (resource, cleared) in clears.items():
        assert len(everything) - len(_open(resource)) == cleared, name


def test_bilateral_tests_and_perineal_sites_do_not_mix() -> None:
    holds(
        row("perineum", observed("44077006", day(190), SNOMED, ("38864007",), valueBoolean=True), SCORE, NIGHT, at=NOW, SIJ_MODERATE="no")
    )
    holds(row("condition", condition("44077006", day(190), bodySite=sites("38864007")), SCORE, NIGHT, at=NOW, SIJ_MODERATE="no"))
