"""The book of rules: which versions are in force on a day, which are drafts, and what a pinned evaluation runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.engine.evaluate import Decider, alarms_first, in_reading_order
from service.engine.rule import Rule
from service.engine.vocabulary import Vocabulary
from service.library.digest import hash_content
from service.library.history import Change
from service.library.problems import closest
from service.library.versions import covers

KEPT = 256  # releases remembered per book; a caller who asks for ever new pins and days only makes them anew


class NoRulesInForce(LookupError):
    """No rule at all is in force on the day asked for: nothing can be judged."""

    def __init__(self, day: date) -> None:
        super().__init__(f"no rule is in force on {day}")
        self.day = day


class PinError(ValueError):
    """A pin is malformed, unknown, or the second one of a rule."""


@dataclass(frozen=True, slots=True)
class Release:
    """The rules of one evaluation, compiled, in reading order. `pinned` holds ids of rules whose version was chosen by pin.

    `shadow` are the drafts of the day, decided beside the others for the record alone; where anything is pinned there are none.
    """

    digest: str
    deciders: tuple[Decider, ...]
    pinned: frozenset[str] = frozenset()
    shadow: tuple[Decider, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in reading order."""
        return tuple(one.rule for one in self.deciders)


@dataclass(frozen=True)
class Book:
    """Every version of every rule, frozen. `versions` are oldest first; `contents` are content hashes by file.

    `fingerprint` is the digest of the bytes of all files; `history` says by rule who changed status, when and why; `documents` are
    the rule documents as they were read, by file.
    """

    digest: str
    vocabularies: Mapping[str, Vocabulary]
    versions: Mapping[str, tuple[Rule, ...]]
    deciders: Mapping[tuple[str, str], Decider]
    contents: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    history: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    _releases: dict[Any, Release] = field(default_factory=dict, repr=False, compare=False)

    def in_force(self, day: date) -> tuple[Rule, ...]:
        """The versions in force on `day`, by id; retired ones count until their end. Raises NoRulesInForce."""
        rules = tuple(rule for rule in self._all() if rule.status != "draft" and covers(rule, day))
        if not rules:
            raise NoRulesInForce(day)
        return rules

    def drafts(self, day: date) -> tuple[Rule, ...]:
        """The drafts whose interval covers `day`: evaluated in the shadow, never shown."""
        return tuple(rule for rule in self._all() if rule.status == "draft" and covers(rule, day))

    def release(self, day: date, pins: Sequence[str] = ()) -> Release:
        """What runs on `day`, with each pin `rule@1.0.0` in place of that rule. Raises NoRulesInForce or PinError."""
        key = (day, tuple(pins))
        made = self._releases.get(key)
        if made is None:
            made = self._release(day, pins)
            if len(self._releases) >= KEPT:
                self._releases.clear()
            self._releases[key] = made
        return made

    def _release(self, day: date, pins: Sequence[str]) -> Release:
        pinned = self._pinned(pins)
        rules = {rule.id: rule for rule in self.in_force(day)} | pinned
        try:
            ordered = in_reading_order(rules.values())
        except ValueError as error:
            raise PinError(f"these versions cannot run together: {error}") from None
        shadow = () if pinned else self._compiled(self.drafts(day))
        return Release(release_digest(ordered), self._compiled(alarms_first(ordered)), frozenset(pinned), shadow)

    def _compiled(self, rules: Iterable[Rule]) -> tuple[Decider, ...]:
        return tuple(self.deciders[rule.id, rule.version] for rule in rules)

    def _pinned(self, pins: Sequence[str]) -> dict[str, Rule]:
        pinned: dict[str, Rule] = {}
        for pin in pins:
            rule = self.find(pin)
            if rule.id in pinned:
                raise PinError(f"two pins name the rule {rule.id}")
            pinned[rule.id] = rule
        return pinned

    def find(self, pin: str) -> Rule:
        """The version a pin such as `rule@1.0.0` names. Raises PinError with the choices there are."""
        name, _, version = pin.partition("@")
        if not name or not version:
            raise PinError("a pin has the form rule@1.0.0")
        if name not in self.versions:
            meant = closest(name, self.versions)
            raise PinError("a pin names a rule that does not exist" + (f"; did you mean {meant}?" if meant else ""))
        for rule in self.versions[name]:
            if rule.version == version:
                return rule
        known = ", ".join(rule.version for rule in self.versions[name])
        raise PinError(f"a pin names a version of {name} that does not exist; there are {known}")

    def _all(self) -> Iterable[Rule]:
        return (rule for name in sorted(self.versions) for rule in self.versions[name])


def release_digest(rules: Iterable[Rule]) -> str:
    """Digest of a set of rule versions: equal exactly when the same contents run with the same status."""
    return hash_content(sorted([rule.id, rule.version, rule.status, rule.digest] for rule in rules))
