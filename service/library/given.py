"""Inline tests as written -> facts: the short forms in which a test states what a patient's record holds."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.engine.answers import Answer, Gap
from service.engine.compile import GATES
from service.engine.dates import Span, add_months, day_before, month_of, on, year_of
from service.engine.facts import Bounds, Evidence, Fact, Item, Order, Value
from service.engine.vocabulary import FactSpec
from service.library.arguments import Desk
from service.library.fields import NUMBER, YES_NO
from service.library.problems import Path

AS_OF = date(2026, 3, 1)
AGO = re.compile(r"(\d{1,4}) (days?|months?)( less a day| and a day)? ago")
PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
ITEM_KEYS = ("days_ago", "months_ago", "undated", "order", "side")
VALUE_KEYS = {"presence": "is", "number": "value", "date": "on", "words": "words"}
YES_NO_WORDS = {written: "yes" if value else "no" for written, value in YES_NO.items()}
SAW = (Evidence("Test/given"),)


class WrittenTest(dict[str, Any]):
    """A test as written, with the facts and the answers of other rules that it gives."""

    held: Mapping[str, Fact]
    said: Mapping[str, Answer]


class Wrong(Exception):
    """A given value cannot be read."""

    def __init__(self, reason: str, choices: tuple[str, ...] = (), got: str = "") -> None:
        super().__init__(reason)
        self.reason, self.choices, self.got = reason, choices, got


def written_tests(body: Mapping[str, Any], desk: Desk) -> tuple[WrittenTest, ...]:
    """The tests of a document. Faults are noted on the desk's report."""
    tests = body["tests"]
    names = [test["name"] for test in tests]
    for index, test in enumerate(tests):
        if names.index(test["name"]) != index:
            desk.report.add(("tests", index, "name"), "is the name of an earlier test too")
        _expectation(test, body, ("tests", index), desk)
    return tuple(_written(test, body, ("tests", index), desk) for index, test in enumerate(tests))


def _expectation(test: Mapping[str, Any], body: Mapping[str, Any], path: Path, desk: Desk) -> None:
    for key in ("as", "way"):
        if key in test and test["expect"] != "fires":
            desk.report.add((*path, key), "belongs to tests that expect fires")
    if "way" in test:
        desk.report.known((*path, "way"), test["way"], body.get("ways", ("fires",)), "way")
    if "as" in test and "card" not in body:
        desk.report.add((*path, "as"), "needs a card, and this rule has none")


def _written(test: Mapping[str, Any], body: Mapping[str, Any], path: Path, desk: Desk) -> WrittenTest:
    made = WrittenTest(test)
    given = dict(test["given"])
    made.said = _said(given.pop("rules", {}), body, (*path, "given", "rules"), desk)
    asked = _asked(body)
    held = {name: Fact(silence=desk.vocabulary.facts[name].silence) for name in asked if name in desk.vocabulary.facts}
    held.update({gate: Fact((Item(when=on(AS_OF), saw=SAW),)) for gate, _ in GATES.values() if gate not in given})
    for name, raw in given.items():
        if desk.report.known((*path, "given", name), name, (*asked, "rules"), "fact (of those this rule asks)"):
            fact = _fact(desk.vocabulary.facts.get(name), raw, (*path, "given", name), desk)
            held |= {name: fact} if fact else {}
    made.held = held
    return made


def _asked(body: Mapping[str, Any]) -> tuple[str, ...]:
    bodies = [*body["criteria"].values(), *body.get("checks", {}).values()]
    gates = [gate for gate, _ in GATES.values()]
    return tuple(dict.fromkeys([*(one["fact"] for one in bodies if "fact" in one), *gates]))


def _said(raw: Any, body: Mapping[str, Any], path: Path, desk: Desk) -> dict[str, Answer]:
    bodies = [*body["criteria"].values(), *body.get("checks", {}).values()]
    named = {one["rule"] for one in bodies if "rule" in one} | {r for rules in body.get("raised_by", {}).values() for r in rules}
    asks_family = any("family" in one for one in bodies)
    said: dict[str, Answer] = {}
    if not isinstance(raw, dict):
        desk.report.add(path, "must be a mapping of rules to yes, no or unknown")
        return said
    for rule, answer in raw.items():
        word = YES_NO_WORDS.get(str(answer), str(answer))
        asked = asks_family or desk.report.known((*path, rule), rule, sorted(named), "rule (of those this rule asks)")
        if asked and desk.report.known((*path, rule), word, list(Answer), "answer"):
            said[rule] = Answer(word)
    return said


def _fact(spec: FactSpec | None, raw: Any, path: Path, desk: Desk) -> Fact | None:
    if spec is None:
        return None
    try:
        items = [_item(spec, one) for one in readings(spec, raw)]
    except Wrong as wrong:
        desk.report.add(path, wrong.reason, choices=wrong.choices, got=wrong.got)
        return None
    return Fact(tuple(item for item in items if item), spec.silence)


