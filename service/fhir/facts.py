"""The vocabulary answered for one patient: each fact by its picker, each item with the resources it came from."""

from collections.abc import Iterable

from service.engine.answers import Answer
from service.engine.facts import Fact, Facts
from service.engine.vocabulary import FactSpec, Vocabulary
from service.fhir.pickers import PICKERS, Picker
from service.fhir.scene import Scene


def facts_of(scene: Scene, vocabulary: Vocabulary, names: Iterable[str] | None = None) -> Facts:
    """Answer the named facts (all of the vocabulary when None). Raises KeyError for a picker that does not exist."""
    wanted = vocabulary.facts.values() if names is None else [vocabulary.facts[name] for name in names]
    return Facts(scene.as_of, {spec.name: _fact(scene, spec, PICKERS[spec.picker]) for spec in wanted})


def _fact(scene: Scene, spec: FactSpec, pick: Picker) -> Fact:
    items = tuple(pick(scene, spec))
    return Fact(items, spec.silence if not items else Answer.UNKNOWN)
