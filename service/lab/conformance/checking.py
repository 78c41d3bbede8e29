"""What a check is, and the list all checks put themselves on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from service.lab.conformance.ehr import Ehr

MUST: Final = "MUST"
SHOULD: Final = "SHOULD"
OWN: Final = "OWN"
Look = Callable[[Ehr], Iterable[str]]


class Skip(Exception):
    """A check that has nothing to look at here; the text says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. MUST and SHOULD stand in the specification; OWN is good practice of this tool.

    `look` gives a sentence for each fault; none is a pass. It may raise Skip.
    """

    id: str
    group: str
    level: str
    text: str
    look: Look


CHECKS: Final[list[Check]] = []


def of_group(group: str, prefix: str) -> Callable[[str, str, str], Callable[[Look], Look]]:
    """A decorator for the checks of one group: `@check("answers", MUST, "what is demanded")`."""

    def check(name: str, level: str, text: str) -> Callable[[Look], Look]:
        def keep(look: Look) -> Look:
            CHECKS.append(Check(f"{prefix}.{name}", group, level, text, look))
            return look

        return keep

    return check
