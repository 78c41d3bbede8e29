"""Whose codes these are, and on what terms: NOTICE, by code system. What NOTICE says and this does not, or the reverse, is a defect."""

from collections.abc import Iterable
from typing import Final

from service.engine.vocabulary import Code

FREE_SET: Final = "IPS Free Set"
SNOMED: Final = "http://snomed.info/sct"
STATEMENTS: Final = {
    SNOMED: (
        "This material includes SNOMED Clinical Terms (SNOMED CT), which is used by permission of SNOMED International. SNOMED CT was "
        'created by the College of American Pathologists. "SNOMED" and "SNOMED CT" are registered trademarks of SNOMED International.'
    ),
    "http://loinc.org": (
        "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) Regenstrief Institute, Inc. and the Logical "
        "Observation Identifiers Names and Codes (LOINC) Committee, and is available at no cost under the licence at "
        "http://loinc.org/license. LOINC is a registered United States trademark of Regenstrief Institute, Inc."
    ),
    "http://www.nlm.nih.gov/research/umls/rxnorm": (
        "This product uses publicly available data from the US National Library of Medicine (NLM), National Institutes of Health, "
        "Department of Health and Human Services; NLM is not responsible for the product and does not endorse or recommend it."
    ),
    "http://hl7.org/fhir/sid/icd-10-cm": (
        "Published by the US National Center for Health Statistics and the Centers for Medicare & Medicaid Services; in the public "
        "domain in the United States."
    ),
    "http://id.who.int/icd/release/11/mms": (
        "International Classification of Diseases, Eleventh Revision (ICD-11), World Health Organization. The licence is understood to "
        "be CC BY-ND 3.0 IGO; this was recalled, not read. Check it before you redistribute these codes."
    ),
}
STATEMENTS["http://www.cms.gov/Medicare/Coding/ICD10"] = STATEMENTS["http://hl7.org/fhir/sid/icd-10-cm"]
_FREE: Final = (
    "Ids of the International Patient Summary Free Set of SNOMED International are licensed under the Creative Commons Attribution 4.0 "
    "International Licence (https://creativecommons.org/licenses/by/4.0/); nothing was changed but the choice of ids."
)
_NOT_FREE: Final = (
    "These ids were not found in the International Patient Summary Free Set; using them needs a SNOMED CT affiliate or member licence: "
)


def copyright_of(codes: Iterable[Code]) -> str:
    """The terms of the codes of a value set, one paragraph for each terminology; empty for codes of our own and of HL7."""
    listed = list(codes)
    told = [STATEMENTS[system] for system in dict.fromkeys(code.system for code in listed) if system in STATEMENTS]
    return "\n\n".join(dict.fromkeys([*told, *_of_snomed([code for code in listed if code.system == SNOMED])]))


def _of_snomed(codes: list[Code]) -> list[str]:
    paid = sorted({code.code for code in codes if not is_free(code)}, key=int)
    free = [_FREE] if any(is_free(code) for code in codes) else []
    return [*free, *([f"{_NOT_FREE}{', '.join(paid)}."] if paid else [])]


def is_free(code: Code) -> bool:
    """True for a SNOMED CT id that was found in the International Patient Summary Free Set."""
    return code.verified_by.startswith(FREE_SET)
