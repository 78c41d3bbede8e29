"""The sample stories, the ways to ask the service about them, and what of an answer is compared."""

import json
import re
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.lab.samples import STORIES, fill
from service.library import Book, load_book
from service.web.app import build, make_deps
from service.web.services import SERVICES
from service.web.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = STORIES
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/bundle.json"))
VIEW = "patient-view"
PATHS = {service.hook: f"/cds-services/{service.id}" for service in SERVICES}
HOOK = PATHS[VIEW]
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_DIGEST = re.compile(r"\bsha256:[0-9a-f]{64}\b")
_DATE = re.compile(r"\b\d{4}(?:-\d{2}-\d{2})?(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?\b")


@lru_cache(maxsize=1)
def book() -> Book:
    """The rules as they stand in this checkout; their lock has tests of its own."""
    return load_book(ROOT / "rules", verify_lock=False)


def text_of(name: str, file: str) -> str:
    """A file of a story."""
    return (FOLDER / name / file).read_text(encoding="utf-8")


def story(name: str, file: str) -> Any:
    """A JSON file of a story, tokens left as they are."""
    return json.loads(text_of(name, file))


def as_of(name: str) -> datetime:
    """The instant at which the story's bundle is judged."""
    return datetime.fromisoformat(story(name, "bundle.json")["timestamp"])


def request_on(name: str, now: datetime) -> dict[str, Any]:
    """The hook request of a story, dated from the day of `now`."""
    filled: dict[str, Any] = json.loads(fill(text_of(name, "request.json"), now.date()))
    return filled


def hook_of(name: str) -> str:
    """The hook that calls in a story."""
    hook: str = story(name, "request.json")["hook"]
    return hook


def hook_cards(name: str, now: datetime) -> list[dict[str, Any]]:
    """The cards of the service of a story's hook, called at `now`."""
    response = client(now).post(PATHS[hook_of(name)], json=request_on(name, now))
    assert response.status_code == 200, (name, response.get_data(as_text=True))
    cards: list[dict[str, Any]] = response.get_json()["cards"]
    return cards


def told(name: str) -> dict[str, Any]:
    """expected.json, without what it tells of the hook."""
    return {member: value for member, value in story(name, "expected.json").items() if member != "hookCards"}


def told_of_hook(name: str) -> list[dict[str, Any]]:
    """The cards a story's hook shall give: `hookCards` of expected.json, and for patient-view those of the bundle."""
    expected = story(name, "expected.json")
    cards: list[dict[str, Any]] = expected["cards"] if hook_of(name) == VIEW else expected["hookCards"]
    return cards


def client(now: datetime | None = None) -> FlaskClient:
    """A client of the whole service, whose clock stands at `now`."""
    moment = now or datetime.combine(datetime(2026, 3, 2), time(9), UTC)
    return build(make_deps(Settings(), book=book(), clock=lambda: moment)).test_client()


def in_short(answer: dict[str, Any]) -> dict[str, Any]:
    """What expected.json holds of an /evaluate answer. Rules that answered no are left out."""
    return {
        "asOf": answer["asOf"],
        "indexFusion": answer.get("indexFusion"),
        "cards": [card_in_short(card) for card in answer["cards"]],
        "answers": {v["rule"]: v["answer"] for v in answer["verdicts"] if v["answer"] != "no"},
    }


def card_in_short(card: dict[str, Any]) -> dict[str, Any]:
    """Which rule made a card, how loud it is, and what it says first."""
    return {"rule": card["extension"]["org.postfusion"]["rule"], "indicator": card["indicator"], "summary": card["summary"]}


def masked(answer: Any, *, dates: bool = False) -> Any:
    """`answer` without the parts that differ from call to call: uuids and digests, and on request dates."""
    text = _DIGEST.sub("(digest)", _UUID.sub("(uuid)", json.dumps(answer, sort_keys=True)))
    return json.loads(_DATE.sub("(date)", text) if dates else text)
