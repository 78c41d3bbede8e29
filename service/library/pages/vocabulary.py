"""The pages of the words rules are written in: the question words, the parameters, the value sets; facts.py has the facts."""

from collections.abc import Iterator

from service.engine.rule import Rule
from service.engine.vocabulary import Code, ValueSet, Vocabulary
from service.engine.words import WORDS
from service.library.book import Book
from service.library.pages.facts import Windows, facts_text
from service.library.pages.markdown import bullets, code, link, page, plain, table
from service.library.pages.places import PARAMETERS, VOCABULARY, facts_page, to_fact, to_id, value_sets_page
from service.library.pages.words import parameter


def parameters_text(book: Book) -> str:
    """Every parameter with its value in each vocabulary, and the rules that rest on it."""
    names = dict.fromkeys(name for vocabulary in book.vocabularies.values() for name in vocabulary.parameters)
    return page(
        "Parameters",
        [f"{len(names)} named thresholds. A changed number is a new vocabulary version, and a new version of each rule that uses it.", ""],
        *(_parameter(name, book) for name in names),
    )


def _parameter(name: str, book: Book) -> Iterator[str]:
    held = {version: one.parameters[name] for version, one in book.vocabularies.items() if name in one.parameters}
    last = next(reversed(held.values()))
    yield from [f"## {code(name)}", "", f"{plain(last.meaning)}."]
    yield from bullets(
        [
            *(f"Vocabulary {version}: **{parameter(one)}**" for version, one in held.items()),
            f"Basis: {plain(last.basis)}",
            *_used(name, book),
        ]
    )


def _used(name: str, book: Book) -> Iterator[str]:
    rules = [rule for versions in book.versions.values() for rule in versions]
    asking = [rule for rule in rules if _asks(rule, name)]
    facts = {(fact.name, version) for version, one in book.vocabularies.items() for fact in one.facts.values() if name in fact.parameters}
    if asking:
        yield f"Asked by: {', '.join(f'{to_id(rule)} {rule.version}' for rule in asking)}"
    if facts:
        yield f"Inside the facts: {', '.join(to_fact(fact, version) for fact, version in sorted(facts))}"
    if not asking and not facts:
        yield "Used by nothing"


def _asks(rule: Rule, name: str) -> bool:
    return any(name in one.parameters for one in [*rule.criteria.values(), *rule.checks.values()])


def value_sets_text(vocabulary: Vocabulary) -> str:
    """Every value set of one vocabulary with its codes."""
    sets = sorted(vocabulary.value_sets.values(), key=lambda one: one.id)
    codes = sum(len(one.codes) for one in sets)
    return page(
        f"Value sets of vocabulary {vocabulary.version}",
        [f"{len(sets)} value sets with {codes} codes. “And below” means this code and every code that begins with it.", ""],
        *(_value_set(one, vocabulary) for one in sets),
    )


def _value_set(one: ValueSet, vocabulary: Vocabulary) -> Iterator[str]:
    readers = [fact.name for fact in vocabulary.facts.values() if one.id in fact.codes]
    yield from [f"## {code(one.id)}", "", f"{plain(one.title)}. {plain(one.purpose)}."]
    if readers:
        yield from ["", f"Read by: {', '.join(to_fact(name, vocabulary.version) for name in readers)}."]
    yield from table(("Code", "Means", "System", "Verified by", "Note"), [_code(row) for row in one.codes])


def _code(one: Code) -> tuple[str, ...]:
    note = "; ".join(part for part in (plain(one.qualifier), plain(one.note)) if part)
    below = " and below" if one.prefix else ""
    return f"{code(one.code)}{below}", plain(one.display), plain(one.system), plain(one.verified_by), note


def words_text(book: Book) -> str:
    """Where the words are: each vocabulary, the parameters, and the question words of the language."""
    versions = [
        f"{link(f'Facts of {version}', f'/{facts_page(version)}')} and {link(f'value sets of {version}', f'/{value_sets_page(version)}')}"
        for version in book.vocabularies
    ]
    rows = [(code(name), ", ".join(sorted(word.fits)), plain(word.takes), plain(word.meaning)) for name, word in WORDS.items()]
    return page(
        "Vocabulary",
        ["A rule asks facts. A fact is read from codes by a picker, and thresholds are parameters."],
        bullets([*versions, f"{link('Parameters', f'/{PARAMETERS}')}: the thresholds of all vocabularies"]),
        ["## Question words", "", "One of these is in each question over a fact.", *table(("Word", "Fits", "Takes", "Asks whether"), rows)],
    )


def vocabulary_texts(book: Book, windows: Windows) -> dict[str, str]:
    """The pages of the vocabularies, by path."""
    made = {VOCABULARY: words_text(book), PARAMETERS: parameters_text(book)}
    for version, one in book.vocabularies.items():
        made[facts_page(version)] = facts_text(one, book, windows)
        made[value_sets_page(version)] = value_sets_text(one)
    return made
