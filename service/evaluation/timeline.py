"""When each rule turns on and off: weeks 0 to 104 after the index operation, by the rules in force on each day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from service.engine.answers import Answer
from service.engine.rule import Rule
from service.evaluation.answer import index_json
from service.evaluation.codes import index_of
from service.evaluation.policy import sort_out
from service.evaluation.question import Question
from service.evaluation.reading import Read, read_of_bundle, read_of_prefetch
from service.evaluation.run import release_digest
from service.evaluation.turns import Told, make_told
from service.evaluation.verify import invalid
from service.evaluation.walk import walk
from service.fhir import LATE, Chart, Refused, Scene, on_day, read_drafts, set_scene
from service.library import Book, Release

WEEKS = 104
MOST = 2000  # resources that rules read: each is looked at on many days
_DAY = timedelta(days=1)
_TOO_MANY = f"The chart holds more than {MOST} resources that rules read: too many for a timeline. /evaluate judges it for one day."
_NO_OPERATION = "A dated lumbar fusion is needed: a timeline counts its weeks from the index operation."


@dataclass(slots=True)
class _Line:
    """One rule version and the stretches of days on which it does not answer no: first day, day after the last, answer."""

    rule: Rule
    on: list[dict[str, str]]


def timeline_bundle(body: bytes, question: Question, book: Book) -> dict[str, Any]:
    """The timeline of a Bundle. Raises Refused, also without a dated lumbar fusion and for too long a chart; NoRulesInForce or PinError."""
    return _timeline(question, book, read_of_bundle(body, replace(question, as_of=LATE)))


def timeline_hook(prefetch: Mapping[str, bytes], question: Question, book: Book) -> dict[str, Any]:
    """The timeline of a hook's prefetch. Raises as timeline_bundle."""
    return _timeline(question, book, read_of_prefetch(prefetch, replace(question, as_of=LATE)))


def _timeline(question: Question, book: Book, read: Read) -> dict[str, Any]:
    told: dict[str, Told] = {}
    scene = _scene(question, _told(question, book, read, _release(question, book, question.rules_day), told))
    operation = scene.index.operation
    if operation is None:
        raise Refused(422, "business-rule", _NO_OPERATION, ("Bundle.entry",))
    first, end = operation.when.span.earliest, operation.when.span.latest + (7 * WEEKS + 1) * _DAY
    releases: list[dict[str, str]] = []
    lines: dict[tuple[str, str], _Line] = {}
    for start, stop, release in _releases(question, book, first, end):
        releases.append({"from": str(start), "to": str(stop), "digest": release_digest(release, question.site, question.policy)})
        _follow(lines, release, _told(question, book, read, release, told), question, start, stop)
    return {
        "asOf": question.as_of.isoformat(),
        "patient": scene.chart.person.id,
        "indexFusion": index_json(scene),
        "from": str(first),
        "to": str(end),
        "releases": releases,
        "rules": [_line_json(lines[key]) for key in sorted(lines)],
    }


def _release(question: Question, book: Book, day: date) -> Release:
    return book.release(question.rules_as_of or day, question.pins)


def _releases(question: Question, book: Book, first: date, end: date) -> Iterator[tuple[date, date, Release]]:
    """The span cut where another set of rules comes into force. Raises NoRulesInForce for a day without any."""
    rules = [rule for versions in book.versions.values() for rule in versions]
    turns = {day for rule in rules for day in (rule.effective_from, rule.effective_until) if day and first < day < end}
    days = sorted({first} if question.rules_as_of else {first, *turns})
    for start, stop in zip(days, [*days[1:], end], strict=True):
        yield start, stop, _release(question, book, start)


def _told(question: Question, book: Book, read: Read, release: Release, known: dict[str, Told]) -> dict[str, Told]:
    """The chart as every vocabulary of the release reads it, each read once. Resources that are not valid R4 count as unreadable."""
    for version in {rule.vocabulary for rule in release.rules} - known.keys():
        codes = index_of(book.vocabularies[version], question.site)
        chart = read(codes, {})
        cited = _cited(chart)
        if len(cited) > MOST:
            raise Refused(413, "too-long", _TOO_MANY, ("Bundle.entry",))
        faulty = invalid(cited, chart.raw)
        chart = read(codes, faulty) if faulty else chart
        drafts = read_drafts(question.drafted, chart.person.id, codes) if question.drafted else ()
        known[version] = make_told(book.vocabularies[version], chart, codes, drafts, question.zone)
    return {version: known[version] for version in {rule.vocabulary for rule in release.rules}}


def _cited(chart: Chart) -> set[str]:
    """Every resource that a rule could cite."""
    return {reading.reference for readings in chart.by_concept.values() for reading in readings if not reading.problem}


def _scene(question: Question, told: Mapping[str, Told]) -> Scene:
    """The chart as of the instant asked for: it tells which operation is the index operation."""
    one = told[max(told, key=lambda version: tuple(int(part) for part in version.split(".")))]
    return set_scene(on_day(one.chart, question.as_of, question.zone), question.as_of, question.zone, one.codes)


def _follow(
    lines: dict[tuple[str, str], _Line], release: Release, told: Mapping[str, Told], question: Question, first: date, end: date
) -> None:
    """Enter one release's answers from `first` to the day before `end`."""
    open_now: dict[str, dict[str, str]] = {}
    for day, verdicts in walk(release, told, question, first, end):
        for verdict in sort_out(verdicts.values(), question.hook, question.policy, release.pinned).heard:
            rule = verdict.rule
            line = lines.setdefault((rule.id, rule.version), _Line(rule, []))
            before = open_now.get(rule.id)
            if before is not None and before["answer"] == verdict.answer:
                continue
            if before is not None:
                open_now.pop(rule.id)["to"] = str(day)
            if verdict.answer is not Answer.NO:
                open_now[rule.id] = _joined(line, str(day), str(verdict.answer), str(end))


def _joined(line: _Line, day: str, answer: str, end: str) -> dict[str, str]:
    """A new stretch, or the last one carried on: another rule's new version is no news for this one."""
    if line.on and line.on[-1]["to"] == day and line.on[-1]["answer"] == answer:
        line.on[-1]["to"] = end
    else:
        line.on.append({"from": day, "to": end, "answer": answer})
    return line.on[-1]


def _line_json(line: _Line) -> dict[str, Any]:
    return {"rule": line.rule.id, "version": line.rule.version, "status": line.rule.status, "on": line.on}
