"""One CDS Hooks 2.0.1 card per shown verdict, in the given order; folded notes become one last card."""

import hashlib
from collections.abc import Sequence
from typing import Any

from service.cards.context import CardContext
from service.cards.detail import make_detail, safe_url, section
from service.cards.display import fill
from service.cards.suggestions import make_suggestions
from service.cards.text import SUMMARY, capital, cut, one_line, plain
from service.engine.precedence import Showing
from service.engine.rule import Rule, Urgency

LABEL = "Lumbar fusion rules"
MORE = "more-information"
MORE_VERSION = "1.0.0"  # of the wording of the folded card, which has no rule document
REASONS = "override-reasons"  # value set that override reasons are taken from
LINK_LABEL = 120  # longest label of a link
URGENCIES: tuple[Urgency, ...] = ("emergency", "same-day", "soon", "routine")

Card = dict[str, Any]


def make_cards(showings: Sequence[Showing], context: CardContext) -> list[Card]:
    """The cards of one answer. Members without a value are left out; nothing is null or empty."""
    shown = [one for one in showings if one.shown]
    folded = [one for one in shown if one.folded]
    cards = [_card(one, context) for one in shown if not one.folded]
    return [*cards, _folded_card(folded, context)] if folded else cards


def _card(showing: Showing, context: CardContext) -> Card:
    rule = showing.verdict.rule
    suggestions = make_suggestions(showing, context)
    return _without_empties(
        {
            "uuid": context.new_id(),
            "summary": _summary(showing, context),
            "detail": make_detail(showing, context),
            "indicator": showing.indicator,
            "source": _source(rule.id, rule.title, f"rules/{rule.id}/{rule.version}", context),
            "suggestions": suggestions,
            "selectionBehavior": rule.face.selection if rule.face and suggestions else "",
            "overrideReasons": _override_reasons(rule, context),
            "links": _links(rule, context),
            "extension": {"org.postfusion": _extension(showing, context)},
        }
    )


def _summary(showing: Showing, context: CardContext) -> str:
    rule, variant = showing.verdict.rule, showing.variant
    template = (variant.summary if variant else "") or (rule.face.summary if rule.face else "") or rule.title
    filled = fill(template, showing.verdict, context.facts[rule.vocabulary], plain)
    return cut(capital(one_line(filled)), SUMMARY)


def _source(code: str, display: str, path: str, context: CardContext) -> Card:
    topic = {"system": f"{context.canonical}/CodeSystem/rules", "code": code, "display": display}
    return _without_empties({"label": LABEL, "url": context.page(path), "topic": topic})


def _override_reasons(rule: Rule, context: CardContext) -> list[Card]:
    """The reasons the document names, in its order, as codes of the value set."""
    known = context.vocabularies[rule.vocabulary].value_sets.get(REASONS)
    codes = {code.code: code for code in known.codes} if known else {}
    named = [codes[name] for name in (rule.face.override_reasons if rule.face else ()) if name in codes]
    return [{"code": one.code, "system": one.system, "display": one.display} for one in named]


def _links(rule: Rule, context: CardContext) -> list[Card]:
    """Checked https citations, then the page with where the rule comes from."""
    urls = {safe_url(citation.url): citation.title for citation in rule.citations.values()}
    urls[context.page(f"rules/{rule.id}/{rule.version}/source-attributes")] = "Source attributes of this rule"
    return [{"label": cut(one_line(title), LINK_LABEL), "url": url, "type": "absolute"} for url, title in urls.items() if url]


def _extension(showing: Showing, context: CardContext) -> Card:
    rule = showing.verdict.rule
    status = "" if rule.status == "active" else rule.status
    return _without_empties(
        {
            "rule": rule.id,
            "version": rule.version,
            "digest": rule.digest,
            "urgency": showing.urgency,
            "asOf": context.as_of,
            "status": status,
        }
    )


def _folded_card(folded: Sequence[Showing], context: CardContext) -> Card:
    """The notes beyond the first three: their titles only; each verdict keeps its own trace."""
    rules = [one.verdict.rule for one in folded]
    titles = "; ".join(rule.title for rule in rules)
    count = f"{len(rules)} more note{'s' if len(rules) > 1 else ''}"
    extension = {
        "rule": MORE,
        "version": MORE_VERSION,
        "digest": _digest(rules),
        "urgency": min((one.urgency or "routine" for one in folded), key=URGENCIES.index),
        "asOf": context.as_of,
        "folded": [rule.id for rule in rules],
    }
    return {
        "uuid": context.new_id(),
        "summary": cut(one_line(f"{count}: {titles}"), SUMMARY),
        "detail": section(count, (rule.title for rule in rules)),
        "indicator": "info",
        "source": _source(MORE, "More information", "rules", context),
        "extension": {"org.postfusion": extension},
    }


def _digest(rules: Sequence[Rule]) -> str:
    """Names what was folded: it changes when any of the folded rules does."""
    text = "\n".join(f"{rule.id} {rule.version} {rule.digest}" for rule in rules)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _without_empties(members: Card) -> Card:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
