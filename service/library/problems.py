"""What is wrong with a rule file, said so that it can be mended: where, why, what is allowed, what was probably meant."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
SHOWN_CHOICES = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `file` is relative to the rules folder, `field` a path such as `criteria.six_months.because`."""

    file: str
    field: str
    line: int | None
    reason: str
    choices: tuple[str, ...] = ()
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, self.field, self.reason] if self.field else [where, self.reason]
        text = ": ".join(parts)
        if self.suggestion:
            text += f"; did you mean {self.suggestion}?"
        if self.choices:
            more = len(self.choices) - SHOWN_CHOICES
            text += f" (choices: {', '.join(self.choices[:SHOWN_CHOICES])}{f' and {more} more' if more > 0 else ''})"
        return text


class BookError(Exception):
    """The rules folder cannot be used. `problems` lists every fault found; one is enough to refuse the whole book."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problem(s) in the rule files\n" + "\n".join(f"  {p}" for p in self.problems))


def closest(got: str, choices: Iterable[str]) -> str:
    """The choice that `got` was probably meant to be, or an empty text."""
    return next(iter(difflib.get_close_matches(got, list(choices), n=1, cutoff=0.6)), "")


def dotted(path: Path) -> str:
    """A path as people write it: `tests[2].given`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Report:
    """Collects the problems of one file. `lines` maps paths to line numbers; the nearest known parent stands in."""

    def __init__(self, file: str, lines: Mapping[Path, int] | None = None) -> None:
        self.file = file
        self.lines = lines or {}
        self.problems: list[Problem] = []

    def add(self, path: Path, reason: str, *, got: str = "", choices: Sequence[str] = ()) -> None:
        """Note a problem at `path`; `got` is matched with `choices` for the suggestion."""
        suggestion = closest(got, choices) if got else ""
        self.problems.append(Problem(self.file, dotted(path), self.line(path), reason, tuple(choices), suggestion))

    def line(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest parent that has one."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def known(self, path: Path, got: str, choices: Iterable[str], what: str) -> bool:
        """True when `got` is one of `choices`; else notes that there is no such thing."""
        choices = tuple(choices)
        if got in choices:
            return True
        self.add(path, f"{what} {got!r} does not exist", got=got, choices=choices)
        return False
