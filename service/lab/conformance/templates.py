"""Prefetch templates: can a client that follows the specification fill and ask every one of them?"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from service.lab.conformance.checking import MUST, OWN, SHOULD, of_group
from service.lab.conformance.ehr import Ehr
from service.lab.hooks import HOOKS, TOKEN, USER_TOKENS

check = of_group("prefetch templates", "prefetch")
_TYPES: Final = frozenset(
    """
    Account AdverseEvent AllergyIntolerance Appointment Basic Binary BodyStructure CarePlan CareTeam Claim
    ClinicalImpression Communication CommunicationRequest Composition Condition Consent Coverage DetectedIssue Device
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentReference Encounter EpisodeOfCare ExplanationOfBenefit
    FamilyMemberHistory Flag Goal Group HealthcareService ImagingStudy Immunization ImmunizationEvaluation
    ImmunizationRecommendation Library List Location Measure MeasureReport Media Medication MedicationAdministration
    MedicationDispense MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation Organization
    Patient Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
    RelatedPerson RequestGroup ResearchSubject RiskAssessment Schedule ServiceRequest Slot Specimen Substance Task
    VisionPrescription
    """.split()
)
_DATE: Final = re.compile(r"(?:date|.*-date|authored|onset.*|period|_lastUpdated)")
_OF_CONTEXT: Final = re.compile(r"context\.[A-Za-z0-9]+")
_PATHS: Final = re.compile(r"context\.|today\(\)|%[A-Za-z]")
_FREE: Final = ("Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "HealthcareService", "PlanDefinition")


def _templates(ehr: Ehr) -> Iterator[tuple[str, str, str]]:
    """Hook, key and text of every template that is a string."""
    for one in ehr.services:
        prefetch = one.get("prefetch")
        for key, template in (prefetch.items() if isinstance(prefetch, dict) else ()):
            if isinstance(template, str):
                yield one["hook"], key, template


def _tokens(ehr: Ehr) -> Iterator[tuple[str, str, str]]:
    for hook, key, template in _templates(ehr):
        yield from ((hook, key, token) for token in TOKEN.findall(template))


def _parameters(ehr: Ehr) -> Iterator[tuple[str, str, str]]:
    """Key of prefetch, name and value of every search parameter, tokens standing for values."""
    for _, key, template in _templates(ehr):
        query = template.partition("?")[2]
        for pair in query.split("&") if query else ():
            name, _, value = pair.partition("=")
            yield key, name, value


@check("texts", MUST, "keys and templates are strings that say something")
def _texts(ehr: Ehr) -> Iterable[str]:
    for one in ehr.services:
        prefetch = one.get("prefetch", {})
        for key, template in (prefetch.items() if isinstance(prefetch, dict) else ()):
            if not key.strip() or not isinstance(template, str) or not template.strip():
                yield f"{one['id']}: prefetch key {key!r}"


@check("braces", MUST, "tokens stand between {{ and }}")
def _braces(ehr: Ehr) -> Iterable[str]:
    for _, key, template in _templates(ehr):
        if re.search(r"[{}]", TOKEN.sub("", template)) or "${" in template:
            yield f"{key}: {template}"


@check("tokens", MUST, "tokens are context.<member>, an id of the user, or FHIRPath of 3.0")
def _token_words(ehr: Ehr) -> Iterable[str]:
    yield from (f"{key}: {token}" for _, key, token in _tokens(ehr) if token not in USER_TOKENS and not _PATHS.match(token))


@check("context-members", MUST, "tokens of the context name a member of the hook that may be a token")
def _context_members(ehr: Ehr) -> Iterable[str]:
    for hook, key, token in _tokens(ehr):
        known = HOOKS.get(hook)
        if known and _OF_CONTEXT.fullmatch(token):
            name = token.removeprefix("context.")
            if name not in (*known.required, *known.optional) or name in known.no_tokens:
                yield f"{key}: {hook} gives no token {token}"


@check("relative", MUST, "templates are relative: a read or a search of one resource type")
def _relative(ehr: Ehr) -> Iterable[str]:
    for _, key, template in _templates(ehr):
        path = TOKEN.sub("x", template).partition("?")[0]
        if not re.fullmatch(r"[A-Z][A-Za-z]+(/[A-Za-z0-9.-]+)?", path) and not template.lstrip().startswith("{{"):
            yield f"{key}: {template}"


@check("types", MUST, "templates ask for resource types of FHIR R4")
def _r4(ehr: Ehr) -> Iterable[str]:
    for _, key, template in _templates(ehr):
        kind = re.split(r"[/?{]", template)[0]
        if kind and kind not in _TYPES:
            yield f"{key}: {kind}"


@check("subset", SHOULD, "searches keep to the recommended subset: no chains, no modifier but :in, no _ parameters but _count and _sort")
def _subset(ehr: Ehr) -> Iterable[str]:
    for key, name, _ in _parameters(ehr):
        word, _, modifier = name.partition(":")
        if "." in word or modifier not in ("", "in") or (word.startswith("_") and word not in ("_count", "_maxresults", "_sort", "_id")):
            yield f"{key}: {name}"


@check("dates", SHOULD, "searches by date use eq, lt, gt, ge or le")
def _dates(ehr: Ehr) -> Iterable[str]:
    for key, name, value in _parameters(ehr):
        if _DATE.fullmatch(name) and re.match(r"(?!eq|lt|gt|ge|le)[a-z]{2}", value):
            yield f"{key}: {name}={value}"


@check("one-patient", OWN, "searches are for the patient in context, never for everyone")
def _one_patient(ehr: Ehr) -> Iterable[str]:
    for _, key, template in _templates(ehr):
        kind, _, query = template.partition("?")
        if query and kind not in _FREE and "{{" not in query:
            yield f"{key}: {template}"


@check("required-members", OWN, "tokens name required members of the context: an optional one may be absent")
def _required(ehr: Ehr) -> Iterable[str]:
    for hook, key, token in _tokens(ehr):
        known = HOOKS.get(hook)
        if known and token.removeprefix("context.") in known.optional:
            yield f"{key}: {token} is optional in {hook}"


@check("url-text", OWN, "templates can be sent as they are: no blanks outside tokens")
def _url_text(ehr: Ehr) -> Iterable[str]:
    yield from (f"{key}: {template}" for _, key, template in _templates(ehr) if re.search(r"[\s<>\"\\^`|]", TOKEN.sub("", template)))


@check("earlier-keys", MUST, "a %key token names a template listed before it (3.0)")
def _earlier(ehr: Ehr) -> Iterable[str]:
    for one in ehr.services:
        prefetch = one.get("prefetch", {})
        before: list[str] = []
        for key, template in (prefetch.items() if isinstance(prefetch, dict) else ()):
            named = re.findall(r"\{\{\s*%([A-Za-z0-9_]+)", str(template))
            yield from (f"{key}: %{name}" for name in named if name not in before and name != "context")
            before.append(key)


@check("no-paths", OWN, "no token needs FHIRPath: clients of 2.0.1 leave such keys out")
def _no_paths(ehr: Ehr) -> Iterable[str]:
    yield from (f"{key}: {token}" for _, key, token in _tokens(ehr) if token not in USER_TOKENS and not _OF_CONTEXT.fullmatch(token))
