"""A site's own choices about the rules: which are shown, at which hooks, and what a card adds about its urgency.

    rules:
      red-flag-infection: {show: shadow, reason: 'Covered by the sepsis rules of this hospital, approved 2026-10-02'}
      stage-beyond-1-year: {show: off}
      fbss-time-criteria: {hooks: [patient-view], urgency: 'Spine clinic, extension 1234.'}

A rule in the shadow is decided and recorded, never shown. One that is off is neither; other rules that ask about it still get
its answer, so that taking a card away never turns another question around.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from service.engine.rule import Rule
from service.engine.verdict import Verdict
from service.library import Book, BookError
from service.library.digest import hash_content
from service.library.fields import ID, Base, Choice, Inside, Many, Named, Plain, check
from service.library.problems import Report
from service.library.schema import HOOKS
from service.library.yamltext import read_yaml

Show = Literal["on", "shadow", "off"]
SHOWS: tuple[Show, ...] = ("on", "shadow", "off")
NAME = "site file"
_One = Base.from_dict(
    {"show": Choice(*SHOWS), "hooks": Many(Choice(*HOOKS)), "urgency": Plain(limit=200), "reason": Plain(limit=500)}, name="SiteRule"
)
_Text = Base.from_dict({"rules": Named(Inside(_One), shape=ID, required=True)}, name="SiteFile")


@dataclass(frozen=True, slots=True)
class SiteRule:
    """What a site chose for one rule. `hooks` empty: as the rule says. `urgency` is a sentence added to its card."""

    show: Show = "on"
    hooks: frozenset[str] = frozenset()
    urgency: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SwitchedAlarm:
    """An alarm rule that a site does not show, or shows at fewer hooks, and the reason it wrote down."""

    rule: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"The alarm rule {self.rule} is {self.what} at this site: {self.reason}"


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """A site file, checked. `digest` is part of the release that judges with it; `alarms` are the alarm rules it takes back."""

    rules: Mapping[str, SiteRule]
    digest: str
    alarms: tuple[SwitchedAlarm, ...] = ()

    @property
    def wording(self) -> Mapping[str, str]:
        """By rule, what its card adds about urgency."""
        return {name: one.urgency for name, one in self.rules.items() if one.urgency}


@dataclass(frozen=True, slots=True)
class Sorted:
    """Verdicts that may be shown at a hook, and those that are recorded only."""

    heard: tuple[Verdict, ...]
    shadow: tuple[Verdict, ...] = field(default=())


def read_policy(raw: bytes, book: Book) -> SitePolicy:
    """Read and check a site file against the rules of the book. Raises BookError with every problem."""
    document = read_yaml(NAME, raw)
    report = Report(NAME, document.lines)
    body = check(_Text, document.data, report)
    chosen = _chosen(body["rules"], book, report) if body else {}
    if report.problems:
        raise BookError(report.problems)
    alarms = tuple(_switched(name, one, what) for name, one in chosen.items() if (what := _taken_back(one, book.versions[name])))
    return SitePolicy(chosen, hash_content(document.data), alarms)


def _chosen(written: Mapping[str, Mapping[str, Any]], book: Book, report: Report) -> dict[str, SiteRule]:
    chosen = {}
    for name, body in written.items():
        if not report.known(("rules", name), name, book.versions, "rule"):
            continue
        one = SiteRule(
            cast(Show, body.get("show", "on")), frozenset(body.get("hooks", ())), body.get("urgency", ""), body.get("reason", "")
        )
        _check_one(name, body, one, book.versions[name], report)
        chosen[name] = one
    return chosen


def _check_one(name: str, body: Mapping[str, Any], one: SiteRule, versions: tuple[Rule, ...], report: Report) -> None:
    known = sorted({hook for rule in versions for hook in rule.hooks})
    for index, hook in enumerate(body.get("hooks", ())):
        if hook not in known:
            reason = f"{hook!r} is not among the hooks of this rule: a site can only leave hooks out"
            report.add(("rules", name, "hooks", index), reason, choices=known)
    if (what := _taken_back(one, versions)) and not one.reason:
        report.add(("rules", name, "reason"), f"is missing: this is an alarm rule, and for it to be {what} a written reason is needed")


def _taken_back(one: SiteRule, versions: tuple[Rule, ...]) -> str:
    """In words, how an alarm is kept from being shown; empty for a rule that is no alarm or is shown wherever it would be."""
    if not any(rule.family == "alarm" for rule in versions):
        return ""
    if one.show != "on":
        return "off" if one.show == "off" else "in the shadow"
    left_out = {hook for rule in versions for hook in rule.hooks} - one.hooks if one.hooks else ()
    return f"not shown at {', '.join(sorted(left_out))}" if left_out else ""


def _switched(name: str, one: SiteRule, what: str) -> SwitchedAlarm:
    return SwitchedAlarm(name, what, one.reason)


def sort_out(verdicts: Iterable[Verdict], hook: str, policy: SitePolicy | None, pinned: frozenset[str] = frozenset()) -> Sorted:
    """The verdicts of a hook as the site wants them. A rule that the caller pinned is shown whatever the site file says."""
    chosen = policy.rules if policy else {}
    heard: list[Verdict] = []
    shadow: list[Verdict] = []
    for verdict in verdicts:
        rule = verdict.rule
        one = SiteRule() if rule.id in pinned else chosen.get(rule.id, SiteRule())
        if hook not in rule.hooks or (one.hooks and hook not in one.hooks) or one.show == "off":
            continue
        (heard if one.show == "on" else shadow).append(verdict)
    return Sorted(tuple(heard), tuple(shadow))
