"""The versions of one rule over time: on any day between the first and the last exactly one is in force."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from service.engine.evaluate import in_reading_order
from service.engine.rule import Rule
from service.library.problems import Report


def semver(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def covers(rule: Rule, day: date) -> bool:
    """True when `day` lies from the version's first day to the day before its end."""
    return rule.effective_from <= day and (rule.effective_until is None or day < rule.effective_until)


def check_intervals(versions: Sequence[Rule], report: Report) -> None:
    """Note overlaps and holes between the versions that are not drafts."""
    settled = sorted((rule for rule in versions if rule.status != "draft"), key=lambda rule: rule.effective_from)
    for earlier, later in pairwise(settled):
        end = earlier.effective_until
        if end is None or end > later.effective_from:
            said = f"until {end}" if end else "without end"
            report.add(
                ("effective", "from"),
                f"{later.id}@{later.version} begins on {later.effective_from} while {earlier.version} is in force {said}: "
                f"end it with `postfusion rules end {later.id} {earlier.version}`",
            )
        elif end < later.effective_from:
            report.add(
                ("effective", "from"),
                f"no version of {later.id} is in force from {end} to {later.effective_from}: let {later.version} begin on {end}",
            )


def check_circles(versions: Mapping[str, Sequence[Rule]], report: Report) -> None:
    """Note rules that ask about each other in a circle, on any day on which the set in force changes."""
    rules = [rule for one in versions.values() for rule in one if rule.status != "draft"]
    noted: set[str] = set()
    for day in sorted({rule.effective_from for rule in rules}):
        try:
            in_reading_order(rule for rule in rules if covers(rule, day))
        except ValueError as error:
            if str(error) not in noted:
                report.add((), f"{error} (first on {day})")
            noted.add(str(error))
