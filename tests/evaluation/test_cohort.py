"""Two versions over a cohort: who is answered otherwise, by which criterion, and which cards come and go."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.engine.evaluate import decider
from service.evaluation.comparison import ABSENT, Cards, Case, Reason
from service.evaluation.pooling import SHARE, compare_cohort
from service.lab.cohort import write_cohort
from service.library import Book, PinError
from tests.assurance import record
from tests.stories.chart import chart, finding, fusion, nrs
from tests.stories.replay import ROOT, book

DAY = datetime(2026, 3, 1, tzinfo=UTC)
RULE = "stage-weeks-1-6"
EARLY = chart(fusion("2026-02-10"), nrs(6, "2026-02-20", region="leg"))
OLD = chart(fusion("2025-03-15"))


def changed(rule: str, change: Any) -> Book:
    """The shipped book with a draft 9.0.0 of a rule, changed."""
    shipped = book()
    draft = change(replace(shipped.versions[rule][0], version="9.0.0", status="draft"))
    versions = {**shipped.versions, rule: (*shipped.versions[rule], draft)}
    return Book(shipped.digest, shipped.vocabularies, versions, {**shipped.deciders, (rule, "9.0.0"): decider(draft)})


def compare(given: Book, rule: str, *bodies: bytes, processes: int = 1) -> Any:
    case = Case(rule, "1.0.0", "9.0.0", DAY, ZoneInfo("UTC"))
    return compare_cohort(given, case, ((f"b{n}", body) for n, body in enumerate(bodies)), processes)


def asking(name: str, **changes: Any) -> Any:
    return lambda rule: replace(rule, criteria={**rule.criteria, name: replace(rule.criteria[name], **changes)})


def test_the_same_rule_changes_nothing() -> None:
    result = compare(changed(RULE, lambda rule: rule), RULE, EARLY, OLD)
    assert result.patients == 2 and not result.changed and not result.refused


def test_a_changed_answer_is_told_with_its_reasons_and_cards() -> None:
    given = changed(RULE, asking("weeks_1_6", argument=(0, 10)))
    result = compare(given, RULE, EARLY, OLD, b"no Bundle")
    (one,) = result.changed
    assert (one.where, one.patient, one.before, one.after) == ("b0", "p1", "yes", "no")
    assert [(reason.criterion, reason.before, reason.after) for reason in one.reasons] == [("weeks_1_6", "yes", "no")]
    assert RULE in one.cards.lost and not set(one.cards.gained) & {RULE}
    assert result.refused == ["b2"] and result.answers[("yes", "no")] == 1


def test_a_criterion_of_one_version_only() -> None:
    def without(rule: Any) -> Any:
        first, *rest = rule.criteria.values()
        renamed = {f"{first.name}_new": replace(first, name=f"{first.name}_new"), **{one.name: one for one in rest}}
        ways = tuple(replace(way, all=tuple(f"{n}_new" if n == first.name else n for n in way.all)) for way in rule.ways)
        return replace(rule, criteria=renamed, ways=ways, family="data")

    (one,) = compare(changed("stage-weeks-1-6", without), "stage-weeks-1-6", EARLY).changed or [None]
    if one is not None:
        assert {(reason.before, reason.after) for reason in one.reasons} == {(ABSENT, "yes"), ("yes", ABSENT)}


def test_precedence_alone_can_take_a_card_away() -> None:
    body = chart(fusion("2025-03-15"), finding("saddle-sensory-change", True, "2026-02-27"))
    rule = "red-flag-cauda-equina"
    louder = lambda one: replace(one, face=replace(one.face, indicator="warning", variants=()))  # noqa: E731
    (one,) = compare(changed(rule, louder), rule, body).changed
    assert one.before == one.after == "yes" and one.reasons == ()
    assert one.cards == Cards(altered=(f"{rule} (critical to warning)",))


def test_a_rule_about_what_could_not_be_judged() -> None:
    body = chart(fusion("2025-03-15"), finding("saddle-sensory-change", {"valueString": "?"}, "2026-02-27"))
    result = compare(changed("data-unreadable", lambda rule: rule), "data-unreadable", body)
    assert result.answers.total() == 1 and not result.changed


def test_several_processes_tell_what_one_tells() -> None:
    given = changed(RULE, asking("weeks_1_6", argument=(0, 10)))
    bodies = [line.encode() for line in write_cohort(SHARE * 2 + 20, 3, date(2026, 3, 1))]
    one, two = (compare(given, RULE, *bodies, processes=processes) for processes in (1, 2))
    assert one == two and one.patients == len(bodies) and one.changed
    few = compare(given, RULE, *bodies[:5], processes=2)
    assert few.patients == 5


def test_an_unknown_version_is_named() -> None:
    with pytest.raises(PinError, match=r"there are 1\.0\.0"):
        compare(book(), RULE, EARLY)


def test_a_reason_names_the_sentence() -> None:
    given = changed(RULE, asking("weeks_1_6", argument=(0, 10)))
    (one,) = compare(given, RULE, EARLY).changed
    assert one.reasons == (Reason("weeks_1_6", book().versions[RULE][0].criteria["weeks_1_6"].says, "yes", "no"),)


FULL = bool(os.environ.get("POSTFUSION_FULL"))
PATIENTS = 10_000 if FULL else 300


@pytest.mark.slow
def test_ten_thousand_patients_take_less_than_ten_seconds(tmp_path: Path) -> None:
    """By the time spent on two free cores, so that a busy machine does not decide; a slow one gets as much longer as it is slower.

    Without POSTFUSION_FULL=1 a small cohort goes the same way, and the clock, which coverage would falsify, is left alone.
    """
    file = tmp_path / "cohort.ndjson"
    file.write_text("".join(write_cohort(PATIENTS, 5, date(2026, 3, 1))))
    slowness = measured() if FULL else 0.0
    words = ["compare", "si-joint-possible", "1.0.0", "1.1.0", "--cohort", str(file), "--as-of", "2026-03-01"]
    begun = spent()
    command = [sys.executable, "-m", "service.cli", "rules", "--root", str(ROOT / "rules"), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{PATIENTS} patients as of 2026-03-01, 0 changed" in done.stdout
    if FULL:
        record("compare-10000", f"{(spent() - begun) / 2:.1f}", "s on two free cores for 10,000 patients")
        assert (spent() - begun) / 2 < 10 * max(slowness, measured())


def measured() -> float:
    """How many times slower than a common core this one counts to ten million just now; at least 1."""
    begun = time.process_time()
    sum(1 for _ in range(10_000_000))
    return max(1.0, (time.process_time() - begun) / 0.4)


def spent() -> float:
    """Seconds of processor that ended children took, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
