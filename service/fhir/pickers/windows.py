"""What a fact is read from and how far back, for those who ask day after day: when could its answer differ from yesterday's?

A test holds every picker against this.
"""

from dataclasses import dataclass

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
_AGES = ("fresh", "slow", "days", "within", "block", "apart")
_STAGES = tuple(Duration(n, "months") for n in (2, 3, 6, 12, 24)) + tuple(Duration(n, "days") for n in (3, 42))
_TODAY = (Duration(0, "days"),)  # these tell what is done from what is still to come
_OWN = {
    "adult": (*_TODAY, Duration(ADULT_MONTHS, "months")),
    "alive": _TODAY,
    "fusion_stage_unsettled": _STAGES,
    "imaging_done": _TODAY,
    "last_operation": _TODAY,
}


@dataclass(frozen=True, slots=True)
class Window:
    """The value sets a fact is read from, and the ages at which its readings begin or cease to speak."""

    concepts: frozenset[str]
    ages: frozenset[Duration]


def window_of(spec: FactSpec) -> Window:
    """The window of one fact."""
    beside = {name for start, names in _BESIDE.items() if spec.picker.startswith(start) for name in names}
    symptom = {str(spec.settings["symptom"])} if "symptom" in spec.settings else set()
    own = [_age(value) for name, value in spec.settings.items() if name in _AGES]
    return Window(frozenset({*spec.codes, *beside, *symptom}), frozenset([*own, *_OWN.get(spec.picker, ())]))


def _age(value: object) -> Duration:
    return value if isinstance(value, Duration) else Duration(int(str(value)), "days")
