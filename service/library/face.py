"""The card of a document -> engine types: placeholders, summary width, suggestion codes and override reasons are checked."""

import re
from collections.abc import Mapping
from typing import Any

from service.engine.facts import Bounds
from service.engine.rule import Action, Criterion, Face, Note, Suggestion, Variant
from service.engine.vocabulary import FactSpec
from service.library.arguments import Desk
from service.library.problems import Path
from service.library.vocabulary import OVERRIDE_REASONS

SUMMARY_LIMIT = 140
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NOT_RECORDED = "not recorded"
PARTIAL = "about 2026-01"


def face(body: Mapping[str, Any], checks: Mapping[str, Criterion], desk: Desk) -> Face:
    """The card as frozen data. Faults are noted on the desk's report."""
    wording = _Wording(checks, desk)
    wording.summary(body["summary"], ("card", "summary"))
    wording.text(body["detail"], ("card", "detail"))
    return Face(
        indicator=body["indicator"],
        summary=body["summary"],
        detail=body["detail"],
        variants=tuple(_variant(one, ("card", "variants", index), wording) for index, one in enumerate(body.get("variants", ()))),
        notes=tuple(_note(one, ("card", "notes", index), wording) for index, one in enumerate(body.get("notes", ()))),
        suggestions=tuple(_suggestion(one, ("card", "suggestions", i), desk) for i, one in enumerate(body.get("suggestions", ()))),
        override_reasons=_reasons(body.get("override_reasons", ()), desk),
        selection=body.get("selection", "any"),
    )


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces."""
    return tuple(PLACEHOLDER.findall(text))


class _Wording:
    """Checks the texts of one card."""

    def __init__(self, checks: Mapping[str, Criterion], desk: Desk) -> None:
        self.checks, self.desk = checks, desk
        self.facts = desk.vocabulary.facts

    def text(self, text: str, path: Path) -> None:
        known = [*self.facts, *(["outstanding"] if self.checks else [])]
        for name in placeholders(text):
            self.desk.report.known(path, name, known, "placeholder")
        if set(PLACEHOLDER.sub("", text)) & set("{}"):
            self.desk.report.add(path, "holds a brace that is not a placeholder such as {months_since_index}")

    def summary(self, text: str, path: Path) -> None:
        self.text(text, path)
        for name in placeholders(text):
            if name in self.facts and self.facts[name].kind == "presence":
                self.desk.report.add(path, f"cannot hold {name!r}: a finding has no value of limited width")
        width = len(PLACEHOLDER.sub(lambda match: "x" * self._width(match[1]), text))
        if width >= SUMMARY_LIMIT:
            self.desk.report.add(path, f"is {width} characters long with the widest values; it must stay under {SUMMARY_LIMIT}")

    def _width(self, name: str) -> int:
        if name == "outstanding":
            return len(", ".join(check.open for check in self.checks.values()))
        return _widest(self.facts[name]) if name in self.facts else 0


def _widest(spec: FactSpec) -> int:
    """The longest text a number, a date or words can become, estimates and silence included."""
    texts = [NOT_RECORDED, PARTIAL]
    if spec.kind == "number":
        texts += [f"about {Bounds(spec.low, spec.high)}", str(Bounds(spec.high, None)), str(Bounds(None, spec.high))]
    return max(map(len, [*texts, ", ".join(spec.words)]))


def _variant(body: Mapping[str, Any], path: Path, wording: _Wording) -> Variant:
    if "summary" in body:
        wording.summary(body["summary"], (*path, "summary"))
    if "detail" in body:
        wording.text(body["detail"], (*path, "detail"))
    return Variant(
        when=body["when"],
        summary=body.get("summary", ""),
        indicator=body.get("indicator"),
        urgency=body.get("urgency"),
        detail=body.get("detail", ""),
    )


def _note(body: Mapping[str, Any], path: Path, wording: _Wording) -> Note:
    wording.text(body["text"], (*path, "text"))
    return Note(body["when"], body["text"])


def _suggestion(body: Mapping[str, Any], path: Path, desk: Desk) -> Suggestion:
    return Suggestion(
        label=body["label"],
        actions=tuple(_action(one, body["label"], (*path, "actions", index), desk) for index, one in enumerate(body["actions"])),
        when=body.get("when", ""),
        unless=body.get("unless", ""),
        check=body.get("for", ""),
        elective=body.get("elective", False),
        recommended=body.get("recommended", False),
    )


def _action(body: Mapping[str, Any], label: str, path: Path, desk: Desk) -> Action:
    codes = _codes(body.get("code", []), (*path, "code"), desk)
    if body["create"] == "CommunicationRequest":
        if "text" not in body:
            desk.report.add((*path, "text"), "is missing: a message needs words")
    elif "code" not in body:
        desk.report.add((*path, "code"), f"is missing: a {body['create']} needs one, written as system|code")
    if body["create"] == "Condition" and "priority" in body:
        desk.report.add((*path, "priority"), "does not exist on a Condition")
    return Action(body["create"], body.get("text") or label, codes, body.get("text", ""), body.get("priority", ""))


def _codes(raw: Any, path: Path, desk: Desk) -> tuple[tuple[str, str, str], ...]:
    known = {
        f"{code.system}|{code.code}": (code.system, code.code, code.display)
        for value_set in desk.vocabulary.value_sets.values()
        for code in value_set.codes
    }
    written = [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
    codes = []
    for one in written:
        if not isinstance(one, str):
            desk.report.add(path, "must be system|code, or a list of these")
        elif one not in known:
            desk.report.add(path, f"{one!r} is in no value set of vocabulary {desk.vocabulary.version}: add it with its source")
        elif not known[one][2]:
            desk.report.add(path, f"{one!r} has no display in its value set")
        else:
            codes.append(known[one])
    return tuple(codes)


def _reasons(written: Any, desk: Desk) -> tuple[str, ...]:
    value_set = desk.vocabulary.value_sets.get(OVERRIDE_REASONS)
    known = [code.code for code in value_set.codes] if value_set else []
    for index, one in enumerate(written):
        desk.report.known(("card", "override_reasons", index), one, known, "override reason")
    return tuple(written)
