"""What is asked of an evaluation, and what it answers."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from service.cards import CANONICAL
from service.evaluation.policy import SitePolicy, SwitchedAlarm
from service.fhir import Drafted, SiteCodes

Report = Callable[[str, Exception], None]
Timed = Callable[[str], AbstractContextManager[Any]]
Told = Literal["cards", "answers", "steps", "full"]
PHASES = ("read", "facts", "decide", "verify", "cards")


def _unheard(rule: str, error: Exception) -> None:
    """Nobody listens for rules that throw; the verdict still says so."""


def _untimed(phase: str) -> AbstractContextManager[Any]:
    """Nobody asks how long a phase takes."""
    return nullcontext()


def _untold() -> float:
    """Time is no matter."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """How to judge a body. `as_of` is an aware instant; `rules_as_of` chooses the rules alone; `pins` are `rule@1.0.0`.

    `patient` is the id to judge (for a hook: context.patientId). `server` is the FHIR base the client named.
    `report` is told of a rule that threw; each of PHASES runs inside
    what `timed` gives for its name. `drafted` are the drafts of a hook's context, `site`
    the codes a site has mapped to ours.
    `policy` is what the site chose about the rules.
    `unfetched` says of prefetch keys that were asked for in vain why, in constant words.
    `left` tells the share of the time for judging that is left: 1 at first, 0 or less when it is over.
    `vetted` says that no key is repeated anywhere in the body: that was looked at already.
    `told` is how much is wanted: the cards alone, as for a hook; the answer of every rule too; every step to it; or, beyond the
    steps, the criteria in the way of every rule that does not answer yes.
    """

    as_of: datetime
    zone: ZoneInfo
    rules_as_of: date | None = None
    pins: tuple[str, ...] = ()
    hook: str = "patient-view"
    patient: str | None = None
    public_url: str = ""
    canonical: str = CANONICAL
    new_id: Callable[[], str] = lambda: str(uuid4())
    server: str | None = None
    report: Report = _unheard
    timed: Timed = _untimed
    drafted: Drafted | None = None
    site: SiteCodes | None = None
    policy: SitePolicy | None = None
    unfetched: Mapping[str, str] = field(default_factory=dict)
    told: Told = "steps"
    vetted: bool = False
    left: Callable[[], float] = _untold

    @property
    def rules_day(self) -> date:
        """The day whose rules are in force."""
        return self.rules_as_of or self.as_of.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule version answered. `shadow`: it is never shown."""

    rule: str
    version: str
    digest: str
    answer: Literal["yes", "no", "unknown"]
    shown: bool = False
    shadow: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, ready for JSON. `failed` names rules that threw; `nothing_judged` is True when no rule could be decided.

    `switched` are the alarm rules a site took back, with its reasons.
    `answered` is what every rule of the hook said, and `shadow` what is never shown (drafts, rules the site keeps in the shadow), for
    the record; `verdicts` the same for people, and `outcome` what was set aside:
    both empty where only cards were asked for.
    `hook` is the one judged as, `instance` the hookInstance of a CDS Hooks request; both are for the record alone.
    """

    as_of: str
    release_digest: str
    patient: str | None
    index_fusion: dict[str, Any] | None
    cards: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    outcome: dict[str, Any]
    nothing_judged: bool = False
    failed: tuple[str, ...] = ()
    hook: str = "patient-view"
    instance: str = ""
    pain_series: list[dict[str, Any]] = field(default_factory=list)
    answered: tuple[Said, ...] = ()
    shadow: tuple[Said, ...] = ()
    switched: tuple[SwitchedAlarm, ...] = ()
