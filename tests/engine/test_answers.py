"""The whole of three-valued logic, written out."""

import pytest

from service.engine.answers import Answer, at_least_of, both, either, from_bool, negate
from tests.engine.build import NO, UNKNOWN, YES

ANSWERS = (YES, NO, UNKNOWN)
AND = [
    (YES, YES, YES),
    (YES, NO, NO),
    (YES, UNKNOWN, UNKNOWN),
    (NO, YES, NO),
    (NO, NO, NO),
    (NO, UNKNOWN, NO),
    (UNKNOWN, YES, UNKNOWN),
    (UNKNOWN, NO, NO),
    (UNKNOWN, UNKNOWN, UNKNOWN),
]
OR = [
    (YES, YES, YES),
    (YES, NO, YES),
    (YES, UNKNOWN, YES),
    (NO, YES, YES),
    (NO, NO, NO),
    (NO, UNKNOWN, UNKNOWN),
    (UNKNOWN, YES, YES),
    (UNKNOWN, NO, UNKNOWN),
    (UNKNOWN, UNKNOWN, UNKNOWN),
]
TWO_OF_THREE = [
    ((YES, YES, YES), YES),
    ((YES, YES, NO), YES),
    ((YES, YES, UNKNOWN), YES),
    ((YES, NO, NO), NO),
    ((YES, NO, UNKNOWN), UNKNOWN),
    ((YES, UNKNOWN, UNKNOWN), UNKNOWN),
    ((NO, NO, NO), NO),
    ((NO, NO, UNKNOWN), NO),
    ((NO, UNKNOWN, UNKNOWN), UNKNOWN),
    ((UNKNOWN, UNKNOWN, UNKNOWN), UNKNOWN),
]
ONE_OF_TWO = [((a, b), result) for a, b, result in OR]
BOTH_OF_TWO = [((a, b), result) for a, b, result in AND]


def test_the_tables_are_whole() -> None:
    pairs = {(a, b) for a in ANSWERS for b in ANSWERS}
    assert {row[:2] for row in AND} == {row[:2] for row in OR} == pairs


@pytest.mark.parametrize(("left", "right", "expected"), AND)
def test_both(left: Answer, right: Answer, expected: Answer) -> None:
    assert both([left, right]) is expected


@pytest.mark.parametrize(("left", "right", "expected"), OR)
def test_either(left: Answer, right: Answer, expected: Answer) -> None:
    assert either([left, right]) is expected


@pytest.mark.parametrize(("answer", "expected"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_negate(answer: Answer, expected: Answer) -> None:
    assert negate(answer) is expected


def test_the_empty_and_is_yes_and_the_empty_or_is_no() -> None:
    assert both([]) is YES
    assert either([]) is NO


@pytest.mark.parametrize(("answers", "expected"), TWO_OF_THREE)
def test_two_of_three(answers: tuple[Answer, ...], expected: Answer) -> None:
    for turned in (answers, answers[::-1], answers[1:] + answers[:1]):
        assert at_least_of(2, turned) is expected


@pytest.mark.parametrize(("answers", "expected"), ONE_OF_TWO)
def test_at_least_one_is_or(answers: tuple[Answer, ...], expected: Answer) -> None:
    assert at_least_of(1, answers) is expected


@pytest.mark.parametrize(("answers", "expected"), BOTH_OF_TWO)
def test_at_least_all_is_and(answers: tuple[Answer, ...], expected: Answer) -> None:
    assert at_least_of(2, answers) is expected


def test_more_than_there_are_is_no_and_none_at_all_is_yes() -> None:
    assert at_least_of(3, (UNKNOWN, YES)) is NO
    assert at_least_of(0, ()) is YES


def test_from_bool() -> None:
    assert (from_bool(True), from_bool(False)) == (YES, NO)
