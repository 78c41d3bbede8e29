"""The stage of recovery on a day: half-open intervals, a boundary day belongs to the later stage."""

from datetime import date

from service.engine.dates import Span, completed_months

STAGES = (
    "before-surgery", "first-72-hours", "weeks-1-6", "weeks-6-8", "months-2-3", "months-3-6", "months-6-12", "months-12-24",
    "beyond-24-months",
)  # fmt: skip
_MONTHS = ((24, "beyond-24-months"), (12, "months-12-24"), (6, "months-6-12"), (3, "months-3-6"), (2, "months-2-3"))


def stage_on(operation: date, day: date) -> str:
    """The stage of one exact operation date on one day."""
    days = (day - operation).days
    if days < 0:
        return "before-surgery"
    if days < 42:
        return "first-72-hours" if days < 3 else "weeks-1-6"
    months = completed_months(operation, day)
    return next((name for least, name in _MONTHS if months >= least), "weeks-6-8")


def stage_of(operation: Span, day: date) -> str | None:
    """The stage when both ends of the date agree on it, else None."""
    stages = {stage_on(operation.earliest, day), stage_on(operation.latest, day)}
    return stages.pop() if len(stages) == 1 else None
