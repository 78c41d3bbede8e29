"""Small rules, facts and verdicts for tests, built by hand so that no file and no FHIR is needed."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.engine.answers import Answer, Gap
from service.engine.compile import compile_rule
from service.engine.dates import Span, on
from service.engine.facts import Bounds, Evidence, Fact, Facts, Item, exactly
from service.engine.rule import Argument, Criterion, Face, Rule, Way
from service.engine.verdict import Step, Verdict, WayAnswer

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
DAY = date(2026, 3, 1)


def criterion(name: str = "asked", word: str = "is", argument: Argument = True, **more: Any) -> Criterion:
    """A criterion about the fact of its own name, unless told otherwise."""
    if not more.keys() & {"fact", "rule", "family"}:
        more["fact"] = name
    return Criterion(**{"name": name, "says": f"{name} holds", "because": "source", "word": word, "argument": argument, **more})


def rule(rule_id: str = "some-rule", criteria: Iterable[Criterion] = (), **more: Any) -> Rule:
    """An active rule that needs no operation; without `ways` it fires when all its criteria are yes."""
    held = {c.name: c for c in criteria}
    plain: dict[str, Any] = {
        "id": rule_id,
        "version": "1.0.0",
        "vocabulary": "1.0.0",
        "status": "active",
        "effective_from": date(2000, 1, 1),
        "effective_until": None,
        "family": "cause",
        "needs_index": "no",
        "patients": "adults",
        "title": f"Title of {rule_id}",
        "changes": "First version.",
        "limits": "A rule made for a test.",
        "hooks": ("patient-view",),
        "urgency": "routine",
        "time_critical": False,
        "certainty": "low",
        "strength": "conditional",
        "source_attributes": {},
        "citations": {},
        "criteria": held,
        "checks": {},
        "ways": (Way("fires", all=tuple(held)),),
        "face": face(),
        "digest": "sha256:" + "0" * 64,
    }
    return Rule(**{**plain, **more})


def face(indicator: str = "info", **more: Any) -> Face:
    """The words of a card."""
    return Face(**{"indicator": indicator, "summary": "A summary", "detail": "A detail.", **more})


def facts(as_of: date = DAY, /, **held: Fact | Item | tuple[Item, ...]) -> Facts:
    """Facts by name from items; the four population facts are yes unless given."""
    population = dict.fromkeys(("adult_and_alive", "alive", "lumbar_fusion", "lumbar_fusion_dated"), Fact((Item(),)))
    return Facts(as_of, {**population, **{name: _fact(value) for name, value in held.items()}})


def _fact(value: Fact | Item | tuple[Item, ...]) -> Fact:
    if isinstance(value, Fact):
        return value
    return Fact(value if isinstance(value, tuple) else (value,))


def ago(days: int) -> Span:
    """The day that lies this many days before DAY."""
    return on(DAY - timedelta(days=days))


def present(**more: Any) -> Item:
    """A finding that is there, today and after the operation unless told otherwise."""
    return Item(**{"answer": YES, "when": on(DAY), **more})


def absent(**more: Any) -> Item:
    """A finding that is recorded as not there."""
    return present(answer=NO, **more)


def unreadable(**more: Any) -> Item:
    """A finding that is there but could not be read."""
    return present(answer=UNKNOWN, gap=Gap.UNREADABLE, **more)


def number(low: int | str, high: int | str | None = None, **more: Any) -> Item:
    """A number that is known, or known to lie between two others."""
    value = exactly(low) if high is None else Bounds(Decimal(low), Decimal(high))
    return present(value=value, **more)


def seen(resource: str = "Observation/o1", value: str = "", when: str = "") -> tuple[Evidence, ...]:
    """One piece of evidence."""
    return (Evidence(resource, value, when),)


def decide(the_rule: Rule, the_facts: Facts | None = None, said: Iterable[Verdict] = ()) -> Verdict:
    """What `the_rule` answers to the facts and to what other rules said."""
    return compile_rule(the_rule)(the_facts or facts(), {v.rule.id: v for v in said})


def answer_to(asked: Criterion, *items: Item, as_of: date = DAY, silence: Answer = UNKNOWN) -> Step:
    """The step of one criterion over the items of its fact."""
    verdict = decide(rule(criteria=[asked]), facts(as_of, **{asked.fact: Fact(items, silence)}))
    step = verdict.step(asked.name)
    assert step is not None
    return step


def verdict(rule_id: str, answer: Answer = YES, ways: Iterable[str] = (), steps: Iterable[Step] = (), **more: Any) -> Verdict:
    """A verdict made without deciding. `ways` are those that answered yes; Verdict's own members may be given too."""
    own = {name: more.pop(name) for name in ("gap", "failed", "checks") if name in more}
    names = tuple(ways) or ("fires",)
    made = rule(rule_id, **{"ways": tuple(Way(name) for name in names), **more})
    return Verdict(made, answer, tuple(steps), tuple(WayAnswer(name, "", answer) for name in names), **own)
