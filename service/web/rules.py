"""GET /rules and below: the book, for people and programs who want to know what a rule says."""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from flask import Blueprint, Response, render_template

from service.engine.dates import Duration
from service.engine.rule import Rule
from service.library.attributes import thirteen
from service.web.answers import json_answer, tagged, wants_html
from service.web.deps import deps
from service.web.problems import problem

blueprint = Blueprint("rules", __name__)
INTENDED: Final = (
    "For clinicians who look after adults with pain after a lumbar fusion. It advises on what the coded record holds when it is asked; "
    "it makes no diagnosis, does not watch over patients, and is no emergency monitor."
)


@blueprint.get("/rules")
def rules() -> Response:
    """List every rule with its versions, and the digest of the whole book."""
    book = deps().book
    listed = [_listed(rule_id, versions) for rule_id, versions in sorted(book.versions.items())]
    return tagged(json_answer({"digest": book.digest, "rules": listed}), book.digest)


@blueprint.get("/rules/<rule_id>")
def rule_versions(rule_id: str) -> Response:
    """List the versions of one rule."""
    versions = _versions(rule_id)
    return tagged(json_answer(_listed(rule_id, versions)), "+".join(rule.digest for rule in versions))


@blueprint.get("/rules/<rule_id>/<version>")
def rule_version(rule_id: str, version: str) -> Response:
    """Show one version of a rule: criteria, ways, thresholds resolved, card, citations and tests."""
    rule = _one(rule_id, version)
    return tagged(json_answer(plain(rule)), f"{rule.digest}-{rule.status}-{rule.effective_until}")


@blueprint.get("/rules/<rule_id>/<version>/source-attributes")
def source_attributes(rule_id: str, version: str) -> Response:
    """Show who made a rule and on what it rests: JSON, or a table for a browser."""
    rule = _one(rule_id, version)
    if wants_html():
        page = Response(render_template("source_attributes.html", rule=rule, attributes=thirteen(rule), use=INTENDED), mimetype="text/html")
        return tagged(page, f"{rule.digest}-html")
    body = {
        "rule": rule.id,
        "version": rule.version,
        "digest": rule.digest,
        "title": rule.title,
        "intendedUse": INTENDED,
        "certainty": rule.certainty,
        "strength": rule.strength,
        "limits": rule.limits,
        "attributes": thirteen(rule),
        "sourceAttributes": dict(rule.source_attributes),
        "citations": [plain(one) for one in rule.citations.values()],
    }
    return tagged(json_answer(body), rule.digest)


def plain(value: Any) -> Any:
    """Frozen rule data as JSON: members in camelCase, empty ones left out, numbers as numbers, durations and dates as text."""
    if is_dataclass(value) and not isinstance(value, type | Duration):
        named = {_camel(f.name): getattr(value, f.name) for f in fields(value)}
        return {name: plain(member) for name, member in named.items() if not _empty(member)}
    if hasattr(value, "items"):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [plain(member) for member in (sorted(value) if isinstance(value, frozenset) else value)]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _empty(value: Any) -> bool:
    return value is None or value is False or (not isinstance(value, (int, Decimal)) and hasattr(value, "__len__") and len(value) == 0)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _listed(rule_id: str, versions: tuple[Rule, ...]) -> dict[str, Any]:
    newest = versions[-1]
    history = [plain(change) for change in deps().book.history.get(rule_id, ())]
    told = {"rule": rule_id, "family": newest.family, "title": newest.title, "versions": [_version(rule) for rule in versions]}
    return {**told, "history": history} if history else told


def _version(rule: Rule) -> dict[str, Any]:
    effective = {"from": rule.effective_from.isoformat()}
    if rule.effective_until:
        effective["until"] = rule.effective_until.isoformat()
    return {"version": rule.version, "status": rule.status, "effective": effective, "digest": rule.digest, "changes": rule.changes}


def _versions(rule_id: str) -> tuple[Rule, ...]:
    versions: tuple[Rule, ...] | None = deps().book.versions.get(rule_id)
    if not versions:
        raise problem(404, "not-found", "There is no such rule. GET /rules lists them.")
    return versions


def _one(rule_id: str, version: str) -> Rule:
    for rule in _versions(rule_id):
        if rule.version == version:
            return rule
    raise problem(404, "not-found", "There is no such version of this rule. GET /rules/{id} lists them.")
