"""The list of all rules, and a page for each family."""

from collections.abc import Iterator

from service.engine.precedence import FAMILIES
from service.engine.rule import Rule
from service.library.book import Book
from service.library.pages.markdown import code, link, page, plain, table
from service.library.pages.places import COVERAGE, PARAMETERS, newest, to_family, to_rule
from service.library.pages.words import FAMILY

DRAFT = {"draft": " (draft)"}


def index_text(book: Book) -> str:
    """Every rule, by family, in the order in which cards stand."""
    versions = sum(len(one) for one in book.versions.values())
    return page(
        "All rules",
        [
            f"{len(book.versions)} rules in {versions} versions, by family, in the order in which their cards stand. "
            f"How well each is tested: {link('rule coverage', f'/{COVERAGE}')}. The thresholds they share: "
            f"{link('parameters', f'/{PARAMETERS}')}.",
            "",
        ],
        *(_section(family, book) for family in FAMILIES if _of(family, book)),
    )


def family_texts(book: Book) -> dict[str, str]:
    """The page of each family that has rules."""
    return {family: page(FAMILY[family][0], [FAMILY[family][1]], _rules(family, book)) for family in FAMILIES if _of(family, book)}


def _of(family: str, book: Book) -> list[Rule]:
    return [rule for rule in newest(book).values() if rule.family == family]


def _section(family: str, book: Book) -> Iterator[str]:
    yield from [f"## {to_family(family)}", "", FAMILY[family][1]]
    yield from _rules(family, book)


def _rules(family: str, book: Book) -> Iterator[str]:
    yield from table(("Rule", "Id", "Card", "Urgency", "Versions"), [_row(rule, book) for rule in _of(family, book)])


def _row(rule: Rule, book: Book) -> tuple[str, ...]:
    versions = ", ".join(f"{to_rule(one, one.version)}{DRAFT.get(one.status, '')}" for one in reversed(book.versions[rule.id]))
    return to_rule(rule), code(rule.id), rule.face.indicator if rule.face else "none", plain(rule.urgency), versions
