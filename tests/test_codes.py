"""Every code of the value sets against its own check digit or a published list; a mistyped digit must not pass."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.library.check_digits import mod10, verhoeff

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="(read|open)_text is deprecated", category=DeprecationWarning)
    import simple_icd_10_cm as icd10cm  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(ROOT.glob("rules/vocabulary/*/valuesets"))
SNOMED, LOINC, ICD10CM = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS, ICD11 = "http://www.cms.gov/Medicare/Coding/ICD10", "http://id.who.int/icd/release/11/mms"
RXNORM, OWN = "http://www.nlm.nih.gov/research/umls/rxnorm", "https://postfusion.example.org/fhir/CodeSystem/"
HL7 = "http://terminology.hl7.org/CodeSystem/"
KEYS = {"system", "code", "display", "match", "qualifier", "verified_by", "note"}
QUALIFIERS = {
    "needs-lumbar-site",
    "needs-lumbar-site-or-within-90-days",
    "needs-lumbar-site-and-onset",
    "needs-onset-after-index",
    "saddle-only-with-perineal-site",
    "to-sacrum",
    "mechanical",
}
PARTS = {  # a derived set: the set its codes come from
    "saddle-numbness": "sensory-symptom",
    "urinary-retention-dx": "bladder-bowel-dysfunction",
    "continence-dx": "bladder-bowel-dysfunction",
    "infection-emergency-dx": "infection-dx",
    "mechanical-back-pain-dx": "target-pain-dx",
    "leg-pain-dx": "target-pain-dx",
    "buttock-pain-dx": "target-pain-dx",
    "lab-crp": "obs-inflammation-labs",
    "obs-peg": "obs-pain-interference",
    "imaging-mri-lumbar": "order-imaging",
    "imaging-fusion-lumbar": "order-imaging",
    "spinal-imaging-order": "order-imaging",
    "surgical-referral": "order-referral",
}

Code = dict[str, Any]


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) for path in sorted(folder.glob("*.yaml"))}  # noqa: S506  (texts alone)


SETS = [(name, body) for folder in FOLDERS for name, body in _read(folder).items()]
CODES: list[tuple[str, Code]] = [(name, code) for name, body in SETS for code in body["codes"]]


def _of(system: str) -> list[Any]:
    return [pytest.param(code, id=f"{name}/{code['code']}") for name, code in CODES if code["system"] == system]


def icd10cm_exists(code: str) -> bool:
    """True when the published tabular list holds the code."""
    return bool(icd10cm.is_valid_item(code))


def _slips(code: str) -> list[str]:
    """The code with each digit typed wrong by one, and with each pair of unlike neighbours swapped."""
    wrong = [code[:i] + str((int(c) + 1) % 10) + code[i + 1 :] for i, c in enumerate(code) if c.isdigit()]
    unlike = [i for i in range(len(code) - 1) if code[i : i + 2].isdigit() and code[i] != code[i + 1]]
    return wrong + [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in unlike]


def test_value_sets_are_found() -> None:
    assert FOLDERS
    assert len(SETS) > 50
    assert len(CODES) > 350


@pytest.mark.parametrize("code", _of(SNOMED))
def test_snomed_ids_carry_their_check_digit(code: Code) -> None:
    assert verhoeff(code["code"])


@pytest.mark.parametrize("code", [p for p in _of(LOINC) if not p.values[0]["code"].startswith("LA")])
def test_loinc_codes_carry_their_check_digit(code: Code) -> None:
    assert mod10(code["code"])


def test_loinc_answers_are_the_two_known_ones() -> None:
    answers = {code["code"]: code["display"] for _, code in CODES if code["system"] == LOINC and code["code"].startswith("LA")}
    assert answers == {"LA33-6": "Yes", "LA32-8": "No"}


@pytest.mark.parametrize("code", _of(ICD10CM))
def test_icd10cm_codes_are_in_the_tabular_list(code: Code) -> None:
    assert icd10cm_exists(code["code"])
    if code.get("match") != "prefix":
        assert icd10cm.is_leaf(code["code"]), "a header: say match: prefix"


@pytest.mark.parametrize("code", ["50172003", "6077001", "12245681000119103"])
def test_one_wrong_snomed_digit_is_noticed(code: str) -> None:
    assert verhoeff(code)
    assert not any(verhoeff(slip) for slip in _slips(code))


def test_ids_known_to_be_wrong_are_refused() -> None:
    assert not any(verhoeff(code) for code in ("298708000", "298709000", "279372000", "300919003"))


@pytest.mark.parametrize("code", ["1988-5", "24967-2", "8310-5"])
def test_one_wrong_loinc_digit_is_noticed(code: str) -> None:
    assert mod10(code)
    assert not any(mod10(slip) for slip in _slips(code))


@pytest.mark.parametrize("code", ["R33.7", "M96.7", "T81.45", "G83.41"])
def test_an_icd10cm_code_that_does_not_exist_is_noticed(code: str) -> None:
    assert not icd10cm_exists(code)


@pytest.mark.parametrize(("name", "code"), [pytest.param(n, c, id=f"{n}/{c['code']}") for n, c in CODES])
def test_every_code_is_complete(name: str, code: Code) -> None:
    assert code.keys() <= KEYS
    assert all(code.get(key) for key in ("system", "code", "display", "verified_by"))
    assert "unverified" not in code["verified_by"].lower()
    assert code.get("match", "prefix") == "prefix"
    assert code.get("qualifier", "to-sacrum") in QUALIFIERS
    assert code["system"] in {SNOMED, LOINC, ICD10CM, ICD10PCS, ICD11, RXNORM} or code["system"].startswith((OWN, HL7))


def test_licensed_procedure_codes_stay_out() -> None:
    assert not [name for name, code in CODES if "cpt" in code["system"].lower() or "ama-assn" in code["system"].lower()]


@pytest.mark.parametrize(("name", "body"), [pytest.param(n, b, id=n) for n, b in SETS])
def test_every_set_is_complete_and_without_repeats(name: str, body: dict[str, Any]) -> None:
    assert body.keys() == {"id", "title", "purpose", "codes"}
    assert body["id"] == name
    assert body["title"] and body["purpose"] and body["codes"]
    pairs = [(code["system"], code["code"]) for code in body["codes"]]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_parts_hold_only_codes_of_the_whole(folder: Path) -> None:
    sets = _read(folder)
    codes = {name: {(c["system"], c["code"]) for c in body["codes"]} for name, body in sets.items()}
    assert not {part: codes[part] - codes[whole] for part, whole in PARTS.items() if not codes[part] <= codes[whole]}
    assert codes["urinary-retention-dx"] | codes["continence-dx"] == codes["bladder-bowel-dysfunction"]
    assert not codes["urinary-retention-dx"] & codes["continence-dx"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_codes_that_must_not_raise_an_alarm_are_in_no_alarm_set(folder: Path) -> None:
    sets = _read(folder)
    codes = {name: {(c["system"], c["code"]) for c in body["codes"]} for name, body in sets.items()}
    for excluded, used in [
        ("bladder-bowel-excluded", "bladder-bowel-dysfunction"),
        ("fusion-procedure-excluded", "lumbar-fusion-procedure"),
        ("fusion-status-not", "fusion-status-condition"),
        ("nonunion-not-fusion", "pseudarthrosis-dx"),
        ("fbss-dx-excluded", "fbss-dx"),
        ("chronic-post-surgical-pain-dx", "fbss-dx"),
        ("muscle-weakness-unspecific", "motor-deficit"),
        ("hip-pain-dx", "target-pain-dx"),
        ("value-absent", "value-present"),
    ]:
        assert not codes[excluded] & codes[used]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_pain_and_hyperesthesia_are_no_saddle_finding(folder: Path) -> None:
    saddle = _read(folder)["saddle-numbness"]["codes"]
    assert not {"247398009", "R20.3"} & {code["code"] for code in saddle}
    assert {code.get("qualifier") for code in saddle} == {"saddle-only-with-perineal-site"}


def test_ids_that_need_a_snomed_licence_are_listed() -> None:
    licensed = {code["code"] for _, code in CODES if code["system"] == SNOMED and not code["verified_by"].startswith("IPS Free Set")}
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert licensed
    assert not {code for code in licensed if code not in notice}
