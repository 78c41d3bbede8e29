"""The mock EHR: its FHIR server, the ways it goes wrong, and the calls it makes."""

import json
import threading
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.access import Limits, State, complete, read_origin
from service.cli import main
from service.lab.calling import Answer, NoAnswer, send
from service.lab.fhir_answers import FAULTS, Manners, answer
from service.lab.hooks import HOOKS, context_of, filled, prefetched, request_of
from service.lab.listening import PortTaken, Reply, Seen, listening
from service.lab.mock_ehr import fetching, serving
from service.lab.records import SEARCHED, Records, read_records, records_of
from service.lab.samples import STORIES, SampleError
from service.lab.showing import shown
from service.web.app import create_app
from service.web.clock import ticks
from service.web.services import SERVICES
from service.web.settings import Settings
from tests.lab.own import free_port, running

TODAY = date(2026, 3, 2)
PORT = free_port()


@pytest.fixture(scope="module")
def records() -> Records:
    return read_records(today=TODAY)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    origins = (f"http://127.0.0.1:{PORT}",)
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), fhir_origins=origins, fhir_budget_ms=5000)
    with running(create_app(settings)) as url:
        yield url


def get(records: Records, target: str, **manners: Any) -> Any:
    reply = answer(Seen(target, {}, "http://ehr"), records, Manners(**manners))
    return Answer(reply.status, {"Content-Type": reply.kind}, reply.body, reply.pause)


def ids(bundle: Any) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def test_the_stories_are_dated_from_today(records: Records) -> None:
    assert len(records.patients) == len(set(records.patients)) == len(list(STORIES.iterdir()))
    (fusion,) = get(records, "/fhir/Procedure?patient=story-02").json["entry"]
    assert fusion["resource"]["performedDateTime"] == "2025-10-02"


def test_metadata_names_what_is_served(records: Records) -> None:
    told = get(records, "/fhir/metadata").json
    assert told["fhirVersion"] == "4.0.1"
    assert [one["type"] for one in told["rest"][0]["resource"]] == ["Patient", *SEARCHED]


def test_reads(records: Records) -> None:
    assert get(records, "/fhir/Patient/story-02").json["birthDate"] == "1968-11-02"
    assert get(records, "/fhir/Patient/nobody").status == 404
    assert get(records, "/other/Patient/story-02").status == 404


def test_searches(records: Records) -> None:
    found = get(records, "/fhir/Observation?patient=Patient%2Fstory-02").json
    assert found["total"] == len(found["entry"]) == 5
    assert found == get(records, "/fhir/Observation?subject=story-02").json
    assert ids(get(records, "/fhir/Observation?patient=story-02&code=post-void-residual,x").json) == ["02-obs-5"]
    assert ids(get(records, "/fhir/Observation?patient=story-02&code=http%3A%2F%2Floinc.org%7C72514-3").json) == ["02-obs-1", "02-obs-2"]
    assert "entry" not in get(records, "/fhir/Condition?patient=story-02").json
    assert get(records, "/fhir/Observation").status == 400
    assert get(records, "/fhir/Encounter?patient=story-02").status == 400


def test_medicines_are_searched_by_their_own_code() -> None:
    drug = {"medicationCodeableConcept": {"coding": [{"system": "rx", "code": "7052"}]}, "subject": {"reference": "Patient/p"}}
    rows = records_of([{"resourceType": "MedicationRequest", "id": "m1", **drug}])
    assert ids(get(rows, "/fhir/MedicationRequest?patient=p&code=7052").json) == ["m1"]
    assert ids(get(rows, "/fhir/MedicationRequest?patient=p&code=7053").json) == []


def test_pages_follow_one_another(records: Records) -> None:
    target, seen = "/fhir/Observation?patient=story-02", []
    while target:
        page = get(records, target, page_size=2).json
        assert page["total"] == 5
        seen += ids(page)
        target = next((one["url"].removeprefix("http://ehr") for one in page["link"] if one["relation"] == "next"), "")
    assert seen == [f"02-obs-{number}" for number in range(1, 6)]
    assert len(ids(get(records, "/fhir/Observation?patient=story-02&_count=3", page_size=2).json)) == 3


def test_tokens(records: Records) -> None:
    for token, status in (("good", 200), ("bad", 401), ("", 401)):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        assert answer(Seen("/fhir/Patient/story-02", headers, ""), records, Manners(token="good")).status == status
    assert get(records, "/fhir/metadata").status == 200


def test_faults(records: Records) -> None:
    rows = "/fhir/Observation?patient=story-02"
    assert get(records, rows, fault="401").status == 401
    assert get(records, rows, fault="slow").seconds == 3.0
    assert get(records, rows, fault="html").headers["Content-Type"] == "text/html"
    assert get(records, rows, fault="wrong-resource").json["resourceType"] == "Basic"
    short = get(records, rows, fault="truncated").json
    assert (short["total"], len(short["entry"]), len(short["link"])) == (5, 2, 1)
    foreign = get(records, rows, fault="foreign-rows").json["entry"][-1]["resource"]
    assert foreign["subject"]["reference"] != "Patient/story-02"
    assert get(records, rows, fault="drop-key").status == 404
    assert get(records, "/fhir/Patient/story-02", fault="drop-key").status == 200


