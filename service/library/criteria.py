"""Criteria and checks of a document -> engine types: one source, one question word that fits it, one citation."""

from collections.abc import Mapping
from typing import Any

from service.engine.answers import Answer
from service.engine.rule import Argument, Criterion
from service.engine.words import WORDS
from service.library.arguments import Desk, argument, length_of_time
from service.library.fields import YES_NO
from service.library.problems import Path

SOURCES = ("fact", "rule", "family")
OF_FACTS = ("within", "older_than", "after_index", "if_unknown")
Asked = tuple[str, Argument | None, tuple[str, ...]]


def criteria(bodies: Mapping[str, Any], section: str, desk: Desk) -> dict[str, Criterion]:
    """Every criterion (or check) of `bodies` that is sound; the faults of the others are noted."""
    made = {name: _criterion(name, body, (section, name), desk) for name, body in bodies.items()}
    return {name: one for name, one in made.items() if one}


def _criterion(name: str, body: Mapping[str, Any], path: Path, desk: Desk) -> Criterion | None:
    sources = [source for source in SOURCES if source in body]
    if len(sources) != 1:
        desk.report.add(path, "must ask exactly one of fact, rule or family", choices=SOURCES)
        return None
    asked = _of_fact(body, path, desk) if sources == ["fact"] else _of_rules(sources[0], body, path, desk)
    if asked is None or asked[1] is None:
        return None
    within, older = (_length(body, key, path, desk) for key in ("within", "older_than"))
    return Criterion(
        name=name,
        says=body["says"],
        because=body["because"],
        word=asked[0],
        argument=asked[1],
        fact=body.get("fact", ""),
        rule=body.get("rule", ""),
        family=body.get("family", ""),
        within=within[0],
        older_than=older[0],
        after_index=body.get("after_index"),
        if_unknown=Answer(body["if_unknown"]) if "if_unknown" in body else None,
        open=body.get("open", ""),
        inverted=body.get("inverted", False),
        needed_when=body.get("needed_when", ""),
        parameters=tuple(dict.fromkeys(asked[2] + within[1] + older[1])),
    )


def _length(body: Mapping[str, Any], key: str, path: Path, desk: Desk) -> tuple[Any, tuple[str, ...]]:
    return length_of_time(body[key], (*path, key), desk) if key in body else (None, ())


def _of_fact(body: Mapping[str, Any], path: Path, desk: Desk) -> Asked | None:
    facts = desk.vocabulary.facts
    if not desk.report.known((*path, "fact"), body["fact"], facts, "fact"):
        return None
    spec = facts[body["fact"]]
    fitting = tuple(word for word, one in WORDS.items() if spec.kind in one.fits)
    words = [word for word in (*WORDS, "answers") if word in body]
    if len(words) != 1:
        desk.report.add(path, f"must hold exactly one question word, and holds {len(words)}", choices=fitting)
        return None
    if words[0] not in fitting:
        desk.report.add((*path, words[0]), f"does not fit the fact {spec.name!r}, whose kind is {spec.kind}", choices=fitting)
        return None
    value, names = argument(words[0], body[words[0]], spec, (*path, words[0]), desk)
    if words[0] in ("is", "recorded") and value is False:
        _plain_absence(words[0], body, path, desk)
    return words[0], value, names


def _plain_absence(word: str, body: Mapping[str, Any], path: Path, desk: Desk) -> None:
    """An absence has no age or place: an old absence is not a present finding."""
    for key in ("within", "older_than", "after_index"):
        if key in body:
            desk.report.add((*path, key), f"cannot be combined with {word}: no")


def _of_rules(source: str, body: Mapping[str, Any], path: Path, desk: Desk) -> Asked | None:
    odd = [key for key in (*WORDS, *OF_FACTS) if key in body]
    for key in odd:
        desk.report.add((*path, key), f"belongs to criteria that ask a fact, and this one asks a {source}")
    if "answers" not in body:
        desk.report.add((*path, "answers"), "is missing", choices=("yes", "unknown"))
    if odd or "answers" not in body:
        return None
    raw = body["answers"]
    wanted = tuple(raw) if isinstance(raw, list) else (raw,)
    wanted = tuple("yes" if YES_NO.get(one) is True else one for one in wanted if isinstance(one, str))
    sound = bool(wanted) and set(wanted) <= {"yes", "unknown"} and len(set(wanted)) == len(wanted)
    if not sound or (source == "rule" and len(wanted) > 1):
        both = ", or a list of both" if source == "family" else ""
        desk.report.add((*path, "answers"), f"must be yes or unknown{both}", choices=("yes", "unknown"))
        return None
    return "answers", wanted, ()
