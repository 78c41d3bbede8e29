"""What goes into the record. Instants are aware datetimes; ids, hashes and digests are text; nothing here names a patient."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

HOOK: Final = "hook"  # the one surface that reports count
Verdict = Literal["yes", "no", "unknown"]
Taken = Literal["accepted", "overridden"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one rule version answered. `shadow`: a draft, judged but never shown. `failed`: it threw."""

    rule: str
    version: str
    digest: str
    answer: Verdict
    shown: bool = False
    shadow: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion as its card carried it. `label` is text of the rule document."""

    uuid: str
    label: str


@dataclass(frozen=True, slots=True)
class CardMade:
    """A card that was sent, and the rule version behind it."""

    uuid: str
    rule: str
    version: str
    digest: str
    suggestions: tuple[Suggested, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One evaluation. `patient` and `instance` are keyed hashes, `caller` names the calling system, `duration_ms` is whole ms.

    `site` names the alarm rules that the site took back, a line each, with its reasons.
    `pinned`: the caller chose rule versions. Reports count decisions of the surface `hook` that are not pinned.
    """

    id: str
    at: datetime
    surface: str
    release: str
    service: str = ""
    hook: str = ""
    instance: str = ""
    patient: str = ""
    caller: str = ""
    duration_ms: int = 0
    pinned: bool = False
    site: str = ""
    answers: tuple[Answered, ...] = ()
    cards: tuple[CardMade, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a card was overridden, as a code."""

    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of one card. The same service, card, outcome and `outcome_at` is the same feedback, however often it comes.

    `suggestions`: uuids of those taken. `commented`: the clinician wrote something; `comment` holds it only where comments are kept.
    """

    service: str
    card: str
    outcome: Taken
    outcome_at: datetime
    received_at: datetime
    suggestions: tuple[str, ...] = ()
    reason: Reason | None = None
    commented: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a delivery of feedback: new rows, repeats of known ones, and how many name no card of that service."""

    new: int = 0
    repeated: int = 0
    unmatched: int = 0


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were deleted."""

    decisions: int = 0
    feedback: int = 0