def test_a_folder_of_bundles(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    patient = {"resourceType": "Patient", "id": "b1"}
    (tmp_path / "one" / "bundle.json").write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient}, 7, {}]}))
    (tmp_path / "two").mkdir()
    assert read_records(tmp_path, today=TODAY).patients == ("b1",)


@pytest.mark.parametrize(("text", "told"), [("{", "not JSON"), ("[]", "a JSON object is wanted"), ("{}", "no patients")])
def test_a_folder_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "bundle.json").write_text(text)
    with pytest.raises(SampleError, match=told):
        read_records(tmp_path, today=TODAY)
    run = CliRunner().invoke(main, ["mock-ehr", "--samples", str(tmp_path)])
    assert run.exit_code == 2 and told in run.stderr


def test_rows_without_a_subject_or_code_belong_to_nobody() -> None:
    odd = records_of([{"resourceType": "Observation"}, {"resourceType": "Observation", "subject": {"reference": "Patient/p"}}, 7, {}])
    assert odd.search("Observation", "p", ["x"]) == []
    assert len(odd.search("Observation", "p")) == 1


@pytest.mark.parametrize("hook", [*HOOKS, "org.example.own"])
def test_every_hook_has_a_context(hook: str) -> None:
    context = context_of(hook, "p1")
    assert context["patientId"] == "p1"
    if hook in HOOKS and hook not in ("appointment-book", "allergyintolerance-create"):
        assert set(HOOKS[hook].required) <= set(context)


def test_templates_are_filled_or_left_out() -> None:
    context = {"patientId": "a b", "userId": "Practitioner/9"}
    assert filled("Patient/{{context.patientId}}", context) == "Patient/a%20b"
    assert filled("Practitioner/{{userPractitionerId}}", context) == "Practitioner/9"
    for unfilled in ("Encounter/{{context.encounterId}}", "Observation?date=gt{{today()}}", "Patient/{{userPatientId}}"):
        assert filled(unfilled, context) is None
    assert prefetched({"prefetch": {"a": "Patient/{{context.patientId}}", "b": 7}}, context, lambda _: None) == {}
    assert request_of({"hook": "x"}, "p", lambda _: None)["prefetch"] == {}


def test_the_access_room_fetches_from_it(records: Records) -> None:
    templates = {"patient": "Patient/{{context.patientId}}", "observations": "Observation?patient={{context.patientId}}"}
    with serving(records, Manners(token="t", page_size=2)) as ehr:
        limits = Limits(ticks, (read_origin(ehr.root),), budget=5)
        done = complete({}, templates, {"patientId": "story-02"}, f"{ehr.root}/fhir", "t", limits)
        refused = complete({}, templates, {"patientId": "story-02"}, f"{ehr.root}/fhir", "other", limits)
    assert set(done.states.values()) == {State.FETCHED}
    assert len(json.loads(done.prefetch["observations"])["entry"]) == 5
    assert not refused.prefetch


def test_a_page_may_read_it_from_another_origin(records: Records) -> None:
    with serving(records, Manners()) as ehr:
        preflight = send("OPTIONS", f"{ehr.root}/fhir/metadata")
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Headers"].startswith("Authorization")
        assert send("GET", f"{ehr.root}/fhir/metadata").headers["Access-Control-Allow-Origin"] == "*"


