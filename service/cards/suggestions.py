"""Draft resources a clinician may take. Templates are data; they are validated once, when the book loads."""

from collections.abc import Iterable
from typing import Any

from fhir.resources.R4B.communicationrequest import CommunicationRequest
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.servicerequest import ServiceRequest
from pydantic import ValidationError

from service.cards.context import CardContext
from service.engine.precedence import Showing
from service.engine.rule import Action, Rule, Suggestion
from service.engine.verdict import Verdict

PRIORITIES = ("routine", "urgent", "asap", "stat")
_MODELS: dict[str, Any] = {"ServiceRequest": ServiceRequest, "CommunicationRequest": CommunicationRequest, "Condition": Condition}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def make_suggestions(showing: Showing, context: CardContext) -> list[dict[str, Any]]:
    """The suggestions that fit this showing, each with a fresh uuid and drafts for the patient."""
    face = showing.verdict.rule.face
    offered = [s for s in (face.suggestions if face else ()) if _offered(s, showing)]
    recommended = _recommended(offered, only_one=bool(face and face.selection == "at-most-one"))
    return [_suggestion(s, s in recommended, context) for s in offered]


def _offered(suggestion: Suggestion, showing: Showing) -> bool:
    """Elective work is not offered beside an alarm, nor what a check found already done."""
    verdict = showing.verdict
    return (
        not (suggestion.elective and showing.beside_alarm)
        and (not suggestion.when or verdict.said_yes(suggestion.when))
        and not (suggestion.unless and verdict.said_yes(suggestion.unless))
        and (not suggestion.check or _is_open(suggestion.check, verdict))
    )


def _is_open(check: str, verdict: Verdict) -> bool:
    return any(step.criterion == check for step in verdict.outstanding())


def _recommended(offered: list[Suggestion], only_one: bool) -> list[Suggestion]:
    """CDS Hooks allows one recommendation where one suggestion may be taken; the first stands."""
    recommended = [s for s in offered if s.recommended]
    return recommended[:1] if only_one else recommended


def _suggestion(suggestion: Suggestion, recommended: bool, context: CardContext) -> dict[str, Any]:
    actions = [_action(action, suggestion.label, context.patient) for action in suggestion.actions]
    made: dict[str, Any] = {"label": suggestion.label, "uuid": context.new_id()}
    if recommended:
        made["isRecommended"] = True
    return {**made, "actions": actions} if actions else made


def _action(action: Action, label: str, patient: str) -> dict[str, Any]:
    return {"type": "create", "description": action.description or label, "resource": resource(action, patient)}


def resource(action: Action, patient: str) -> dict[str, Any]:
    """The draft R4 resource of one action, about `patient` (a reference such as `Patient/p1`)."""
    subject = {"subject": {"reference": patient}}
    code = {"code": _concept(action)} if action.codes or action.text else {}
    priority = {"priority": action.priority} if action.priority else {}
    if action.type == "ServiceRequest":
        return {"resourceType": action.type, "status": "draft", "intent": "proposal", **priority, **code, **subject}
    if action.type == "CommunicationRequest":  # has no intent in R4
        message = {"payload": [{"contentString": action.text}]} if action.text else {}
        return {"resourceType": action.type, "status": "draft", **priority, **message, **subject}
    status = {
        "clinicalStatus": _status("condition-clinical", "active"),
        "verificationStatus": _status("condition-ver-status", "provisional"),
    }
    return {"resourceType": action.type, **status, **code, **subject}


def _concept(action: Action) -> dict[str, Any]:
    coding = [{key: value for key, value in zip(("system", "code", "display"), code, strict=True) if value} for code in action.codes]
    return {**({"coding": coding} if coding else {}), **({"text": action.text} if action.text else {})}


def _status(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{_TERMINOLOGY}/{system}", "code": code}]}


def check_templates(rule: Rule) -> None:
    """Validate every draft the rule may suggest against FHIR R4. Raises ValueError naming rule, suggestion and faults."""
    for suggestion in rule.face.suggestions if rule.face else ():
        faults = [fault for action in suggestion.actions for fault in _faults(action)]
        if faults:
            raise ValueError(
                f'rule {rule.id} {rule.version}, suggestion "{suggestion.label}": not a valid draft: {"; ".join(faults)}. '
                "Mend `actions` of this suggestion in the rule document."
            )


def _faults(action: Action) -> Iterable[str]:
    """fhir.resources checks structure only, so bindings and what each draft cannot do without are checked here."""
    if action.priority and action.priority not in PRIORITIES:
        yield f"priority `{action.priority}` is not one of {', '.join(PRIORITIES)}"
    if action.type == "CommunicationRequest" and not action.text:
        yield "a CommunicationRequest needs `text`"
    if action.type != "CommunicationRequest" and not action.codes:
        yield f"a {action.type} needs a `code`"
    for system, code, display in action.codes:
        if not (system.startswith(("http://", "https://", "urn:")) and code.strip() and display.strip()):
            yield f"code `{system}|{code}` needs a system that is a URI, a code and a display"
    yield from _structure(action)


def _structure(action: Action) -> Iterable[str]:
    model = _MODELS.get(action.type)
    if model is None:
        yield f"`{action.type}` cannot be suggested; choose {', '.join(_MODELS)}"
        return
    try:
        model.model_validate(resource(action, "Patient/example"))
    except ValidationError as error:
        yield from (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
