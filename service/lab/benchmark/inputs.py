"""Charts to ask about: a sample story among the laboratory results, letters and counts of an honest chart, which no rule reads."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from service.lab.samples import STORIES, fill

STORY: Final = "02-cauda-equina"
SIZES: Final[Mapping[str, int]] = {"small": 23, "medium": 200, "large": 3000}  # resources; about 27 kB, 240 kB and 3.6 MB
_UCUM, _LOINC = "http://unitsofmeasure.org", "http://loinc.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_TESTS: Final = (("2345-7", "Glucose", "mg/dL", 92.5), ("718-7", "Hemoglobin", "g/dL", 13.8), ("2951-2", "Sodium", "mmol/L", 140.0))


def chart_of(size: str, today: date, source: Path = STORIES) -> bytes:
    """A patient-view request with prefetch, of so many resources as SIZES says, dated from `today`. Raises SampleError or OSError."""
    request = json.loads(fill((source / STORY / "request.json").read_text(encoding="utf-8"), today, STORY))
    rows = request["prefetch"]["observations"]["entry"]
    patient = request["context"]["patientId"]
    held = sum(len(value.get("entry", ())) or 1 for value in request["prefetch"].values() if value and value.get("total") != 0)
    rows += [_row(number, patient, today) for number in range(SIZES[size] - held)]
    request["prefetch"]["observations"]["total"] = len(rows)
    return json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode()


def _row(number: int, patient: str, today: date) -> dict[str, Any]:
    identity = f"lab-{number}"
    url = f"https://ehr.example.org/fhir/Observation/{identity}"
    return {"fullUrl": url, "resource": _result(number, identity, patient, today), "search": {"mode": "match"}}


def _result(number: int, identity: str, patient: str, today: date) -> dict[str, Any]:
    code, display, unit, value = _TESTS[number % len(_TESTS)]
    return {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"versionId": "1", "lastUpdated": f"{today}T00:00:00Z"},
        "identifier": [{"system": "https://laboratory.example.org/results", "value": f"R{number}"}],
        "status": "final",
        "category": [{"coding": [{"system": f"{_HL7}/observation-category", "code": "laboratory", "display": "Laboratory"}]}],
        "code": {"coding": [{"system": _LOINC, "code": code, "display": f"{display} [in Serum or Plasma]"}], "text": display},
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/e{number}"},
        "effectiveDateTime": f"{today}T00:00:00Z",
        "issued": f"{today}T00:00:00Z",
        "performer": [{"reference": "Organization/laboratory", "display": "The laboratory"}],
        "valueQuantity": _quantity(value + number % 10, unit),
        "interpretation": [{"coding": [{"system": f"{_HL7}/v3-ObservationInterpretation", "code": "N", "display": "Normal"}]}],
        "referenceRange": [{"low": _quantity(value * 0.8, unit), "high": _quantity(value * 1.2, unit), "text": "as of the laboratory"}],
    }


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": round(value, 2), "unit": unit, "system": _UCUM, "code": unit}
