"""One rule document -> one frozen Rule, or the reasons why not."""

from collections.abc import Mapping
from typing import Any

from service.engine.compile import GATES
from service.engine.rule import Citation, Rule, Target, Way
from service.library.arguments import Desk
from service.library.criteria import criteria
from service.library.face import face
from service.library.fields import check
from service.library.given import written_tests
from service.library.naming import check_names
from service.library.problems import Report
from service.library.schema import INDICATORS, RuleText
from service.library.vocabulary import Lexicon
from service.library.yamltext import Document


def build_rule(document: Document, lexicons: Mapping[str, Lexicon], report: Report) -> Rule | None:
    """The rule without its digest, or None when anything in the document is wrong (noted in `report`)."""
    body = check(RuleText, document.data, report)
    if body is None or not report.known(("vocabulary",), body["vocabulary"], lexicons, "vocabulary"):
        return None
    desk = Desk(lexicons[body["vocabulary"]].made, report)
    _place(body, document.file, report)
    _population(body, desk)
    _family(body, report)
    check_names(body, report)
    rule = _rule(body, desk)
    return None if report.problems else rule


def _rule(body: Mapping[str, Any], desk: Desk) -> Rule:
    asked = criteria(body["criteria"], "criteria", desk)
    checks = criteria(body.get("checks", {}), "checks", desk)
    return Rule(
        id=body["rule"],
        version=body["version"],
        vocabulary=body["vocabulary"],
        status=body["status"],
        effective_from=body["effective"]["from"],
        effective_until=body["effective"].get("until"),
        family=body["family"],
        needs_index=body["needs_index"],
        patients=body.get("patients", "adults"),
        title=body["title"],
        changes=body["changes"],
        limits=body["limits"],
        hooks=tuple(body["hooks"]),
        urgency=body["urgency"],
        time_critical=body.get("time_critical", False),
        certainty=body["evidence"]["certainty"],
        strength=body["evidence"]["strength"],
        source_attributes=dict(body["source_attributes"]),
        citations={name: Citation(**one) for name, one in body["citations"].items()},
        criteria=asked,
        checks=checks,
        ways=_ways(body),
        face=face(body["card"], checks, desk) if "card" in body else None,
        concern=body.get("concern", ""),
        absorbs=tuple(_absorbed(one) for one in body.get("absorbs", ())),
        suppresses=tuple(Target(**one) for one in body.get("suppresses", ())),
        raised_by={level: tuple(rules) for level, rules in body.get("raised_by", {}).items()},
        tests=written_tests(body, desk),
    )


def _place(body: Mapping[str, Any], file: str, report: Report) -> None:
    folder, _, name = file.partition("/")
    if body["rule"] != folder:
        report.add(("rule",), f"{body['rule']!r} is not the name of the folder, {folder!r}")
    if f"{body['version']}.yaml" != name:
        report.add(("version",), f"{body['version']!r} is not the name of the file, {name!r}")
    until = body["effective"].get("until")
    if until and until <= body["effective"]["from"]:
        report.add(("effective", "until"), "must be later than from: a version is in force from its first day to the day before until")
    if body["status"] == "retired" and not until:
        report.add(("effective", "until"), "is missing: a retired version needs its end")


def _population(body: Mapping[str, Any], desk: Desk) -> None:
    for key in ("patients", "needs_index"):
        gate = GATES.get(body.get(key, "adults"))
        if gate and gate[0] not in desk.vocabulary.facts:
            desk.report.add((key,), f"needs the fact {gate[0]!r}, which vocabulary {desk.vocabulary.version} does not hold")


def _family(body: Mapping[str, Any], report: Report) -> None:
    alarm = body["family"] == "alarm"
    if alarm and "concern" not in body:
        report.add(("concern",), "is missing: an alarm says what may be missed, as a short noun phrase")
    if not alarm and "concern" in body:
        report.add(("concern",), "belongs to rules of the family alarm")
    if not alarm and body.get("time_critical"):
        report.add(("time_critical",), "belongs to rules of the family alarm")
    for level in body.get("raised_by", {}):
        if level not in INDICATORS[1:]:
            report.add(("raised_by", level), "is not an indicator a card can be raised to", got=level, choices=INDICATORS[1:])
    for index, target in enumerate(body.get("suppresses", ())):
        if ("rule" in target) == ("family" in target):
            report.add(("suppresses", index), "must name either a rule or a family", choices=("rule", "family"))
    _about_itself(body, report)


def _about_itself(body: Mapping[str, Any], report: Report) -> None:
    named = [
        *((("criteria", name, "rule"), one.get("rule")) for name, one in body["criteria"].items()),
        *((("checks", name, "rule"), one.get("rule")) for name, one in body.get("checks", {}).items()),
        *((("suppresses", index, "rule"), one.get("rule")) for index, one in enumerate(body.get("suppresses", ()))),
        *((("absorbs", index), one.partition("/")[0]) for index, one in enumerate(body.get("absorbs", ()))),
    ]
    for path, rule in named:
        if rule == body["rule"]:
            report.add(path, "names the rule itself")


def _ways(body: Mapping[str, Any]) -> tuple[Way, ...]:
    if "fires_when" in body:
        return (_way("fires", {"says": body["title"], **body["fires_when"]}),)
    return tuple(_way(name, way) for name, way in body.get("ways", {}).items())


def _way(name: str, body: Mapping[str, Any]) -> Way:
    counted = body.get("at_least_of")
    return Way(
        name=name,
        says=body["says"],
        all=tuple(body.get("all", ())),
        any=tuple(body.get("any", ())),
        none=tuple(body.get("none", ())),
        at_least_of=(int(counted["n"]), tuple(counted["of"])) if counted else None,
    )


def _absorbed(text: str) -> Target:
    rule, _, way = text.partition("/")
    return Target(rule=rule, way=way)
