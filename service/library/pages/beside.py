"""What the card of a rule does to others, and what others do to it. Of other rules the newest version counts."""

from collections.abc import Iterator

from service.engine.rule import Rule, Target
from service.library.book import Book
from service.library.checks import indicators
from service.library.pages.markdown import bullets, code, plain
from service.library.pages.places import newest, to_family, to_id

Rules = dict[str, Rule]


def beside(rule: Rule, book: Book) -> Iterator[str]:
    """The section on precedence."""
    others = {name: one for name, one in newest(book).items() if name != rule.id}
    acts, suffers = list(_acts(rule, others)), list(_suffers(rule, others))
    yield "## Beside other rules"
    yield from ["", "What this rule's card does while it is shown:", *bullets(acts)] if acts else ["", "Its card hides no other."]
    yield from ["", "What other rules do to it:", *bullets(suffers)] if suffers else ["", "No other card hides it."]
    yield from bullets(_raises(rule, others))


def _acts(rule: Rule, others: Rules) -> Iterator[str]:
    for target in rule.absorbs:
        yield f"Absorbs {_named(target.rule, others)}{_way(target.way, others.get(target.rule))}: what that one says is part of this card"
    for target in rule.suppresses:
        what = f"every card of {to_family(target.family)}" if target.family else _named(target.rule, others)
        yield f"Suppresses {what}{_limits(target, rule)}"


def _suffers(rule: Rule, others: Rules) -> Iterator[str]:
    for other in others.values():
        for target in other.absorbs:
            if target.rule == rule.id:
                yield f"Absorbed by {to_id(other)}{_way(target.way, rule)}"
        for target in other.suppresses:
            if _meant(target, rule):
                yield f"Suppressed by {to_id(other)}{_limits(target, other)}"


def _meant(target: Target, rule: Rule) -> bool:
    named = target.rule == rule.id if target.rule else target.family == rule.family
    return named and (not target.only or target.only in indicators(rule))


def _raises(rule: Rule, others: Rules) -> Iterator[str]:
    for level, names in rule.raised_by.items():
        yield f"Becomes {level} when one of these answers yes: {', '.join(_named(name, others) for name in names)}"
    for other in others.values():
        for level, names in other.raised_by.items():
            if rule.id in names:
                yield f"Makes {to_id(other)} {level} by answering yes"


def _named(name: str, others: Rules) -> str:
    return to_id(others[name]) if name in others else code(name)


def _way(name: str, rule: Rule | None) -> str:
    says = next((way.says for way in rule.ways if way.name == name), name) if rule else name
    return f", when it fires by “{plain(says)}” alone" if name else ""


def _limits(target: Target, actor: Rule) -> str:
    only = f", where that one is {target.only}" if target.only else ""
    return only + (f", while {_while(target.when, actor)}" if target.when else "")


def _while(when: str, actor: Rule) -> str:
    if when == "critical":
        return "the acting card is critical"
    says = {**{one.name: one.says for one in actor.criteria.values()}, **{way.name: way.says for way in actor.ways}}
    return f"this is so: {plain(says[when])}"
