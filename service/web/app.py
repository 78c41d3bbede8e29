"""The application: surfaces and error shape put together around one book of rules."""

from flask import Flask

from service.evaluation import evaluate_bundle, evaluate_hook, prepare
from service.library import Book, load_book
from service.web import discovery, errors, evaluate, feedback, headers, health, hooks, logs, metrics, pages, reports, rules
from service.web.auth import guard
from service.web.clock import Clock, NewId, new_id, now
from service.web.deps import KEY, Deps, OfBundle, OfHook
from service.web.recording import with_record
from service.web.settings import Settings, read_settings
from service.web.site import read_site

SURFACES = (discovery, hooks, feedback, evaluate, reports, rules, health, metrics, pages)


def create_app(settings: Settings | None = None, *, book: Book | None = None) -> Flask:
    """The WSGI application. Raises SettingsError, BookError or StoreUnusable: a service that cannot judge or record does not start."""
    return build(with_record(make_deps(settings or read_settings(), book=book)))


def make_deps(
    settings: Settings,
    *,
    book: Book | None = None,
    clock: Clock = now,
    new_id: NewId = new_id,
    evaluate_bundle: OfBundle = evaluate_bundle,
    evaluate_hook: OfHook = evaluate_hook,
) -> Deps:
    """What the surfaces work with; each part may be replaced."""
    book = book or _shipped(settings)
    return Deps(settings, book, clock, new_id, evaluate_bundle, evaluate_hook, site=read_site(settings, book))


def _shipped(settings: Settings) -> Book:
    """The book of the rules folder, with every suggestion's template checked before anything is served."""
    book = load_book(settings.rules_dir)
    prepare(book)
    return book


def build(deps: Deps) -> Flask:
    """The application around `deps`."""
    app = Flask(__name__)
    app.extensions[KEY] = deps
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False  # no redirects: a CDS client follows none
    for register in (logs.register, metrics.register, headers.register, guard.register, errors.register):
        register(app)
    for surface in SURFACES:
        app.register_blueprint(surface.blueprint)
    return app
