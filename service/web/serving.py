"""What is served, as one whole: the book, the site's codes and the site's choices. Read at start, and anew on SIGHUP."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from flask import Flask

from service.evaluation import SitePolicy, prepare, read_policy
from service.library import BadKey, Book, BookError, fingerprint, load_book
from service.library.digest import hash_bytes, hash_content
from service.web.deps import KEY, Deps
from service.web.setting_values import PREFIX, SettingsError
from service.web.settings import Settings
from service.web.site import read_site

log: Final = logging.getLogger("postfusion.rules")


def load_served(settings: Settings) -> Book:
    """The book of the rules folder, signed where a key is configured, its suggestions checked. Raises BookError or SettingsError."""
    key = _read(settings.rules_public_key, "RULES_PUBLIC_KEY", "a public key, PEM or JWK")
    try:
        book = load_book(settings.rules_dir, public_key=key)
    except BadKey as error:
        raise SettingsError(f"{PREFIX}RULES_PUBLIC_KEY: {error}") from None
    prepare(book)
    return book


def site_policy(settings: Settings, book: Book) -> SitePolicy | None:
    """The site's choices about the rules; None without a site file. Raises SettingsError with every problem of the file."""
    if not settings.site_file:
        return None
    try:
        return read_policy(_read(settings.site_file, "SITE_FILE", "the site file"), book)
    except BookError as error:
        raise SettingsError("\n".join((f"{PREFIX}SITE_FILE:", *(f"  {one}" for one in error.problems)))) from None


def on_disk(settings: Settings) -> str:
    """Digest of everything on disk that decides answers. Raises BookError or SettingsError for what cannot be read."""
    return _whole(settings, fingerprint(settings.rules_dir))


def _whole(settings: Settings, rules: str) -> str:
    site = _read(settings.site_file, "SITE_FILE", "the site file"), _read(settings.concept_map, "CONCEPT_MAP", "the ConceptMap")
    return hash_content([rules, *map(hash_bytes, site)])


def _read(path: str, name: str, what: str) -> bytes:
    """The bytes of a configured file; none when it is not configured. Raises SettingsError."""
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"{PREFIX}{name} names a file that cannot be read ({reason}). Give the path of {what}.") from None


def with_disk(deps: Deps) -> Deps:
    """`deps` with all that is served read from disk. Raises BookError, SettingsError or ValueError."""
    settings = deps.settings
    before = _whole(settings, "")
    book = load_served(settings)
    site, policy = read_site(settings, book), site_policy(settings, book)
    if _whole(settings, "") != before:
        raise SettingsError("A file of the site changed while it was read; ask again.")
    return replace(deps, book=book, site=site, policy=policy, fingerprint=_whole(settings, book.fingerprint))


def stale(deps: Deps) -> bool:
    """True when the disk no longer holds what is served. A book that was not read from disk is never stale."""
    if not deps.fingerprint:
        return False
    try:
        return on_disk(deps.settings) != deps.fingerprint
    except (BookError, SettingsError, OSError):
        return True


def renew(app: Flask, judges: Callable[[Deps], bool]) -> bool:
    """Serve what the disk holds now, if it can be read and `judges`; else go on with what is served. True when it was taken over.

    Requests in hand keep what they began with: a request looks its dependencies up once.
    """
    try:
        fresh = with_disk(app.extensions[KEY])
        sound = judges(fresh)
    except Exception as error:  # whatever is wrong with the new rules, the last good ones must go on
        log.error("rules not taken over: %s", error, extra={"error": type(error).__name__})
        return False
    if not sound:
        log.error("rules not taken over: those in force today do not judge an empty chart")
        return False
    app.extensions[KEY] = fresh
    log.info("rules taken over: %s", fresh.book.digest)
    return True
