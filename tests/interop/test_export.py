"""`postfusion export fhir`: one Bundle or one package, the same bytes every time, with nothing left dangling."""

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fhir.resources.R4B.bundle import Bundle

from service import cli
from service.interop import as_text, file_name, package, transaction
from service.interop.package import INDEXED
from tests.interop.published import DAY, release, shelf, walk
from tests.stories.replay import ROOT, book

AS_OF = ("--as-of", DAY.isoformat())


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("POSTFUSION_")]:
        monkeypatch.delenv(name)


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.main, ["export", "fhir", *map(str, args)])


def unpacked(content: bytes) -> dict[str, Any]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return {one.name: json.loads(tar.extractfile(one).read()) for one in tar}  # type: ignore[union-attr]


def test_a_bundle_goes_to_standard_output() -> None:
    result = run(*AS_OF)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == as_text(transaction(shelf(), release()))
    bundle = Bundle.model_validate_json(result.stdout)
    assert bundle.type == "transaction"


def test_a_transaction_puts_every_resource_once() -> None:
    entries = transaction(shelf(), release())["entry"]
    puts = [one["request"] for one in entries]
    assert {one["method"] for one in puts} == {"PUT"}
    assert [one["url"] for one in puts] == [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries]
    assert len({one["url"] for one in puts}) == len(puts)
    # a server that knows a resource by its canonical URL alone, as HAPI's package installer does, must not meet it twice
    assert len({one["resource"]["url"] for one in entries}) == len(entries)
    assert {one["resource"]["status"] for one in entries} == {"active"}


def test_it_holds_the_rules_in_force_and_all_they_rest_on() -> None:
    kinds = {kind: {one.base for one in release() if one.kind == kind} for kind in ("PlanDefinition", "Library", "ValueSet", "CodeSystem")}
    rules = {rule.id for rule in book().in_force(DAY)}
    assert kinds["PlanDefinition"] == rules
    assert kinds["Library"] == rules | {"postfusion.vocabulary", "postfusion.release"}
    assert kinds["ValueSet"] == set(book().vocabularies["1.0.0"].value_sets)
    assert kinds["CodeSystem"] == {"findings", "override-reasons", "rules"}
    (whole,) = [one for one in release() if one.base == "postfusion.release"]
    listed = {one["resource"] for one in whole.resource()["relatedArtifact"]}
    assert listed == {one.canonical for one in release()} - {whole.canonical}


def test_a_package_is_what_package_tools_expect(tmp_path: Path) -> None:
    result = run("--format", "package", "--out", tmp_path, *AS_OF)
    assert result.exit_code == 0, result.stderr
    path = tmp_path / file_name(shelf())
    assert result.stdout == f"{path}\n"
    files = unpacked(path.read_bytes())
    manifest = files.pop("package/package.json")
    assert manifest["name"] == "postfusion.rules"
    assert manifest["version"] == shelf().version
    assert manifest["fhirVersions"] == ["4.0.1"]
    assert manifest["dependencies"] == {"hl7.fhir.r4.core": "4.0.1"}
    assert manifest["canonical"] == "https://postfusion.example.org/fhir"
    assert {"description", "author", "license", "type", "title"} <= manifest.keys()
    index = files.pop("package/.index.json")
    assert index["index-version"] == 2
    assert {f"package/{one['filename']}" for one in index["files"]} == files.keys()
    for one in index["files"]:
        resource = files[f"package/{one['filename']}"]
        assert one["filename"] == f"{resource['resourceType']}-{resource['id']}.json"
        held = {key: resource[key] for key in INDEXED if isinstance(resource.get(key), str)}
        assert one == {"filename": one["filename"], **held}
        assert {"resourceType", "id", "url", "version"} <= one.keys()


def test_bundle_and_package_hold_the_same(tmp_path: Path) -> None:
    files = unpacked(package(shelf(), release()))
    for one in transaction(shelf(), release())["entry"]:
        assert files.pop(f"package/{one['resource']['resourceType']}-{one['resource']['id']}.json") == one["resource"]
    assert set(files) == {"package/package.json", "package/.index.json"}


