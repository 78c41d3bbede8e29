"""The LOCK file: for every file under the rules folder its content hash and its raw-byte hash.

A line is `<content> <raw> <path> [standing]`; the standing of a rule is its status and dates. The content hash of a rule is
its digest, of another YAML file that of its data, of any other file that of its bytes. Anything on disk that differs from
LOCK refuses the start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.library.digest import hash_bytes
from service.library.problems import Problem

LOCK = "LOCK"
SIGNATURE = "LOCK.sig"  # signs LOCK, so it cannot be listed in it
HEAD = "# Written by `postfusion rules lock`; checked at every start. Do not edit.\n"
MEND = "if the change is meant, run `postfusion rules lock`; if not, restore the file"
_LINE = re.compile(r"(sha256:[0-9a-f]{64}) (sha256:[0-9a-f]{64}) (\S+)(?: (\S+))?")


@dataclass(frozen=True, slots=True)
class Locked:
    """The two hashes of one file, and the standing of a rule: `active:2000-01-01:`, empty for other files."""

    content: str
    raw: str
    standing: str = ""


def read_lock(raw: bytes) -> tuple[dict[str, Locked], list[Problem]]:
    """The entries of a LOCK file, by path, and what is wrong with its lines."""
    entries: dict[str, Locked] = {}
    problems = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match:
            entries[match[3]] = Locked(match[1], match[2], match[4] or "")
        elif line and not line.startswith("#"):
            problems.append(Problem(LOCK, "", number, "is not a line of the form: content hash, raw hash, path"))
    return entries, problems


def write_lock(entries: Mapping[str, Locked]) -> bytes:
    """The bytes of a LOCK file."""
    lines = (f"{one.content} {one.raw} {path} {one.standing}".rstrip() + "\n" for path, one in sorted(entries.items()))
    return (HEAD + "".join(lines)).encode()


def check_bytes(files: Mapping[str, bytes]) -> list[Problem]:
    """What differs between the files read and LOCK, by raw bytes. `files` holds LOCK too, when there is one."""
    if LOCK not in files:
        return [Problem(LOCK, "", None, "is missing: run `postfusion rules lock` once the rules are as they should be")]
    locked, problems = read_lock(files[LOCK])
    for path, raw in sorted(files.items()):
        if path in (LOCK, SIGNATURE):
            continue
        if path not in locked:
            problems.append(Problem(path, "", None, f"is not listed in LOCK; {MEND.replace('restore', 'remove')}"))
        elif hash_bytes(raw) != locked[path].raw:
            problems.append(Problem(path, "", None, f"is not as it was locked; {MEND}"))
    missing = sorted(locked.keys() - files.keys())
    return problems + [Problem(path, "", None, f"is listed in LOCK but is not there; {MEND}") for path in missing]


def check_lock(raw: bytes, entries: Mapping[str, Locked]) -> list[Problem]:
    """LOCK must be what would be written for these files, byte for byte: its head, the order of its lines and each standing too."""
    if raw == write_lock(entries):
        return []
    return [Problem(LOCK, "", None, f"is not as it was written for these files; {MEND}")]


def check_contents(contents: Mapping[str, str], locked: Mapping[str, Locked]) -> list[Problem]:
    """Files whose bytes are as locked but whose content hash is not: the way digests are made has changed."""
    return [
        Problem(path, "", None, "has another content hash than LOCK says although its bytes are the same; run `postfusion rules lock`")
        for path, content in sorted(contents.items())
        if path in locked and locked[path].content != content
    ]
