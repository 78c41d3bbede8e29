"""The pain scores in the answer: what the rules saw of them, one series per region, one score a day, each placed relative to the fusion."""

from typing import Any

import pytest

from service.evaluation import as_json
from service.web.shapes import Evaluation
from tests.fhir.build import BACK, BUTTOCK, LEG, SIJ, Json, ask, day, fusion, measured, nrs, observed, sites

NOW = day(100)


def series(*resources: Json, at: str = NOW) -> dict[str, list[Json]]:
    """Region -> scores of the answer."""
    answer = as_json(ask(fusion(), *resources, as_of=at).outcome)
    return {one["region"]: one["scores"] for one in answer.get("painSeries", [])}


def values(scores: list[Json]) -> list[tuple[str, Any]]:
    return [(one["date"], one["value"]) for one in scores]


def test_one_score_as_it_is_told() -> None:
    score = nrs(6, day(10), LEG)
    assert series(score) == {"leg": [{"date": day(10), "value": 6, "resource": f"Observation/{score['id']}", "order": "after"}]}


def test_without_scores_the_member_is_left_out() -> None:
    assert "painSeries" not in as_json(ask(fusion(), as_of=NOW).outcome)


def test_regions_are_kept_apart_in_a_fixed_order() -> None:
    answer = as_json(
        ask(fusion(), nrs(1, day(10)), nrs(2, day(10), BACK), nrs(3, day(10), BUTTOCK), nrs(4, day(10), LEG), as_of=NOW).outcome
    )
    assert [one["region"] for one in answer["painSeries"]] == ["leg", "buttock", "back", "unspecified"]


def test_the_joint_counts_to_the_buttock_and_other_sites_to_none() -> None:
    assert list(series(nrs(3, day(10), SIJ))) == ["buttock"]
    assert series({**nrs(3, day(10)), "bodySite": sites("69536005")[0]}) == {}


def test_oldest_first_and_one_a_day_the_highest() -> None:
    assert values(series(nrs(3, day(20), LEG), nrs(7, day(10), LEG), nrs(5, day(20), LEG), nrs(4, day(20), LEG))["leg"]) == [
        (day(10), 7),
        (day(20), 5),
    ]


def test_each_is_placed_relative_to_the_fusion() -> None:
    assert [one["order"] for one in series(nrs(8, day(-3)), nrs(7, day(0)), nrs(6, day(1)))["unspecified"]] == [
        "before",
        "same day",
        "after",
    ]


def test_an_analogue_scale_is_told_in_the_same_measure() -> None:
    assert values(series(measured("38214-3", 55, "mm", day(10)))["unspecified"]) == [(day(10), 5.5)]


@pytest.mark.parametrize(
    "unusable",
    [
        nrs(11, day(10)),
        nrs(5, None),
        nrs(5, "2025-03"),
        nrs(5, day(10), status="entered-in-error"),
        nrs(5, day(10), status="preliminary"),
        nrs(5, day(130)),
        observed("72514-3", day(10), "http://loinc.org", valueString="five"),
        measured("72514-3", 5, None, day(10), comparator=">"),
    ],
)
def test_what_the_rules_cannot_use_is_not_among_them(unusable: Json) -> None:
    assert series(unusable) == {}


def test_scores_without_a_fusion_are_told_as_well() -> None:
    answer = as_json(ask(nrs(6, day(10), LEG), as_of=NOW).outcome)
    assert values(answer["painSeries"][0]["scores"]) == [(day(10), 6)]


def test_the_answer_is_as_described() -> None:
    answer = as_json(ask(fusion(), nrs(6, day(10), LEG), measured("38214-3", 55, "mm", day(0)), as_of=NOW).outcome)
    assert not Evaluation().validate(answer)
    assert Evaluation().validate({**answer, "painSeries": [{"region": "arm", "scores": []}]})
