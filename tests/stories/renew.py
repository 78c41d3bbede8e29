"""Write expected.json of every story and the golden answers anew: `python -m tests.stories.renew`. Read the diff before keeping it."""

import json
from pathlib import Path
from typing import Any

from tests.stories.replay import (
    FOLDER,
    GOLDEN,
    NAMES,
    VIEW,
    as_of,
    card_in_short,
    client,
    hook_cards,
    hook_of,
    in_short,
    masked,
    story,
    text_of,
)

WHOLE = ("02-cauda-equina", "10-fbss-six-months")


def answer_to(name: str) -> dict[str, Any]:
    """The whole /evaluate answer to a story's bundle."""
    response = client().post(
        "/evaluate",
        query_string={"asOf": story(name, "bundle.json")["timestamp"]},
        data=text_of(name, "bundle.json"),
        content_type="application/fhir+json",
    )
    assert response.status_code == 200, (name, response.get_data(as_text=True))
    answer: dict[str, Any] = response.get_json()
    return answer


def _expected(name: str) -> dict[str, Any]:
    """The content of expected.json: the answer to the bundle and, where the hook is another than patient-view, its cards."""
    of_hook = {} if hook_of(name) == VIEW else {"hookCards": [card_in_short(card) for card in hook_cards(name, as_of(name))]}
    return in_short(answer_to(name)) | of_hook


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for story_name in NAMES:
        _write(FOLDER / story_name / "expected.json", _expected(story_name))
    for story_name in WHOLE:
        _write(GOLDEN / f"{story_name}.json", masked(answer_to(story_name)))
