"""Which facts have to be answered before the rules of a release can be decided and their cards be written."""

from collections.abc import Mapping

from service.engine.rule import Face, Rule
from service.library import Release
from service.library.face import placeholders

KEPT = 64  # releases whose questions are remembered
GATE_FACTS = ("adult_and_alive", "alive", "lumbar_fusion", "lumbar_fusion_dated")

_asks: dict[str, Mapping[str, list[str]]] = {}


def facts_asked(release: Release) -> Mapping[str, list[str]]:
    """The facts each vocabulary version has to answer, those of alarms first: what its rules ask, what gates them, what cards show."""
    if release.digest not in _asks:
        if len(_asks) >= KEPT:
            _asks.clear()
        asked: dict[str, dict[str, None]] = {}
        for rule in release.rules:  # alarms come first
            asked.setdefault(rule.vocabulary, {}).update(dict.fromkeys(sorted(facts_named(rule))))
        _asks[release.digest] = {version: list(names) for version, names in asked.items()}
    return _asks[release.digest]


def facts_named(rule: Rule) -> set[str]:
    """The facts a rule asks, shows or is gated by."""
    return {c.fact for c in (*rule.criteria.values(), *rule.checks.values()) if c.fact} | _shown_in(rule.face) | {*GATE_FACTS}


def _shown_in(face: Face | None) -> set[str]:
    """Facts that the card's text names."""
    if face is None:
        return set()
    texts = [face.summary, face.detail, *(note.text for note in face.notes)]
    texts += [text for variant in face.variants for text in (variant.summary, variant.detail)]
    return {name for text in texts for name in placeholders(text)} - {"outstanding"}
