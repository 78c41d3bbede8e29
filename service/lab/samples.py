"""Sample stories: requests whose dates count back from today become plain bodies that anyone can post.

A token stands inside a JSON string: a word for the precision, then steps of days or months, taken from left to right.
`{{today-3d}}` is a date, `{{month-5m}}` a year and month, `{{year-364d}}` a year, `{{now}}` the instant at which the
day begins (UTC). A step of months back leads to the last day from which that many calendar months have passed, so that
`{{today-6m}}` is always six months ago and `{{today-6m+1d}}` never is, also at the end of February.
"""

import calendar
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Final

STORIES: Final = Path(__file__).resolve().parents[2] / "fhir_samples"
_TOKEN: Final = re.compile(r"\{\{(.*?)\}\}")
_WORDS: Final = re.compile(r"(today|month|year|now)((?:[+-]\d{1,4}[dm])*)")
_STEP: Final = re.compile(r"([+-]\d+)([dm])")
_SHAPES: Final = {"today": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "now": "%Y-%m-%dT00:00:00Z"}


class SampleError(ValueError):
    """A story that cannot be written; the text names file and fault."""


def write_samples(out: Path, today: date, source: Path = STORIES) -> list[Path]:
    """Write `<story>.request.json`, dated from `today`, and `<story>.bundle.json`, as it is, for every story of `source`.

    Makes `out` when missing; returns the files written, in the order of the stories. Raises SampleError or OSError.
    """
    stories = sorted(folder for folder in source.glob("*/") if (folder / "request.json").is_file())
    if not stories:
        raise SampleError(f"There are no sample stories in {source}: each is a folder with a bundle.json and a request.json.")
    bodies = [body for folder in stories for body in _bodies(folder, today)]
    out.mkdir(parents=True, exist_ok=True)
    for name, text in bodies:
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name, _ in bodies]


def _bodies(folder: Path, today: date) -> list[tuple[str, str]]:
    request, bundle = folder / "request.json", folder / "bundle.json"
    filled = fill(request.read_text(encoding="utf-8"), today, str(request))
    fixed = bundle.read_text(encoding="utf-8")
    for path, text in ((request, filled), (bundle, fixed)):
        _check_json(path, text)
    return [(f"{folder.name}.request.json", filled), (f"{folder.name}.bundle.json", fixed)]


def _check_json(path: Path, text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise SampleError(f"{path}: not JSON ({error}).") from None


def fill(text: str, today: date, where: str = "text") -> str:
    """`text` with every token replaced. Raises SampleError, naming `where` and the token, for one that is not known."""
    filled = _TOKEN.sub(lambda found: _filled(found[1], today, where), text)
    if "{{" in filled:  # JSON itself never holds two opening braces side by side
        raise SampleError(f"{where}: a token is opened with {{{{ and not closed with }}}}.")
    return filled


def _filled(token: str, today: date, where: str) -> str:
    parts = _WORDS.fullmatch(token)
    if parts is None:
        known = ", ".join(_SHAPES)
        raise SampleError(f"{where}: token {{{{{token}}}}} is not known. Write one of {known}, then steps such as -3d, -6m or -6m+1d.")
    day = today
    for count, unit in _STEP.findall(parts[2]):
        day = day + timedelta(days=int(count)) if unit == "d" else months_away(day, int(count))
    return day.strftime(_SHAPES[parts[1]])


def months_away(day: date, count: int) -> date:
    """The day `count` calendar months ahead, clamped to the end of its month.

    With `count` negative: the last day from which that many months have passed by `day`.
    """
    there = _clamped(day, count)
    while count < 0 and _clamped(there + timedelta(days=1), -count) <= day:
        there += timedelta(days=1)
    return there


def _clamped(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
