"""Entries that cannot be read: an alarm they could decide is unknown, a card says so, and nothing reassures beside it."""

import json

import pytest

from tests.stories.asking import CALM, CES, FEVER, INDEX, SECRET, WATCH, Ask, answered, answers, shown
from tests.stories.chart import Resource, chart, finding, nrs, observation, temperature

WARM = {"valueQuantity": {"value": 39.5, "unit": "Cel"}}
UNKNOWN_MODIFIER = {"url": "https://x.example/not", "valueBoolean": True}
NOT_DONE = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}
UNREADABLE: dict[str, Resource] = {
    "a text": {"valueString": SECRET},
    "no value": {},
    "a technical reason": {"dataAbsentReason": {"coding": [{"code": "error"}]}},
    "a quantity without a number": {"valueQuantity": {"unit": "Cel"}},
    "a number as text": {"valueQuantity": {"value": "39.5", "unit": "Cel"}},
    "an unknown unit": {"valueQuantity": {"value": 39.5, "unit": "K"}},
    "an impossible value": {"valueQuantity": {"value": 395, "unit": "Cel"}},
    "an unknown status": {"status": "x", **WARM},
    "an impossible date": {"effectiveDateTime": "2025-02-30", **WARM},
    "a date in the future": {"effectiveDateTime": "2025-04-09", **WARM},
    "a modifier that is not known": {"modifierExtension": [UNKNOWN_MODIFIER], **WARM},
    "an element of the wrong type": {"effectiveDateTime": ["2025-04-04"], **WARM},
}  # fmt: skip


@pytest.mark.parametrize("how", UNREADABLE)
def test_an_unreadable_temperature_is_not_no_fever(ask: Ask, how: str) -> None:
    reading: Resource = {**observation("8310-5", None, "2025-04-04"), "id": "warm", **UNREADABLE[how]}
    answer = answered(ask(chart(INDEX, reading)))
    card = shown(answer)["data-unreadable"]
    assert card["indicator"] == "warning"
    assert "alarm sign may be missed" in card["summary"]
    assert "infection" in card["detail"]
    assert "Observation/warm" in card["detail"]
    assert "unknown" in answers(answer, FEVER, WATCH)
    assert CALM not in shown(answer), "nothing reassures while an alarm could not be judged"


def test_an_honestly_unknown_temperature_is_silence(ask: Ask) -> None:
    answer = answered(ask(chart(INDEX, observation("8310-5", None, "2025-04-04", dataAbsentReason={"coding": [NOT_DONE]}))))
    assert "data-unreadable" not in shown(answer)
    assert answers(answer, FEVER, WATCH) == ["no", "no"]


def test_a_readable_fever_speaks_beside_an_unreadable_one(ask: Ask) -> None:
    bad = {**observation("8310-5", "?", "2025-04-04"), "id": "bad"}
    answer = answered(ask(chart(INDEX, bad, temperature(39.5, "2025-04-03", id="good"))))
    assert next(iter(shown(answer))) == FEVER


def test_an_invalid_resource_that_a_card_would_cite(ask: Ask) -> None:
    """Its code, value and date can be read, but it is not valid R4: it may not carry a card, and that is said."""
    bent = {**finding("saddle-sensory-change", True, "2025-04-03"), "id": "bent", "category": "exam"}
    answer = answered(ask(chart(INDEX, bent)))
    assert CES not in shown(answer)
    assert answers(answer, CES) == ["unknown"]
    assert "Observation/bent" in shown(answer)["data-unreadable"]["detail"]


def test_an_unreadable_fusion(ask: Ask) -> None:
    answer = answered(ask(chart({**INDEX, "performedDateTime": "15/03/2025"}, nrs(5, "2025-04-01"))))
    assert "data-unreadable" in shown(answer)
    assert "indexFusion" not in answer


def test_entries_that_are_nothing(ask: Ask) -> None:
    bundle = json.loads(chart(INDEX))
    bundle["entry"] += [None, 5, {}, {"resource": None}]
    bundle["entry"] += [{"resource": inner} for inner in ({}, {"resourceType": 7}, {"resourceType": "Basic"})]
    answer = answered(ask(bundle))
    assert "data-incomplete" in shown(answer) or "data-unreadable" in shown(answer)
    assert "Bundle.entry[2]" in json.dumps(answer["outcome"])
