"""POST /cds-services/{id}/feedback: what clinicians did with the cards, kept before it is acknowledged."""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response

from service.library import Book
from service.record import StoreUnavailable, write_feedback
from service.web import metrics
from service.web.answers import json_answer
from service.web.bodies import JSON, read_body
from service.web.deps import deps
from service.web.feedback_body import MAX_BYTES, Keeping, read_feedback
from service.web.problems import problem
from service.web.recording import store_of, unavailable
from service.web.services import BY_ID

blueprint = Blueprint("feedback", __name__)
REASONS: Final = "override-reasons"  # the value set cards take their override reasons from


@blueprint.post("/cds-services/<service_id>/feedback")
def feedback(service_id: str) -> Response:
    """Keep all items, or none. A repeat is taken and kept once; a card that is not known is kept as unmatched."""
    if service_id not in BY_ID:
        raise problem(404, "not-found", "There is no such CDS service. GET /cds-services lists them.")
    here = deps()
    store = store_of(here)
    keeping = Keeping(frozenset(_reasons(here.book)), here.settings.store_comments == "on", here.settings.zone)
    items = read_feedback(read_body(min(MAX_BYTES, here.settings.max_bytes), JSON), service_id, here.clock(), keeping)
    try:
        kept = write_feedback(store, items)
    except StoreUnavailable as error:
        raise unavailable(error) from None
    metrics.count_feedback(items)
    return json_answer({"kept": kept.new, "repeated": kept.repeated, "unmatched": kept.unmatched})


def _reasons(book: Book) -> Iterator[tuple[str, str]]:
    """(system, code) of every reason any vocabulary offers: a card may be older than the newest."""
    for vocabulary in book.vocabularies.values():
        if REASONS in vocabulary.value_sets:
            yield from ((code.system, code.code) for code in vocabulary.value_sets[REASONS].codes)
