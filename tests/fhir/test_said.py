"""Words of a card, and checks it lists, that do not change its rule's answer: each appears when it should and not a step earlier."""

from tests.fhir.build import (
    BACK,
    ICD10,
    LEG,
    Json,
    Told,
    ask,
    ask_hook,
    bundle,
    condition,
    day,
    finding,
    fusion,
    measured,
    nrs,
    odi,
    patient,
    temperature,
)
from tests.fhir.charts import FBSS, SCIATICA
from tests.fhir.rows import row


def card_of(told: Told, rule: str) -> Json:
    """The card of one rule."""
    return next(c for c in told.outcome.cards if c["extension"]["org.postfusion"]["rule"] == rule)


def text(told: Told, rule: str) -> str:
    card = card_of(told, rule)
    return f"{card['summary']}\n{card['detail']}"


def judged(*resources: Json, at: str) -> Told:
    return ask(*row("", *resources, at=at).resources, as_of=at)


# --- the adjacent level is asked for from month 12 on -----------------------------------------------------------------


def _lasting(at: str, first: str) -> tuple[Json, ...]:
    return nrs(7, first, LEG), nrs(7, at, LEG), odi(40, at)


def test_the_adjacent_level_is_asked_for_from_month_12() -> None:
    for at, asked in (("2026-03-14", False), ("2026-03-15", True)):
        told = judged(*_lasting(at, "2025-09-01"), at=at)
        assert ("adjacent" in text(told, "fbss-time-criteria")) is asked, at
        checks = {one["criterion"] for one in told.verdict("fbss-time-criteria")["checks"]}
        assert ("adjacent" in checks) is asked, at


def test_it_is_asked_for_by_the_stimulation_card_as_well() -> None:
    chart = (condition(FBSS, "2025-10-01"), condition(SCIATICA, "2025-06-01"), finding("conservative-care-exhausted", "2026-02-01"))
    for at, asked in (("2026-03-14", False), ("2026-03-15", True)):
        told = judged(*chart, nrs(6, "2025-08-01", LEG), nrs(6, "2026-03-01", LEG), at=at)
        assert ("adjacent level" in text(told, "care-spinal-cord-stimulation")) is asked, at


# --- FBSS: falling scores, and an MRI that is there ---------------------------------------------------------------------


def test_falling_scores_are_named() -> None:
    at = "2025-12-20"
    falling = judged(nrs(9, "2025-08-01", LEG), nrs(5, "2025-12-18", LEG), odi(40, at), at=at)
    level = judged(nrs(5, "2025-08-01", LEG), nrs(5, "2025-12-18", LEG), odi(40, at), at=at)
    assert "Pain scores are falling" in text(falling, "fbss-time-criteria")
    assert "Pain scores are falling" not in text(level, "fbss-time-criteria")


def test_another_mri_is_offered_only_where_one_was_made() -> None:
    def labels(*more: Json) -> list[str]:
        told = judged(*_lasting("2026-05-01", "2025-09-01"), *more, at="2026-05-01")
        return [s["label"] for s in card_of(told, "fbss-time-criteria")["suggestions"]]

    again = "Order MRI to see the adjacent levels again"
    assert again not in labels()
    assert again in labels(finding("workup-mri", "2025-04-20"))


# --- the other words ----------------------------------------------------------------------------------------------------


def test_block_relief_of_75_is_strong_and_of_74_is_not() -> None:
    for relief, wanted in (
        (75, "strong support"),
        (74, "supports SI joint origin"),
        (50, "supports SI joint origin"),
        (49, "does not support"),
    ):
        told = judged(
            measured("sij-block-relief", relief, "%", day(100), "https://postfusion.example.org/fhir/CodeSystem/findings"), at=day(110)
        )
        assert wanted in card_of(told, "si-joint-block-response")["summary"], relief


def test_block_relief_speaks_for_a_year_and_only_after_the_fusion() -> None:
    local = "https://postfusion.example.org/fhir/CodeSystem/findings"
    block = measured("sij-block-relief", 90, "%", day(100), local)
    assert "strong support" in card_of(judged(block, at=day(465)), "si-joint-block-response")["summary"]
    assert judged(block, at=day(466)).answer("si-joint-block-response") == "no"
    assert judged(measured("sij-block-relief", 90, "%", day(0), local), at=day(20)).answer("si-joint-block-response") == "no"


def test_a_fusion_to_the_sacrum_is_named() -> None:
    joint = condition("M53.3", day(90), ICD10)
    assert "reaches the sacrum" in text(judged(joint, finding("fused-to-sacrum", day(1)), at=day(100)), "si-joint-likely")
    assert "reaches the sacrum" not in text(judged(joint, finding("fused-to-sacrum", day(1), False), at=day(100)), "si-joint-likely")
    assert "reaches the sacrum" not in text(judged(joint, at=day(100)), "si-joint-likely")


def test_pseudarthrosis_is_named_beside_mechanical_pain() -> None:
    pain = finding("mechanical-pain-sudden-new", day(99))
    known = condition("M96.0", day(60), ICD10)
    assert "already on the problem list" in text(judged(pain, known, at=day(100)), "red-flag-mechanical-pain")
    assert "already on the problem list" not in text(judged(pain, at=day(100)), "red-flag-mechanical-pain")


def test_month_24_says_that_the_window_has_passed() -> None:
    for at, passed in (("2027-03-14", False), ("2027-03-15", True), ("2027-04-14", True)):
        told = judged(nrs(5, at, BACK), nrs(5, "2027-01-01", BACK), at=at)
        assert ("has passed" in card_of(told, "stage-beyond-1-year")["summary"]) is passed, at


def test_what_could_not_be_looked_at_says_whether_an_alarm_may_be_missed() -> None:
    chart = {
        "patient": patient(),
        "conditions": None,
        "procedures": bundle(fusion(), kind="searchset"),
        "medications": None,
        "reports": None,
    }
    dark = ask_hook({**chart, "observations": {"resourceType": "OperationOutcome", "issue": []}}, day(100))
    assert "an alarm sign may be missed" in card_of(dark, "data-incomplete")["summary"]
    foreign = ask(fusion(), temperature(102, day(99), subject={"reference": "Patient/other"}), as_of=day(100))
    assert "an alarm sign may be missed" not in card_of(foreign, "data-incomplete")["summary"]
