"""Making text safe to show: one line, bounded, and inert both as plain text and as GitHub-flavoured Markdown.

Evidence is made from codes, numbers and dates, but ids and units come from outside, so nothing in it is trusted.
"""

import re
import unicodedata
from collections.abc import Sequence

SUMMARY = 139  # CDS Hooks: a summary has fewer than 140 characters
EVIDENCE = 80  # longest piece of evidence that is shown
ELLIPSIS = "…"
LISTED = 5  # longer enumerations end in "and 3 more"

_UNSHOWN = ("C", "Zl", "Zp")  # controls, format marks such as bidi overrides, surrogates, line and paragraph separators
_COMPARATOR = re.compile(r"(<=|>=|<|>)\s*(?=[\d.])")
_COMPARED = {"<": "less than ", ">": "more than ", "<=": "at most ", ">=": "at least "}
_LINKLIKE = re.compile(r"://|@|\bwww\.", re.IGNORECASE)
_PLAIN_DROPPED = str.maketrans(dict.fromkeys("<>[]{}`*|\\~", " "))
_SPECIAL = re.compile(r"([\\`*_\[\]|~#!])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_NOT_REFERENCE = re.compile(r"[^A-Za-z0-9\-._/:#\[\]]")


def one_line(text: str) -> str:
    """`text` without controls, invisible marks and runs of white space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(c).startswith(_UNSHOWN) or c > "\uffff" else c for c in text)
    return " ".join("".join(kept).split())


def cut(text: str, limit: int) -> str:
    """`text` held to `limit` characters, ending at a word and an ellipsis when something was left out."""
    if len(text) <= limit:
        return text
    head = text[: limit - len(ELLIPSIS)]
    whole = head if text[len(head)] == " " else head.rpartition(" ")[0] or head
    return whole.rstrip(" ,;:-(") + ELLIPSIS


def _tamed(text: str) -> str:
    """One short line whose comparators are words and in which no renderer can find a link."""
    short = cut(one_line(text[: 4 * EVIDENCE]), EVIDENCE)
    return _LINKLIKE.sub(" ", _COMPARATOR.sub(lambda m: _COMPARED[m[1]], short))


def plain(text: str) -> str:
    """Untrusted text for a summary, which some clients paste into HTML: marks of HTML and Markdown are left out."""
    return " ".join(_tamed(text).translate(_PLAIN_DROPPED).split())


def markdown(text: str) -> str:
    """Untrusted text for a detail: shown as it is, never read as Markdown or HTML."""
    escaped = _SPECIAL.sub(r"\\\1", _ENTITY.sub("&amp;", _tamed(text)))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def reference(resource: str) -> str:
    """A resource reference as inline code; characters that no reference has become question marks."""
    return f"`{cut(_NOT_REFERENCE.sub('?', resource[: 2 * EVIDENCE]), EVIDENCE)}`"


def listed(parts: Sequence[str], most: int = LISTED, by: str = ", ") -> str:
    """`parts` joined, each once; beyond `most` only their number is told."""
    once = list(dict.fromkeys(parts))
    rest = f"{by.rstrip()} and {len(once) - most} more" if len(once) > most else ""
    return by.join(once[:most]) + rest


def capital(text: str) -> str:
    """`text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]
