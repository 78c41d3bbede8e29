"""The figures as a table of ratios: times of one machine say little, ratios of one run say much."""

from collections.abc import Iterable
from typing import Final

from service.lab.benchmark.measure import Measured

_HEAD: Final = ("chart", "kB", "asked", "p50 ms", "p99 ms", "CPU ms", "x floor", "x json.loads", "p99 / p50")


def as_table(measured: Iterable[Measured]) -> str:
    """One line per size. `x floor`: our median over that of a Flask server with a fixed card; `x json.loads`: our processor time over
    the median of parsing the same bytes once.
    """
    rows = [_HEAD, *(_row(one) for one in measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _row(one: Measured) -> tuple[str, ...]:
    ours, floor, json = (one.figures[name] for name in ("ours", "floor", "json"))
    times = (f"{ours.p50 * 1e3:.2f}", f"{ours.p99 * 1e3:.2f}", f"{ours.cpu * 1e3:.2f}")
    ratios = (f"{ours.p50 / floor.p50:.1f}", f"{ours.cpu / json.p50:.2f}", f"{ours.p99 / ours.p50:.1f}")
    return (one.size, f"{one.length / 1000:.0f}", str(one.rounds), *times, *ratios)
