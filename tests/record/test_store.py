"""What is written is there, once, and reports count it rightly."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service.record import (
    Kept,
    Period,
    Purged,
    Reason,
    Report,
    Store,
    as_csv,
    as_json,
    as_ndjson,
    days,
    make_report,
    ping,
    purge,
    write_decision,
    write_feedback,
)
from service.record.store import reading
from service.record.tables import answer, decision, feedback, taken
from tests.record.conftest import NOW, a_card, a_decision, a_feedback, answered, counts

ALL = Period()
LATER = NOW + timedelta(days=10)


def rows(store: Store, table: Any) -> list[Any]:
    with reading(store) as connection:
        return list(connection.execute(select(table)))


def line(report: Report, rule: str, *, shadow: bool = False) -> Any:
    (found,) = [one for one in report.lines if one.rule == rule and one.shadow == shadow]
    return found


def test_a_decision_is_kept_whole(store: Store) -> None:
    made = a_decision(a_card("rule-a", "1.0.0", "Examine", "Refer"))
    write_decision(store, made)
    (row,) = rows(store, decision)
    for name in ("id", "at", "surface", "service", "hook", "instance", "patient", "caller", "duration_ms", "release", "pinned"):
        assert getattr(row, name) == getattr(made, name)
    assert row.at.tzinfo is not None
    assert sorted(r.answer for r in rows(store, answer)) == ["no", "unknown", "yes"]
    assert counts(store) | {"rule_version": 3, "decision": 1, "answer": 3, "card": 1, "suggestion": 2} == counts(store)


def test_a_rule_version_is_kept_once(store: Store) -> None:
    for _ in range(3):
        write_decision(store, a_decision(a_card()))
    write_decision(store, a_decision(a_card("more-information"), answers=(answered(version="1.1.0"),)))
    assert counts(store)["rule_version"] == 5
    assert counts(store)["answer"] == 10


def test_a_decision_without_rules_or_cards(store: Store) -> None:
    write_decision(store, a_decision(answers=()))
    assert counts(store)["decision"] == 1


def test_instants_are_instants(store: Store) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    write_decision(store, a_decision(at=east))
    assert rows(store, decision)[0].at == NOW
    write_feedback(store, [a_feedback("c", outcome_at=east), a_feedback("c", outcome_at=NOW)])
    assert counts(store)["feedback"] == 1


def test_feedback(store: Store) -> None:
    card = a_card("rule-a", "1.0.0", "Examine")
    write_decision(store, a_decision(card))
    items = [
        a_feedback(card.uuid, "accepted", suggestions=(card.suggestions[0].uuid, card.suggestions[0].uuid)),
        a_feedback(card.uuid, reason=Reason("https://example.org/reasons", "done"), commented=True, comment="x"),
    ]
    assert write_feedback(store, items) == Kept(new=2)
    accepted, overridden = rows(store, feedback)
    assert (accepted.outcome, accepted.reason_code, accepted.commented, accepted.comment) == ("accepted", "", False, None)
    assert (overridden.outcome, overridden.reason_code, overridden.commented, overridden.comment) == ("overridden", "done", True, "x")
    assert [row.suggestion for row in rows(store, taken)] == [card.suggestions[0].uuid]


def test_a_repeat_is_one_row_and_no_error(store: Store) -> None:
    item = a_feedback("c", "accepted", suggestions=("s",))
    assert write_feedback(store, [item, item]) == Kept(new=1, repeated=1, unmatched=2)
    assert write_feedback(store, [item]) == Kept(repeated=1, unmatched=1)
    others = [a_feedback("c"), a_feedback("c2", "accepted")]
    others += [a_feedback("c", "accepted", outcome_at=LATER), a_feedback("c", "accepted", service="x")]
    assert write_feedback(store, others).new == 4
    assert counts(store)["feedback"] == 5
    assert counts(store)["taken"] == 1


def test_unknown_cards_are_kept_as_unmatched(store: Store) -> None:
    card = a_card()
    write_decision(store, a_decision(card))
    kept = write_feedback(store, [a_feedback("no-such"), a_feedback(card.uuid), a_feedback(card.uuid, service="another")])
    assert kept == Kept(new=3, unmatched=2)
    report = make_report(store, ALL)
    assert report.unmatched == 2
    assert line(report, "rule-a").overridden == 1


def test_nothing_to_keep(store: Store) -> None:
    assert write_feedback(store, []) == Kept()


def test_what_a_report_counts(store: Store) -> None:
    cards = [a_card("rule-a", "1.0.0", "Examine", "Refer") for _ in range(4)]
    told = (answered(), answered("draft", shown=False, shadow=True), answered("c", answer="unknown", failed=True))
    for card in cards:
        write_decision(store, a_decision(card, answers=told))
    write_decision(store, a_decision(answers=(answered(answer="no"),)))
    examine, refer = cards[0].suggestions
    done, wrong = Reason("s", "done"), Reason("s", "wrong")
    write_feedback(
        store,
        [
            a_feedback(cards[0].uuid, "accepted", suggestions=(examine.uuid, refer.uuid)),
            a_feedback(cards[0].uuid, "accepted", suggestions=(examine.uuid,), outcome_at=LATER),
            a_feedback(cards[1].uuid, "accepted", suggestions=(cards[1].suggestions[0].uuid, "not-of-this-card")),
            a_feedback(cards[1].uuid, reason=wrong),
            a_feedback(cards[2].uuid, reason=done),
            a_feedback(cards[3].uuid, reason=done),
        ],
    )
    report = make_report(store, ALL)
    assert (report.decisions, report.unmatched) == (5, 0)
    a = line(report, "rule-a")
    assert (a.evaluated, a.fired, a.could_not_tell, a.failed, a.shown, a.accepted, a.overridden) == (5, 4, 0, 0, 4, 2, 3)
    assert a.reasons == ((done, 2), (wrong, 1))
    assert a.suggestions == (("Examine", 2), ("Refer", 1))
    draft = line(report, "draft", shadow=True)
    assert (draft.fired, draft.shown, draft.accepted) == (4, 0, 0)
    c = line(report, "c")
    assert (c.could_not_tell, c.failed, c.fired) == (4, 4, 0)


def test_versions_stay_apart_and_cards_without_a_rule_are_counted(store: Store) -> None:
    old, new, folded = a_card(), a_card("rule-a", "1.1.0"), a_card("more-information")
    write_decision(store, a_decision(old, folded))
    write_decision(store, a_decision(new, answers=(answered(version="1.1.0"),)))
    write_feedback(store, [a_feedback(old.uuid), a_feedback(folded.uuid)])
    told = {(one.rule, one.version): one.overridden for one in make_report(store, ALL).lines}
    assert told[("rule-a", "1.0.0")] == 1
    assert told[("rule-a", "1.1.0")] == 0
    assert told[("more-information", "1.0.0")] == 1


@pytest.mark.parametrize("change", [{"pinned": True}, {"surface": "evaluate"}, {"surface": "evaluate", "service": ""}])
def test_pins_and_other_surfaces_never_count(store: Store, change: dict[str, Any]) -> None:
    card = a_card("rule-a", "1.0.0", "Examine")
    write_decision(store, a_decision(card, **change))
    write_feedback(store, [a_feedback(card.uuid), a_feedback(card.uuid, "accepted", suggestions=(card.suggestions[0].uuid,))])
    report = make_report(store, ALL)
    assert (report.decisions, report.lines) == (0, ())


def test_only_five_reasons_are_told(store: Store) -> None:
    cards = [a_card() for _ in range(7)]
    write_decision(store, a_decision(*cards))
    write_feedback(store, [a_feedback(card.uuid, reason=Reason("s", f"r{i}")) for i, card in enumerate(cards)])
    assert [reason.code for reason, _ in line(make_report(store, ALL), "rule-a").reasons] == ["r0", "r1", "r2", "r3", "r4"]


def test_days_are_days_of_the_zone(store: Store) -> None:
    zone = ZoneInfo("America/New_York")
    first, last = date(2026, 3, 7), date(2026, 3, 8)  # the 8th has 23 hours there
    moments = [datetime(2026, 3, 7, 5, tzinfo=UTC), datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC)]
    for at in [moments[0] - timedelta(microseconds=1), *moments, datetime(2026, 3, 9, 4, tzinfo=UTC)]:
        write_decision(store, a_decision(at=at))
        write_feedback(store, [a_feedback("no-such", received_at=at, outcome_at=at)])
    for period, expected in (
        (days(first, last, zone), 2),
        (days(first, None, zone), 3),
        (days(None, last, zone), 3),
        (days(None, None, zone), 4),
        (days(first, first, zone), 1),
    ):
        report = make_report(store, period)
        assert (report.decisions, report.unmatched) == (expected, expected)


def test_feedback_counts_with_its_decision(store: Store) -> None:
    card = a_card()
    write_decision(store, a_decision(card))
    write_feedback(store, [a_feedback(card.uuid, received_at=LATER, outcome_at=LATER)])
    assert line(make_report(store, days(NOW.date(), NOW.date(), UTC)), "rule-a").overridden == 1
    assert make_report(store, days(LATER.date(), None, UTC)).lines == ()


def test_an_empty_record(store: Store) -> None:
    assert make_report(store, ALL) == Report(0, 0)


def test_forms(store: Store) -> None:
    card = a_card("rule-a", "1.0.0", "=Examine, now")
    write_decision(store, a_decision(card))
    taken_one = card.suggestions[0].uuid
    write_feedback(store, [a_feedback(card.uuid, "accepted", suggestions=(taken_one,)), a_feedback(card.uuid, reason=Reason("s", "+1"))])
    report = make_report(store, ALL)
    first, *_ = csv.DictReader(io.StringIO("".join(as_csv(report))))
    assert list(first)[:4] == ["rule", "version", "shadow", "evaluated"]
    assert (first["rule"], first["shadow"], first["fired"], first["accepted"]) == ("rule-a", "no", "1", "1")
    assert first["reasons"] == "'+1: 1"  # no formula for a spreadsheet
    assert first["suggestions"] == "'=Examine, now: 1"
    lines = [json.loads(text) for text in as_ndjson(report)]
    assert lines == as_json(report)["rules"]
    assert lines[0]["reasons"] == [{"system": "s", "code": "+1", "count": 1}]
    assert all(text.endswith("\n") for text in as_ndjson(report))


def test_purge(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.record.purging.BITE", 2)
    cards = [a_card("rule-a", "1.0.0", "Examine") for _ in range(5)]
    for card in cards:
        write_decision(store, a_decision(card))
    young = a_card()
    write_decision(store, a_decision(young, at=LATER))
    # feedback on an old card goes with it, however late it came
    write_feedback(store, [a_feedback(card.uuid, "accepted", suggestions=("s",), received_at=LATER) for card in cards])
    write_feedback(store, [a_feedback("no-such"), a_feedback(young.uuid, received_at=LATER)])
    assert purge(store, NOW + timedelta(days=1)) == Purged(decisions=5, feedback=6)
    left = counts(store)
    assert {name: left[name] for name in ("decision", "answer", "card", "suggestion", "feedback", "taken")} == {
        "decision": 1,
        "answer": 3,
        "card": 1,
        "suggestion": 0,
        "feedback": 1,
        "taken": 0,
    }
    assert purge(store, NOW + timedelta(days=1)) == Purged()
    assert make_report(store, ALL).unmatched == 0


def test_the_bound_of_a_purge_is_kept(store: Store) -> None:
    write_decision(store, a_decision())
    assert purge(store, NOW) == Purged()
    assert purge(store, NOW + timedelta(microseconds=1)) == Purged(decisions=1)


def test_ping(store: Store) -> None:
    before = counts(store)
    ping(store)
    ping(store)
    assert counts(store) == before


def test_no_instant_stays_none(store: Store) -> None:
    kind = decision.c.at.type
    assert kind.process_bind_param(None, store.engine.dialect) is None
    assert kind.process_result_value(None, store.engine.dialect) is None
