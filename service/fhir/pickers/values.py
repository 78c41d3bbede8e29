"""What an Observation says: present or absent, a number, or a problem. Absent never comes from silence."""

from dataclasses import dataclass

from msgspec import UNSET

from service.engine.answers import Answer, from_bool
from service.fhir.chart import Reading
from service.fhir.codes import CodeIndex
from service.fhir.quantities import Measured, measure
from service.fhir.shapes import Component, Concept, Observation, Quantity

PRESENT, ABSENT = "value-present", "value-absent"
# reasons that honestly say nothing was found out; every other reason means a value that exists and cannot be read
_NOT_KNOWN = frozenset(
    {"unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "not-applicable", "not-performed", "not-permitted"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, or None when the Observation honestly says nothing; `problem` when it says something unreadable.

    `both`: it says present and absent at once.
    """

    answer: Answer | None = None
    problem: str = ""
    both: bool = False


def holder_of(reading: Reading) -> Observation | Component | None:
    """Where the value sits: the component, else the observation."""
    if reading.component is not None:
        return reading.component
    return reading.resource if isinstance(reading.resource, Observation) else None


def presence(reading: Reading, codes: CodeIndex) -> Said:
    """Is the finding present? Every element that may say so is heard: valueBoolean, a coded yes or no, the interpretation."""
    holder = holder_of(reading)
    if holder is None:
        return Said(problem="no value")
    answers = {*_boolean(holder), *_coded(holder.value_codeable_concept, codes), *_interpreted(holder, codes)}
    if len(answers) > 1:
        return Said(both=True)
    return Said(answers.pop()) if answers else _nothing(holder, reading)


def _boolean(holder: Observation | Component) -> set[Answer]:
    return set() if holder.value_boolean is None else {from_bool(holder.value_boolean)}


def _coded(concept: Concept | None, codes: CodeIndex) -> set[Answer]:
    names = codes.names(concept)
    said = _words(names)
    return {Answer.YES} if not said and "saddle-numbness" in names else said


def _interpreted(holder: Observation | Component, codes: CodeIndex) -> set[Answer]:
    return _words(frozenset(name for concept in holder.interpretation for name in codes.names(concept)))


def _words(names: frozenset[str]) -> set[Answer]:
    return {answer for name, answer in ((PRESENT, Answer.YES), (ABSENT, Answer.NO)) if name in names}


def _nothing(holder: Observation | Component, reading: Reading) -> Said:
    """No usable value: silence when the reason says so or when components carry the values, else a problem."""
    if has_value(holder):
        return Said(problem="its value is not of a kind that says present or absent")
    return Said(problem=absent_problem(holder, reading))


def absent_problem(holder: Observation | Component, reading: Reading) -> str:
    """Why an Observation without a value is a problem; empty when it honestly says nothing."""
    reason = holder.data_absent_reason
    if reason is not None:
        known = {coding.code for coding in reason.coding} & _NOT_KNOWN
        return "" if known else "its value is missing for a technical reason"
    if isinstance(holder, Observation) and (holder.component or holder.has_member):
        return ""
    return "it has no value"


def has_value(holder: Observation | Component) -> bool:
    """True when any value[x] is there, readable by rules or not."""
    typed = (
        holder.value_quantity, holder.value_integer, holder.value_boolean, holder.value_codeable_concept,
        holder.value_date_time, holder.value_string,
    )  # fmt: skip
    raw = (holder.value_range, holder.value_ratio, holder.value_sampled_data, holder.value_time, holder.value_period)
    return any(value is not None for value in typed) or any(value is not UNSET for value in raw)


def number(reading: Reading, concept: str) -> Measured | None:
    """The measured value as `concept`; None when the Observation honestly says nothing."""
    holder = holder_of(reading)
    if holder is None:
        return Measured(problem="it has no value")
    if holder.value_quantity is not None:
        return measure(holder.value_quantity, concept)
    if holder.value_integer is not None:
        return measure(Quantity(value=holder.value_integer), concept)
    if has_value(holder):
        return Measured(problem="its value is not a number")
    problem = absent_problem(holder, reading)
    return Measured(problem=problem) if problem else None
