"""What the tests of each rule show, and what they leave open: questions both ways, ways, looks, thresholds, checks, small changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from service.engine.answers import Answer
from service.engine.rule import Criterion, Rule
from service.engine.vocabulary import Vocabulary
from service.library.boundaries import Point
from service.library.compare import mutants, survivors
from service.library.pages.markdown import bullets, code, page, plain, table
from service.library.pages.places import coverage_page, to_rule
from service.library.pages.stories import Story, shown_in
from service.library.shown import Names, Seen, seen, thresholds

BOTH = (Answer.YES, Answer.NO)
NAMED = 3  # tests named of those that show a thing; the others are counted


@dataclass(frozen=True)
class Cover:
    """The cover of one version, each part worked out once, when it is first asked for."""

    rule: Rule
    vocabulary: Vocabulary
    stories: tuple[Story, ...]

    @cached_property
    def seen(self) -> Seen:
        """The tests by what they show."""
        return seen(self.rule)

    @cached_property
    def points(self) -> tuple[tuple[Criterion, Point, Names], ...]:
        """The readings at the thresholds, each with the tests that hold it."""
        return tuple((one, *row) for one in self.rule.criteria.values() for row in thresholds(self.rule, one, self.vocabulary))

    @cached_property
    def unnoticed(self) -> tuple[str, ...]:
        """The small wrong changes that no test notices."""
        return tuple(survivors(self.rule))

    @cached_property
    def changes(self) -> int:
        """How many small wrong changes there are."""
        return sum(1 for _ in mutants(self.rule))

    def open(self) -> Iterator[str]:
        """What is not shown, in words."""
        for one in self.rule.criteria.values():
            yield from (f"question {code(one.name)}: no test has it answer {a}" for a in BOTH if (one.name, a) not in self.seen.criteria)
        yield from (f"way “{plain(way.says)}”: no test fires by it" for way in self.rule.ways if not self.seen.ways[way.name])
        yield from (f"variant for {code(when)}: no test shows it" for when, tests in self.seen.variants if not tests)
        yield from (f"question {code(one.name)}: no test holds {point.what}" for one, point, tests in self.points if not tests)
        for one in self.rule.checks.values():
            yield from (f"check {code(one.name)}: no test has it {state}" for state, tests in self.check(one) if not tests)

    def check(self, one: Criterion) -> tuple[tuple[str, Names], ...]:
        """The tests that have a check done, and those that have it open: not answered yes, whether no or unknown."""
        done, *others = (self.seen.checks.get((one.name, answer), ()) for answer in (Answer.YES, Answer.NO, Answer.UNKNOWN))
        return ("done", done), ("open", (*others[0], *others[1]))

    def counts(self) -> tuple[str, ...]:
        """The row of the table: how many of each kind are shown, of how many."""
        rule, tests = self.rule, self.seen
        return (
            str(len(rule.tests)),
            _of(all((name, answer) in tests.criteria for answer in BOTH) for name in rule.criteria),
            _of(bool(names) for names in tests.ways.values()),
            _of(bool(names) for _, names in tests.variants),
            _of(bool(names) for _, _, names in self.points),
            _of(all(names for _, names in self.check(one)) for one in rule.checks.values()),
            f"{self.changes - len(self.unnoticed)}/{self.changes}",
            str(sum(rule.id in one.cards for one in self.stories)),
        )


_HEAD = ("Rule", "Tests", "Questions", "Ways", "Variants", "Thresholds", "Checks", "Changes", "Stories")


def _of(shown: Iterable[bool]) -> str:
    listed = list(shown)
    return f"{sum(listed)}/{len(listed)}" if listed else "none"


def coverage_text(covers: list[Cover]) -> str:
    """The overview of all versions."""
    made, unnoticed = sum(one.changes for one in covers), sum(len(one.unnoticed) for one in covers)
    tests = sum(len(one.rule.tests) for one in covers)
    gaps = [f"{_to_cover(one)}: {gap}" for one in covers for gap in one.open()]
    return page(
        "Rule coverage",
        _preface(len(covers), tests, made, unnoticed),
        table(_HEAD, [(_to_cover(one), *one.counts()) for one in covers]),
        ["## What no test shows", *bullets(gaps)] if gaps else ["## What no test shows", "", "Nothing is left open.", ""],
    )


def _preface(versions: int, tests: int, made: int, unnoticed: int) -> list[str]:
    share = f"{100 * (made - unnoticed) / made:.1f} %" if made else "all"
    return [
        f"{versions} versions carry {tests} tests of their own. Of {made} small wrong changes (a threshold a step off, a comparison "
        f"turned, a condition dropped) these tests notice {made - unnoticed}, {share}; the page of each rule names the others.",
        *bullets(
            [
                "Questions: there are tests that have it answer yes, and tests that have it answer no.",
                "Ways and variants: a test fires by it. Checks: a test has it done, and a test has it open (no, or unknown).",
                "Thresholds: a test holds a reading exactly at it, or the one a single step across. Changes: a test notices it.",
                "Stories: sample stories in which the card of the rule is shown.",
            ]
        ),
    ]


def _to_cover(one: Cover) -> str:
    return f"[{code(one.rule.id)} {one.rule.version}](/{coverage_page(one.rule)})"


def cover_text(one: Cover) -> str:
    """The page of one version."""
    rule = one.rule
    return page(
        f"Coverage of {rule.id} {rule.version}",
        [f"{to_rule(rule)}: {len(rule.tests)} tests of its own. A cell names at most {NAMED} tests, and counts the rest.", ""],
        ["## Questions", *table(("Question", "Yes", "No", "Cannot tell"), [_asked(named, one.seen) for named in rule.criteria.values()])],
        ["## Ways", *table(("Way", "Fires in"), [(plain(way.says), _tests(one.seen.ways[way.name])) for way in rule.ways])],
        _variants(one),
        _thresholds(one),
        _checks(one),
        _changes(one),
        ["## Sample stories", "", *(list(shown_in(rule, one.stories)) or ["In no sample story does it answer other than no."])],
    )


def _asked(one: Criterion, shown: Seen) -> tuple[str, ...]:
    """To be unknown is nothing every question has to be shown to be."""
    yes, no, unknown = (shown.criteria.get((one.name, answer), ()) for answer in (*BOTH, Answer.UNKNOWN))
    return _named(one), _tests(yes), _tests(no), _tests(unknown) if unknown else "none"


def _named(one: Criterion) -> str:
    return f"{code(one.name)} {plain(one.says)}"


def _variants(one: Cover) -> list[str]:
    rows = [(code(when), _tests(tests)) for when, tests in one.seen.variants]
    return ["## Variants of the card", *table(("Taken for", "Fires in"), rows)] if rows else []


def _thresholds(one: Cover) -> list[str]:
    rows = [(_named(asked), plain(point.what), _tests(tests)) for asked, point, tests in one.points]
    return ["## Thresholds", *table(("Question", "Reading", "Held by"), rows)] if rows else []


def _checks(one: Cover) -> list[str]:
    rows = [(_named(asked), *(_tests(names) for _, names in one.check(asked))) for asked in one.rule.checks.values()]
    return ["## Checks", *table(("Check", "Done", "Open"), rows)] if rows else []


def _changes(one: Cover) -> list[str]:
    told = f"{one.changes - len(one.unnoticed)} of {one.changes} are noticed by a test of the rule."
    left = ["", "Not noticed:", *bullets(plain(change) for change in one.unnoticed)] if one.unnoticed else []
    return ["## Small wrong changes", "", told, *left]


def _tests(names: Names) -> str:
    if not names:
        return "**no test**"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return plain("; ".join(names[:NAMED])) + more
