"""An answer of a CDS service, in lines for a terminal."""

from collections.abc import Iterator
from typing import Final

from service.lab.calling import Answer, Json

_TELLS: Final = {
    401: "It asks for a token: see --token-cmd.",
    404: "There is nothing at this address.",
    412: "It could not judge without more data: see --prefetch.",
}


def shown(answer: Answer) -> str:
    """The cards, most urgent first as they came; or why there are none."""
    if answer.status == 200:
        return "\n".join(_cards(answer.cards))
    return "\n".join(_refusal(answer))


def _cards(cards: list[Json]) -> Iterator[str]:
    yield f"{len(cards)} card{'' if len(cards) == 1 else 's'}" if cards else "No cards: the service looked and found nothing."
    for card in cards:
        yield ""
        yield f"[{card.get('indicator')}] {card.get('summary')}"
        yield from (f"    {line}".rstrip() for line in str(card.get("detail", "")).splitlines())
        yield from (f"    Suggested: {one.get('label')}" for one in card.get("suggestions", ()))
        yield from (f"    See: {one.get('label')} {one.get('url')}" for one in card.get("links", ()))


def _refusal(answer: Answer) -> Iterator[str]:
    yield f"Not judged: the service answers {answer.status}. {_TELLS.get(answer.status, '')}".rstrip()
    body = answer.json
    for issue in body.get("issue", ()) if isinstance(body, dict) else ():
        yield f"    {issue.get('diagnostics') or issue.get('code')}"
