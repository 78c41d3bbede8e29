"""Verdicts, the index operation and everything set aside, as the JSON of the answer. Members without a value are left out."""

from collections.abc import Iterable
from typing import Any

from service.engine.answers import Answer
from service.engine.dates import days_since, months_since
from service.engine.facts import Evidence
from service.engine.notices import notices
from service.engine.precedence import Showing
from service.engine.verdict import Step, Verdict
from service.evaluation.question import Outcome
from service.fhir import Chart, Scene
from service.fhir.chart import Aside
from service.fhir.pickers.series import Score, pain_of
from service.fhir.stages import stage_of

NOTHING_ASIDE = "Every resource that a rule could use was read."


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The body of an `/evaluate` answer."""
    body = {
        "asOf": outcome.as_of,
        "release": {"digest": outcome.release_digest},
        "patient": outcome.patient,
        "indexFusion": outcome.index_fusion,
        "painSeries": outcome.pain_series or None,
        "cards": outcome.cards,
        "verdicts": outcome.verdicts,
        "outcome": outcome.outcome,
    }
    return {name: value for name, value in body.items() if value is not None}


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def answer_json(showing: Showing) -> dict[str, Any]:
    """One verdict without the way to it."""
    verdict = showing.verdict
    rule = verdict.rule
    return _filled(
        {
            "rule": rule.id,
            "version": rule.version,
            "status": rule.status,
            "answer": str(verdict.answer),
            "shown": showing.shown,
            "suppressedBy": list(showing.hidden_by),
            "indicator": showing.indicator if showing.shown else None,
            "gap": str(verdict.gap) if verdict.gap else None,
            "failed": verdict.failed or None,
        }
    )


def verdict_json(showing: Showing, in_the_way: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """One verdict with every step, shown or not; and the criteria in its way where they were asked for."""
    verdict = showing.verdict
    way_to_it = _filled(
        {
            "ways": [_filled({"way": w.name, "says": w.says, "answer": str(w.answer)}) for w in verdict.ways],
            "steps": [_step(step) for step in verdict.steps],
            "checks": [_step(step) for step in verdict.checks],
            "inTheWay": in_the_way,
        }
    )
    return answer_json(showing) | way_to_it


def _step(step: Step) -> dict[str, Any]:
    return _filled(
        {
            "criterion": step.criterion,
            "says": step.says,
            "answer": str(step.answer),
            "saw": [_evidence(e) for e in step.saw],
            "note": step.note,
            "gap": str(step.gap) if step.gap else None,
            "open": step.open if step.answer is not Answer.YES else None,
            "because": step.because,
        }
    )


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return _filled({"resource": evidence.resource, "value": evidence.value, "when": evidence.when})


def index_json(scene: Scene) -> dict[str, Any] | None:
    """The index operation as told to people; None when no lumbar fusion is dated. One still ahead has only date and stage."""
    operation, ahead = scene.index.operation, scene.index.ahead
    if operation is None:
        if ahead is None:
            return None
        span = ahead.when.span
        return {"date": str(span), "precision": span.precision, "source": ahead.source, "stage": "before-surgery"}
    span = operation.when.span
    days, months = days_since(span, scene.as_of), months_since(span, scene.as_of)
    return {
        "date": str(span),
        "precision": span.precision,
        "source": operation.source,
        **({"daysSince": days[0]} if days[0] == days[1] else {}),
        **({"monthsSince": months[0]} if months[0] == months[1] else {}),
        **({"stage": stage} if (stage := stage_of(span, scene.as_of)) else {}),
    }


def series_json(scene: Scene) -> list[dict[str, Any]]:
    """The pain scores as rules saw them: one series per region, one value a day, each placed relative to the operation."""
    return [{"region": series.region, "scores": [_score(score) for score in series.scores]} for series in pain_of(scene).series]


def _score(score: Score) -> dict[str, Any]:
    value = int(score.value) if score.value == int(score.value) else float(score.value)
    return {"date": score.day.isoformat(), "value": value, "resource": score.reading.reference, "order": str(score.order)}


def outcome_json(chart: Chart, verdicts: Iterable[Verdict], scene: Scene) -> dict[str, Any]:
    """Everything set aside or unreadable, by place, never by value; and why a patient got no fusion cards."""
    issues = [_issue(_severity(aside), aside.code, aside.reason, aside.place) for aside in chart.aside]
    issues += [_issue("warning", "value", f"Set aside: {reading.problem}.", reading.place) for reading in chart.problems]
    issues += [_issue("warning", "value", f"Not usable: {e.value}.", e.resource) for e in _also_unread(chart, verdicts)]
    issues += [_issue("information", "business-rule", text) for text in _population(scene)]
    issues = list({tuple(map(str, issue.items())): issue for issue in issues}.values())
    return {"resourceType": "OperationOutcome", "issue": issues or [_issue("information", "informational", NOTHING_ASIDE)]}


def _severity(aside: Aside) -> str:
    return "information" if aside.code == "code-invalid" else "warning"


def _issue(severity: str, code: str, text: str, place: str = "") -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": text}
    return {**issue, "expression": [place]} if place else issue


def _also_unread(chart: Chart, verdicts: Iterable[Verdict]) -> list[Evidence]:
    """Readings whose values turned out unusable when a rule asked."""
    known = {reading.reference for reading in chart.problems}
    items = notices(verdicts)["unreadable_in_use"].items
    seen = (e for item in items for e in item.saw if e.resource not in known and e.value)
    return [e for e in dict.fromkeys(seen) if not e.resource.startswith("prefetch.")]


def _population(scene: Scene) -> list[str]:
    person = scene.chart.person
    if person.deceased:
        return ["The patient is recorded as deceased: no rule was applied."]
    if person.birth is None:
        return ["The patient's age is not recorded: taken as an adult."]
    return ["The patient is under 18: only the cauda equina rule was applied."] if _minor(scene) else []


def _minor(scene: Scene) -> bool:
    from service.fhir.pickers.population import adult  # the fact's own rule decides

    return adult(scene, None)[0].answer is Answer.NO  # type: ignore[arg-type]
