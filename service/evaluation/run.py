"""The seven steps of one evaluation, with no way back: read, place in time, answer facts, decide, arrange, verify, tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile
from typing import Any

from service.cards import CardContext, make_cards
from service.engine.answers import Answer
from service.engine.compile import failed
from service.engine.evaluate import Decider, evaluate, evaluate_beside
from service.engine.facts import Facts
from service.engine.precedence import Showing, arrange
from service.engine.verdict import Verdict
from service.engine.vocabulary import Vocabulary
from service.evaluation.answer import answer_json, index_json, outcome_json, series_json, verdict_json
from service.evaluation.asked import GATE_FACTS, facts_asked, facts_named
from service.evaluation.codes import index_of
from service.evaluation.policy import SitePolicy, sort_out
from service.evaluation.question import Outcome, Question, Said
from service.evaluation.reading import Read, read_of_bundle, read_of_prefetch, read_once
from service.evaluation.verify import cited, invalid
from service.evaluation.why_not import in_the_way
from service.fhir import (
    Scene,
    SiteCodes,
    facts_of,
    read_drafts,
    set_scene,
)
from service.library import Book, Release

ROUNDS = 4  # an invalid resource changes the verdicts, which may cite others; after this many rounds all cited ones are checked at once

RESERVED = 0.2  # of the time for judging is kept for deciding and telling, once the facts are made



@dataclass(frozen=True, slots=True)
class Judged:
    """One round: scenes and facts per vocabulary version, verdicts of the hook's rules and how they are shown, all that was said, the
    resources known to be invalid, and the verdicts that the site keeps in the shadow.
    """

    scenes: Mapping[str, Scene]
    facts: Mapping[str, Facts]
    verdicts: tuple[Verdict, ...]
    showings: tuple[Showing, ...]
    said: Mapping[str, Verdict]
    faulty: Mapping[str, str]
    shadow: tuple[Verdict, ...] = ()

    @property
    def scene(self) -> Scene:
        """The scene of the newest vocabulary."""
        return self.scenes[max(self.scenes, key=_semver)]


def _semver(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def evaluate_bundle(body: bytes, question: Question, book: Book) -> Outcome:
    """Judge a Bundle. Raises Refused, NoRulesInForce or PinError."""
    return _told(question, book, book.release(question.rules_day, question.pins), read_of_bundle(body, question))


def evaluate_hook(prefetch: Mapping[str, bytes], question: Question, book: Book) -> Outcome:
    """Judge the prefetch of a hook for `question.patient`. Raises Refused, NoRulesInForce or PinError."""
    return _told(question, book, book.release(question.rules_day, question.pins), read_of_prefetch(prefetch, question))


def _told(question: Question, book: Book, release: Release, read: Read) -> Outcome:
    judged = _judge_until_valid(question, book, release, read)
    scene = judged.scene
    context = CardContext(
        patient=f"Patient/{scene.chart.person.id}",
        as_of=question.as_of.isoformat(),
        facts=judged.facts,
        vocabularies=book.vocabularies,
        new_id=question.new_id,
        public_url=question.public_url,
        canonical=question.canonical,
        wording=question.policy.wording if question.policy else {},
    )
    beside = _beside(question, book, release, judged, read)
    with question.timed("cards"):
        cards = make_cards(judged.showings, context)
    return Outcome(
        as_of=context.as_of,
        release_digest=release_digest(release, question.site, question.policy),
        patient=scene.chart.person.id,
        index_fusion=index_json(scene),
        cards=cards,
        verdicts=_verdicts(judged, question, book),
        outcome=_set_aside(judged, question),
        nothing_judged=all(v.answer is Answer.UNKNOWN for v in judged.verdicts),
        failed=tuple(v.rule.id for v in judged.verdicts if v.failed),
        pain_series=series_json(scene) if question.told != "cards" else [],
        answered=tuple([_said(one.verdict, one.shown, one.verdict.rule.status == "draft") for one in judged.showings]),
        shadow=tuple([_said(verdict, False, True) for verdict in (*judged.shadow, *beside)]),
        switched=question.policy.alarms if question.policy else (),
    )


def _said(verdict: Verdict, shown: bool, shadow: bool) -> Said:
    rule = verdict.rule
    return Said(rule.id, rule.version, rule.digest, verdict.answer.value, shown, shadow, verdict.failed)


def _set_aside(judged: Judged, question: Question) -> dict[str, Any]:
    """The OperationOutcome, with a line for each alarm that the site took back: what is not shown is said."""
    if question.told == "cards":
        return {}
    outcome = outcome_json(judged.scene.chart, judged.verdicts, judged.scene)
    alarms = question.policy.alarms if question.policy else ()
    issues = [{"severity": "information", "code": "suppressed", "diagnostics": str(one)} for one in alarms]
    return {**outcome, "issue": [*outcome["issue"], *issues]}


def _beside(question: Question, book: Book, release: Release, judged: Judged, read: Read) -> tuple[Verdict, ...]:
    """The drafts of the day and hook, decided beside the rules in force. What goes wrong with one changes no answer."""
    drafts = tuple(_draft(one, question, book, judged, read) for one in release.shadow if question.hook in one.rule.hooks)
    kept = sort_out(drafts, question.hook, question.policy)
    return kept.heard + kept.shadow


def _draft(one: Decider, question: Question, book: Book, judged: Judged, read: Read) -> Verdict:
    version = one.rule.vocabulary
    try:
        scene = judged.scenes.get(version) or _scene(question, book.vocabularies[version], read, judged.faulty)
        facts = facts_of(scene, book.vocabularies[version], sorted(facts_named(one.rule)), question.report)
        return evaluate_beside([one], {version: facts}, judged.said.values(), question.report)[0]
    except Exception as error:  # a draft must not cost anyone the cards of the rules in force
        question.report(one.rule.id, error)
        return failed(one.rule)


def _verdicts(judged: Judged, question: Question, book: Book) -> list[dict[str, Any]]:
    """Every verdict by rule id, as far as it was asked for."""
    if question.told == "cards":
        return []
    ordered = sorted(judged.showings, key=lambda one: one.verdict.rule.id)
    if question.told == "answers":
        return [answer_json(one) for one in ordered]
    if question.told == "steps":
        return [verdict_json(one) for one in ordered]
    return [verdict_json(one, _in_the_way(one.verdict, judged, book)) for one in ordered]


def _in_the_way(verdict: Verdict, judged: Judged, book: Book) -> list[dict[str, Any]]:
    rule, operation = verdict.rule, judged.scene.index.operation
    decide = book.deciders[rule.id, rule.version].decide
    specs = book.vocabularies[rule.vocabulary].facts
    return in_the_way(verdict, decide, judged.facts[rule.vocabulary], judged.said, specs, operation.when.span if operation else None)


def _judge_until_valid(question: Question, book: Book, release: Release, read: Read) -> Judged:
    """Judge; take out cited resources that are not valid R4; judge again, until all that is cited is valid.

    Where time is too short to judge again, the first cards stand: a card too many is the smaller fault.
    """
    faulty: dict[str, str] = {}
    for _ in range(ROUNDS):
        before = question.left()
        judged = _judge(question, book, release, read, faulty)
        raw = judged.scene.chart.raw
        with question.timed("verify"):
            found = invalid(cited(judged.showings) - faulty.keys(), raw)
        after = question.left()
        if not found or after - (before - after) < RESERVED:
            return judged
        faulty |= found
    half = question.left() / 2
    faulty |= invalid(takewhile(lambda _: question.left() > half, raw.keys() - faulty.keys()), raw)
    return _judge(question, book, release, read, faulty)


def judge_without(faulty: Mapping[str, str], question: Question, book: Book, release: Release, read: Read) -> Judged:
    """Judge with the resources that are known to be no valid R4 taken out, whether a verdict cites them or not."""
    return _judge(question, book, release, read, faulty)


def _judge(question: Question, book: Book, release: Release, read: Read, faulty: Mapping[str, str]) -> Judged:
    scenes: dict[str, Scene] = {}
    facts: dict[str, Facts] = {}
    read = read_once(read)
    for version, names in facts_asked(release).items():
        vocabulary = book.vocabularies[version]
        with question.timed("read"):
            scenes[version] = _scene(question, vocabulary, read, faulty)
        with question.timed("facts"):
            facts[version] = _facts(question, vocabulary, scenes[version], names)
    with question.timed("decide"):
        verdicts = evaluate(release.deciders, facts, question.report, lambda: question.left() <= 0)
    kept = sort_out(verdicts, question.hook, question.policy, release.pinned)
    said = {v.rule.id: v for v in verdicts}
    return Judged(scenes, facts, kept.heard, arrange(kept.heard, release.pinned), said, faulty, kept.shadow)


def _facts(question: Question, vocabulary: Vocabulary, scene: Scene, names: list[str]) -> Facts:
    """The facts as far as time allows. What gates the rules is always made: without it not even the notices could speak."""
    gates = facts_of(scene, vocabulary, GATE_FACTS, question.report)
    others = (name for name in names if name not in GATE_FACTS)
    made = facts_of(scene, vocabulary, others, question.report, lambda: question.left() < RESERVED)
    return Facts(made.as_of, {**gates.held, **made.held})


def _scene(question: Question, vocabulary: Vocabulary, read: Read, faulty: Mapping[str, str]) -> Scene:
    index = index_of(vocabulary, question.site)
    chart = read(index, faulty)
    drafts = read_drafts(question.drafted, chart.person.id, index) if question.drafted else ()
    return set_scene(chart, question.as_of, question.zone, index, drafts)


def release_digest(release: Release, site: SiteCodes | None, policy: SitePolicy | None = None) -> str:
    """What judged: the rules of the release and, where a site has them, its map of codes and its choices about the rules."""
    digests = [release.digest, *(one.digest for one in (site, policy) if one)]
    return digests[0] if len(digests) == 1 else f"sha256:{sha256(' '.join(digests).encode()).hexdigest()}"
