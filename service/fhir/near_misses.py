"""Codes that are not ours although their display resembles one of ours: listed for the operator to map, never matched.

Only the display is compared, by its words; the answer names our concept and the place, never the display that was sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from service.fhir.chart import Aside
from service.fhir.codes import CodeIndex, words_of_display
from service.fhir.decode import Parsed
from service.fhir.shapes import Coding, Concept, MedicationRequest, MedicationStatement

_INGREDIENTS = ("rx-opioid", "rx-gabapentinoid")
MOST = 20  # a chart coded in a foreign system would otherwise list every row


def near_misses(entries: Iterable[Parsed], index: CodeIndex) -> list[Aside]:
    """Unmatched codes that resemble a concept, by place. At most MOST are named."""
    known = index.displays
    ingredients = {word: name for found, name in known.items() if name in _INGREDIENTS for word in found}
    found = (aside for entry in entries for aside in _of(entry, index, known, ingredients))
    return [aside for aside, _ in zip(found, range(MOST), strict=False)]


def _of(entry: Parsed, index: CodeIndex, known: Mapping[frozenset[str], str], ingredients: dict[str, str]) -> Iterator[Aside]:
    resource = entry.resource
    if isinstance(resource, MedicationRequest | MedicationStatement):
        concept, element = resource.medication_codeable_concept, "medication"
        yield from _listed(entry, concept, element, index, lambda display: _ingredient(display, ingredients))
    else:
        yield from _listed(entry, getattr(resource, "code", None), "code", index, lambda display: known.get(words_of_display(display), ""))


def _ingredient(display: str, ingredients: dict[str, str]) -> str:
    return next((ingredients[word] for word in sorted(words_of_display(display)) if word in ingredients), "")


def _listed(entry: Parsed, concept: Concept | None, element: str, index: CodeIndex, meant: Callable[[str], str]) -> Iterator[Aside]:
    if concept is None or index.matches(concept):
        return
    for coding in concept.coding:
        name = meant(coding.display) if coding.display and _coded(coding) else ""
        if name:
            text = f"a code that is not mapped resembles {name}; map it in the site's ConceptMap if it means that"
            yield Aside(f"{entry.place}.{element}", text, code="code-invalid")
            return


def _coded(coding: Coding) -> bool:
    return bool(coding.system and coding.code)
