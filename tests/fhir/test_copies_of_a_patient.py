"""Two copies of one Patient that disagree must not silence an alarm."""

from tests.fhir.build import ask_bundle, bundle, fusion, patient, temperature

FEVER = (fusion(), temperature(102, "2025-03-30"))


def test_copies_that_agree_are_one() -> None:
    told = ask_bundle(bundle(patient(), patient(), *FEVER), "2025-03-31")
    assert told.shown == {"red-flag-infection": "critical"}


def test_a_second_birth_date_leaves_the_age_unknown() -> None:
    told = ask_bundle(bundle(patient(), patient(birthDate="2015-01-01"), *FEVER), "2025-03-31")
    assert told.shown == {"red-flag-infection": "critical"}
    assert any("age" in issue["diagnostics"] for issue in told.issues)


def test_one_copy_alone_makes_nobody_dead() -> None:
    told = ask_bundle(bundle(patient(), patient(deceasedBoolean=True), *FEVER), "2025-03-31")
    assert told.shown == {"red-flag-infection": "critical"}


def test_the_newer_copy_stands_when_the_server_marks_it() -> None:
    old = patient(meta={"lastUpdated": "2025-01-01T00:00:00Z"})
    new = patient(meta={"lastUpdated": "2025-03-01T00:00:00Z"}, deceasedBoolean=True)
    assert ask_bundle(bundle(old, new, *FEVER), "2025-03-31").shown == {}
