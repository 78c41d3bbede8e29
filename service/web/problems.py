"""The one error shape: an OperationOutcome with constant text, a path and a reference id. Never a value out of the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "information", "fatal"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong. `code` is a FHIR issue type, `text` constant, `where` a path into the request."""

    code: str
    text: str
    where: tuple[str, ...] = ()
    severity: Severity = "error"


class Problem(Exception):
    """A request that is refused: the HTTP status, every issue found, and headers the status needs."""

    def __init__(self, status: int, issues: tuple[Issue, ...], headers: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(_line(issue) for issue in issues))
        self.status = status
        self.issues = issues
        self.headers = headers or {}


def _line(issue: Issue) -> str:
    return f"{issue.text} ({', '.join(issue.where)})" if issue.where else issue.text


def problem(status: int, code: str, text: str, *where: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A refusal for one reason. `where` names the faulty place, never what stood there."""
    return Problem(status, (Issue(code, text, where),), headers)


def operation_outcome(issues: tuple[Issue, ...], reference: str) -> dict[str, Any]:
    """The FHIR body of a refusal; `reference` is what the log of the service knows this answer by."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, reference) for issue in issues]}


def _issue(issue: Issue, reference: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": f"Reference {reference}"},
        "diagnostics": issue.text,
    }
    if issue.where:
        out["expression"] = list(issue.where)
    return out
