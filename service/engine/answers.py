"""Three-valued logic after Kleene: yes, no, unknown. Unknown never becomes no by itself."""

from collections.abc import Iterable
from enum import StrEnum


class Answer(StrEnum):
    """What a question got as its answer."""

    __hash__ = str.__hash__  # equal texts are equal answers; the hash Enum brings is slow and says otherwise
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Gap(StrEnum):
    """Why an answer is unknown. The three are treated differently: only silence may be replaced by `if_unknown`."""

    __hash__ = str.__hash__
    SILENT = "not recorded"
    IMPRECISE = "not precise enough"
    UNREADABLE = "unreadable"


def both(answers: Iterable[Answer]) -> Answer:
    """Kleene AND: no wins over unknown, unknown over yes; the empty AND is yes."""
    result = Answer.YES
    for answer in answers:
        if answer is Answer.NO:
            return Answer.NO
        if answer is Answer.UNKNOWN:
            result = Answer.UNKNOWN
    return result


def either(answers: Iterable[Answer]) -> Answer:
    """Kleene OR: yes wins over unknown, unknown over no; the empty OR is no."""
    result = Answer.NO
    for answer in answers:
        if answer is Answer.YES:
            return Answer.YES
        if answer is Answer.UNKNOWN:
            result = Answer.UNKNOWN
    return result


def negate(answer: Answer) -> Answer:
    """Kleene NOT: unknown stays unknown."""
    if answer is Answer.UNKNOWN:
        return answer
    return Answer.NO if answer is Answer.YES else Answer.YES


def at_least_of(count: int, answers: Iterable[Answer]) -> Answer:
    """Yes when `count` answers are yes; no when even the unknown ones cannot reach `count`."""
    yes = possible = 0
    for answer in answers:
        yes += answer is Answer.YES
        possible += answer is not Answer.NO
    if yes >= count:
        return Answer.YES
    return Answer.UNKNOWN if possible >= count else Answer.NO


def from_bool(value: bool) -> Answer:
    """A settled truth value as an answer."""
    return Answer.YES if value else Answer.NO
