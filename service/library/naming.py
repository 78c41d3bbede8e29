"""Names inside one rule document: whatever is named must exist, and whatever exists must be named."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.library.problems import Path, Report


def check_names(body: Mapping[str, Any], report: Report) -> None:
    """Note citations, criteria, ways and checks that are missing or unused."""
    criteria, checks = body["criteria"], body.get("checks", {})
    used = set(_in_ways(body, criteria, report))
    told = [*criteria, *(() if "fires_when" in body else body.get("ways", {})), *(("fires",) if "fires_when" in body else ())]
    for path, name in _whens(body):
        if report.known(path, name, told, "way or criterion"):
            used.add(name)
    used |= set(_needed(checks, criteria, report))
    for name in criteria:
        if name not in used:
            report.add(("criteria", name), "is used by no way, variant, note, suggestion or check")
    for name in checks.keys() & criteria.keys():
        report.add(("checks", name), "is the name of a criterion too")
    _suggestions(body, checks, report)
    _citations(body, report)


def _needed(checks: Mapping[str, Any], criteria: Mapping[str, Any], report: Report) -> Iterator[str]:
    for key, check in checks.items():
        name = check.get("needed_when")
        if name is not None and report.known(("checks", key, "needed_when"), name, criteria, "criterion"):
            yield name


def _in_ways(body: Mapping[str, Any], criteria: Mapping[str, Any], report: Report) -> Iterator[str]:
    if ("fires_when" in body) == ("ways" in body):
        report.add((), "must hold either fires_when or ways", choices=("fires_when", "ways"))
    places: list[tuple[Path, Any]] = [(("ways", name), way) for name, way in body.get("ways", {}).items()]
    if "fires_when" in body:
        places.append((("fires_when",), body["fires_when"]))
    for path, way in places:
        if path[-1] in criteria:
            report.add(path, "is the name of a criterion too")
        yield from _in_way(way, path, criteria, report)


def _in_way(way: Mapping[str, Any], path: Path, criteria: Iterable[str], report: Report) -> Iterator[str]:
    named = [((*path, gather, index), name) for gather in ("all", "any", "none") for index, name in enumerate(way.get(gather, ()))]
    counted = way.get("at_least_of")
    if counted:
        named += [((*path, "at_least_of", "of", index), name) for index, name in enumerate(counted["of"])]
        if counted["n"] != int(counted["n"]) or not 1 <= counted["n"] <= len(counted["of"]):
            report.add((*path, "at_least_of", "n"), f"must be a whole number from 1 to {len(counted['of'])}")
    if not (way.keys() & {"all", "any", "at_least_of"}):
        report.add(path, "must hold all, any or at_least_of: a way of none alone would fire on silence")
    seen: set[str] = set()
    for where, name in named:
        if name in seen:
            report.add(where, f"{name!r} is named twice in this way")
        seen.add(name)
        if report.known(where, name, criteria, "criterion"):
            yield name


def _whens(body: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    card = body.get("card", {})
    for key in ("variants", "notes", "suggestions"):
        for index, one in enumerate(card.get(key, ())):
            for word in ("when", "unless"):
                if word in one:
                    yield ("card", key, index, word), one[word]
    for index, target in enumerate(body.get("suppresses", ())):
        if target.get("when", "critical") != "critical":
            yield ("suppresses", index, "when"), target["when"]


def _suggestions(body: Mapping[str, Any], checks: Iterable[str], report: Report) -> None:
    suggestions = body.get("card", {}).get("suggestions", ())
    for index, one in enumerate(suggestions):
        if "for" in one:
            report.known(("card", "suggestions", index, "for"), one["for"], checks, "check")
    if len({one["label"] for one in suggestions}) < len(suggestions):
        report.add(("card", "suggestions"), "gives two suggestions the same label")


def _citations(body: Mapping[str, Any], report: Report) -> None:
    citations = body["citations"]
    used = set()
    for section in ("criteria", "checks"):
        for name, one in body.get(section, {}).items():
            if report.known((section, name, "because"), one["because"], citations, "citation"):
                used.add(one["because"])
    for name in citations:
        if name not in used:
            report.add(("citations", name), "is cited by no criterion or check")
