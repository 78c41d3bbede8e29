"""The EHR that is played: our own service and a faultless stub pass, and every check fails when its own fault is switched on."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from service.cli import main
from service.lab.calling import NoAnswer, send
from service.lab.conformance import CHECKS, FAIL, PASS, SKIP, Check, Ehr, Options, Result, as_json, as_junit, as_text, passed, play
from service.lab.records import Records, read_records
from service.lab.signing import CannotSign, signer
from service.web.clock import ticks
from tests.lab import stub as stubs
from tests.lab.faults import FAULTS, discovery
from tests.lab.stub import ORIGIN, Stub, stubbed

IDS = [check.id for check in CHECKS]
OPTIONS = Options(ticks, origin=ORIGIN, patience=10)
STORIES = ("story-01", "story-02", "story-07", "story-10")


@pytest.fixture(scope="module")
def records() -> Records:
    every = read_records(today=datetime.now(UTC).date())
    return Records({**every.rows, "Patient": tuple(row for row in every.rows["Patient"] if row["id"] in STORIES)})


@pytest.fixture(scope="module")
def serving() -> Iterator[Stub]:
    with stubbed() as stub:
        yield stub


@pytest.fixture
def stub(serving: Stub) -> Iterator[Stub]:
    serving.used.clear()
    yield serving
    serving.fault, serving.name, serving.secured = (lambda _, out: out), "", False


def test_every_check_is_told_apart_and_says_what_it_wants() -> None:
    assert len(IDS) == len(set(IDS)) > 140
    assert {check.level for check in CHECKS} == {"MUST", "SHOULD", "OWN"}
    assert all(check.text and check.look for check in CHECKS)


def test_every_check_has_a_fault_of_its_own() -> None:
    assert sorted(FAULTS) == sorted(IDS)


@pytest.mark.parametrize("secured", [False, True])
def test_a_faultless_service_passes(stub: Stub, records: Records, secured: bool) -> None:
    stub.secured = secured
    results = play(Ehr(stub.url, records, replace(OPTIONS, sign=stubs.sign if secured else None)))
    assert [(one.id, one.why) for one in results if one.outcome == FAIL] == []
    skipped = {one.id for one in results if one.outcome == SKIP}
    of_tokens = {name for name in IDS if name.startswith("authentication.")}
    assert skipped == {"network.https"} | ({"tolerance.authorization"} if secured else of_tokens)


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_a_check_fails_on_its_fault(stub: Stub, records: Records, check: Check) -> None:
    stub.fault, stub.name = FAULTS[check.id], check.id
    stub.secured = check.id.startswith("authentication.")
    options = replace(OPTIONS, sign=stubs.sign if stub.secured else None, budget=0.02)
    url = stub.url.replace("127.0.0.1", "0.0.0.0") if check.id == "network.https" else stub.url  # noqa: S104
    (result,) = play(Ehr(url, records, options), [check.id])
    assert result.outcome == FAIL, result
    assert result.why
    assert "shape that could not be looked at" not in result.why


def test_a_service_that_talks_nonsense_is_reported_and_not_stumbled_over(stub: Stub, records: Records) -> None:
    for nonsense in (b"<html>", b"[1]", b'{"services": [7], "cards": [7]}', b'{"services": [{"id": 1, "hook": []}], "cards": 1}'):
        stub.fault = lambda _, out, said=nonsense: replace(out, status=200, body=said)  # type: ignore[misc]
        results = play(Ehr(stub.url, records, OPTIONS))
        assert {one.outcome for one in results} == {PASS, FAIL, SKIP}
        assert not passed(results, strict=False)


def test_groups_can_be_chosen(stub: Stub, records: Records) -> None:
    results = play(Ehr(stub.url, records, OPTIONS), ["discovery", "cards.uuid"])
    assert {one.id.split(".")[0] for one in results} == {"discovery", "cards"}
    assert [one.id for one in results if one.group == "cards"] == ["cards.uuid"]


def test_requests_of_the_caller_replace_the_stories(stub: Stub, records: Records) -> None:
    request = {"hook": "patient-view", "context": {"patientId": "mine", "userId": "Practitioner/1"}, "prefetch": {"patient": None}}
    ehr = Ehr(stub.url, records, OPTIONS, ({**request, "hookInstance": "00000000-0000-4000-8000-000000000000"}, {**request, "hook": "x"}))
    assert [call.request["context"]["patientId"] for call in ehr.calls] == ["mine"]


@pytest.mark.parametrize(("error", "told"), [(NoAnswer("gone"), "gone"), (KeyError("cards"), "could not be looked at (KeyError)")])
def test_what_cannot_be_looked_at_is_a_failure(stub: Stub, records: Records, error: Exception, told: str) -> None:
    def look(_: Ehr) -> list[str]:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.lab.conformance.playing.CHECKS", [replace(CHECKS[0], look=look)])
        (result,) = play(Ehr(stub.url, records, OPTIONS))
    assert result.outcome == FAIL and result.why.endswith(told)


def test_a_service_without_services_has_nothing_to_look_at(stub: Stub, records: Records) -> None:
    stub.fault = discovery(lambda _: {"services": []})
    results = play(Ehr(stub.url, records, replace(OPTIONS, sign=stubs.sign)))
    assert {one.outcome for one in results if one.group not in ("discovery", "prefetch templates", "network")} == {SKIP}


def test_nobody_at_home(records: Records) -> None:
    with pytest.raises(NoAnswer, match="Is it running there"):
        play(Ehr("http://127.0.0.1:9", records, OPTIONS))


RESULTS = [
    Result(PASS, "a.one", "a", "MUST", "one"),
    Result(FAIL, "a.two", "a", "OWN", "two", "was \x00 not", 0.25),
    Result(SKIP, "b.three", "b", "SHOULD", "three", "nothing there"),
]


def test_the_reports() -> None:
    assert as_text(RESULTS, "http://x").splitlines() == [
        "CDS Hooks conformance of http://x",
        "",
        "a",
        "  PASS a.one                              MUST   one",
        "  FAIL a.two                              OWN    two",
        "         was \x00 not",
        "",
        "b",
        "  SKIP b.three                            SHOULD three",
        "         nothing there",
        "",
        "1 passed, 1 failed (0 of them MUST), 1 skipped.",
    ]
    assert as_json(RESULTS, "x")["results"][1]["why"] == "was \x00 not"
    suites = ElementTree.fromstring(as_junit(RESULTS))  # noqa: S314 our own
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped")) for suite in suites] == [
        ("a", "2", "1", "0"),
        ("b", "1", "0", "1"),
    ]
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None and failure.get("message") == "was   not"


@pytest.mark.parametrize(("level", "lenient", "strict"), [("MUST", False, False), ("SHOULD", True, False), ("OWN", True, False)])
def test_what_fails_the_run(level: str, lenient: bool, strict: bool) -> None:
    results = [replace(RESULTS[1], level=level)]
    assert passed(results, strict=False) is lenient
    assert passed(results, strict=True) is strict


def test_the_command(stub: Stub, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(
        '{"hook": "patient-view", "hookInstance": "00000000-0000-4000-8000-000000000000", "prefetch": {"patient": null},'
        ' "context": {"patientId": "p1", "userId": "Practitioner/1", "note": "{{today}}"}}'
    )
    args = ["conformance", stub.url, "--request", str(request), "--origin", ORIGIN, "--only", "discovery", "--only", "invocation"]
    run = CliRunner().invoke(main, [*args, "--junit", str(tmp_path / "r.xml"), "--json", str(tmp_path / "r.json")])
    assert run.exit_code == 0, run.output
    assert "0 failed" in run.stdout
    assert (tmp_path / "r.xml").read_text().count("<testsuite ") == 2
    assert {one["outcome"] for one in json.loads((tmp_path / "r.json").read_text())["results"]} == {PASS}
    stub.fault = FAULTS["discovery.title"]
    assert CliRunner().invoke(main, args).exit_code == 0
    assert CliRunner().invoke(main, [*args, "--strict"]).exit_code == 1
    stub.fault = FAULTS["discovery.members"]
    assert CliRunner().invoke(main, args).exit_code == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"hook": "x"}', '{"hook": "{{tomorrow}}"}'])
def test_a_request_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    run = CliRunner().invoke(main, ["conformance", "http://127.0.0.1:9", "--request", str(tmp_path / "r.json")])
    assert run.exit_code == 2
    assert "r.json" in run.stderr and "Traceback" not in run.output


def test_the_command_says_who_does_not_answer() -> None:
    run = CliRunner().invoke(main, ["conformance", "http://127.0.0.1:9"])
    assert run.exit_code == 2
    assert run.stderr.startswith("postfusion: http://127.0.0.1:9/cds-services does not answer")


def test_tokens_come_from_a_command() -> None:
    assert signer("printf 'a.%s.%s' \"$AUD\" \"$ISS\"")("x", {"ISS": "y"}) == "a.x.y"
    for command in ("exit 3", "echo none"):
        with pytest.raises(CannotSign, match="printed no JWT"):
            signer(command)("x", {})


def test_a_command_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lab.signing._PATIENCE", 0.05)
    with pytest.raises(CannotSign, match="nothing within"):
        signer("sleep 1")("x", {})


def test_nothing_is_followed(stub: Stub) -> None:
    calls: Iterator[int] = itertools.count()

    def fault(_: object, out: stubs.Out) -> stubs.Out:
        next(calls)
        return replace(out, status=302, headers={"Location": stub.url})

    stub.fault = fault
    assert send("GET", stub.url).status == 302
    assert next(calls) == 1


