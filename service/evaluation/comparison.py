"""What comparing two versions of a rule over a cohort tells."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

ABSENT = "not asked"  # a criterion that one of the two versions does not have


@dataclass(frozen=True, slots=True)
class Case:
    """What is compared: two versions of a rule, as of an aware instant, at the first hook the later one is shown at."""

    rule: str
    before: str
    after: str
    moment: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Reason:
    """A criterion whose answers differ. An answer is yes, no, unknown or ABSENT."""

    criterion: str
    says: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cards:
    """The rules whose card comes, goes, or takes another indicator."""

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One patient for whom something changes. `where` names the bundle."""

    where: str
    patient: str
    before: str
    after: str
    reasons: tuple[Reason, ...]
    cards: Cards


@dataclass(slots=True)
class Comparison:
    """The sums over a cohort. `answers` counts patients by (answer before, answer after); `refused` names what could not be read."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, other: "Comparison") -> None:
        """Take in the sums over another part of the cohort."""
        self.answers += other.answers
        self.changed += other.changed
        self.refused += other.refused

    @property
    def patients(self) -> int:
        """How many were judged."""
        return self.answers.total()
