"""Where the page of each thing is, and how links to it are written."""

from collections.abc import Mapping, Sequence
from typing import Final

from service.engine.precedence import FAMILIES
from service.engine.rule import Citation, Rule
from service.library.book import Book
from service.library.pages.markdown import code, link, plain
from service.library.pages.words import FAMILY

RULES: Final = "rules/index.md"
COVERAGE: Final = "coverage/index.md"
VOCABULARY: Final = "vocabulary/index.md"
PARAMETERS: Final = "vocabulary/parameters.md"
STORIES: Final = "stories.md"


def rule_page(rule: Rule) -> str:
    """The page of one version."""
    return f"rules/{rule.id}/{rule.version}.md"


def coverage_page(rule: Rule) -> str:
    """The page on what the tests of one version show."""
    return f"coverage/{rule.id}/{rule.version}.md"


def family_page(family: str) -> str:
    """The page of a family of rules."""
    return f"families/{family}.md"


def facts_page(version: str) -> str:
    """The page of the facts of one vocabulary."""
    return f"vocabulary/{version}/facts.md"


def value_sets_page(version: str) -> str:
    """The page of the value sets of one vocabulary."""
    return f"vocabulary/{version}/value-sets.md"


def to_rule(rule: Rule, text: str = "") -> str:
    """A link to a version, by its title."""
    return link(plain(text or rule.title), f"/{rule_page(rule)}")


def to_id(rule: Rule) -> str:
    """A link to a version, by the id of its rule."""
    return link(code(rule.id), f"/{rule_page(rule)}")


def to_family(family: str) -> str:
    """A link to a family."""
    return link(FAMILY[family][0], f"/{family_page(family)}")


def to_fact(name: str, vocabulary: str) -> str:
    """A link to a fact of a vocabulary."""
    return link(code(name), f"/{facts_page(vocabulary)}#{name}")


def to_parameter(name: str) -> str:
    """A link to a parameter."""
    return link(code(name), f"/{PARAMETERS}#{name}")


def cited(one: Citation) -> str:
    """A citation, with its address where someone has opened it."""
    title = link(plain(one.title), one.url) if one.url and one.checked else plain(one.title)
    return f"{title}, {plain(one.locator)}" if one.locator else title


def newest(book: Book) -> Mapping[str, Rule]:
    """The latest version of each rule that is no draft, in the order in which cards stand: by family, then by id."""
    last = [_last(versions) for versions in book.versions.values()]
    return {rule.id: rule for rule in sorted(last, key=lambda rule: (FAMILIES.index(rule.family), rule.id))}


def _last(versions: Sequence[Rule]) -> Rule:
    return ([rule for rule in versions if rule.status != "draft"] or list(versions))[-1]
