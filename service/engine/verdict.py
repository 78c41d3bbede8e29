"""What deciding gives: the answer with every step that led to it."""

from dataclasses import dataclass

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence
from service.engine.rule import Rule


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion, answered: what it says, what it saw, why it is unknown, and the citation behind it."""

    criterion: str
    says: str
    answer: Answer
    because: str = ""
    saw: tuple[Evidence, ...] = ()
    gap: Gap | None = None
    note: str = ""
    open: str = ""


@dataclass(frozen=True, slots=True)
class WayAnswer:
    """One way of a rule, answered."""

    name: str
    says: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's own answer, before precedence. `gap` says why an unknown is unknown; `failed` that the rule threw."""

    rule: Rule
    answer: Answer
    steps: tuple[Step, ...] = ()
    ways: tuple[WayAnswer, ...] = ()
    checks: tuple[Step, ...] = ()
    gap: Gap | None = None
    failed: bool = False

    def said_yes(self, name: str) -> bool:
        """True when the named way or criterion answered yes."""
        return any(w.name == name and w.answer is Answer.YES for w in self.ways) or any(
            s.criterion == name and s.answer is Answer.YES for s in self.steps
        )

    def outstanding(self) -> tuple[Step, ...]:
        """The checks that are still open: not answered yes."""
        return tuple(check for check in self.checks if check.answer is not Answer.YES)

    def step(self, name: str) -> Step | None:
        """The named criterion's step, if the rule has it."""
        return next((s for s in self.steps if s.criterion == name), None)
