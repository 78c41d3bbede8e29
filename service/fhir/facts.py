"""The vocabulary answered for one patient: each fact by its picker, each item with the resources it came from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from service.engine.answers import Answer, Gap
from service.engine.evaluate import OutOfTime, Spent, never
from service.engine.facts import Evidence, Fact, Facts, Item
from service.engine.vocabulary import FactSpec, Vocabulary
from service.fhir.pickers import PICKERS
from service.fhir.pickers.windows import speaks_of_codes_alone, window_of
from service.fhir.scene import Scene

Report = Callable[[str, Exception], None]
KEPT = 64  # vocabularies whose questions are remembered


@dataclass(frozen=True, slots=True)
class _Question:
    """One fact to be answered. `codes`: without a reading of these there is nothing to pick; None: the picker must be asked."""

    spec: FactSpec
    codes: frozenset[str] | None
    silent: Fact


_questions: dict[int, tuple[Vocabulary, Mapping[str, _Question]]] = {}


def facts_of(scene: Scene, vocabulary: Vocabulary, names: Iterable[str], report: Report, spent: Spent = never) -> Facts:
    """Answer the named facts in turn. A picker that throws leaves its own fact unreadable, and `report` is told its name and the error.
    So are all facts that must be picked once `spent` says that the time is over.

    Raises KeyError for a fact or a picker that does not exist.
    """
    asked = _questions_of(vocabulary)
    heard = None if scene.chart.blind else frozenset(scene.chart.by_concept)
    held = {}
    over = False
    for name in names:
        one = asked[name]
        silent = heard is not None and one.codes is not None and heard.isdisjoint(one.codes)
        if silent:
            held[name] = one.silent
        elif over or spent():
            if not over:
                report(f"fact/{name}", OutOfTime())
            over, held[name] = True, _unmade(one.spec)
        else:
            held[name] = fact_of(scene, one.spec, report)
    return Facts(scene.as_of, held)


def fact_of(scene: Scene, spec: FactSpec, report: Report) -> Fact:
    """Answer one fact."""
    pick = PICKERS[spec.picker]
    try:
        items = tuple(pick(scene, spec))
    except Exception as error:  # what one picker trips over must not take the other facts, and the alarms on them, down
        report(f"fact/{spec.name}", error)
        return _unmade(spec)
    return Fact(items, spec.silence if not items else Answer.UNKNOWN)


def _unmade(spec: FactSpec) -> Fact:
    return Fact((Item(Answer.UNKNOWN, gap=Gap.UNREADABLE, saw=(Evidence(f"fact/{spec.name}", "it could not be made"),)),), Answer.UNKNOWN)


def _question(spec: FactSpec) -> _Question:
    codes = window_of(spec).concepts if speaks_of_codes_alone(spec) else None
    return _Question(spec, codes, Fact((), spec.silence))


def _questions_of(vocabulary: Vocabulary) -> Mapping[str, _Question]:
    """The questions of a vocabulary, made once."""
    held = _questions.get(id(vocabulary))
    if held is None or held[0] is not vocabulary:
        if len(_questions) >= KEPT:  # books that were replaced leave theirs behind
            _questions.clear()
        held = _questions[id(vocabulary)] = (vocabulary, {name: _question(spec) for name, spec in vocabulary.facts.items()})
    return held[1]
