"""The sample stories: what each tells, and what the rules answer to it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from service.engine.rule import Rule
from service.library.book import Book
from service.library.pages.markdown import bullets, code, link, page, plain
from service.library.pages.places import STORIES, newest, to_rule


@dataclass(frozen=True, slots=True)
class Story:
    """A sample: its folder, its README, the ids of the rules whose cards are shown, and every answer that is not no."""

    name: str
    text: str
    cards: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def title(self) -> str:
        """The title of its README."""
        return self.text.partition("\n")[0].lstrip("# ")

    def anchor(self) -> str:
        """Where it is on the page: what its heading becomes."""
        return re.sub(r"[^\w-]", "", self.heading().lower().replace(" ", "-"))

    def heading(self) -> str:
        """Its number and title."""
        return f"{self.name.partition('-')[0]} {self.title()}"


def stories_text(stories: Iterable[Story], book: Book) -> str:
    """The page of all stories."""
    rules = newest(book)
    return page(
        "Sample stories",
        ["Made-up patients. Each folder of `fhir_samples` holds the Bundle, the hook's request and the answer that is expected.", ""],
        *(_story(one, rules) for one in stories),
    )


def _story(one: Story, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield from [f"## {plain(one.heading())}", "", code(f"fhir_samples/{one.name}"), ""]
    yield from [plain(line) + "  " for line in one.text.splitlines()[1:] if line.strip()]
    shown = [_rule(name, rules) for name in one.cards]
    yield from ["", f"Cards: {', '.join(shown)}." if shown else "No card: the rules looked, and found nothing.", ""]
    silent = sorted(name for name, answer in one.answers.items() if answer == "yes" and name not in one.cards)
    if silent:
        yield f"Also yes, and not shown: {', '.join(_rule(name, rules) for name in silent)}."
    yield ""


def _rule(name: str, rules: Mapping[str, Rule]) -> str:
    """A rule by its title; only its id where the book does not hold it."""
    return to_rule(rules[name]) if name in rules else code(name)


def shown_in(rule: Rule, stories: Iterable[Story]) -> Iterator[str]:
    """The stories in which a rule is shown, or answers other than no."""
    listed = list(stories)
    yield from bullets(
        [
            *_listed("Its card is shown in", [one for one in listed if rule.id in one.cards]),
            *_listed("It answers yes and another card is shown in", [one for one in listed if _hidden(rule, one)]),
            *_counted(sum(one.answers.get(rule.id) == "unknown" for one in listed)),
        ]
    )


def _hidden(rule: Rule, one: Story) -> bool:
    return one.answers.get(rule.id) == "yes" and rule.id not in one.cards


def _counted(unknown: int) -> list[str]:
    return [f"It cannot tell in {unknown} of the stories"] if unknown else []


def _listed(what: str, stories: list[Story]) -> list[str]:
    return [f"{what}: " + "; ".join(link(plain(one.title()), f"/{STORIES}#{one.anchor()}") for one in stories)] if stories else []
