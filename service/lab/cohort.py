"""Made-up patients after lumbar fusion, for comparing versions of a rule: plausible in their parts, each from one seed.

A patient is a FHIR R4 Bundle in one line of JSON. The same size, seed and day give the same bytes.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

Resource = dict[str, Any]
FINDINGS: Final = "https://postfusion.example.org/fhir/CodeSystem/findings"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
SITES: Final = {"leg": "61685007", "buttock": "46862004", "back": "122496007"}
COURSES: Final = {"better": -0.9, "slow": -0.35, "flat": 0.0, "worse": 0.45}  # how a pain score drifts from one visit to the next
SIGNS: Final = (
    # finding, and in how many of a hundred patients it is looked for and found, or looked for and not found
    ("pain-night", 20, 10),
    ("faber-test", 12, 10),
    ("slr-test", 8, 15),
    ("sij-thigh-thrust", 7, 8),
    ("sij-distraction", 6, 8),
    ("sij-compression", 6, 8),
    ("sij-sacral-thrust", 5, 8),
    ("sij-gaenslen", 5, 8),
    ("functional-limitation", 25, 10),
    ("pain-worse-sitting", 15, 5),
    ("saddle-sensory-change", 1, 20),
    ("bladder-dysfunction-new", 1, 20),
    ("foot-drop-new", 2, 18),
    ("wound-drainage-restarted", 1, 12),
    ("mechanical-pain-sudden-new", 3, 5),
    ("tinel-progression", 5, 3),
)
DIAGNOSES: Final = ((ICD, "M96.1", 9), (SNOMED, "23056005", 18), (ICD, "M53.3", 7), (ICD, "G89.28", 8))
DRUGS: Final = (("25480", 25), ("7052", 12), ("5640", 30))  # gabapentin, morphine, ibuprofen


def write_cohort(size: int, seed: int, today: date) -> Iterator[str]:
    """`size` lines, each a Bundle and its end of line, for a cohort as of `today`."""
    dice = Random(seed)  # noqa: S311 made-up patients, no secrets
    for number in range(1, size + 1):
        yield json.dumps(_patient(number, today, dice), separators=(",", ":")) + "\n"


def _patient(number: int, today: date, dice: Random) -> Resource:
    """One patient, 0 to 26 months after a fusion whose date one in twenty times is not recorded."""
    fused = today - timedelta(days=dice.randint(1, 800))
    parts: list[Resource] = [_person(today, dice), _fusion(fused, dice), *_scores(fused, today, dice), *_signs(fused, today, dice)]
    parts += [*_diagnoses(fused, today, dice), *_measures(today, dice), *_drugs(dice)]
    name = f"p{number}"
    parts[0]["id"] = name
    for place, one in enumerate(parts[1:], 1):
        one.update({"id": str(place), "subject": {"reference": f"Patient/{name}"}})
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in parts]}


def _person(today: date, dice: Random) -> Resource:
    born = today - timedelta(days=365 * dice.randint(28, 86) + dice.randint(0, 364))
    return {"resourceType": "Patient", "birthDate": born.isoformat()}


def _fusion(fused: date, dice: Random) -> Resource:
    dated = {} if dice.random() < 0.05 else {"performedDateTime": fused.isoformat()}
    return {"resourceType": "Procedure", "status": "completed", "code": _coded(SNOMED, "50172003"), **dated}


def _scores(fused: date, today: date, dice: Random) -> Iterator[Resource]:
    """Pain scores of one region from before the operation on, at visits 8 to 20 weeks apart."""
    region = dice.choice(list(SITES))
    drift = COURSES[dice.choice(list(COURSES))]
    pain = dice.uniform(5, 9)
    day = fused - timedelta(days=dice.randint(5, 60))
    while day <= today:
        yield _observation(LOINC, "72514-3", {"valueInteger": round(min(10, max(0, pain)))}, day, SITES[region])
        pain += drift + dice.uniform(-0.8, 0.8)
        day += timedelta(days=dice.randint(56, 140))


def _signs(fused: date, today: date, dice: Random) -> Iterator[Resource]:
    for code, found, not_found in SIGNS:
        roll = dice.randrange(100)
        if roll < found + not_found:
            side = {"valueBoolean": roll < found}
            site = SITES["buttock"] if code == "pain-night" and dice.random() < 0.6 else ""
            yield _observation(FINDINGS, code, side, _lately(fused, today, dice), site)


def _measures(today: date, dice: Random) -> Iterator[Resource]:
    if dice.random() < 0.4:
        day = today - timedelta(days=dice.randint(0, 120))
        yield _observation(LOINC, "97909-6", {"valueQuantity": {"value": dice.randint(4, 70), "unit": "%"}}, day)
    if dice.random() < 0.3:
        day = today - timedelta(days=dice.randint(0, 6))
        heat = round(dice.gauss(36.9, 0.5), 1)
        yield _observation(LOINC, "8310-5", {"valueQuantity": {"value": heat, "unit": "Cel"}}, day)


def _diagnoses(fused: date, today: date, dice: Random) -> Iterator[Resource]:
    for system, code, share in DIAGNOSES:
        if dice.randrange(100) < share:
            standing = {"clinicalStatus": _status("clinical", "active"), "verificationStatus": _status("ver-status", "confirmed")}
            onset = _lately(fused, today, dice).isoformat()
            yield {"resourceType": "Condition", **standing, "code": _coded(system, code), "onsetDateTime": onset}


def _drugs(dice: Random) -> Iterator[Resource]:
    for code, share in DRUGS:
        if dice.randrange(100) < share:
            order = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
            yield {**order, "medicationCodeableConcept": _coded(RXNORM, code)}


def _lately(fused: date, today: date, dice: Random) -> date:
    """A day of the last four months, or since the operation when that is less."""
    return today - timedelta(days=dice.randint(0, min(120, (today - fused).days)))


def _observation(system: str, code: str, value: Resource, day: date, site: str = "") -> Resource:
    where = {"bodySite": _coded(SNOMED, site)} if site else {}
    head = {"resourceType": "Observation", "status": "final", "code": _coded(system, code)}
    return {**head, "effectiveDateTime": day.isoformat(), **value, **where}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _status(kind: str, code: str) -> Resource:
    return _coded(f"http://terminology.hl7.org/CodeSystem/condition-{kind}", code)
