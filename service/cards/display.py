"""What a placeholder of a card's text becomes: a fact's value as seen by the rule, or the checks still open."""

import re
from collections.abc import Callable

from service.cards.text import LISTED, listed
from service.engine.answers import Answer
from service.engine.dates import Span
from service.engine.facts import Bounds, Evidence, Facts, Item, Value
from service.engine.verdict import Verdict

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOT_RECORDED = "not recorded"
IN_FULL = ("alarm_failed", "alarm_unreadable")  # a few words for each alarm: what may be missed is never "and 2 more"
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2})?")

Clean = Callable[[str], str]


def fill(template: str, verdict: Verdict, facts: Facts, clean: Clean) -> str:
    """`template` with its placeholders filled once; `clean` makes each piece that came from the chart safe."""
    return PLACEHOLDER.sub(lambda found: _told(found[1], verdict, facts, clean), template)


def _told(name: str, verdict: Verdict, facts: Facts, clean: Clean) -> str:
    if name == "outstanding":
        return outstanding(verdict)
    item = _reading(name, verdict, facts)
    pieces = _pieces(item.value) if item and item.value is not None else [_seen(e) for e in _evidence(name, verdict, facts)]
    return listed([clean(piece) for piece in pieces], len(pieces) if name in IN_FULL else LISTED) or NOT_RECORDED


def outstanding(verdict: Verdict) -> str:
    """The open checks in one line. Their wording is the rule document's own."""
    return ", ".join(check.open for check in verdict.outstanding()) or "nothing"


def _evidence(name: str, verdict: Verdict, facts: Facts) -> tuple[Evidence, ...]:
    """What the rule's own questions about the fact saw; without such a question, everything the fact holds."""
    asked = tuple(e for step in verdict.steps if _asks(name, step.criterion, verdict) for e in step.saw)
    return asked or tuple(e for item in facts[name].items for e in item.saw)


def _asks(name: str, criterion: str, verdict: Verdict) -> bool:
    return criterion in verdict.rule.criteria and verdict.rule.criteria[criterion].fact == name


def _reading(name: str, verdict: Verdict, facts: Facts) -> Item | None:
    """The latest reading with a value, of those the rule's met questions rested on where there are any."""
    valued = [item for item in facts[name].items if item.value is not None and item.answer is Answer.YES]
    met = {e for step in verdict.steps if step.answer is Answer.YES and _asks(name, step.criterion, verdict) for e in step.saw}
    behind = [item for item in valued if met.intersection(item.saw)]
    return max(behind or valued, key=_lately, default=None)


def _lately(item: Item) -> tuple[bool, int]:
    return item.when is not None, item.when.latest.toordinal() if item.when else 0


def _pieces(value: Value) -> list[str]:
    if isinstance(value, Bounds):
        between = value.low is not None and value.high is not None and value.low != value.high
        return [f"about {value}" if between else str(value)]
    if isinstance(value, Span):
        return [about(str(value))]
    return sorted(value) if isinstance(value, frozenset) else [value]


def _seen(evidence: Evidence) -> str:
    return evidence.value or evidence.resource.removeprefix("rule/")


def about(when: str) -> str:
    """A date as people say it: one known only to the month or year is `about`."""
    return f"about {when}" if _PARTIAL_DATE.fullmatch(when) else when
