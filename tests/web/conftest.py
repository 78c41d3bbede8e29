"""A web room whose chart reader is a stand-in: these tests look at HTTP, not at medicine."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.engine.rule import Citation, Rule
from service.evaluation import Outcome, Question
from service.evaluation.question import Said
from service.library import Book
from service.web.app import build, make_deps
from service.web.deps import Deps
from service.web.settings import Settings

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
MARKER = "Zz-planted-marker"
CARD = {"uuid": "c1", "summary": "A card", "indicator": "info", "source": {"label": "postfusion"}, "extension": {"org.postfusion": {}}}
VERDICT = {
    "rule": "some-rule",
    "version": "1.0.0",
    "status": "active",
    "answer": "no",
    "shown": False,
    "steps": [{"criterion": "one", "says": "One thing", "answer": "no", "because": "x"}],
}
ORIGIN = "https://ehr.example.org"


def a_rule(version: str = "1.0.0", **changes: Any) -> Rule:
    rule = Rule(
        id="some-rule",
        version=version,
        vocabulary="1.0.0",
        status="active",
        effective_from=date(2000, 1, 1),
        effective_until=None,
        family="criteria",
        needs_index="yes",
        patients="adults",
        title="Some <rule>",
        changes="First version.",
        limits="None known.",
        hooks=("patient-view",),
        urgency="soon",
        time_critical=False,
        certainty="low",
        strength="conditional",
        source_attributes={"citation": "See citations", "developer": "<b>Someone</b>"},
        citations={"guide": Citation("A guide", "Page 3")},
        criteria={},
        checks={},
        ways=(),
        face=None,
        digest=f"sha256:{version}",
    )
    return replace(rule, **changes)


def a_book() -> Book:
    first = a_rule(effective_until=date(2026, 1, 1))
    return Book("sha256:book", {}, {"some-rule": (first, a_rule("1.1.0", effective_from=date(2026, 1, 1)))}, {})


class Judge:
    """Stands in for the evaluation room: remembers what it was asked and answers what it is told to."""

    def __init__(self) -> None:
        self.bundles: list[bytes] = []
        self.prefetch: Mapping[str, bytes] = {}
        self.question: Question | None = None
        self.raises: Exception | None = None
        self.cards: list[dict[str, Any]] = [CARD]
        self.nothing_judged = False
        self.failed: tuple[str, ...] = ()

    def bundle(self, body: bytes, question: Question, _: Book) -> Outcome:
        self.bundles.append(body)
        return self._answer(question)

    def hook(self, prefetch: Mapping[str, bytes], question: Question, _: Book) -> Outcome:
        self.prefetch = prefetch
        return self._answer(question)

    def _answer(self, question: Question) -> Outcome:
        self.question = question
        if self.raises:
            raise self.raises
        return Outcome(
            as_of=question.as_of.isoformat(),
            release_digest="sha256:release",
            patient=question.patient,
            index_fusion=None,
            cards=self.cards,
            verdicts=[VERDICT],
            answered=(_said(VERDICT),),
            outcome={"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]},
            nothing_judged=self.nothing_judged,
            failed=self.failed,
        )


def _said(verdict: Mapping[str, Any]) -> Said:
    """A verdict as it goes into the record."""
    rule, version, answer = verdict["rule"], verdict["version"], verdict["answer"]
    return Said(rule, version, f"sha256:{version}", answer, verdict["shown"], verdict["status"] == "draft", bool(verdict.get("failed")))


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def deps(judge: Judge, tmp_path: Path) -> Deps:
    count = iter(range(1, 1_000_000))
    return make_deps(
        Settings(cors_origins=(ORIGIN,), data_dir=tmp_path, max_bytes=400_000),
        book=a_book(),
        clock=lambda: NOW,
        new_id=lambda: str(uuid.UUID(int=next(count))),
        evaluate_bundle=judge.bundle,
        evaluate_hook=judge.hook,
    )


@pytest.fixture
def client(deps: Deps) -> FlaskClient:
    return build(deps).test_client()


@pytest.fixture
def hook_body() -> dict[str, Any]:
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p1"},
            "conditions": None,
            "observations": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Observation"}}]},
        },
    }


Post = Callable[..., Any]


@pytest.fixture
def call(client: FlaskClient) -> Post:
    """Post to the patient-view service: a dict as JSON, bytes as they are."""

    def post(body: Any, kind: str = "application/json", path: str = "/cds-services/postfusion-patient-view", **more: Any) -> Any:
        return client.post(path, data=body if isinstance(body, bytes) else json.dumps(body).encode(), content_type=kind, **more)

    return post


@pytest.fixture
def ask(call: Post) -> Post:
    """Post to /evaluate with a query."""

    def post(body: Any, query: Any = None, kind: str = "application/json", **more: Any) -> Any:
        return call(body, kind, "/evaluate", query_string=query, **more)

    return post


def refused(response: Any, status: int, code: str, where: str | None = None) -> dict[str, Any]:
    """The first issue of an OperationOutcome, after the checks every refusal must stand."""
    assert response.status_code == status, response.get_data(as_text=True)
    body = json.loads(response.data)
    assert body["resourceType"] == "OperationOutcome"
    assert response.mimetype == "application/fhir+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert MARKER not in response.get_data(as_text=True)
    issue: dict[str, Any] = body["issue"][0]
    assert issue["severity"] == "error"
    assert issue["code"] == code
    assert response.headers["X-Request-Id"] in issue["details"]["text"]
    if where is not None:
        assert issue["expression"] == [where]
    return issue
