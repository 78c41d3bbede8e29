"""The rules folder -> a Book, or every reason why not: one bad file refuses all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.engine.evaluate import decider
from service.engine.rule import Rule
from service.library.book import Book
from service.library.build import build_rule
from service.library.digest import hash_bytes, hash_content, rule_digest
from service.library.fields import ID, SEMVER
from service.library.history import Change, read_history
from service.library.lock import LOCK, SIGNATURE, Locked, check_bytes, check_contents, check_lock, read_lock
from service.library.problems import BookError, Problem, Report
from service.library.signing import check_signature
from service.library.versions import check_circles, check_intervals, semver
from service.library.vocabulary import Lexicon, read_lexicons
from service.library.yamltext import Document, read_yaml

CHANGES = "CHANGES.md"
LOOSE = ("README.md", CHANGES, LOCK, SIGNATURE)


@dataclass(slots=True)
class Loading:
    """What has been read so far: files by path, documents, reports, and the rules that are sound."""

    files: dict[str, bytes]
    documents: dict[str, Document] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lexicons: dict[str, Lexicon] = field(default_factory=dict)
    versions: dict[str, list[Rule]] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)

    def report(self, file: str) -> Report:
        """The report on one file."""
        if file not in self.reports:
            lines = self.documents[file].lines if file in self.documents else {}
            self.reports[file] = Report(file, lines)
        return self.reports[file]

    def faults(self) -> list[Problem]:
        """Every problem found so far, by file."""
        found = self.problems + [problem for report in self.reports.values() for problem in report.problems]
        return sorted(found, key=lambda problem: (problem.file, problem.line or 0, problem.field))


def load_book(root: Path, *, verify_lock: bool = True, only: str = "", public_key: bytes = b"") -> Book:
    """Read every file under `root` and make the book. Raises BookError with all problems; nothing is loaded by halves.

    `verify_lock=False` is for writing rules: it skips LOCK, nothing else. `only`, likewise, reads the vocabularies and one rule.
    With `public_key` (PEM, or a JWK as JSON) LOCK must carry the signature of its owner; without one no signature is looked at.
    """
    files = read_files(root)
    if only:
        files = {file: raw for file, raw in files.items() if file.startswith(("vocabulary/", f"{only}/"))}
    if verify_lock and (problems := check_bytes(files) or check_signature(files, public_key)):
        raise BookError(problems)
    loading = load_files(files)
    problems = loading.faults()
    if verify_lock and not problems:
        problems = check_contents(loading.contents, read_lock(files[LOCK])[0]) or check_lock(files[LOCK], entries_of(loading))
    if problems:
        raise BookError(problems)
    return _bind(loading)


def read_files(root: Path) -> dict[str, bytes]:
    """Every file under `root` by its relative path. Raises BookError when there is no such folder."""
    if not root.is_dir():
        raise BookError([Problem(str(root.name), "", None, "is not a folder of rules")])
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def fingerprint(root: Path) -> str:
    """Digest of the bytes of every file under `root`, as Book.fingerprint. Raises BookError when there is no such folder."""
    return _fingerprint(read_files(root))


def _fingerprint(files: Mapping[str, bytes]) -> str:
    return hash_content({path: hash_bytes(raw) for path, raw in files.items()})


def entries_of(loading: Loading) -> dict[str, Locked]:
    """What LOCK says of these files."""
    standing = {f"{rule.id}/{rule.version}.yaml": _standing(rule) for versions in loading.versions.values() for rule in versions}
    listed = {path: raw for path, raw in loading.files.items() if path not in (LOCK, SIGNATURE)}
    return {path: Locked(loading.contents[path], hash_bytes(raw), standing.get(path, "")) for path, raw in listed.items()}


def _standing(rule: Rule) -> str:
    return f"{rule.status}:{rule.effective_from}:{rule.effective_until or ''}"


def load_files(files: Mapping[str, bytes]) -> Loading:
    """Read files into vocabularies and rules, noting every problem."""
    loading = Loading(dict(files))
    for file, raw in files.items():
        _read(file, raw, loading)
    vocabulary = {file: one for file, one in loading.documents.items() if file.startswith("vocabulary/")}
    loading.lexicons = read_lexicons(vocabulary, loading.report)
    for file in loading.documents.keys() - vocabulary.keys():
        _build(file, loading)
    for name, versions in loading.versions.items():
        versions.sort(key=lambda rule: semver(rule.version))
        check_intervals(versions, loading.report(f"{name}/{versions[-1].version}.yaml"))
    check_circles(loading.versions, loading.report("."))
    return loading


def _read(file: str, raw: bytes, loading: Loading) -> None:
    loading.contents[file] = hash_bytes(raw)
    kind = _kind(file)
    if kind == "document":
        try:
            loading.documents[file] = read_yaml(file, raw)
            loading.contents[file] = hash_content(loading.documents[file].data)
        except BookError as error:
            loading.problems.extend(error.problems)
    elif kind == "stray":
        expected = "<rule>/<version>.yaml, <rule>/README.md, vocabulary/<version>/..., README.md, CHANGES.md or LOCK"
        loading.problems.append(Problem(file, "", None, f"has no place in the rules folder, which holds {expected}"))


def _kind(file: str) -> str:
    """`document` (YAML that is read), `text` (for people), or `stray`."""
    folder, _, name = file.partition("/")
    if not name:
        return "text" if file in LOOSE else "stray"
    if name == "README.md":
        return "text"
    if folder == "vocabulary":
        version, _, rest = name.partition("/")
        return "document" if SEMVER.fullmatch(version) and rest.endswith(".yaml") else "stray"
    return "document" if ID.fullmatch(folder) and SEMVER.fullmatch(name.removesuffix(".yaml")) and name.endswith(".yaml") else "stray"


def _build(file: str, loading: Loading) -> None:
    document = loading.documents[file]
    rule = build_rule(document, loading.lexicons, loading.report(file))
    if rule:
        digest = rule_digest(document.data, rule, loading.lexicons[rule.vocabulary])
        loading.contents[file] = digest
        loading.versions.setdefault(rule.id, []).append(replace(rule, digest=digest))


def _bind(loading: Loading) -> Book:
    versions = {name: tuple(loading.versions[name]) for name in sorted(loading.versions)}
    rules = [rule for one in versions.values() for rule in one]
    times = [[r.id, r.version, r.status, str(r.effective_from), str(r.effective_until), r.digest] for r in rules]
    return Book(
        digest=hash_content(times),
        vocabularies={version: one.made for version, one in loading.lexicons.items()},
        versions=versions,
        deciders={(rule.id, rule.version): decider(rule) for rule in rules},
        contents={file: content for file, content in loading.contents.items() if file not in (LOCK, SIGNATURE)},
        fingerprint=_fingerprint(loading.files),
        history=_history(loading.files),
        documents={file: loading.files[file] for file in (f"{rule.id}/{rule.version}.yaml" for rule in rules)},
    )


def _history(files: Mapping[str, bytes]) -> Mapping[str, tuple[Change, ...]]:
    return read_history(files.get(CHANGES, b""))
