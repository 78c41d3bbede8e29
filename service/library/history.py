"""CHANGES.md as data: when versions were put in force and ended, and why. Written by locking.py, one line a change."""

import re
from dataclasses import dataclass

from service.library.fields import ID, SEMVER

_DAY = r"\d{4}-\d{2}-\d{2}"
_LINE = re.compile(
    rf"- (?P<rule>{ID.pattern}) (?P<version>{SEMVER.pattern}) (?P<status>active|retired) "
    rf"from (?P<first>{_DAY})(?: until (?P<until>{_DAY}))?: (?P<why>.+)"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a version became: its status and days (YYYY-MM-DD, `until` empty when open), and the reason given."""

    version: str
    status: str
    first: str
    until: str
    why: str


def read_history(raw: bytes) -> dict[str, tuple[Change, ...]]:
    """The changes of each rule in the order of the file. Lines of any other form are for people alone."""
    found: dict[str, tuple[Change, ...]] = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        if match := _LINE.fullmatch(line):
            change = Change(match["version"], match["status"], match["first"], match["until"] or "", match["why"])
            found[match["rule"]] = (*found.get(match["rule"], ()), change)
    return found
