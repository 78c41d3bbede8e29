"""POST /validate: every problem of a body at once, and the rules it keeps from being judged. Not recorded."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, request

from service.evaluation import entries, is_body, outcome_of, tree_of, validate_bundle, validate_hook, written
from service.web.answers import FHIR_JSON, json_answer
from service.web.asking import Wanted, asked_of, no_body, read_query
from service.web.bodies import JSON_OR_FHIR, read_body
from service.web.deps import Deps, deps
from service.web.places import take_place
from service.web.problems import Issue, Problem, problem
from service.web.strict_json import MAX_ENTRIES, check_depth, check_text

blueprint = Blueprint("validate", __name__)
PARAMETERS: Final = ("asOf", "rulesAsOf", "patient", "pin")
MAX_MEMBERS: Final = 600_000  # twice what the largest chart of 16 MB holds: each is looked at here, by Python
_OF_THE_BODY: Final = (400, 412, 422)  # refusals that say what is wrong with it; others, such as 413, are about the call


@blueprint.post("/validate")
def validate() -> Response:
    """Name everything that is wrong with a Bundle or a CDS Hooks request."""
    wanted = read_query(request.args.to_dict(flat=False), deps(), PARAMETERS)
    body = read_body(deps().settings.max_bytes, JSON_OR_FHIR)
    take_place(body)
    found = written(_tree(body))
    return json_answer(outcome_of([*found.issues, *_judged(body, wanted, deps(), found.faulty)]), mimetype=FHIR_JSON)


def _tree(body: bytes) -> Any:
    """The body as written. Raises Problem 400 for what is neither a Bundle nor a hook request, and 413."""
    check_text(body)
    check_depth(body)
    if body.count(b",") > MAX_MEMBERS:
        raise problem(413, "too-long", f"The body has more than {MAX_MEMBERS} members, which is the most that is looked at one by one.")
    try:
        tree = tree_of(body)
    except (ValueError, RecursionError):
        raise problem(400, "structure", "The body is not JSON.") from None
    if not is_body(tree):
        raise no_body()
    if entries(tree) > MAX_ENTRIES:
        raise problem(413, "too-long", f"The body has more than {MAX_ENTRIES} entries.")
    return tree


def _judged(body: bytes, wanted: Wanted, deps: Deps, faulty: Mapping[str, str]) -> list[dict[str, Any]]:
    """What judging the body brings to light; where it would be refused, the reasons."""
    try:
        return asked_of(body, wanted, deps, partial(validate_bundle, faulty=faulty), partial(validate_hook, faulty=faulty))[0]
    except Problem as refused:
        if refused.status not in _OF_THE_BODY:
            raise
        return [_issue(issue) for issue in refused.issues]


def _issue(issue: Issue) -> dict[str, Any]:
    where = {"expression": list(issue.where)} if issue.where else {}
    return {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text, **where}
