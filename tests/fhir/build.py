"""Small makers of FHIR R4 resources, and one call that asks the service about them. Every maker takes overrides as keywords."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service.evaluation import Outcome, Question, evaluate_bundle, evaluate_hook
from service.library import Book, load_book

ROOT = Path(__file__).parents[2] / "rules"
LOCAL = "https://postfusion.example.org/fhir/CodeSystem/findings"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICD10, PCS = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM, ICD11 = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://id.who.int/icd/release/11/mms"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
PERINEUM, LEG, BUTTOCK, BACK, SIJ = "38864007", "61685007", "46862004", "122496007", "39723000"
LEFT, RIGHT, BOTH = "7771000", "24028007", "51440002"
NRS, VAS, ODI, PEG, TEMPERATURE, CRP = "72514-3", "38214-3", "97909-6", "91148-7", "8310-5", "1988-5"
INDEX = "2025-03-15"  # the operation of the reference example

Json = dict[str, Any]
_numbers = count(1)


@lru_cache(maxsize=1)
def book() -> Book:
    """The shipped rules, read once."""
    return load_book(ROOT, verify_lock=False)


def day(days: int, start: str = INDEX) -> str:
    """The calendar day that lies `days` after the operation."""
    return (datetime.fromisoformat(start) + timedelta(days=days)).date().isoformat()


def coding(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def sites(*codes: str) -> list[Json]:
    return [coding(SNOMED, code) for code in codes]


def made(kind: str, **members: Any) -> Json:
    """A resource of the reference patient with an id of its own; a member given as None is left out."""
    base = {"resourceType": kind, "id": f"{kind[:3].lower()}{next(_numbers)}", "subject": {"reference": "Patient/p1"}, **members}
    return {name: value for name, value in base.items() if value is not None}


def patient(**members: Any) -> Json:
    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01", **members}
    return {name: value for name, value in person.items() if value is not None}


def fusion(when: str | None = INDEX, system: str = SNOMED, code: str = "50172003", **members: Any) -> Json:
    """A lumbar spinal fusion, completed."""
    return made("Procedure", **{"status": "completed", "code": coding(system, code), "performedDateTime": when, **members})


def observed(code: str, when: str | None, system: str = LOCAL, site: tuple[str, ...] = (), **members: Any) -> Json:
    """An Observation without a value: give one as a member."""
    body = {"coding": [{"system": SNOMED, "code": one} for one in site]} if site else None
    return made("Observation", **{"status": "final", "code": coding(system, code), "effectiveDateTime": when, "bodySite": body, **members})


def finding(code: str, when: str | None, present: bool | None = True, **members: Any) -> Json:
    """One of our own findings, present (True) or recorded absent (False)."""
    return observed(code, when, **{"valueBoolean": present, **members})


def measured(code: str, value: float, unit: str | None, when: str | None, system: str = LOINC, **members: Any) -> Json:
    quantity: Json = {"value": value, "comparator": members.pop("comparator", None), "unit": unit}
    return observed(code, when, system, **{"valueQuantity": {k: v for k, v in quantity.items() if v is not None}, **members})


def nrs(value: int, when: str | None, site: str | None = None, **members: Any) -> Json:
    return observed(NRS, when, LOINC, site=(site,) if site else (), **{"valueInteger": value, **members})


def odi(value: float, when: str, **members: Any) -> Json:
    return measured(ODI, value, "%", when, **members)


def temperature(value: float, when: str | None, unit: str | None = "[degF]", **members: Any) -> Json:
    return measured(TEMPERATURE, value, unit, when, **members)


def crp(value: float, when: str | None, unit: str | None = "mg/L", **members: Any) -> Json:
    return measured(CRP, value, unit, when, **members)


def residual(value: float, when: str | None, unit: str | None = "mL", **members: Any) -> Json:
    return measured("post-void-residual", value, unit, when, LOCAL, **members)


def grade(value: float | None, when: str, myotome: str | None = "L5", side: str | None = LEFT, **members: Any) -> Json:
    """A motor grade: of a myotome as a component, or on the Observation itself when `myotome` is None."""
    parts = None if myotome is None else [{"code": coding(LOCAL, myotome), "valueInteger": value}]
    own = value if myotome is None else None
    return observed("motor-grade", when, site=(side,) if side else (), **{"component": parts, "valueInteger": own, **members})


def condition(code: str, onset: str | None = None, system: str = SNOMED, **members: Any) -> Json:
    """An active, confirmed diagnosis."""
    standing = {"clinicalStatus": coding(CLINICAL, "active"), "verificationStatus": coding(VERIFICATION, "confirmed")}
    return made("Condition", **{**standing, "code": coding(system, code), "onsetDateTime": onset, **members})


def verified(word: str) -> Json:
    """Members that give a Condition a verification status (an entered-in-error one has no clinical status in R4)."""
    gone = {"clinicalStatus": None} if word == "entered-in-error" else {}
    return {"verificationStatus": coding(VERIFICATION, word), **gone}


def course(word: str) -> Json:
    return {"clinicalStatus": coding(CLINICAL, word)}


def bundle(*resources: Json, kind: str = "collection", **members: Any) -> Json:
    """A Bundle. What has no resourceType is taken as a ready entry."""
    entries = [{"resource": one} if "resourceType" in one else one for one in resources]
    return {"resourceType": "Bundle", "type": kind, **members, "entry": entries}


@dataclass(frozen=True)
class Told:
    """What the service answered."""

    outcome: Outcome
    thrown: tuple[str, ...]

    @property
    def cards(self) -> frozenset[tuple[str, str]]:
        """F of the relations between answers: (summary, indicator) of every card."""
        return frozenset((card["summary"], card["indicator"]) for card in self.outcome.cards)

    @property
    def critical(self) -> frozenset[tuple[str, str]]:
        return frozenset(card for card in self.cards if card[1] == "critical")

    @property
    def shown(self) -> dict[str, str]:
        """Rule -> indicator of its card."""
        return {v["rule"]: v["indicator"] for v in self.outcome.verdicts if v["shown"]}

    def verdict(self, rule: str) -> Json:
        return next(v for v in self.outcome.verdicts if v["rule"] == rule)

    def answer(self, rule: str) -> str:
        return str(self.verdict(rule)["answer"])

    @property
    def issues(self) -> list[Json]:
        return list(self.outcome.outcome["issue"])


def question(as_of: str, thrown: list[str], zone: str = "UTC", **members: Any) -> Question:
    moment = datetime.fromisoformat(as_of)
    moment = moment if moment.tzinfo else moment.replace(hour=12, tzinfo=UTC)
    return Question(moment, ZoneInfo(zone), report=lambda rule, _: thrown.append(rule), **members)


def ask_bundle(body: Json, as_of: str, zone: str = "UTC", **members: Any) -> Told:
    """Judge a ready Bundle. A date as `as_of` means noon UTC."""
    thrown: list[str] = []
    outcome = evaluate_bundle(json.dumps(body).encode(), question(as_of, thrown, zone, **members), book())
    return Told(outcome, tuple(thrown))


def ask(*resources: Json, as_of: str, zone: str = "UTC", person: Json | None = None, **members: Any) -> Told:
    """Judge resources beside the reference patient."""
    return ask_bundle(bundle(person or patient(), *resources), as_of, zone, **members)


def ask_hook(prefetch: Mapping[str, Any], as_of: str, patient_id: str = "p1", **members: Any) -> Told:
    """Judge a prefetch: values are resources, None for null, text for raw bytes."""
    thrown: list[str] = []
    raw = {key: value.encode() if isinstance(value, str) else json.dumps(value).encode() for key, value in prefetch.items()}
    outcome = evaluate_hook(raw, question(as_of, thrown, patient=patient_id, **members), book())
    return Told(outcome, tuple(thrown))


RULES = {
    "RF-CES": "red-flag-cauda-equina",
    "RF-CES-EARLY": "red-flag-early-retention",
    "RF-CES-STALE": "red-flag-cauda-equina-uncleared",
    "RF-NEURO": "red-flag-motor-deficit",
    "RF-INF": "red-flag-infection",
    "RF-INF-WATCH": "watch-infection",
    "RF-MECH": "red-flag-mechanical-pain",
    "RF-STALE": "red-flag-uncleared",
    "FBSS-TIME": "fbss-time-criteria",
    "FBSS-LABEL": "fbss-label",
    "FBSS-TYPE1": "fbss-never-relieved",
    "FBSS-TYPE2": "fbss-relieved-then-returned",
    "SIJ-STRONG": "si-joint-likely",
    "SIJ-MODERATE": "si-joint-possible",
    "SIJ-BLOCK": "si-joint-block-response",
    "TL-72H": "stage-first-72-hours",
    "TL-06W": "stage-weeks-1-6",
    "TL-GAP": "stage-weeks-6-8",
    "TL-WORSE": "worsening-weeks-1-8",
    "TL-23M": "stage-months-2-3",
    "TL-PLATEAU": "plateau-months-2-3",
    "TL-36M": "no-improvement-months-3-6",
    "TL-1Y": "stage-beyond-1-year",
    "DQ-INDEX": "data-fusion-date-missing",
    "DQ-PARTIAL": "data-fusion-date-partial",
    "DQ-TREND": "data-pain-trend-missing",
    "DQ-FUNCTION": "data-function-missing",
    "DQ-UNIT": "data-unit-unusable",
    "UNREADABLE": "data-unreadable",
    "INCOMPLETE": "data-incomplete",
    "CAUSE-INFLAM": "cause-nerve-inflammation",
    "CAUSE-AWAKE": "cause-nerve-awakening",
    "CAUSE-FIB": "cause-epidural-fibrosis",
    "CAUSE-PIRI": "cause-piriformis",
    "CAUSE-ASD": "cause-adjacent-segment",
    "CAUSE-PSEUD": "cause-pseudarthrosis",
    "TX-OPIOID": "care-opioid-neuropathic",
    "TX-PT": "care-physical-therapy",
    "TX-SCS": "care-spinal-cord-stimulation",
    "HE-TINEL": "healing-tinel",
    "HE-TINGLE": "healing-tingling",
    "HE-NUMB": "healing-numbness-shrinking",
    "HE-DISTAL": "healing-distal-migration",
    "TX-CO-USE": "care-opioid-gabapentinoid-together",
}
SHORT = {rule: short for short, rule in RULES.items()}
