"""Sample stories with any node dropped, replaced or doubled: 200 or a clear 4xx; an alarm that can no longer be read is said."""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stories.replay import NAMES, client, story

FULL = os.environ.get("POSTFUSION_FULL") == "1"
NOTICES = {"data-unreadable", "data-incomplete", "rule-failed"}
Path = tuple[Any, ...]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
AS_A_RULE = settings(
    max_examples=3000 if FULL else 100, deadline=None, derandomize=not FULL, database=None, suppress_health_check=list(HealthCheck)
)
service = client()


def _places(tree: Any, at: Path = ()) -> Iterator[Path]:
    if at:
        yield at
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in parts:
        yield from _places(value, (*at, key))


def _within(tree: Any, at: Path) -> Any:
    for key in at:
        tree = tree[key]
    return tree


def _mutate(tree: Any, at: Path, how: str, junk: Any) -> None:
    parent, key = _within(tree, at[:-1]), at[-1]
    if how == "drop":
        del parent[key]
    elif how == "double":
        twin = copy.deepcopy(parent[key])
        parent.insert(key, twin) if isinstance(parent, list) else parent.update({key: [parent[key], twin]})
    else:
        parent[key] = junk


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """The name of a story and its Bundle after one to three mutations."""
    name = draw(st.sampled_from(NAMES))
    tree = story(name, "bundle.json")
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(tree))
        if places:
            _mutate(tree, draw(st.sampled_from(places)), draw(st.sampled_from(("drop", "double", "junk"))), draw(JSON))
    return name, tree


def _rules(answer: dict[str, Any]) -> set[str]:
    return {card["extension"]["org.postfusion"]["rule"] for card in answer["cards"]}


@pytest.mark.slow
@AS_A_RULE
@given(mutated())
def test_a_mutated_chart_is_answered_or_clearly_refused(made: tuple[str, dict[str, Any]]) -> None:
    name, tree = made
    when = {"asOf": story(name, "bundle.json")["timestamp"]}
    for path in ("/evaluate", "/validate"):
        response = service.post(path, data=json.dumps(tree), content_type="application/json", query_string=when)
        assert response.status_code in (200, 400, 422), (response.status_code, response.get_data(as_text=True))
        if response.status_code != 200:
            issue = json.loads(response.data)["issue"][0]
            assert issue["severity"] == "error"
            assert issue["code"]
            assert issue["diagnostics"]


# --- M21: what decided an alarm and can no longer be read -----------------------------------------------------------------------


def _alarms() -> Iterator[tuple[str, str, str]]:
    """(story, alarm, reference of a resource the alarm rests on) for every critical card of the stories."""
    for name in NAMES:
        answer = _answer(service, name, story(name, "bundle.json"))
        loud = {card["extension"]["org.postfusion"]["rule"] for card in answer["cards"] if card["indicator"] == "critical"}
        for verdict in answer["verdicts"]:
            if verdict["rule"] in loud and verdict["answer"] == "yes":
                yield from ((name, verdict["rule"], reference) for reference in sorted(_references(verdict)))


def _references(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        own = {tree["resource"]} if isinstance(tree.get("resource"), str) else set()
        return own.union(*map(_references, tree.values()))
    return set().union(*map(_references, tree)) if isinstance(tree, list) else set()


def _answer(flask: FlaskClient, name: str, tree: Any) -> dict[str, Any]:
    when = {"asOf": story(name, "bundle.json")["timestamp"]}
    response = flask.post("/evaluate", data=json.dumps(tree), content_type="application/json", query_string=when)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = response.get_json()
    return answer


UNREADABLE: dict[str, dict[str, Any]] = {
    "a modifier that is not known": {"modifierExtension": [{"url": "https://x.example/not", "valueBoolean": True}]},
    "an unknown status": {"status": "garbled", "verificationStatus": {"coding": [{"code": "garbled"}]}},
    "dates of the wrong type": {"effectiveDateTime": [1], "onsetDateTime": [1], "performedDateTime": [1]},
    "no date of this world": {"effectiveDateTime": "2025-02-30", "onsetDateTime": "2025-02-30", "performedDateTime": "2025-02-30"},
}
ALARMS = list(_alarms())


def test_there_are_alarms_to_lose() -> None:
    assert len({alarm for _, alarm, _ in ALARMS}) >= 3


@pytest.mark.parametrize("how", UNREADABLE)
@pytest.mark.parametrize(("name", "alarm", "reference"), ALARMS)
def test_what_decided_an_alarm_is_never_lost_in_silence(name: str, alarm: str, reference: str, how: str) -> None:
    tree = story(name, "bundle.json")
    every = [entry["resource"] for entry in tree["entry"]]
    hit = [one for one in every if reference.startswith(f"{one['resourceType']}/{one.get('id')}")]
    assert hit, reference
    for resource in hit:
        resource.update({key: value for key, value in UNREADABLE[how].items() if key in resource or key == "modifierExtension"})
    rules = _rules(_answer(service, name, tree))
    assert rules & NOTICES or alarm in rules, rules
