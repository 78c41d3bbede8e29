"""The vocabulary answered for one patient: each fact by its picker, each item with the resources it came from."""

from collections.abc import Callable, Iterable

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence, Fact, Facts, Item
from service.engine.vocabulary import FactSpec, Vocabulary
from service.fhir.pickers import PICKERS
from service.fhir.scene import Scene

Report = Callable[[str, Exception], None]


def facts_of(scene: Scene, vocabulary: Vocabulary, names: Iterable[str], report: Report) -> Facts:
    """Answer the named facts. A picker that throws leaves its own fact unreadable, and `report` is told its name and the error.

    Raises KeyError for a fact or a picker that does not exist.
    """
    return Facts(scene.as_of, {name: fact_of(scene, vocabulary.facts[name], report) for name in names})


def fact_of(scene: Scene, spec: FactSpec, report: Report) -> Fact:
    """Answer one fact."""
    pick = PICKERS[spec.picker]
    try:
        items = tuple(pick(scene, spec))
    except Exception as error:  # what one picker trips over must not take the other facts, and the alarms on them, down
        report(f"fact/{spec.name}", error)
        items = (Item(Answer.UNKNOWN, gap=Gap.UNREADABLE, saw=(Evidence(f"fact/{spec.name}", "it could not be made"),)),)
    return Fact(items, spec.silence if not items else Answer.UNKNOWN)
