"""The codes of a vocabulary, made ready for looking up; made once, and shared by versions that differ in thresholds alone."""

from service.engine.vocabulary import Vocabulary
from service.fhir import CodeIndex, SiteCodes, build_index, with_site_codes

KEPT = 64  # vocabularies whose codes are remembered

_indexes: dict[tuple[int, str], tuple[Vocabulary, CodeIndex]] = {}


def index_of(vocabulary: Vocabulary, site: SiteCodes | None = None) -> CodeIndex:
    """The code index of a vocabulary, with the site's codes if there are any; built once."""
    key = (id(vocabulary), site.digest if site else "")
    held = _indexes.get(key)
    if held is None or held[0] is not vocabulary:
        if len(_indexes) >= KEPT:  # books that were replaced leave theirs behind
            _indexes.clear()
        held = _indexes[key] = (vocabulary, _same_codes(vocabulary, key[1]) or _made_index(vocabulary, site))
    return held[1]


def _same_codes(vocabulary: Vocabulary, site: str) -> CodeIndex | None:
    """The index of a vocabulary with the very same value sets: versions that differ in thresholds alone then share a chart."""
    held = [known for (_, digest), known in list(_indexes.items()) if digest == site]
    return next((index for one, index in held if one.value_sets == vocabulary.value_sets), None)


def _made_index(vocabulary: Vocabulary, site: SiteCodes | None) -> CodeIndex:
    index = build_index(vocabulary)
    return with_site_codes(index, site) if site else index
