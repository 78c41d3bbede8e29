"""Why a rule stayed silent: the criteria in the way, and the smallest change of the facts that would make it fire."""

from collections.abc import Mapping
from typing import Any

from service.engine.answers import Answer
from service.engine.compile import Decide
from service.engine.dates import Span
from service.engine.evaluate import comes_late, with_notices
from service.engine.facts import Facts
from service.engine.needed import needs
from service.engine.verdict import Verdict
from service.engine.vocabulary import FactSpec
from service.engine.whatif import smallest_change


def in_the_way(
    verdict: Verdict, decide: Decide, facts: Facts, said: Mapping[str, Verdict], specs: Mapping[str, FactSpec], operation: Span | None
) -> list[dict[str, Any]]:
    """The criteria in the way of a verdict that is not yes, each with its answer and what it needs. `said`: every rule's verdict.

    Empty for a rule that fired or threw, and where no change of the facts would make it fire.
    """
    if verdict.answer is Answer.YES:
        return []
    others = {rule: other for rule, other in said.items() if rule != verdict.rule.id}
    if comes_late(verdict.rule):
        facts = with_notices(facts, (other for other in others.values() if not comes_late(other.rule)))
    changes = smallest_change(verdict.rule, decide, verdict, facts, others, specs)
    return [
        {
            "criterion": change.criterion.name,
            "says": change.criterion.says,
            "answer": str(change.now.answer),
            "needs": needs(change, facts, specs, operation),
        }
        for change in changes
    ]
