"""Small questions about JSON that several groups ask."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_text(value: Any) -> bool:
    """True for a string with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_url(value: Any) -> bool:
    """True for an absolute http(s) URL."""
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def empties(value: Any, where: str = "") -> Iterator[str]:
    """The places of null, "", [] and {} below a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        here = f"{where}[{name}]" if isinstance(name, int) else f"{where}.{name}".lstrip(".")
        if child is None or (isinstance(child, (str, list, dict)) and not child):
            yield here
        else:
            yield from empties(child, here)


def objects(value: Any) -> list[dict[str, Any]]:
    """Those members of an array that are objects; none of what is no array."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
