"""The application: surfaces and error shape put together around one book of rules."""

from flask import Flask

from service.evaluation import evaluate_bundle, evaluate_hook
from service.library import Book, load_book
from service.web import discovery, errors, evaluate, headers, health, hooks, logs, pages, rules
from service.web.clock import Clock, NewId, new_id, now
from service.web.deps import KEY, Deps, OfBundle, OfHook
from service.web.settings import Settings, read_settings

SURFACES = (discovery, hooks, evaluate, rules, health, pages)


def create_app(settings: Settings | None = None, *, book: Book | None = None) -> Flask:
    """The WSGI application. Raises SettingsError or BookError: a service that cannot judge does not start."""
    return build(make_deps(settings or read_settings(), book=book))


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
    return Deps(settings, book or load_book(settings.rules_dir), clock, new_id, evaluate_bundle, evaluate_hook)


def build(deps: Deps) -> Flask:
    """The application around `deps`."""
    app = Flask(__name__)
    app.extensions[KEY] = deps
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False  # no redirects: a CDS client follows none
    for register in (logs.register, headers.register, errors.register):
        register(app)
    for surface in SURFACES:
        app.register_blueprint(surface.blueprint)
    return app
