"""What every surface works with: made once by create_app, replaced by tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from service.evaluation import Outcome, Question, SiteCodes, SitePolicy
from service.library import Book
from service.record import Store
from service.web.clock import Clock, NewId
from service.web.settings import Settings

KEY = "postfusion"
OfBundle = Callable[[bytes, Question, Book], Outcome]
OfHook = Callable[[Mapping[str, bytes], Question, Book], Outcome]


@dataclass(frozen=True, slots=True)
class Deps:
    """Settings, the book of rules, the clock, new ids, the two ways to judge a chart, the record (None: not kept), the site's codes
    and choices, and the digest of the files all that was read from (empty: of none).
    """

    settings: Settings
    book: Book
    clock: Clock
    new_id: NewId
    evaluate_bundle: OfBundle
    evaluate_hook: OfHook
    store: Store | None = None
    site: SiteCodes | None = None
    policy: SitePolicy | None = None
    fingerprint: str = ""


def deps() -> Deps:
    """The dependencies of the application that answers this request: the same ones until it is answered."""
    if "deps" not in g:
        g.deps = current_app.extensions[KEY]
    return cast(Deps, g.deps)
