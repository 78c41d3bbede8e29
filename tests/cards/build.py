"""Two rules with everything a card can have, decided over small facts."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from service.cards import CardContext, make_cards
from service.engine.answers import Answer
from service.engine.compile import compile_rule
from service.engine.dates import Duration
from service.engine.facts import Facts, Item
from service.engine.precedence import Showing, arrange
from service.engine.rule import Action, Citation, Note, Rule, Suggestion, Variant, Way
from service.engine.verdict import Verdict
from service.engine.vocabulary import Code, ValueSet, Vocabulary
from tests.engine.build import ago, criterion, face, facts, number, present, rule, seen

AS_OF = "2026-03-01T00:00:00+00:00"
REASON_SYSTEM = "https://postfusion.example.org/CodeSystem/override-reasons"
REASONS = ValueSet(
    "override-reasons",
    "Override reasons",
    "Why a card is put aside",
    tuple(Code(REASON_SYSTEM, code, code.replace("-", " "), "project") for code in ("already-addressed", "not-applicable")),
)
MRI = ("http://loinc.org", "24967-2", "MR Lumbar spine")
WEAKNESS = ("http://snomed.info/sct", "26544005", "Muscle weakness")


def order(label: str, **more: Any) -> Suggestion:
    """A suggestion of one draft order."""
    return Suggestion(label, (Action("ServiceRequest", label, (MRI,)),), **more)


def alarm(**more: Any) -> Rule:
    """A red flag with a message to send and a diagnosis to note."""
    message = Action("CommunicationRequest", "Message the spine team", text="Please review today", priority="stat")
    plain: dict[str, Any] = {
        "family": "alarm",
        "needs_index": "undated_too",
        "urgency": "same-day",
        "concern": "new leg weakness",
        "certainty": "moderate",
        "strength": "strong",
        "limits": "Pain can look like weakness.",
        "citations": {
            "guide": Citation("A guide for patients", "Red flags"),
            "paper": Citation("A paper (2020)", url="https://example.org/paper_(1)", checked=True),
        },
        "ways": (Way("new", any=("foot_drop", "strength"), none=("both",)),),
        "face": face(
            "critical",
            summary="New leg weakness after lumbar fusion",
            detail="Weakness can mean nerve compression.",
            suggestions=(
                Suggestion("Message the spine team now", (message,), recommended=True),
                Suggestion("Note a motor deficit", (Action("Condition", "Motor deficit", (WEAKNESS,)),), recommended=True),
            ),
            selection="at-most-one",
            override_reasons=("not-applicable", "already-addressed", "unknown-reason"),
        ),
    }
    asked = [
        criterion("foot_drop", within=Duration(14, "days"), if_unknown=Answer.NO, because="guide"),
        criterion("strength", if_unknown=Answer.NO, because="paper"),
        criterion("both", if_unknown=Answer.NO, because="paper"),
    ]
    return rule("red-flag", asked, **{**plain, **more})


def work_up(**more: Any) -> Rule:
    """A warning with a number, a variant, notes, checks and suggestions under conditions."""
    plain: dict[str, Any] = {
        "family": "criteria",
        "needs_index": "yes",
        "urgency": "soon",
        "checks": {
            "mri": criterion("mri", fact="mri_done", open="lumbar MRI"),
            "ct": criterion("ct", fact="ct_done", open="CT"),
        },
        "ways": (Way("late", all=("months", "pain"), none=("labelled",)), Way("severe", all=("months", "score"))),
        "face": face(
            "warning",
            summary="{months_since_index} months after lumbar fusion with lasting pain",
            detail="The record meets the criteria.",
            variants=(Variant("severe", summary="Severe pain of {last_pain}", indicator="critical", urgency="same-day"),),
            notes=(Note("severe", "The last score was {last_pain}."), Note("labelled", "Never said.")),
            suggestions=(
                order("Order MRI", check="mri", elective=True),
                order("Order CT", check="ct", elective=True),
                order("Refer to a specialist"),
                order("Refer at once", when="severe"),
                order("Wait and see", unless="severe"),
            ),
        ),
    }
    asked = [
        criterion("months", "at_least", Decimal(6), fact="months_since_index"),
        criterion("pain"),
        criterion("score", "at_least", Decimal(7), fact="last_pain", if_unknown=Answer.NO),
        criterion("labelled", if_unknown=Answer.NO),
    ]
    return rule("work-up", asked, **{**plain, **more})


WEAK = {"foot_drop": present(when=ago(2), saw=seen("Observation/foot", "left", "2026-02-27"))}
PAINFUL: dict[str, Any] = {
    "lumbar_fusion_dated": present(saw=seen("Procedure/fusion", "", "2025-08-01")),
    "months_since_index": number(7, saw=seen("Procedure/fusion", "7 mo", "2025-08-01")),
    "pain": present(saw=seen("Observation/pain", "5", "2026-02-20")),
    "mri_done": present(),
}


def context(held: Facts, **more: Any) -> CardContext:
    """A context with counted uuids."""
    counter = count(1)
    new_id: Callable[[], str] = lambda: str(UUID(int=next(counter), version=4))  # noqa: E731
    vocabularies = {"1.0.0": Vocabulary("1.0.0", {}, {REASONS.id: REASONS}, {})}
    return CardContext(
        **{"patient": "Patient/p1", "as_of": AS_OF, "facts": {"1.0.0": held}, "vocabularies": vocabularies, "new_id": new_id, **more}
    )


def showings(held: Facts, *rules: Rule) -> Sequence[Showing]:
    """The rules decided over the facts and arranged."""
    said: dict[str, Verdict] = {}
    for one in rules:
        said[one.id] = compile_rule(one)(held, said)
    return arrange(said.values())


def cards_of(*rules: Rule, given: dict[str, Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    """The cards of these rules over the given items (by default weakness and pain)."""
    held = facts(**(given if given is not None else {**WEAK, **PAINFUL}))
    return make_cards(showings(held, *rules), context(held, **more))


def card_of(the_rule: Rule, given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The one card of one rule."""
    (card,) = cards_of(the_rule, given=given, **more)
    return card


def note_rule(name: str, **more: Any) -> Rule:
    """An info rule that always fires."""
    return rule(name, [criterion("always", "recorded", False)], **{"family": "stage", **more})


def hostile(text: str, when: str = "", resource: str = "Observation/o1") -> Item:
    """A finding whose evidence carries `text`."""
    return present(saw=seen(resource, text, when))