def readings(spec: FactSpec, raw: Any) -> list[Any]:
    """A list is several readings, unless it is the bounds of a number or a set of words."""
    if not isinstance(raw, list):
        return [raw]
    if spec.kind in ("number", "words") and all(isinstance(one, str) for one in raw):
        return [raw]
    return raw


def _item(spec: FactSpec, raw: Any) -> Item | None:
    written = raw if isinstance(raw, dict) else {VALUE_KEYS[spec.kind]: raw}
    key = VALUE_KEYS[spec.kind]
    known = (key, "is", *ITEM_KEYS) if key != "is" else (key, *ITEM_KEYS)
    for name in written:
        if name not in known:
            raise Wrong(f"unknown key {name!r}", known, name)
    answer, value = _answer(spec, written)
    when = _when(written)
    order, side = written.get("order", "after"), written.get("side", "")
    if order not in list(Order):
        raise Wrong(f"{order!r} is not an order", tuple(Order), str(order))
    if side not in ("", "left", "right", "both"):
        raise Wrong(f"{side!r} is not a side", ("left", "right", "both"), str(side))
    gap = Gap.UNREADABLE if answer is Answer.UNKNOWN else None
    item = Item(answer=answer, value=value, when=when, order=Order(order), side=side, gap=gap, saw=SAW)
    return item if when else _undated(spec, item)


def _undated(spec: FactSpec, item: Item) -> Item | None:
    """An undated item as the vocabulary wants it met; one that is unreadable is never left out and never taken as fresh."""
    if spec.undated == "never" and not item.gap:
        return None
    when = on(AS_OF) if spec.undated == "new" else None
    fresh = Answer.YES if spec.undated == "open" and not item.gap else None
    return Item(item.answer, item.value, when, item.order, item.side, item.gap, fresh, item.saw)


def _answer(spec: FactSpec, written: Mapping[str, Any]) -> tuple[Answer, Value | None]:
    raw = written.get(VALUE_KEYS[spec.kind], written.get("is"))
    if raw == "unreadable":
        return Answer.UNKNOWN, None
    if spec.kind == "presence":
        if not isinstance(raw, str) or raw not in YES_NO:
            raise Wrong("must say yes, no or unreadable", ("yes", "no", "unreadable"), str(raw or ""))
        return (Answer.YES if YES_NO[raw] else Answer.NO), None
    return Answer.YES, _READERS[spec.kind](spec, raw)


def _bounds(spec: FactSpec, raw: Any) -> Bounds:
    ends = raw if isinstance(raw, list) else [raw, raw]
    if len(ends) != 2 or not all(isinstance(one, str) and NUMBER.fullmatch(one) for one in ends):
        raise Wrong("must be a number, or two numbers between which it lies")
    low, high = (Decimal(one) for one in ends)
    if low > high:
        raise Wrong("gives the greater bound first")
    if spec.low is not None and spec.high is not None and not spec.low <= low <= high <= spec.high:
        raise Wrong(f"lies outside the range of the fact, {spec.low} to {spec.high}")
    return Bounds(low, high)


def _date(_: FactSpec, raw: Any) -> Span:
    text = raw if isinstance(raw, str) else ""
    if match := AGO.fullmatch(text):
        count = int(match[1])
        day = day_before(AS_OF, count) if match[2].startswith("day") else _months_before(count)
        return on(day + timedelta(days={" less a day": 1, " and a day": -1}.get(match[3] or "", 0)))
    if match := PARTIAL.fullmatch(text):
        try:
            return _partial(*match.groups())
        except ValueError:
            pass
    raise Wrong("must be a date such as 6 months ago, 14 days ago, 6 months less a day ago, or 2025-09")


def _partial(year: str, month: str | None, day: str | None) -> Span:
    if day and month:
        return on(date(int(year), int(month), int(day)))
    return month_of(int(year), int(month)) if month else year_of(int(year))


def _months_before(count: int) -> date:
    """The first of a month, since the test's day is one: no clamping."""
    return add_months(AS_OF, -count)


def _words(spec: FactSpec, raw: Any) -> frozenset[str] | str:
    words = raw if isinstance(raw, list) else [raw]
    for one in words:
        if one not in spec.words:
            raise Wrong(f"{one!r} is not a word of this fact", spec.words, str(one))
    return frozenset(words) if isinstance(raw, list) else str(raw)


_READERS: dict[str, Callable[[FactSpec, Any], Value]] = {"number": _bounds, "date": _date, "words": _words}


def _when(written: Mapping[str, Any]) -> Span | None:
    dated = [key for key in ("days_ago", "months_ago", "undated") if key in written]
    if len(dated) > 1:
        raise Wrong(f"says when twice: {' and '.join(dated)}")
    if not dated:
        return on(AS_OF)
    if dated == ["undated"]:
        if YES_NO.get(str(written["undated"])) is not True:
            raise Wrong("undated can only be yes")
        return None
    text = written[dated[0]]
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,4}", text):
        raise Wrong(f"{dated[0]} must be a whole number")
    return on(day_before(AS_OF, int(text)) if dated == ["days_ago"] else _months_before(int(text)))
