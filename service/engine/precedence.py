"""Which verdicts are shown, absorbed, suppressed, raised and folded, and in which order: all of it data of the rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.engine.answers import Answer
from service.engine.rule import Indicator, Target, Urgency, Variant
from service.engine.verdict import Verdict

INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")
FAMILIES = ("alarm", "criteria", "joint", "stage", "cause", "care", "reassurance", "order", "data")
INFO_CARDS = 3
_LEVELS: dict[str | None, int] = {indicator: level for level, indicator in enumerate(INDICATORS)}
_PLACES: dict[str, int] = {family: place for place, family in enumerate(FAMILIES)}


@dataclass(frozen=True, slots=True)
class Showing:
    """A verdict as it will be shown: with the face of the card that fits, what hides it, and whether an alarm stands."""

    verdict: Verdict
    indicator: Indicator | None = None
    urgency: Urgency | None = None
    variant: Variant | None = None
    hidden_by: tuple[str, ...] = ()
    shown: bool = False
    beside_alarm: bool = False
    folded: bool = False


def arrange(verdicts: Iterable[Verdict], pinned: frozenset[str] = frozenset()) -> tuple[Showing, ...]:
    """Every verdict with its showing, in the order of the cards. Only yes with a face is shown; a draft only when its id is `pinned`."""
    verdicts = list(verdicts)
    yes = {v.rule.id: v for v in verdicts if v.answer is Answer.YES and (v.rule.status != "draft" or v.rule.id in pinned)}
    looks = {i: _look(v, yes) for i, v in yes.items()}
    hidden = _hidden(yes, looks)
    shown = {i for i in yes if not hidden.get(i) and yes[i].rule.face}
    alarm = any(yes[i].rule.family == "alarm" for i in shown)
    showings = [_showing(v, looks.get(v.rule.id, _UNSEEN), hidden.get(v.rule.id, ()), v.rule.id in shown, alarm) for v in verdicts]
    return _fold(sorted(showings, key=_rank))


def indicator_of(verdict: Verdict, yes: dict[str, Verdict]) -> Indicator | None:
    """The indicator of a verdict's card, given the verdicts of yes that may raise it."""
    return _look(verdict, yes)[0]


Look = tuple[Indicator | None, Urgency | None, Variant | None]
_UNSEEN: Look = (None, None, None)  # a verdict that is not yes has no card, and so no look


def _look(verdict: Verdict, yes: dict[str, Verdict]) -> Look:
    face = verdict.rule.face
    if face is None:
        return None, verdict.rule.urgency, None
    variant = next((v for v in face.variants if verdict.said_yes(v.when)), None)
    indicator = (variant.indicator if variant else None) or face.indicator
    urgency = (variant.urgency if variant else None) or verdict.rule.urgency
    return _raised(verdict, indicator, yes), urgency, variant


def _raised(verdict: Verdict, indicator: Indicator, yes: dict[str, Verdict]) -> Indicator:
    for level in INDICATORS[: INDICATORS.index(indicator)]:
        if any(rule in yes for rule in verdict.rule.raised_by.get(level, ())):
            return level
    return indicator


def _hidden(yes: dict[str, Verdict], looks: dict[str, Look]) -> dict[str, tuple[str, ...]]:
    """Who hides whom. Only what is settled as not hidden may hide another, so hiders are settled first."""
    hidden: dict[str, tuple[str, ...]] = {}
    for rule_id in _settling_order(yes, looks):
        look = looks[rule_id][0]
        hiders = [other for other, by in hidden.items() if not by and _hides(yes[other], looks[other][0], yes[rule_id], look)]
        hidden[rule_id] = tuple(sorted(hiders))
    return hidden


def _settling_order(yes: dict[str, Verdict], looks: dict[str, Look]) -> list[str]:
    """Hiders before the hidden; a circle cannot arise among the shipped rules (the book checks it), rank breaks ties."""
    edges = {a: {b for b in yes if b != a and _hides(yes[b], looks[b][0], yes[a], looks[a][0])} for a in yes}
    order: list[str] = []
    waiting = sorted(yes, key=lambda i: _rank_of(yes[i], looks[i][0]))
    while waiting:
        free = [i for i in waiting if not edges[i] & set(waiting)] or waiting[:1]
        order.extend(free)
        waiting = [i for i in waiting if i not in free]
    return order


def _hides(actor: Verdict, actor_indicator: str | None, target: Verdict, target_indicator: str | None) -> bool:
    return _absorbs(actor, actor_indicator, target) or any(
        _acts(t, actor, actor_indicator) and _names(t, target, target_indicator) for t in actor.rule.suppresses
    )


def _absorbs(actor: Verdict, indicator: str | None, target: Verdict) -> bool:
    """A target is absorbed whole, or when every way of it that is yes is absorbed."""
    named = [t for t in actor.rule.absorbs if t.rule == target.rule.id and _acts(t, actor, indicator)]
    if any(not t.way for t in named):
        return True
    fired = {w.name for w in target.ways if w.answer is Answer.YES}
    return bool(named) and fired <= {t.way for t in named}


def _acts(target: Target, actor: Verdict, indicator: str | None) -> bool:
    if not target.when:
        return True
    return indicator == "critical" if target.when == "critical" else actor.said_yes(target.when)


def _names(target: Target, verdict: Verdict, indicator: str | None) -> bool:
    by_name = target.rule == verdict.rule.id if target.rule else target.family == verdict.rule.family
    return by_name and (not target.only or target.only == indicator)


def _showing(verdict: Verdict, look: Look, hidden_by: tuple[str, ...], shown: bool, alarm: bool) -> Showing:
    indicator, urgency, variant = look
    beside = alarm and verdict.rule.family != "alarm"
    return Showing(verdict, indicator, urgency, variant, hidden_by, shown, beside_alarm=beside)


def _rank(showing: Showing) -> tuple[int, int, str]:
    return _rank_of(showing.verdict, showing.indicator)


def _rank_of(verdict: Verdict, indicator: str | None) -> tuple[int, int, str]:
    return _LEVELS.get(indicator, len(_LEVELS)), _PLACES[verdict.rule.family], verdict.rule.id


def _fold(showings: list[Showing]) -> tuple[Showing, ...]:
    """Info cards beyond the first three are marked to be folded into one."""
    seen = 0
    result = []
    for one in showings:
        info = one.shown and one.indicator == "info"
        seen += info
        result.append(_folded(one) if info and seen > INFO_CARDS else one)
    return tuple(result)


def _folded(one: Showing) -> Showing:
    return Showing(one.verdict, one.indicator, one.urgency, one.variant, one.hidden_by, one.shown, one.beside_alarm, folded=True)
