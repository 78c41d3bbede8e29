"""Bad input through HTTP: what every refusal and every answer must stand."""

import json
from collections.abc import Callable
from typing import Any

from tests.stories.chart import fusion

Ask = Callable[..., Any]
INDEX = fusion("2025-03-15")
FEVER, WATCH, CES = "red-flag-infection", "watch-infection", "red-flag-cauda-equina"
CALM = "stage-weeks-1-6"  # the card of a chart in which nothing is wrong
SECRET = "Zz-planted-marker"


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The first issue of a refusal that says something and quotes nothing."""
    text = response.get_data(as_text=True)
    assert response.status_code == status, text
    body = json.loads(text)
    issue: dict[str, Any] = body["issue"][0]
    assert body["resourceType"] == "OperationOutcome"
    assert (issue["severity"], issue["code"]) == ("error", code), text
    assert issue["diagnostics"]
    assert SECRET not in text
    assert "Traceback" not in text
    return issue


def answered(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    assert SECRET not in response.get_data(as_text=True)
    return answer


def shown(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {card["extension"]["org.postfusion"]["rule"]: card for card in answer["cards"]}


def answers(answer: dict[str, Any], *rules: str) -> list[str]:
    found = {verdict["rule"]: verdict["answer"] for verdict in answer["verdicts"]}
    return [found[rule] for rule in rules]
