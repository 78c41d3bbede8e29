"""Every status of every type: used, left out, or no status at all (which is unreadable, never dropped in silence)."""

import pytest

from tests.fhir.build import (
    CRP,
    LOINC,
    RXNORM,
    Json,
    ask,
    coding,
    condition,
    course,
    day,
    finding,
    fusion,
    made,
    nrs,
    observed,
    odi,
    verified,
)

NOW = day(300)
SADDLE = "saddle-sensory-change"


def answer(resource: Json, rule: str = "red-flag-cauda-equina") -> str:
    return ask(fusion(), resource, as_of=NOW).answer(rule)


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "preliminary"])
def test_observations_that_count_for_an_alarm(status: str) -> None:
    assert answer(finding(SADDLE, day(299), status=status)) == "yes"


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "unknown"])
def test_observations_that_are_dropped(status: str) -> None:
    told = ask(fusion(), finding(SADDLE, day(299), status=status), as_of=NOW)
    assert told.answer("red-flag-cauda-equina") == "no" and not told.cards


@pytest.mark.parametrize("status", ["done", "FINAL", "", None])
def test_a_status_of_no_value_set_is_unreadable(status: str | None) -> None:
    told = ask(fusion(), finding(SADDLE, day(299), status=status), as_of=NOW)
    assert told.answer("red-flag-cauda-equina") == "unknown" and "data-unreadable" in told.shown


def test_preliminary_counts_for_alarms_only() -> None:
    chart = [nrs(6, day(200), status="preliminary"), nrs(6, day(299), status="preliminary"), odi(44, day(299))]
    assert ask(fusion(), *chart, as_of=NOW).answer("fbss-time-criteria") == "unknown"


def test_preliminary_leg_pain_counts_beside_a_residual() -> None:
    scan = observed("post-void-residual", day(299), valueQuantity={"value": 300, "unit": "mL"})
    assert ask(fusion(), scan, nrs(5, day(299), "61685007", status="preliminary"), as_of=NOW).answer("red-flag-cauda-equina") == "yes"


@pytest.mark.parametrize("word", ["active", "recurrence", "relapse"])
def test_courses_that_are_present(word: str) -> None:
    assert answer(condition("192970008", day(299), **course(word))) == "yes"


@pytest.mark.parametrize("word", ["inactive", "remission", "resolved"])
def test_courses_that_are_history(word: str) -> None:
    assert answer(condition("192970008", day(299), **course(word))) == "no"


@pytest.mark.parametrize("word", ["refuted", "entered-in-error"])
def test_diagnoses_that_are_not(word: str) -> None:
    assert answer(condition("192970008", day(299), **verified(word))) == "no"


@pytest.mark.parametrize(
    "members", [course("ongoing"), {"verificationStatus": coding("http://x.example/y", "confirmed")}, verified("sure")]
)
def test_statuses_of_no_value_set_are_unreadable(members: Json) -> None:
    assert answer(condition("192970008", day(299), **members)) == "unknown"


def test_a_provisional_diagnosis_is_only_possible_outside_the_alarms() -> None:
    told = ask(fusion(), condition("202487003", day(299), **verified("provisional")), as_of=NOW)
    assert told.answer("si-joint-likely") == "unknown" and "si-joint-likely" not in told.shown


@pytest.mark.parametrize("status", ["preparation", "in-progress", "on-hold", "stopped", "not-done", "entered-in-error", "unknown"])
def test_only_a_completed_procedure_is_an_operation(status: str) -> None:
    assert ask(fusion(status=status), as_of=NOW).outcome.index_fusion is None


def test_a_completed_procedure_is() -> None:
    assert ask(fusion(), as_of=NOW).outcome.index_fusion is not None


def test_a_procedure_without_a_status_makes_the_fusion_unknown() -> None:
    told = ask(fusion(status=None), as_of=NOW)
    assert told.answer("stage-beyond-1-year") == "unknown" and "data-unreadable" in told.shown


def _pills(kind: str, status: str, code: str) -> Json:
    return made(
        kind, status=status, intent="order" if kind == "MedicationRequest" else None, medicationCodeableConcept=coding(RXNORM, code)
    )


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationStatement"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [("active", "yes"), ("completed", "no"), ("stopped", "no"), ("on-hold", "no"), ("entered-in-error", "no"), ("paused", "unknown")],
)
def test_medications_count_while_active(kind: str, status: str, expected: str) -> None:
    told = ask(_pills(kind, status, "7804"), _pills("MedicationRequest", "active", "25480"), as_of=NOW)
    assert told.answer("care-opioid-gabapentinoid-together") == expected


@pytest.mark.parametrize(("status", "seen"), [("final", True), ("amended", True), ("preliminary", False), ("cancelled", False)])
def test_a_report_must_be_final(status: str, seen: bool) -> None:
    report = made("DiagnosticReport", status=status, code=coding(LOINC, "30679-5"), effectiveDateTime=day(250))
    chart = [nrs(6, day(200)), nrs(6, day(299)), odi(44, day(299)), report]
    checks = ask(fusion(), *chart, as_of=NOW).verdict("fbss-time-criteria")["checks"]
    mri = (
        next(check for check in checks if any("30679" in str(e) or "Diagnostic" in str(e) for e in check.get("saw", ()))) if seen else None
    )
    assert (mri is not None) is seen and (not seen or mri["answer"] == "yes")


def test_an_observation_in_error_is_as_if_it_had_not_been_sent() -> None:
    kept = finding(SADDLE, day(297))
    assert answer(kept) == "yes"
    assert (
        ask(fusion(), kept, finding(SADDLE, day(299), False, status="entered-in-error"), as_of=NOW).answer("red-flag-cauda-equina") == "yes"
    )


def test_a_modifier_extension_makes_a_resource_unreadable() -> None:
    told = ask(
        fusion(), observed(CRP, day(299), LOINC, modifierExtension=[{"url": "https://example.org/not", "valueBoolean": True}]), as_of=NOW
    )
    assert told.answer("watch-infection") == "unknown" and "data-unreadable" in told.shown
