"""The application: surfaces and error shape put together around one book of rules."""

from dataclasses import replace

from flask import Flask

from service.evaluation import evaluate_bundle, evaluate_hook
from service.library import Book
from service.web import (
    discovery,
    errors,
    evaluate,
    feedback,
    fhir,
    headers,
    health,
    hooks,
    leftovers,
    logs,
    metrics,
    pages,
    places,
    reports,
    rules,
    timeline,
    validate,
)
from service.web.auth import guard
from service.web.clock import Clock, NewId, new_id, now
from service.web.deps import KEY, Deps, OfBundle, OfHook
from service.web.recording import with_record
from service.web.serving import site_policy, with_disk
from service.web.settings import Settings, read_settings
from service.web.site import read_site

NO_BOOK = Book("", {}, {}, {})  # stands in until the one on disk is read
SURFACES = (discovery, hooks, feedback, evaluate, timeline, validate, reports, rules, fhir, health, metrics, pages)


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
    bare = Deps(settings, book or NO_BOOK, clock, new_id, evaluate_bundle, evaluate_hook)
    if book is None:
        return with_disk(bare)
    return replace(bare, site=read_site(settings, book), policy=site_policy(settings, book))


def build(deps: Deps) -> Flask:
    """The application around `deps`."""
    app = Flask(__name__)
    app.extensions[KEY] = deps
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False  # no redirects: a CDS client follows none
    leftovers.register(app)
    for register in (logs.register, metrics.register, headers.register, guard.register, errors.register):
        register(app)
    places.register(app, deps.settings.threads)
    for surface in SURFACES:
        app.register_blueprint(surface.blueprint)
    return app
