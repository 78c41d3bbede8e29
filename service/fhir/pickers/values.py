"""What an Observation says: present or absent, a number, or a problem. Absent never comes from silence."""

from dataclasses import dataclass

from msgspec import UNSET

from service.engine.answers import Answer
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
    """An answer, or None when the Observation honestly says nothing; `problem` when it says something unreadable."""

    answer: Answer | None = None
    problem: str = ""


def holder_of(reading: Reading) -> Observation | Component | None:
    """Where the value sits: the component, else the observation."""
    if reading.component is not None:
        return reading.component
    return reading.resource if isinstance(reading.resource, Observation) else None


def presence(reading: Reading, codes: CodeIndex) -> Said:
    """Is the finding present? valueBoolean, a coded yes or no, or the interpretation."""
    holder = holder_of(reading)
    if holder is None:
        return Said(problem="no value")
    if holder.value_boolean is not None:
        return Said(Answer.YES if holder.value_boolean else Answer.NO)
    coded = _coded(holder.value_codeable_concept, codes)
    if coded.answer is not None or coded.problem:
        return coded
    marked = _interpretation(holder, codes)
    if marked.answer is not None or marked.problem:
        return marked
    return _nothing(holder, reading)


def _coded(concept: Concept | None, codes: CodeIndex) -> Said:
    if concept is None:
        return Said()
    names = codes.names(concept)
    if PRESENT in names and ABSENT in names:
        return Said(problem="its value says both present and absent")
    if PRESENT in names:
        return Said(Answer.YES)
    if ABSENT in names:
        return Said(Answer.NO)
    return Said(Answer.YES) if "saddle-numbness" in names else Said()


def _interpretation(holder: Observation | Component, codes: CodeIndex) -> Said:
    names = frozenset(name for concept in holder.interpretation for name in codes.names(concept))
    if PRESENT in names and ABSENT in names:
        return Said(problem="its interpretation says both present and absent")
    if PRESENT in names:
        return Said(Answer.YES)
    return Said(Answer.NO) if ABSENT in names else Said()


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
