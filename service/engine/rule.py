"""One version of one rule, as frozen data: what its document says, with every parameter resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from service.engine.answers import Answer
from service.engine.dates import Duration

Status = Literal["draft", "active", "retired"]
Family = Literal["alarm", "criteria", "joint", "stage", "cause", "care", "reassurance", "order", "data"]
Indicator = Literal["info", "warning", "critical"]
Urgency = Literal["emergency", "same-day", "soon", "routine"]
NeedsIndex = Literal["yes", "undated_too", "no"]
Patients = Literal["adults", "living"]
AfterIndex = Literal["yes", "not_before"]
Argument = Decimal | Duration | tuple[Decimal, Decimal] | tuple[str, ...] | bool | int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One plain sentence that is yes, no or unknown: a question word asked of a fact, of another rule, or of a family.

    `within` and `older_than` ask the age of the same item, `after_index` its place relative to the index operation.
    `if_unknown` replaces silence only; what is unreadable or imprecise stays unknown. Checks alone use the last three:
    `open` is said while the check is not yes, `inverted` swaps yes and no, `needed_when` names a criterion it depends on.
    """

    name: str
    says: str
    because: str
    word: str
    argument: Argument
    fact: str = ""
    rule: str = ""
    family: str = ""
    within: Duration | None = None
    older_than: Duration | None = None
    after_index: AfterIndex | None = None
    if_unknown: Answer | None = None
    open: str = ""
    inverted: bool = False
    needed_when: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fire: its gathers are joined by AND. A rule fires when any of its ways does."""

    name: str
    says: str = ""
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    at_least_of: tuple[int, tuple[str, ...]] | None = None

    def criteria(self) -> tuple[str, ...]:
        """Every criterion the way names."""
        return self.all + self.any + self.none + (self.at_least_of[1] if self.at_least_of else ())


@dataclass(frozen=True, slots=True)
class Action:
    """What a suggestion would create: a draft resource, as data to be filled with the patient."""

    type: Literal["ServiceRequest", "CommunicationRequest", "Condition"]
    description: str
    codes: tuple[tuple[str, str, str], ...] = ()
    text: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A draft a clinician may take. `when`/`unless` name a way or criterion, `check` an open check; elective ones go under an alarm."""

    label: str
    actions: tuple[Action, ...]
    when: str = ""
    unless: str = ""
    check: str = ""
    elective: bool = False
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Another face of the card, taken when the named way or criterion is yes; the first that matches wins."""

    when: str
    summary: str = ""
    indicator: Indicator | None = None
    urgency: Urgency | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence added to the card's detail when the named way or criterion is yes."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Face:
    """The card as the document words it."""

    indicator: Indicator
    summary: str
    detail: str
    variants: tuple[Variant, ...] = ()
    notes: tuple[Note, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    override_reasons: tuple[str, ...] = ()
    selection: Literal["any", "at-most-one"] = "any"


@dataclass(frozen=True, slots=True)
class Target:
    """What a rule acts on in precedence: a rule, one way of it, or a family; `only` limits to an indicator.

    `when` limits to the time when the acting rule is critical or the named way of it is yes.
    """

    rule: str = ""
    way: str = ""
    family: str = ""
    only: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim comes from. `url` only where it was checked."""

    title: str
    locator: str = ""
    url: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One immutable version of a rule. `tests` are kept as written; `digest` covers content, not status or end date."""

    id: str
    version: str
    vocabulary: str
    status: Status
    effective_from: date
    effective_until: date | None
    family: Family
    needs_index: NeedsIndex
    patients: Patients
    title: str
    changes: str
    limits: str
    hooks: tuple[str, ...]
    urgency: Urgency
    time_critical: bool
    certainty: str
    strength: str
    source_attributes: Mapping[str, str]
    citations: Mapping[str, Citation]
    criteria: Mapping[str, Criterion]
    checks: Mapping[str, Criterion]
    ways: tuple[Way, ...]
    face: Face | None
    concern: str = ""
    absorbs: tuple[Target, ...] = ()
    suppresses: tuple[Target, ...] = ()
    raised_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tests: tuple[Mapping[str, Any], ...] = ()
    digest: str = ""

    def reads(self) -> frozenset[str]:
        """Ids of the rules this one asks about; `family:<name>` for a family."""
        asked = [*self.criteria.values(), *self.checks.values()]
        return frozenset(c.rule or f"family:{c.family}" for c in asked if c.rule or c.family)
