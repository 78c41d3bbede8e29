"""Changing what is locked: writing LOCK, and the only two ways to change a version's status or end."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from service.engine.rule import Rule
from service.library.load import CHANGES, Loading, entries_of, load_files, read_files
from service.library.lock import LOCK, Locked, check_bytes, read_lock, write_lock
from service.library.problems import BookError, Problem, closest
from service.library.versions import semver
from service.library.yamltext import read_yaml

CHANGES_HEAD = "# Changes of status\n\nWritten by `postfusion rules activate` and `postfusion rules end`.\n\n"
_STATUS = re.compile(r"^status:.*$", re.MULTILINE)
_EFFECTIVE = re.compile(r"^effective:(?:[ ]*\{[^}]*\}[^\n]*|[ ]*\n(?:[ ]+[^\n]*\n?)+)", re.MULTILINE)


def relock(root: Path, *, unreleased: bool = False) -> list[str]:
    """Write LOCK for the files as they are; gives the paths whose entry changed.

    Raises BookError when the book is unsound, or when something that is in use would change (unless `unreleased`).
    """
    loading = _sound(read_files(root))
    before = _locked(loading.files)
    after = entries_of(loading)
    if not unreleased and (problems := _broken_promises(before, after)):
        raise BookError(problems)
    (root / LOCK).write_bytes(write_lock(after))
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def activate(root: Path, name: str, version: str, day: date, why: str) -> list[str]:
    """Put a draft in force from `day`; the version before it, when it has no end, ends that day. Gives what was done."""
    files = _unchanged(root)
    loading = _sound(files)
    rule = _find(loading, name, version)
    if rule.status != "draft":
        raise _refused(rule, f"is {rule.status}: only a draft can be activated")
    done = []
    for other in loading.versions[name]:
        if other.status == "active" and other.effective_until is None:
            if semver(other.version) > semver(version):
                raise _refused(rule, f"comes before {other.version}, which is in force")
            done.append(_change(files, other, other.status, other.effective_from, day))
    done.append(_change(files, rule, "active", day, rule.effective_until))
    return _write(root, files, done, why)


def end(root: Path, name: str, version: str, day: date, why: str) -> list[str]:
    """Retire a version: `day` is the first day on which it is no longer in force. Gives what was done."""
    files = _unchanged(root)
    rule = _find(_sound(files), name, version)
    if rule.status != "active":
        raise _refused(rule, f"is {rule.status}: only an active version can be ended")
    return _write(root, files, [_change(files, rule, "retired", rule.effective_from, day)], why)


def _write(root: Path, files: dict[str, bytes], done: list[str], why: str) -> list[str]:
    """Write the changed files and LOCK, after the whole book was found sound with them."""
    notes = "".join(f"- {one}: {' '.join(why.split())}\n" for one in done)
    files[CHANGES] = files.get(CHANGES, CHANGES_HEAD.encode()) + notes.encode()
    files[LOCK] = write_lock(entries_of(_sound(files)))
    for path, raw in files.items():
        if not (root / path).exists() or (root / path).read_bytes() != raw:
            (root / path).write_bytes(raw)
    return done


def _change(files: dict[str, bytes], rule: Rule, status: str, first: date, until: date | None) -> str:
    path = _path(rule)
    text = files[path].decode()
    dates = f"from: {first}" + (f", until: {until}" if until else "")
    text = _EFFECTIVE.sub(f"effective: {{{dates}}}\n", text, count=1).replace("}\n\n", "}\n", 1)
    text = _STATUS.sub(f"status: {status}", text, count=1)
    wanted = read_yaml(path, files[path]).data
    wanted |= {"status": status, "effective": {"from": str(first), **({"until": str(until)} if until else {})}}
    if read_yaml(path, text.encode()).data != wanted:
        raise _refused(rule, "has its status or effective written in an unusual way: write `status: ...` and `effective: {from: ...}`")
    files[path] = text.encode()
    return f"{rule.id} {rule.version} {status} from {first}" + (f" until {until}" if until else "")


def _sound(files: Mapping[str, bytes]) -> Loading:
    loading = load_files(files)
    if problems := loading.faults():
        raise BookError(problems)
    return loading


def _unchanged(root: Path) -> dict[str, bytes]:
    """The files, which must be as LOCK says: a change of status must not carry another change with it."""
    files = read_files(root)
    if problems := check_bytes(files):
        raise BookError(problems)
    return files


def _locked(files: Mapping[str, bytes]) -> dict[str, Locked]:
    return read_lock(files[LOCK])[0] if LOCK in files else {}


def _broken_promises(before: Mapping[str, Locked], after: Mapping[str, Locked]) -> list[Problem]:
    """Rules that were locked in force or retired may not change, nor may the vocabulary they are written in."""
    settled = [path for path, one in before.items() if one.standing and not one.standing.startswith("draft")]
    problems = []
    for path in settled:
        new = after.get(path, Locked("", ""))
        if new.content != before[path].content:
            problems.append(_broken(path, "is in use and its content would change: write a new version instead"))
        elif new.standing != before[path].standing:
            problems.append(_broken(path, "would change its status or dates: use `postfusion rules activate` or `rules end`"))
    activated = [p for p, one in before.items() if one.standing.startswith("draft") and not _still_draft(after.get(p))]
    problems += [_broken(path, "was a draft: use `postfusion rules activate`") for path in activated]
    if settled:
        changed = [p for p in before.keys() | after.keys() if _of_vocabulary(p) and _content(before, p) != _content(after, p)]
        known = {p.split("/")[1] for p in before if _of_vocabulary(p)}
        problems += [
            _broken(path, "belongs to a vocabulary in use: write a new vocabulary version that extends it")
            for path in sorted(changed)
            if path.split("/")[1] in known
        ]
    return problems


def _still_draft(entry: Locked | None) -> bool:
    return entry is None or entry.standing.startswith("draft")


def _of_vocabulary(path: str) -> bool:
    return path.startswith("vocabulary/") and path.endswith(".yaml")


def _content(entries: Mapping[str, Locked], path: str) -> str:
    return entries[path].content if path in entries else ""


def _broken(path: str, reason: str) -> Problem:
    return Problem(path, "", None, f"{reason} (`--unreleased` allows it until the first release)")


def _find(loading: Loading, name: str, version: str) -> Rule:
    versions = loading.versions.get(name)
    if versions is None:
        known = tuple(sorted(loading.versions))
        raise BookError([Problem(name, "", None, "there is no such rule", known, closest(name, known))])
    for rule in versions:
        if rule.version == version:
            return rule
    raise BookError([Problem(name, "", None, f"has no version {version}", tuple(rule.version for rule in versions))])


def _path(rule: Rule) -> str:
    return f"{rule.id}/{rule.version}.yaml"


def _refused(rule: Rule, reason: str) -> BookError:
    return BookError([Problem(_path(rule), "", None, reason)])
