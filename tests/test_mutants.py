"""Small wrong changes of the rule documents are noticed by the tests the documents carry."""

from pathlib import Path

import pytest
import yaml

from service.engine.rule import Rule
from service.library import load_book
from service.library.compare import mutants, survivors
from tests.assurance import record

ROOT = Path(__file__).parent.parent / "rules"
KNOWN: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "equivalent_mutants.yaml").read_text(encoding="utf-8"))
RULES = [rule for versions in load_book(ROOT, verify_lock=False).versions.values() for rule in versions]
NEEDED = 0.95
counts: dict[str, tuple[int, int]] = {}


@pytest.mark.parametrize("rule", RULES, ids=lambda one: f"{one.id}@{one.version}")
def test_every_change_is_noticed_or_explained(rule: Rule) -> None:
    unseen = survivors(rule)
    counts[f"{rule.id}@{rule.version}"] = len(unseen), sum(1 for _ in mutants(rule))
    known = KNOWN.get(rule.id, {})
    assert not set(unseen) - known.keys(), "no test notices; add one to the document"
    assert not known.keys() - set(unseen), "noticed after all: take it out of equivalent_mutants.yaml"


def test_nearly_all_changes_are_noticed_by_the_documents_alone() -> None:
    """The share over all rules, explained ones counted as unnoticed."""
    left = [rule for rule in RULES if f"{rule.id}@{rule.version}" not in counts]
    measured = [*counts.values(), *((len(survivors(rule)), sum(1 for _ in mutants(rule))) for rule in left)]
    unseen, made = (sum(column) for column in zip(*measured, strict=True))
    assert made > 1500
    record("mutants-of-rules", f"{100 * (1 - unseen / made):.1f} %", f"of {made:,} changes noticed, explained ones counted as unnoticed")
    assert 1 - unseen / made >= NEEDED


def test_reasons_are_given_for_rules_that_exist() -> None:
    assert KNOWN.keys() <= {rule.id for rule in RULES}
    assert all(reason for changes in KNOWN.values() for reason in changes.values())
