"""What the cards of one answer share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.engine.facts import Facts
from service.engine.vocabulary import Vocabulary

CANONICAL = "https://postfusion.example.org"


@dataclass(frozen=True, slots=True)
class CardContext:
    """Who the cards are about, and what they may point at.

    `patient` is a reference such as `Patient/p1`; `as_of` the instant of the answer as ISO text. `facts` and `vocabularies`
    are keyed by vocabulary version. `new_id` gives a fresh UUID at each call. Links to the rule pages appear only when
    `public_url` is https; `canonical` is the base of the project's own code systems. `wording` holds, by rule, a sentence that
    the site adds about urgency.
    """

    patient: str
    as_of: str
    facts: Mapping[str, Facts]
    vocabularies: Mapping[str, Vocabulary]
    new_id: Callable[[], str]
    public_url: str = ""
    canonical: str = CANONICAL
    wording: Mapping[str, str] = field(default_factory=dict)

    def page(self, path: str) -> str:
        """Address of a page of this service, or nothing when it has no public https address."""
        return f"{self.public_url.rstrip('/')}/{path}" if self.public_url.startswith("https://") else ""
