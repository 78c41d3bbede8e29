"""Charts in one line each: resources are written as short calls, put into a Bundle, and judged.

    chart(fusion("2025-03-15"), finding("saddle-sensory-change", True, "2025-09-01"), nrs(6, "2025-06-10", region="leg"))

Every builder takes further members of its resource as keywords (`status="amended"`, `issued="..."`). Resources get the
patient p1 and ids of their own (`Observation/1`, `Observation/2`, ...) unless they bring them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.evaluation import Question, as_json, evaluate_bundle
from service.evaluation.question import Said
from service.library import Book
from tests.stories.replay import book

Resource = dict[str, Any]
SNOMED, LOINC, ICD = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
OWN = "https://postfusion.example.org/fhir/CodeSystem/findings"
SITES = {
    "leg": "61685007", "thigh": "68367000", "buttock": "46862004", "back": "122496007", "si-joint": "39723000", "perineum": "38864007",
    "left": "7771000", "right": "24028007", "both": "51440002",
}  # fmt: skip
FUSION, CERVICAL_FUSION, ARTHRODESIS, DECOMPRESSION = "50172003", "81099000", "55705006", "387731002"
CAUDA_EQUINA, INCONTINENCE, RETENTION, SCIATICA = "192970008", "165232002", "R33.9", "23056005"


def concept(code: str, system: str | None = None) -> dict[str, Any]:
    """A CodeableConcept. Without a system: all digits are SNOMED CT, digits with a dash LOINC, else ICD-10-CM."""
    digits = code.replace("-", "").isdigit()
    guessed = ICD if not digits else LOINC if "-" in code else SNOMED
    return {"coding": [{"system": system or guessed, "code": code}]}


def sites(*names: str) -> dict[str, Any]:
    """A bodySite out of regions and sides, by name."""
    return {"coding": [{"system": SNOMED, "code": SITES[name]} for name in names]}


def at_site(*names: str) -> dict[str, Any]:
    """The bodySite member of an Observation; nothing without names."""
    return {"bodySite": sites(*(name for name in names if name))} if any(names) else {}


def value_of(value: Any, unit: str | None = None) -> dict[str, Any]:
    """value[x]: true or false, a number (a Quantity when `unit` is given, even an empty one), a text, or a ready-made member."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if unit is not None:
        return {"valueQuantity": {"value": value} | ({"unit": unit} if unit else {})}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {"valueQuantity": {"value": value}} if isinstance(value, float) else {"valueString": value}


def when_of(member: str, when: str | None) -> dict[str, str]:
    """A date member; nothing when undated."""
    return {member: when} if when else {}


