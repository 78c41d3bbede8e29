"""What the command line asks of the web room: the same answer as POST /evaluate, without HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.evaluation import as_json, evaluate_bundle, evaluate_hook
from service.library import Book
from service.web.answers import encoded
from service.web.asking import answer_body, read_query
from service.web.bodies import too_large
from service.web.clock import new_id, now
from service.web.deps import Deps
from service.web.problems import Problem, operation_outcome
from service.web.publishing import Published, publish
from service.web.serving import load_served, with_disk
from service.web.settings import Settings

NO_BOOK = Book("", {}, {}, {})  # stands in until the one on disk is read


def evaluate_body(body: bytes, query: Mapping[str, Sequence[str]], settings: Settings) -> tuple[dict[str, Any], bool]:
    """The answer and True, or an OperationOutcome and False. `query` as POST /evaluate takes it. Raises BookError or SettingsError."""
    deps = with_disk(Deps(settings, NO_BOOK, now, new_id, evaluate_bundle, evaluate_hook))
    try:
        if len(body) > settings.max_bytes:
            raise too_large(settings.max_bytes)
        wanted = read_query(query, deps)
        return as_json(answer_body(body, wanted, deps)), True
    except Problem as error:
        return operation_outcome(error.issues, new_id()), False


def publish_release(settings: Settings, day: date | None) -> Published:
    """What is published as of `day`, or of today in the configured zone. Raises BookError, SettingsError or NoRulesInForce."""
    book = load_served(settings)
    wanted = day or now().astimezone(settings.zone).date()
    book.in_force(wanted)
    return publish(book, settings, wanted)


def as_text(answer: dict[str, Any]) -> str:
    """The answer as the bytes HTTP would send, as text."""
    return encoded(answer).decode()
