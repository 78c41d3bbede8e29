"""A report as JSON data, CSV and NDJSON. The last two are made line by line."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Final

from service.record.report import Report, RuleLine

# as callers see it -> as the report names it
COUNTS: Final = {
    "evaluated": "evaluated",
    "fired": "fired",
    "couldNotTell": "could_not_tell",
    "failed": "failed",
    "shown": "shown",
    "accepted": "accepted",
    "overridden": "overridden",
}
COLUMNS: Final = ("rule", "version", "shadow", *COUNTS, "reasons", "suggestions")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {"decisions": report.decisions, "unmatched": report.unmatched, "rules": [line_json(line) for line in report.lines]}


def line_json(line: RuleLine) -> dict[str, Any]:
    """One rule version as plain data."""
    return {
        "rule": line.rule,
        "version": line.version,
        "shadow": line.shadow,
        **{told: getattr(line, name) for told, name in COUNTS.items()},
        "reasons": [{"system": reason.system, "code": reason.code, "count": count} for reason, count in line.reasons],
        "suggestions": [{"label": label, "count": count} for label, count in line.suggestions],
    }


def as_csv(report: Report) -> Iterator[str]:
    """A header, then a row per rule version. Reasons and suggestions share a cell: `name: count`, with semicolons between."""
    yield _row(COLUMNS)
    for line in report.lines:
        reasons = "; ".join(f"{reason.code}: {count}" for reason, count in line.reasons)
        suggestions = "; ".join(f"{label}: {count}" for label, count in line.suggestions)
        counts = (str(getattr(line, name)) for name in COUNTS.values())
        yield _row((line.rule, line.version, "yes" if line.shadow else "no", *counts, reasons, suggestions))


def as_ndjson(report: Report) -> Iterator[str]:
    """One JSON object per rule version and line."""
    for line in report.lines:
        yield json.dumps(line_json(line), ensure_ascii=False) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    """One line. A cell that a spreadsheet would take for a formula is marked as text."""
    line = io.StringIO()
    csv.writer(line).writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return line.getvalue()
