"""postfusion: a clinical rules service for pain after lumbar fusion. Only `create_app` is public here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from service.library import Book
    from service.web.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, *, book: Book | None = None) -> Flask:
    """The WSGI application. Without `settings` they are read from the environment, without `book` the rules are loaded.

    The import waits until the call, so that `import service.engine` alone stays free of Flask.
    """
    from service.web.app import create_app as make

    return make(settings, book=book)
