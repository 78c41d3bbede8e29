"""HTTP as an EHR speaks it: no redirect is followed, and an answer of any shape is looked at rather than raised."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

Json = dict[str, Any]
TIMEOUT: Final = 20.0


class NoAnswer(ConnectionError):
    """Nobody answered; the text names the address and what to do about it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `seconds`: until the headers were there."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The decoded body; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def cards(self) -> list[Json]:
        """Those cards of the answer that are objects."""
        body = self.json
        cards = body.get("cards") if isinstance(body, dict) else None
        return [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


def send(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> Answer:
    """One call. Raises NoAnswer when there is no HTTP answer within `timeout` seconds."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request(method, url, data=body, headers=dict(headers or {}), timeout=timeout, allow_redirects=False)
    except (requests.RequestException, UnicodeError) as error:
        raise NoAnswer(f"{url} does not answer ({type(error).__name__}). Is it running there, and is the address right?") from None
    return Answer(reply.status_code, reply.headers, reply.content, reply.elapsed.total_seconds())


def post_json(url: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """POST `body` as JSON. Raises NoAnswer."""
    kind = {"Content-Type": "application/json", "Accept": "application/json"}
    return send("POST", url, json.dumps(body).encode(), {**kind, **(headers or {})})
