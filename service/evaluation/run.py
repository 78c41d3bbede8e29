"""The seven steps of one evaluation, with no way back: read, place in time, answer facts, decide, arrange, verify, tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.cards import CardContext, make_cards
from service.engine.answers import Answer
from service.engine.evaluate import evaluate
from service.engine.facts import Facts
from service.engine.precedence import Showing, arrange
from service.engine.rule import Face
from service.engine.verdict import Verdict
from service.engine.vocabulary import Vocabulary
from service.evaluation.answer import index_json, outcome_json, series_json, verdict_json
from service.evaluation.question import Outcome, Question
from service.evaluation.verify import cited, invalid
from service.fhir import (
    Chart,
    CodeIndex,
    Scene,
    SiteCodes,
    build_index,
    facts_of,
    read_bundle,
    read_drafts,
    read_prefetch,
    set_scene,
    with_site_codes,
)
from service.library import Book, Release
from service.library.face import placeholders

Read = Callable[[CodeIndex, Mapping[str, str]], Chart]
ROUNDS = 4  # an invalid resource changes the verdicts, which may cite others; after this many rounds all cited ones are checked at once

_indexes: dict[tuple[int, str], tuple[Vocabulary, CodeIndex]] = {}


@dataclass(frozen=True, slots=True)
class Judged:
    """One round: scenes and facts per vocabulary version, verdicts, and how they are shown."""

    scenes: Mapping[str, Scene]
    facts: Mapping[str, Facts]
    verdicts: tuple[Verdict, ...]
    showings: tuple[Showing, ...]

    @property
    def scene(self) -> Scene:
        """The scene of the newest vocabulary."""
        return self.scenes[max(self.scenes, key=_semver)]


def _semver(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def evaluate_bundle(body: bytes, question: Question, book: Book) -> Outcome:
    """Judge a Bundle. Raises Refused, NoRulesInForce or PinError."""
    release = book.release(question.rules_day, question.pins)
    moment, zone = question.as_of, question.zone
    return _told(question, book, release, lambda index, faulty: read_bundle(body, moment, zone, index, question.patient, faulty))


def evaluate_hook(prefetch: Mapping[str, bytes], question: Question, book: Book) -> Outcome:
    """Judge the prefetch of a hook for `question.patient`. Raises Refused, NoRulesInForce or PinError."""
    release = book.release(question.rules_day, question.pins)
    patient = question.patient or ""

    def read(index: CodeIndex, faulty: Mapping[str, str]) -> Chart:
        return read_prefetch(prefetch, patient, question.as_of, question.zone, index, faulty, question.server, question.unfetched)

    return _told(question, book, release, read)


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
    )
    return Outcome(
        as_of=context.as_of,
        release_digest=release_digest(release, question.site),
        patient=scene.chart.person.id,
        index_fusion=index_json(scene),
        cards=make_cards(judged.showings, context),
        verdicts=[verdict_json(showing) for showing in sorted(judged.showings, key=lambda one: one.verdict.rule.id)],
        outcome=outcome_json(scene.chart, judged.verdicts, scene),
        nothing_judged=all(v.answer is Answer.UNKNOWN for v in judged.verdicts),
        failed=tuple(v.rule.id for v in judged.verdicts if v.failed),
        pain_series=series_json(scene),
    )


def _judge_until_valid(question: Question, book: Book, release: Release, read: Read) -> Judged:
    """Judge; take out cited resources that are not valid R4; judge again, until all that is cited is valid."""
    faulty: dict[str, str] = {}
    for _ in range(ROUNDS):
        judged = _judge(question, book, release, read, faulty)
        raw = judged.scene.chart.raw
        found = invalid(cited(judged.showings) - faulty.keys(), raw)
        if not found:
            return judged
        faulty |= found
    faulty |= invalid(judged.scene.chart.raw.keys() - faulty.keys(), judged.scene.chart.raw)
    return _judge(question, book, release, read, faulty)


def _judge(question: Question, book: Book, release: Release, read: Read, faulty: Mapping[str, str]) -> Judged:
    scenes: dict[str, Scene] = {}
    facts: dict[str, Facts] = {}
    for version, names in _asked(release).items():
        vocabulary = book.vocabularies[version]
        index = index_of(vocabulary, question.site)
        chart = read(index, faulty)
        drafts = read_drafts(question.drafted, chart.person.id, index) if question.drafted else ()
        scenes[version] = set_scene(chart, question.as_of, question.zone, index, drafts)
        facts[version] = facts_of(scenes[version], vocabulary, names, question.report)
    verdicts = evaluate(release.deciders, facts, question.report)
    heard = [v for v in verdicts if question.hook in v.rule.hooks]
    return Judged(scenes, facts, tuple(heard), arrange(heard, release.pinned))


def _asked(release: Release) -> Mapping[str, list[str]]:
    """The facts each vocabulary version has to answer: what its rules ask, what gates them, and what cards show."""
    if release.digest not in _asks:
        if len(_asks) >= KEPT:
            _asks.clear()
        asked: dict[str, set[str]] = {}
        for rule in release.rules:
            names = {c.fact for c in (*rule.criteria.values(), *rule.checks.values()) if c.fact}
            asked.setdefault(rule.vocabulary, set()).update(names, _GATES, _shown_in(rule.face))
        _asks[release.digest] = {version: sorted(names) for version, names in asked.items()}
    return _asks[release.digest]


def _shown_in(face: Face | None) -> set[str]:
    """Facts that the card's text names."""
    if face is None:
        return set()
    texts = [face.summary, face.detail, *(note.text for note in face.notes)]
    texts += [text for variant in face.variants for text in (variant.summary, variant.detail)]
    return {name for text in texts for name in placeholders(text)} - {"outstanding"}


KEPT = 64  # releases whose questions are remembered
_asks: dict[str, Mapping[str, list[str]]] = {}
_GATES = ("adult_and_alive", "alive", "lumbar_fusion", "lumbar_fusion_dated")


def index_of(vocabulary: Vocabulary, site: SiteCodes | None = None) -> CodeIndex:
    """The code index of a vocabulary, with the site's codes if there are any; built once."""
    key = (id(vocabulary), site.digest if site else "")
    held = _indexes.get(key)
    if held is None or held[0] is not vocabulary:
        index = build_index(vocabulary)
        held = _indexes[key] = (vocabulary, with_site_codes(index, site) if site else index)
    return held[1]


def release_digest(release: Release, site: SiteCodes | None) -> str:
    """What judged: the rules of the release and, where a site maps codes of its own, that map."""
    if site is None:
        return release.digest
    return f"sha256:{sha256(f'{release.digest} {site.digest}'.encode()).hexdigest()}"
