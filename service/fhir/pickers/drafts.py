"""Drafts of the hook's context as facts."""

from service.engine.answers import Answer, Gap
from service.engine.facts import Evidence, Item
from service.engine.vocabulary import FactSpec
from service.fhir.drafts import Draft
from service.fhir.scene import Scene


def drafted(scene: Scene, spec: FactSpec) -> list[Item]:
    """Drafts of the fact's codes; with `selected: yes` only those the user has just chosen. An unreadable draft may be any."""
    chosen = [d for d in scene.drafts if d.selected or not spec.settings.get("selected")]
    return [_item(draft) for draft in chosen if draft.problem or any(m.concept in spec.codes for m in draft.matches)]


def _item(draft: Draft) -> Item:
    answer, gap = (Answer.UNKNOWN, Gap.UNREADABLE) if draft.problem else (Answer.YES, None)
    return Item(answer=answer, value=draft.codes, gap=gap, saw=(Evidence(draft.reference, draft.problem or "draft"),))
