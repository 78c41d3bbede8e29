"""The page of the facts of one vocabulary: what each means, how it is read, and what silence is to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from service.engine.answers import Answer
from service.engine.dates import Duration
from service.engine.rule import Rule
from service.engine.vocabulary import FactSpec, Vocabulary
from service.library.book import Book
from service.library.digest import facts_of
from service.library.pages.markdown import bullets, code, link, page, plain
from service.library.pages.places import newest, to_id, to_parameter, value_sets_page
from service.library.pages.words import parameter, unit_word
from service.library.vocabulary import LOCAL_FINDINGS

_UNDATED: Final = {
    "unknown": "whether it is recent enough cannot be told",
    "new": "it counts as of the day that is judged",
    "never": "it is left out",
    "open": "it counts, whatever its age",
}
_SILENCE: Final = {
    Answer.UNKNOWN: "unknown, unless a question says how to take it",
    Answer.NO: "no",
    Answer.YES: "yes",
}


@dataclass(frozen=True, slots=True)
class Window:
    """What a fact is read from, and how old a reading may be by the fact itself (none: that is left to the questions)."""

    concepts: frozenset[str] = frozenset()
    at_most: frozenset[Duration] = frozenset()


Windows = Callable[[FactSpec], Window]


def facts_text(vocabulary: Vocabulary, book: Book, windows: Windows) -> str:
    """Every fact of one vocabulary."""
    return page(
        f"Facts of vocabulary {vocabulary.version}",
        [
            f"{len(vocabulary.facts)} facts. Rules ask facts; a fact is read from the record by a picker, and says what it means that "
            "nothing is recorded.",
            "",
        ],
        *(_fact(one, vocabulary, book, windows(one)) for one in vocabulary.facts.values()),
    )


def _fact(one: FactSpec, vocabulary: Vocabulary, book: Book, window: Window) -> Iterator[str]:
    yield from [f"## {code(one.name)}", "", f"{plain(one.meaning)}."]
    told = [
        _kind(one),
        f"Nothing recorded: {_SILENCE[one.silence]}",
        f"A reading without a date: {_UNDATED[one.undated]}",
        f"Look-back: {_look_back(window)}",
        *(["Preliminary findings, provisional diagnoses and findings of the day of the operation count"] if one.for_alarms else []),
        *_read_from(one, window, vocabulary),
        *_made(one, vocabulary),
        *_asked_by(one, vocabulary, book),
    ]
    yield from bullets(told)


def _kind(one: FactSpec) -> str:
    if one.low is not None and one.high is not None:
        unit = unit_word(one.unit)
        return f"A number in {unit or 'no unit'}, {one.low} to {one.high}"
    words = f": {', '.join(code(word) for word in one.words)}" if one.words else ""
    return {"presence": "Present or absent", "date": "A date", "words": "Words"}[one.kind] + words


def _look_back(window: Window) -> str:
    ages = sorted(window.at_most, key=lambda one: (one.unit, one.count))
    told = ", ".join(str(one) for one in ages)
    return f"readings at most {told} old" if told else "none of its own; a question may ask how old a reading is"


def _read_from(one: FactSpec, window: Window, vocabulary: Vocabulary) -> Iterator[str]:
    names = sorted({*one.codes, *window.concepts})
    if names:
        yield f"Read from: {', '.join(_concept(name, vocabulary) for name in names)}"


def _concept(name: str, vocabulary: Vocabulary) -> str:
    """A value set, or a single finding, which stands in the value set of findings."""
    place = name if name in vocabulary.value_sets else LOCAL_FINDINGS
    return link(code(name), f"/{value_sets_page(vocabulary.version)}#{place}")


def _made(one: FactSpec, vocabulary: Vocabulary) -> Iterator[str]:
    known = {name: vocabulary.parameters[name] for name in one.parameters}
    literal = {key: value for key, value in one.settings.items() if value not in [p.value for p in known.values()]}
    settings = ", ".join(f"{key} {_setting(value)}" for key, value in literal.items())
    yield f"Made by the picker {code(one.picker)}" + (f" ({plain(settings)})" if settings else "")
    if known:
        yield "Thresholds inside: " + "; ".join(f"{to_parameter(p.name)} {parameter(p)}, {plain(p.meaning)}" for p in known.values())


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _asked_by(one: FactSpec, vocabulary: Vocabulary, book: Book) -> Iterator[str]:
    asking = [rule for rule in _written_in(vocabulary, book) if one.name in facts_of(rule, vocabulary.facts)]
    yield f"Asked by: {', '.join(to_id(rule) for rule in asking)}" if asking else "Asked by no rule"


def _written_in(vocabulary: Vocabulary, book: Book) -> Iterator[Rule]:
    """The newest version of each rule among those written in a vocabulary."""
    for name in newest(book):
        mine = [rule for rule in book.versions[name] if rule.vocabulary == vocabulary.version]
        yield from mine[-1:]