def observation(code: str, value: Any, when: str | None, *, system: str | None = None, unit: str | None = None, **more: Any) -> Resource:
    """An Observation, final unless told otherwise."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(code, system),
        **when_of("effectiveDateTime", when),
        **({} if value is None else value_of(value, unit)),
        **more,
    }


def finding(code: str, value: Any, when: str | None, *, side: str = "", region: str = "", **more: Any) -> Resource:
    """A finding of our own CodeSystem."""
    return observation(code, value, when, system=OWN, **at_site(region, side), **more)


def choice(code: str, answer: str, when: str | None, **more: Any) -> Resource:
    """A finding whose value is a code, such as pain-quality burning."""
    return finding(code, {"valueCodeableConcept": concept(answer, OWN)}, when, **more)


def nrs(score: int, when: str | None, *, region: str = "", side: str = "", **more: Any) -> Resource:
    """A pain score from 0 to 10."""
    return observation("72514-3", score, when, **at_site(region, side), **more)


def odi(percent: float, when: str | None, **more: Any) -> Resource:
    """An Oswestry Disability Index."""
    return observation("97909-6", percent, when, unit="%", **more)


def temperature(value: float, when: str | None, unit: str = "Cel", **more: Any) -> Resource:
    """A body temperature; an empty unit is left out."""
    return observation("8310-5", value, when, unit=unit, **more)


def crp(value: float, when: str | None, unit: str = "mg/L", **more: Any) -> Resource:
    """A C-reactive protein."""
    return observation("1988-5", value, when, unit=unit, **more)


def residual(value: float, when: str | None, unit: str = "mL", **more: Any) -> Resource:
    """A post-void residual."""
    return finding("post-void-residual", value, when, unit=unit, **more)


def grade(value: int, when: str | None, myotome: str = "L5", side: str = "left", **more: Any) -> Resource:
    """A motor grade of one myotome."""
    part = {"code": concept(myotome, OWN), "valueInteger": value}
    return finding("motor-grade", {}, when, side=side, **{"component": [part], **more})


def condition(
    code: str, onset: str | None = None, *, clinical: str | None = "active", verification: str | None = "confirmed",
    system: str | None = None, site: Sequence[str] = (), **more: Any,
) -> Resource:  # fmt: skip
    """A Condition, active and confirmed unless told otherwise; None leaves a status out."""
    base = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "resourceType": "Condition",
        "code": concept(code, system),
        **({"clinicalStatus": concept(clinical, base + "clinical")} if clinical else {}),
        **({"verificationStatus": concept(verification, base + "ver-status")} if verification else {}),
        **({"bodySite": [sites(*site)]} if site else {}),
        **when_of("onsetDateTime", onset),
        **more,
    }


def procedure(code: str, when: str | None, *, site: Sequence[str] = (), **more: Any) -> Resource:
    """A Procedure, completed unless told otherwise."""
    where = {"bodySite": [sites(*site)]} if site else {}
    return {
        "resourceType": "Procedure", "status": "completed", "code": concept(code), **when_of("performedDateTime", when), **where, **more,
    }  # fmt: skip


def fusion(when: str | None, code: str = FUSION, **more: Any) -> Resource:
    """A lumbar fusion."""
    return procedure(code, when, **{"id": "fusion", **more})


def medication(code: str, *, kind: str = "MedicationRequest", status: str = "active", **more: Any) -> Resource:
    """A MedicationRequest or MedicationStatement of an RxNorm code."""
    rxnorm = concept(code, "http://www.nlm.nih.gov/research/umls/rxnorm")
    order = {"intent": "order"} if kind == "MedicationRequest" else {}
    return {"resourceType": kind, "status": status, **order, "medicationCodeableConcept": rxnorm, **more}


def report(code: str, when: str | None, **more: Any) -> Resource:
    """A final DiagnosticReport."""
    return {"resourceType": "DiagnosticReport", "status": "final", "code": concept(code), **when_of("effectiveDateTime", when), **more}


def person(id: str = "p1", birth: str | None = "1970-01-01", **more: Any) -> Resource:
    """A Patient."""
    return {"resourceType": "Patient", "id": id, **when_of("birthDate", birth), **more}


def _completed(given: Iterable[Resource]) -> Iterable[Resource]:
    """The resources with ids and the subject Patient/p1 where they bring none."""
    counts: dict[str, int] = {}
    for resource in given:
        kind = resource["resourceType"]
        counts[kind] = counts.get(kind, 0) + 1
        subject = {} if kind == "Patient" else {"subject": {"reference": "Patient/p1"}}
        yield {"resourceType": kind, "id": str(counts[kind]), **subject, **resource}


def chart(*given: Resource, patient: Resource | None = None, **bundle: Any) -> bytes:
    """A Bundle of the resources. `patient` replaces p1, born 1970; `bundle` adds members to the Bundle, such as `type`."""
    entries = [{"resource": resource} for resource in (patient or person(), *_completed(given))]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries, **bundle}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a chart, with short ways to ask it. `body` is what /evaluate would send."""

    body: dict[str, Any]
    shadow: tuple[Said, ...] = ()

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards, most urgent first."""
        cards: list[dict[str, Any]] = self.body["cards"]
        return cards

    @property
    def rules_shown(self) -> list[str]:
        """The rule behind each card, in their order."""
        return [card["extension"]["org.postfusion"]["rule"] for card in self.cards]

    @property
    def loud(self) -> list[tuple[str, str]]:
        """(rule, indicator) of each card, in their order."""
        return [(rule, card["indicator"]) for rule, card in zip(self.rules_shown, self.cards, strict=True)]

    @property
    def index(self) -> dict[str, Any]:
        """indexFusion; empty without one."""
        index: dict[str, Any] = self.body.get("indexFusion") or {}
        return index

    def verdict(self, rule: str) -> dict[str, Any]:
        """The verdict of a rule. KeyError for one that is not in force."""
        found: dict[str, Any] = {verdict["rule"]: verdict for verdict in self.body["verdicts"]}[rule]
        return found

    def answer(self, rule: str) -> str:
        """yes, no or unknown."""
        return str(self.verdict(rule)["answer"])

    def hidden_by(self, rule: str) -> list[str]:
        """The rules that keep a rule's card back."""
        return list(self.verdict(rule).get("suppressedBy", []))

    def card(self, rule: str) -> dict[str, Any]:
        """The card of a rule. KeyError when it is not shown."""
        return dict(zip(self.rules_shown, self.cards, strict=True))[rule]

    def rules(self, answer: str) -> set[str]:
        """Every rule with this answer."""
        return {verdict["rule"] for verdict in self.body["verdicts"] if verdict["answer"] == answer}

    @property
    def notices(self) -> list[str]:
        """The texts of `outcome`."""
        return [issue["diagnostics"] for issue in self.body["outcome"]["issue"]]


def judge(body: bytes, as_of: str, zone: str = "UTC", given: Book | None = None, **question: Any) -> Answer:
    """Judge a Bundle as of a day (its start) or an instant, by the shipped rules or those `given`.

    `question` adds to the Question. A rule that throws fails the test.
    """
    place = ZoneInfo(zone)
    moment = datetime.fromisoformat(as_of)
    asked = Question(moment if moment.tzinfo else moment.replace(tzinfo=place), place, **{"report": _fail, **question})
    outcome = evaluate_bundle(body, asked, given or book())
    return Answer(as_json(outcome), outcome.shadow)


def _fail(rule: str, error: Exception) -> None:
    raise AssertionError(f"{rule} threw") from error
