"""Run the checks against a service, one after the other; what a check cannot look at is its failure, not the player's."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from service.lab.calling import NoAnswer
from service.lab.conformance.checking import CHECKS, Check, Skip
from service.lab.conformance.ehr import Ehr
from service.lab.conformance.report import FAIL, PASS, SKIP, Result
from service.lab.listening import PortTaken

_TOLD: Final = 3  # faults of one check that the report names
_LONGEST: Final = 400


def play(ehr: Ehr, only: Iterable[str] = ()) -> list[Result]:
    """The results of all checks, or of those whose id or group prefix is in `only`. Raises NoAnswer when discovery gets none."""
    _ = ehr.discovery
    wanted = tuple(only)
    return [_looked(check, ehr) for check in CHECKS if not wanted or check.id in wanted or check.id.split(".")[0] in wanted]


def passed(results: Sequence[Result], *, strict: bool) -> bool:
    """True unless a MUST failed; with `strict`, unless anything did."""
    return not any(one.outcome == FAIL and (strict or one.level == "MUST") for one in results)


def _looked(check: Check, ehr: Ehr) -> Result:
    start = ehr.options.seconds()
    outcome, why = _outcome(check, ehr)
    return Result(outcome, check.id, check.group, check.level, check.text, why[:_LONGEST], ehr.options.seconds() - start)


def _outcome(check: Check, ehr: Ehr) -> tuple[str, str]:
    try:
        faults = list(islice(check.look(ehr), _TOLD))
    except Skip as error:
        return SKIP, str(error)
    except (NoAnswer, PortTaken) as error:
        return FAIL, str(error)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return FAIL, f"the answer has a shape that could not be looked at ({type(error).__name__})"
    return (FAIL, "; ".join(faults)) if faults else (PASS, "")