def test_slow_takes_its_time_and_a_caller_who_leaves_does_no_harm(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lab.fhir_answers._SLOW", 0.3)
    with serving(records, Manners(fault="slow")) as ehr:
        assert send("GET", f"{ehr.root}/fhir/metadata").status == 200
        with pytest.raises(NoAnswer):
            send("GET", f"{ehr.root}/fhir/Patient/story-02", timeout=0.05)
        assert send("GET", f"{ehr.root}/fhir/Patient/story-02").seconds > 0.25


def test_a_port_that_is_taken(records: Records) -> None:
    with serving(records, Manners()) as ehr:
        port = int(ehr.root.rsplit(":", 1)[1])
        with pytest.raises(PortTaken, match=str(port)), listening(lambda _: None, port):  # type: ignore[arg-type, return-value]
            pass
        for args in ([], ["call", "http://127.0.0.1:9", "--patient", "story-02"]):
            run = CliRunner().invoke(main, ["mock-ehr", "--port", str(port), *args])
            assert run.exit_code == 2 and "--port" in run.stderr


def test_fetching_as_a_client_does(records: Records) -> None:
    for fault, found in (("401", "OperationOutcome"), ("html", None), ("drop-key", None), ("", "Bundle")):
        with serving(records, Manners(fault=fault)) as ehr:
            value = fetching(f"{ehr.root}/fhir", "")("Observation?patient=story-02")
        assert (value["resourceType"] if isinstance(value, dict) else value) == found


def called(service: str, *args: str, before: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, ["mock-ehr", "--port", str(PORT), *before, "call", service, "--patient", "story-02", *args])


CRITICAL = "[critical] Possible cauda equina syndrome after lumbar fusion"


@pytest.mark.parametrize("prefetch", ["all", "half", "none"])
def test_a_call_gives_the_cards_however_the_data_comes(service: str, prefetch: str) -> None:
    run = called(service, "--prefetch", prefetch, before=("--page-size", "2", "--token", "t"))
    assert run.exit_code == 0, run.output
    assert "1 card\n" in run.stdout and CRITICAL in run.stdout
    assert ("no prefetch" in run.stdout) is (prefetch == "none")


@pytest.mark.parametrize("hook", [one.hook for one in SERVICES])
def test_every_hook_is_called(service: str, hook: str) -> None:
    run = called(service, "--hook", hook)
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith(f"{hook} of story-02: ")


def test_feedback_is_sent(service: str) -> None:
    run = called(service, "--accept", "--override")
    assert run.exit_code == 0, run.output
    assert "Feedback (accepted): the service answers 200." in run.stdout
    assert "Feedback (overridden): the service answers 200." in run.stdout


@pytest.mark.parametrize(("fault", "said"), [("401", "answers 412"), ("html", "answers 412"), ("wrong-resource", "answers 412")])
def test_an_ehr_without_data_gets_no_all_clear(service: str, fault: str, said: str) -> None:
    run = called(service, "--accept", before=("--fault", fault))
    assert run.exit_code == 1
    assert said in run.stdout


@pytest.mark.parametrize("fault", ["truncated", "foreign-rows", "drop-key"])
def test_an_ehr_with_half_the_data_is_told(service: str, fault: str) -> None:
    assert "could not be looked at" in called(service, before=("--fault", fault)).stdout


def test_a_running_mock_ehr_is_used(service: str) -> None:
    with serving(read_records(today=datetime.now(UTC).date()), Manners(), PORT) as ehr:
        run = CliRunner().invoke(main, ["mock-ehr", "call", service, "--patient", "story-02", "--ehr", f"{ehr.root}/fhir"])
        assert run.exit_code == 0 and CRITICAL in run.stdout
        assert {seen.target.partition("?")[0] for seen in ehr.seen} >= {"/fhir/Patient/story-02", "/fhir/Observation"}


def test_what_cannot_be_called_is_said(service: str) -> None:
    assert "Known: story-01, " in CliRunner().invoke(main, ["mock-ehr", "call", service, "--patient", "story-99"]).stderr
    told = called(service, "--hook", "appointment-book").stderr
    assert "No service there answers the hook appointment-book. Known: encounter-discharge" in told
    assert "does not answer" in called("http://127.0.0.1:9").stderr
    assert "lists no services" in called(f"{service}/nowhere").stderr
    assert "printed no JWT" in called(service, "--token-cmd", "false").stderr
    calm = CliRunner().invoke(main, ["mock-ehr", "--port", str(PORT), "call", service, "--patient", "story-16", "--override"])
    assert calm.exit_code == 2 and "There is no card to override." in calm.stderr
    assert "No cards: the service looked and found nothing." in calm.stdout
    calm = CliRunner().invoke(main, ["mock-ehr", "--port", str(PORT), "call", service, "--patient", "story-16", "--accept"])
    assert "No card suggests anything" in calm.stderr


def test_a_service_without_prefetch_is_called(records: Records) -> None:
    with listening(lambda _: Reply(b'{"services": [7, {"id": "x", "hook": "patient-view"}]}')) as other:
        run = called(other.root)
    assert run.exit_code == 1 and "Not judged: the service answers 501." in run.stdout


def test_answers_in_lines() -> None:
    assert shown(Answer(401, {}, b"", 0)).startswith("Not judged: the service answers 401. It asks for a token")
    body = {"cards": [{"summary": "S", "indicator": "info", "links": [{"label": "L", "url": "https://x"}]}] * 2}
    assert shown(Answer(200, {}, json.dumps(body).encode(), 0)).splitlines()[:4] == ["2 cards", "", "[info] S", "    See: L https://x"]


def test_serving_until_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended:
        def wait(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("service.cli_mock_ehr.threading", types.SimpleNamespace(Event=Ended))
    run = CliRunner().invoke(main, ["mock-ehr", "--port", "0"])
    assert run.exit_code == 0, run.output
    assert "made-up patients on http://127.0.0.1:" in run.stdout
    assert run.stdout.endswith("ended\n")


def test_every_fault_is_explained_in_the_help() -> None:
    told = " ".join(CliRunner().invoke(main, ["mock-ehr", "--help"]).stdout.split())
    assert all(f"{name}: " in told for name in FAULTS)


def test_no_thread_is_left_behind(records: Records) -> None:
    before = threading.active_count()
    with serving(records, Manners()) as ehr:
        send("GET", f"{ehr.root}/fhir/metadata")
    assert threading.active_count() <= before + 1
