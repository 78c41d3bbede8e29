"""Prefetch templates filled from the context of a call: `Condition?patient={{context.patientId}}`."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

_TOKEN: Final = re.compile(r"\{\{\s*context\.([A-Za-z0-9]+)\s*\}\}")
_USABLE: Final = re.compile(r"[^\x00-\x20\x7f{}]+")


def filled(template: str, context: Mapping[str, str]) -> str | None:
    """The relative URL, or None when the context lacks a value. Values are encoded, so that none can add to the query or the path."""
    names = _TOKEN.findall(template)
    if not all(_usable(context.get(name)) for name in names):
        return None
    out = _TOKEN.sub(lambda found: quote(context[found[1]], safe=""), template)
    return None if "{{" in out else out


def _usable(value: str | None) -> bool:
    return value is not None and _USABLE.fullmatch(value) is not None and value.strip(".") != ""


def kind_asked(template: str) -> str:
    """The resource type a template asks for."""
    return re.split(r"[?/]", template, maxsplit=1)[0]


def is_search(template: str) -> bool:
    """True for a search, whose answer is a Bundle; False for a read."""
    return "?" in template
