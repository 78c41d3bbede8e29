"""The site file: what it may say, what it does to an answer, and that an alarm is never taken back in silence."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.evaluation import Outcome, Question, SitePolicy, evaluate_bundle, read_policy
from service.library import BookError
from tests.stories.chart import chart, finding, fusion
from tests.stories.replay import book

DAY = datetime(2026, 3, 1, tzinfo=UTC)
BODY = chart(fusion("2025-03-15"), finding("saddle-sensory-change", True, "2026-02-27"), finding("foot-drop-new", True, "2026-02-27"))
ALARM = "red-flag-cauda-equina"


def policy(text: str) -> SitePolicy:
    return read_policy(f"rules:\n{text}\n".encode(), book())


def told(text: str = "", **question: Any) -> Outcome:
    asked = Question(DAY, ZoneInfo("UTC"), policy=policy(text) if text else None, public_url="https://x.example", **question)
    return evaluate_bundle(BODY, asked, book())


def shown(outcome: Outcome) -> list[str]:
    return [card["extension"]["org.postfusion"]["rule"] for card in outcome.cards]


def listed(outcome: Outcome) -> set[str]:
    return {verdict["rule"] for verdict in outcome.verdicts}


def test_without_a_site_file_the_alarm_is_shown() -> None:
    outcome = told()
    assert ALARM in shown(outcome) and not outcome.shadow and not outcome.switched


def test_a_rule_in_the_shadow_is_recorded_only() -> None:
    outcome = told(f"  {ALARM}: {{show: shadow, reason: Being tried out}}")
    assert ALARM not in shown(outcome) and ALARM not in listed(outcome)
    assert [(one.rule, one.version, one.answer) for one in outcome.shadow] == [(ALARM, "1.0.0", "yes")]
    assert [str(one) for one in outcome.switched] == [f"The alarm rule {ALARM} is in the shadow at this site: Being tried out"]
    assert outcome.outcome["issue"][-1]["diagnostics"] == str(outcome.switched[0])


def test_a_rule_that_is_off_is_not_recorded_either() -> None:
    outcome = told(f"  {ALARM}: {{show: off, reason: Another pathway}}")
    assert ALARM not in shown(outcome) and ALARM not in listed(outcome) and not outcome.shadow
    assert "is off at this site: Another pathway" in str(outcome.switched[0])


def test_other_rules_still_get_its_answer() -> None:
    """The motor deficit card is raised by cauda equina only where that is shown, but questions about alarms are answered as before."""
    before, after = told(), told(f"  {ALARM}: {{show: off, reason: Another pathway}}")
    steps = {v["rule"]: v["answer"] for v in before.verdicts if v["rule"] != ALARM}
    assert {v["rule"]: v["answer"] for v in after.verdicts} == steps


def test_hooks_can_be_left_out() -> None:
    text = f"  {ALARM}: {{hooks: [order-sign], reason: Only at orders}}"
    assert ALARM not in shown(told(text))
    assert ALARM in shown(told(text, hook="order-sign"))
    assert "not shown at encounter-discharge" in str(told(text).switched[0])


def test_a_sentence_about_urgency_is_added() -> None:
    (card,) = (one for one in told(f"  {ALARM}: {{urgency: Call extension 1234.}}").cards if "cauda" in one["summary"].lower())
    assert "\n\nCall extension 1234.\n\n" in card["detail"]
    assert not told(f"  {ALARM}: {{urgency: Call extension 1234.}}").switched


def test_a_pinned_rule_is_shown_whatever_the_site_says() -> None:
    assert ALARM in shown(told(f"  {ALARM}: {{show: off, reason: Another pathway}}", pins=(f"{ALARM}@1.0.0",)))


def test_the_digest_joins_the_release() -> None:
    texts = ("", "  stage-weeks-1-6: {show: off}", "  stage-weeks-1-6: {show: on}")
    assert len({told(text).release_digest for text in texts}) == 3
    assert policy("  stage-weeks-1-6: {show: off}").digest == policy("  # said otherwise\n  stage-weeks-1-6:\n    show: off").digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  red-flag-cauda-equin: {show: off, reason: x}", "did you mean red-flag-cauda-equina?"),
        (f"  {ALARM}: {{shwo: off}}", "unknown key; did you mean show?"),
        (f"  {ALARM}: {{show: of}}", "did you mean off?"),
        (f"  {ALARM}: {{show: off}}", "for it to be off a written reason is needed"),
        (f"  {ALARM}: {{show: shadow}}", "for it to be in the shadow a written reason is needed"),
        (f"  {ALARM}: {{hooks: [patient-view]}}", "a written reason is needed"),
        ("  stage-weeks-1-6: {hooks: [order-sign]}", "is not among the hooks of this rule"),
        ("  stage-weeks-1-6: {hooks: [patient-veiw]}", "did you mean patient-view?"),
        ("  stage-weeks-1-6: {show: off}\n  stage-weeks-1-6: {show: on}", "is given twice"),
        ("  stage-weeks-1-6: {urgency: '<b>now</b>'}", "must not hold HTML"),
        ("rule: {}", "unknown key"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str, said: str) -> None:
    with pytest.raises(BookError) as caught:
        policy(text if text.startswith(" ") else f"  stage-weeks-1-6: {{show: on}}\n{text}")
    assert said in str(caught.value)
    assert all(problem.file == "site file" for problem in caught.value.problems)
