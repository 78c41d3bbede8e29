"""Codes that are not ours although their display resembles one of ours: listed for the operator to map, never matched.

Only the display is compared, by its words; the answer names our concept and the place, never the display that was sent.
"""

from collections.abc import Callable, Iterable

from service.fhir.chart import Aside
from service.fhir.codes import CodeIndex, words_of_display
from service.fhir.decode import Parsed
from service.fhir.shapes import Concept, MedicationRequest, MedicationStatement

_INGREDIENTS = ("rx-opioid", "rx-gabapentinoid")
MOST = 20  # a chart coded in a foreign system would otherwise list every row


def near_misses(entries: Iterable[Parsed], quiet: frozenset[str], index: CodeIndex) -> list[Aside]:
    """Unmatched codes that resemble a concept, by place. `quiet` are places known to be unmatched. At most MOST are named."""
    of_code = _remembered(lambda display: index.displays.get(words_of_display(display), ""))
    of_medication = _remembered(lambda display: _ingredient(display, index))
    found: list[Aside] = []
    for entry in entries:
        drug = isinstance(entry.resource, MedicationRequest | MedicationStatement)
        concept: Concept | None = getattr(entry.resource, "medication_codeable_concept" if drug else "code", None)
        if concept is None or (entry.place not in quiet and index.matches(concept)):
            continue
        name = _resembled(concept, of_medication if drug else of_code)
        if name:
            text = f"a code that is not mapped resembles {name}; map it in the site's ConceptMap if it means that"
            found.append(Aside(f"{entry.place}.{'medication' if drug else 'code'}", text, code="code-invalid"))
            if len(found) == MOST:
                break
    return found


def _remembered(meant: Callable[[str], str]) -> Callable[[str], str]:
    """`meant`, asked once for each display of a chart: the same ones come again and again."""
    known: dict[str, str] = {}

    def ask(display: str) -> str:
        name = known.get(display)
        if name is None:
            name = known[display] = meant(display)
        return name

    return ask


def _ingredient(display: str, index: CodeIndex) -> str:
    ingredients = {word: name for found, name in index.displays.items() if name in _INGREDIENTS for word in found}
    return next((ingredients[word] for word in sorted(words_of_display(display)) if word in ingredients), "")


def _resembled(concept: Concept, meant: Callable[[str], str]) -> str:
    """The concept that the first telling display resembles, or an empty text."""
    for coding in concept.coding:
        name = meant(coding.display) if coding.display and coding.system and coding.code else ""
        if name:
            return name
    return ""
