"""What a fact is read from and how far back, for those who ask day after day: when could its answer differ from yesterday's?

A test holds every picker against this.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from service.engine.dates import Duration
from service.engine.vocabulary import FactSpec
from service.fhir.pickers.population import ADULT_MONTHS
from service.fhir.pickers.series import SCALES
from service.fhir.pickers.sij import TESTS

_SIJ = (*TESTS, "sij-block-relief", "fusion-procedure-excluded", "workup-sij", "sij-dx")
# value sets a picker asks for beside the codes of its fact, by the beginning of the picker's name
_BESIDE = {
    "pain_": (*SCALES, "obs-odi", "obs-peg", "functional-limitation"),
    "last_pain": SCALES,
    "region_pain": SCALES,
    "buttock_pain": SCALES,
    "sij_": _SIJ,
    "excluded_si_joint": _SIJ,
}
# settings that are compared with the age of a reading today; the other numbers compare readings with each other
_AT_LEAST, _AT_MOST = ("apart",), ("fresh", "slow", "days", "within", "block")
_STAGES = tuple(Duration(n, "months") for n in (2, 3, 6, 12, 24)) + tuple(Duration(n, "days") for n in (3, 42))
_TODAY = (Duration(0, "days"),)  # these tell what is done from what is still to come
_OWN = {
    "adult": (*_TODAY, Duration(ADULT_MONTHS, "months")),
    "alive": _TODAY,
    "fusion_stage_unsettled": _STAGES,
    "imaging_done": _TODAY,
    "last_operation": _TODAY,
}
# who the patient is, the operation itself, drafts and what was set aside speak without a reading of the fact's codes
_UNASKED = frozenset(
    {
        "adult",
        "alive",
        "drafted",
        "fused_to_sacrum",
        "fusion_date_missing",
        "fusion_dated",
        "fusion_on_record",
        "fusion_stage_unsettled",
        "index_age",
        "index_date",
        "last_operation",
        "lookup_incomplete",
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """The value sets a fact is read from, the ages from which its readings speak, and those up to which they do.

    `between`: every length of time that the fact's readings are compared with each other by, and all that could be one.
    """

    concepts: frozenset[str]
    at_least: frozenset[Duration]
    at_most: frozenset[Duration]
    between: frozenset[Duration]


def window_of(spec: FactSpec) -> Window:
    """The window of one fact."""
    beside = {name for start, names in _BESIDE.items() if spec.picker.startswith(start) for name in names}
    symptom = {str(spec.settings["symptom"])} if "symptom" in spec.settings else set()
    least = frozenset([*_lengths(spec, _AT_LEAST), *_OWN.get(spec.picker, ())])
    between = frozenset(_lengths(spec, [name for name, value in spec.settings.items() if _could_be_length(value)]))
    return Window(frozenset({*spec.codes, *beside, *symptom}), least, frozenset(_lengths(spec, _AT_MOST)), between)


def speaks_of_codes_alone(spec: FactSpec) -> bool:
    """True when nothing is known of the fact as long as the chart holds no reading of its window and nothing unreadable."""
    return spec.picker not in _UNASKED


def _lengths(spec: FactSpec, names: Iterable[str]) -> list[Duration]:
    return [_age(spec.settings[name]) for name in names if name in spec.settings]


def _could_be_length(value: object) -> bool:
    return isinstance(value, Duration) or (isinstance(value, Decimal) and value == int(value))


def _age(value: object) -> Duration:
    return value if isinstance(value, Duration) else Duration(int(str(value)), "days")
