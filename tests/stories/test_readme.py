"""The answer printed in the README is what the service says to the README's own curl line. Renew: `python -m tests.stories.test_readme`."""

import json
import re
import shlex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.stories.replay import ROOT, client

README = ROOT / "README.md"
_BLOCK = re.compile(r"(<!-- answer: begin -->\n```json\n)(.*?)(```\n<!-- answer: end -->)", re.DOTALL)
_SHOWN = ("summary", "indicator", "detail", "source", "extension")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def curl_line() -> list[str]:
    """The words of the README's curl command."""
    line = next(line for line in README.read_text().splitlines() if line.startswith("curl "))
    return shlex.split(line)


def answer() -> dict[str, Any]:
    """What the service answers to the curl line: the first card, without what is new at every call."""
    words = curl_line()
    url = urlsplit(words[-1])
    body = (ROOT / words[words.index("--data-binary") + 1].removeprefix("@")).read_bytes()
    response = client().post(url.path, query_string=dict(parse_qsl(url.query)), data=body, content_type="application/json")
    assert response.status_code == 200, response.get_data(as_text=True)
    card = response.get_json()["cards"][0]
    return {"cards": [{name: card[name] for name in _SHOWN}]}


def shown() -> str:
    """The answer as the README prints it: digests are cut, since each change of a rule changes them."""
    return _DIGEST.sub("sha256:...", json.dumps(answer(), indent=2, ensure_ascii=False)) + "\n"


def test_the_readme_prints_the_real_answer() -> None:
    printed = _BLOCK.search(README.read_text())
    assert printed is not None
    assert printed.group(2) == shown(), "run `python -m tests.stories.test_readme` and read the diff"


def test_the_first_card_is_the_red_flag() -> None:
    assert answer()["cards"][0]["indicator"] == "critical"


if __name__ == "__main__":
    text = README.read_text()
    README.write_text(_BLOCK.sub(lambda found: found.group(1) + shown() + found.group(3), text))
