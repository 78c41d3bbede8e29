"""YAML read as text: every scalar stays the text that was written, so 1.10 is not 1.1 and no is not false.

Only plain mappings, lists and scalars are accepted. Repeated keys, anchors, aliases and tags are refused with line and column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from service.library.problems import BookError, Path, Problem, dotted

MAX_BYTES = 512 * 1024
MAX_DEPTH = 12
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: `data` holds text, lists and mappings only; `lines` gives the line of every path."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]


def read_yaml(file: str, raw: bytes) -> Document:
    """Parse one file whose outermost value is a mapping. Raises BookError with one problem."""
    lines: dict[Path, int] = {}
    try:
        data = _parse(file, raw, lines)
    except UnicodeDecodeError as error:
        raise _refusal(file, "", None, f"is not UTF-8 text (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in column {mark.column + 1}" if mark else ""
        raise _refusal(file, "", mark.line + 1 if mark else None, f"is not YAML{place}: {error.problem}") from None
    except yaml.YAMLError:
        raise _refusal(file, "", None, "holds a character that YAML does not allow") from None
    if not isinstance(data, dict):
        raise _refusal(file, "", 1, "must be a mapping of keys")
    return Document(file, data, lines)


def _parse(file: str, raw: bytes, lines: dict[Path, int]) -> Any:
    if len(raw) > MAX_BYTES:
        raise _refusal(file, "", None, f"is larger than {MAX_BYTES} bytes")
    events = yaml.parse(raw.decode("utf-8"), Loader=_Loader)
    reader = _Reader(file, events, lines)
    data = None
    documents = 0
    for event in events:
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise _refusal(file, "", None, "holds more than one document")
        if isinstance(event, yaml.NodeEvent):
            data = reader.node(event, ())
    return data


class _Reader:
    """Turns events into plain data, one node at a time."""

    def __init__(self, file: str, events: Iterator[Any], lines: dict[Path, int]) -> None:
        self.file = file
        self.events = events
        self.lines = lines

    def node(self, event: Any, path: Path) -> Any:
        self._refuse(event, path)
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in result:
                raise self._at(event, (*path, key), "is given twice")
            self.lines[(*path, key)] = event.start_mark.line + 1
            result[key] = self.node(next(self.events), (*path, key))
        return result

    def _key(self, event: Any, path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._at(event, path, "a key must be a plain word")
        self._refuse(event, path)
        return str(event.value)

    def _refuse(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._at(event, path, "anchors and aliases (& and *) are not allowed: write the value out")
        if event.tag:
            raise self._at(event, path, "tags (!) are not allowed: every value is text")
        if len(path) > MAX_DEPTH:
            raise self._at(event, path, f"is nested more than {MAX_DEPTH} levels deep")

    def _at(self, event: Any, path: Path, reason: str) -> BookError:
        mark = event.start_mark
        return _refusal(self.file, dotted(path), mark.line + 1, f"{reason} (line {mark.line + 1}, column {mark.column + 1})")


def _refusal(file: str, field: str, line: int | None, reason: str) -> BookError:
    return BookError([Problem(file, field, line, reason)])
