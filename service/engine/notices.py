"""What the verdicts of the other rules say about judging itself, as facts for the rules that come last."""

from collections.abc import Iterable

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence, Fact, Item
from service.engine.precedence import indicator_of
from service.engine.verdict import Step, Verdict

NOTICES = (
    "unreadable_in_use",
    "alarm_unreadable",
    "rule_failed",
    "alarm_failed",
    "alarm_open",
    "critical_alarm_open",
    "drafts_beyond_alarms",
)


def notices(verdicts: Iterable[Verdict]) -> dict[str, Fact]:
    """What the verdicts say about judging itself, as facts for the notice rules."""
    verdicts = list(verdicts)
    blind = [v for v in verdicts if v.answer is Answer.UNKNOWN and not v.failed and v.gap is not Gap.SILENT]
    unreadable = [v for v in blind if v.gap is Gap.UNREADABLE or v.rule.family == "alarm"]
    broken = [v for v in verdicts if v.failed]
    return {
        "unreadable_in_use": _fact(e for v in unreadable for e in _unread(v)),
        "alarm_unreadable": _fact(_concern(v) for v in unreadable if v.rule.family == "alarm"),
        "rule_failed": _fact(Evidence(f"rule/{v.rule.id}") for v in broken),
        "alarm_failed": _fact(_concern(v) for v in broken if v.rule.family == "alarm"),
        "alarm_open": _fact(_concern(v) for v in _open(verdicts, [*unreadable, *broken])),
        "critical_alarm_open": _fact(_concern(v) for v in _critical(verdicts)),
    }


def _open(verdicts: Iterable[Verdict], not_judged: Iterable[Verdict]) -> list[Verdict]:
    """Alarms that answer yes, and those that could not be judged: unreadable data, or a rule that threw."""
    said_yes = [v for v in verdicts if v.answer is Answer.YES]
    return [v for v in [*said_yes, *not_judged] if v.rule.family == "alarm"]


def _critical(verdicts: Iterable[Verdict]) -> list[Verdict]:
    yes = {v.rule.id: v for v in verdicts if v.answer is Answer.YES}
    return [v for v in yes.values() if v.rule.family == "alarm" and indicator_of(v, yes) == "critical"]


def beyond_alarms(drafts: Fact, verdicts: Iterable[Verdict]) -> Fact:
    """The drafts that no open alarm suggests itself: only those ask whether the alarm comes first."""
    faces = [v.rule.face for v in verdicts if v.rule.family == "alarm" and v.answer is Answer.YES and v.rule.face]
    suggested = {f"{system}|{code}" for f in faces for s in f.suggestions for a in s.actions for system, code, _ in a.codes}
    kept = tuple(i for i in drafts.items if not (isinstance(i.value, frozenset) and i.value & suggested))
    return Fact(items=kept, silence=Answer.NO)


def _unread(verdict: Verdict) -> Iterable[Evidence]:
    steps = [*verdict.steps, *verdict.checks]
    return (e for step in steps if _blind(step) for e in step.saw)


def _blind(step: Step) -> bool:
    return step.answer is Answer.UNKNOWN and step.gap is not Gap.SILENT


def _concern(verdict: Verdict) -> Evidence:
    return Evidence(f"rule/{verdict.rule.id}", verdict.rule.concern or verdict.rule.title)


def _fact(seen: Iterable[Evidence]) -> Fact:
    items = tuple(Item(saw=(evidence,)) for evidence in dict.fromkeys(seen))
    return Fact(items=items, silence=Answer.NO)
