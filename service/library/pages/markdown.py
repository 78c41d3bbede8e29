"""Markdown as text: what people wrote is escaped, and links are written from the root of the pages."""

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|]|(?<!\w)_|_(?!\w)")
_ROOTED: Final = re.compile(r"\]\(/([^()\s]+)\)")


def plain(text: str) -> str:
    """Text of a rule or a vocabulary so that it reads as it is, also within a table."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)


def code(text: str) -> str:
    """A name as it is typed."""
    return f"`{text}`"


def link(text: str, target: str) -> str:
    """A link. A target that begins with a slash is a page, from the root of the pages; `relative` makes it one to be followed."""
    return f"[{text}]({target})"


def bullets(lines: Iterable[str]) -> list[str]:
    """A list, with an empty line before and after; nothing for no lines."""
    listed = [f"- {line}" for line in lines]
    return ["", *listed, ""] if listed else []


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, with an empty line before and after."""
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(cells)} |" for cells in lines), ""]


def quoted(text: str) -> list[str]:
    """A block quote of text that is Markdown already, such as the detail of a card."""
    return ["", *(f"> {line}".rstrip() for line in text.splitlines()), ""]


def page(title: str, *parts: Iterable[str]) -> str:
    """A page of a title and its lines, with one empty line before each heading and no two in a row."""
    text = "\n".join([f"# {title}", "", *(line for part in parts for line in part)])
    spaced = re.sub(r"(?<=[^\n])\n(?=#{2,6} )", "\n\n", text)
    return re.sub(r"\n{3,}", "\n\n", spaced).rstrip() + "\n"


def relative(text: str, path: str) -> str:
    """The text of the page at `path` with each link from the root made one from that page."""
    return _ROOTED.sub(lambda match: f"]({_from(path, match[1])})", text)


def _from(path: str, target: str) -> str:
    place, mark, anchor = target.partition("#")
    return posixpath.relpath(place, posixpath.dirname(path) or ".") + mark + anchor
