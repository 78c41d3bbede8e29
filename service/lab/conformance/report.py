"""The report: one line a check for people, JUnit XML for build servers, JSON for everyone else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final
from xml.etree import ElementTree as Xml

PASS: Final = "PASS"  # noqa: S105
FAIL: Final = "FAIL"
SKIP: Final = "SKIP"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one check. `why`: the first faults, or why there was nothing to look at."""

    outcome: str
    id: str
    group: str
    level: str
    text: str
    why: str = ""
    seconds: float = 0.0


def as_text(results: Sequence[Result], address: str) -> str:
    """The report for people, group by group, and a line of counts."""
    lines = [f"CDS Hooks conformance of {address}"]
    for group, found in groupby(results, key=lambda one: one.group):
        lines += ["", group, *(line for one in found for line in _lines(one))]
    return "\n".join([*lines, "", _counts(results)])


def _lines(one: Result) -> list[str]:
    first = f"  {one.outcome} {one.id:<34} {one.level:<6} {one.text}"
    return [first, f"         {one.why}"] if one.why else [first]


def _counts(results: Sequence[Result]) -> str:
    count = {outcome: sum(one.outcome == outcome for one in results) for outcome in (PASS, FAIL, SKIP)}
    must = sum(one.outcome == FAIL and one.level == "MUST" for one in results)
    return f"{count[PASS]} passed, {count[FAIL]} failed ({must} of them MUST), {count[SKIP]} skipped."


def as_json(results: Sequence[Result], address: str) -> dict[str, Any]:
    """The report as data."""
    return {"address": address, "results": [asdict(one) for one in results]}


def as_junit(results: Sequence[Result]) -> bytes:
    """The report as JUnit XML: one suite for each group."""
    root = Xml.Element("testsuites", name="CDS Hooks conformance")
    for group, found in groupby(results, key=lambda one: one.group):
        _suite(root, group, list(found))
    Xml.indent(root)
    text: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(root: Xml.Element, group: str, found: list[Result]) -> None:
    failures, skipped = (str(sum(one.outcome == outcome for one in found)) for outcome in (FAIL, SKIP))
    suite = Xml.SubElement(root, "testsuite", name=group, tests=str(len(found)), errors="0", failures=failures, skipped=skipped)
    for one in found:
        case = Xml.SubElement(suite, "testcase", classname=f"{group}.{one.level}", name=f"{one.id}: {one.text}", time=f"{one.seconds:.3f}")
        if one.outcome == FAIL:
            Xml.SubElement(case, "failure", message=_plain(one.why), type=one.level)
        elif one.outcome == SKIP:
            Xml.SubElement(case, "skipped", message=_plain(one.why))


def _plain(text: str) -> str:
    """Without the control characters XML cannot hold: faults may quote a service."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