def test_the_archive_tells_neither_who_nor_when() -> None:
    content = package(shelf(), release())
    assert content[4:8] == b"\0\0\0\0"  # the time in the header of gzip
    assert content[3] == 0  # and no name of a file
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        members = tar.getmembers()
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime, one.mode) for one in members} == {(0, 0, "", "", 499_162_500, 0o644)}
    names = [one.name for one in members]
    assert names[:2] == ["package/package.json", "package/.index.json"]
    assert names[2:] == sorted(names[2:])


@pytest.mark.parametrize("form", ["bundle", "package"])
def test_the_same_rules_give_the_same_bytes(tmp_path: Path, form: str) -> None:
    """In another process, with another seed for hashes, in another zone and folder."""
    files = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        path = tmp_path / seed
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-m", "service.cli", "export", "fhir", "--format", form, "--out", str(path), *AS_OF]
        subprocess.run(command, check=True, cwd=tmp_path, env=env, capture_output=True)
        files.append(path.read_bytes())
    assert files[0] == files[1]


def test_nothing_but_the_rules_decides_the_bytes() -> None:
    """No day of export: a later day with the same rules in force gives the same release; the texts name no clock."""
    later = DAY.replace(day=DAY.day + 3)
    assert package(shelf(later), release(later)) == package(shelf(), release())
    before = DAY.replace(month=10, day=31)
    assert shelf(before).version != shelf().version
    assert [one.version for one in release(before) if one.base == "si-joint-possible"] == ["1.0.0", "1.0.0"]
    for one in release():
        assert not [path for path, _ in walk(one.resource()) if path.endswith((".lastUpdated", ".timestamp", ".creation"))]


def test_versions_of_the_release_are_in_order() -> None:
    version = shelf().version
    assert version.startswith("0.1.0-20261101.r")  # the day since which just these rules are in force
    assert shelf(DAY.replace(year=2027)).version.startswith("0.1.0-20270101.r") and "0.1.0-20270101" > version


def test_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = tmp_path / "rules.json"
    assert run("--out", named, *AS_OF).exit_code == 0
    assert json.loads(named.read_text())["resourceType"] == "Bundle"
    assert run("--format", "package", *AS_OF).exit_code == 0
    assert (tmp_path / file_name(shelf())).is_file()
    to_stdout = CliRunner().invoke(cli.main, ["export", "fhir", "--format", "package", "--out", "-", *AS_OF])
    assert to_stdout.stdout_bytes == (tmp_path / file_name(shelf())).read_bytes()
    assert run("--out", tmp_path, *AS_OF).stdout.strip().endswith(f"postfusion.rules-{shelf().version}.json")


def test_without_a_day_it_is_today() -> None:
    assert run().exit_code == 0


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (("--as-of", "1999-01-01"), 2, "no rule is in force on 1999-01-01. Choose a later day with --as-of."),
        (("--as-of", "soon"), 2, "YYYY-MM-DD"),
        (("--format", "xml"), 2, "'bundle', 'package'"),
        (("--out", "nowhere/at/all.json"), 2, "cannot be written: No such file or directory. Name a file in a folder that is there"),
    ],
)
def test_what_cannot_be_done_is_said(args: tuple[str, ...], status: int, says: str) -> None:
    result = run(*args)
    assert result.exit_code == status
    assert says in result.stderr


@pytest.mark.parametrize(
    ("variable", "value", "says"), [("RULES_DIR", "/nowhere", "is not a folder of rules"), ("TIMEZONE", "Mars", "TIMEZONE")]
)
def test_settings_and_rules_at_fault(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str) -> None:
    monkeypatch.setenv(f"POSTFUSION_{variable}", value)
    result = run()
    assert result.exit_code == 2
    assert says in result.stderr
