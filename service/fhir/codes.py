"""Codings to concepts: exact look-up by system and code, prefixes for ICD, system aliases. Display text is never matched."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from service.engine.vocabulary import Code, Vocabulary
from service.fhir.shapes import Coding, Concept

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD11 = "http://id.who.int/icd/release/11/mms"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"

ALIASES = {
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "https://snomed.info/sct": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "https://loinc.org": LOINC,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.4": ICD10PCS,
    "http://www.icd10data.com/icd10pcs": ICD10PCS,
    "http://hl7.org/fhir/sid/icd-10-pcs": ICD10PCS,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "http://id.who.int/icd11/mms": ICD11,
    "http://hl7.org/fhir/v3/ObservationInterpretation": INTERPRETATION,
    "urn:oid:2.16.840.1.113883.5.83": INTERPRETATION,
    "http://hl7.org/fhir/v2/0136": YES_NO,
    "urn:oid:2.16.840.1.113883.12.136": YES_NO,
}
_ICD = frozenset({ICD10CM, ICD10PCS, ICD11})
_LOCAL_FINDINGS = "local-findings"
_BLANK = b" \t\r\n"
_WORD = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset({"of", "the", "and", "or", "in", "to", "a", "for", "with", "by", "due", "finding", "disorder", "procedure", "situation"})
MEMO, MEMO_LENGTH = 20_000, 200
_SHORT = 2  # displays of fewer letters (L4, S1) resemble too much


@dataclass(frozen=True, slots=True)
class Match:
    """One coding that belongs to a concept, with the condition it counts under. `sequela`: a late effect, so history."""

    concept: str
    system: str
    code: str
    qualifier: str = ""
    sequela: bool = False
    lumbar: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of all codes as they are compared, whatever their system, for a quick look at bytes that were not decoded."""

    exact: frozenset[str]
    prefixes: frozenset[str]
    lengths: tuple[int, ...]
    longest: int

    def begins(self, head: bytes) -> bool:
        """True when what follows a key, cut off well beyond the longest code, could give it one of the codes as its value."""
        rest = head.lstrip(_BLANK)
        if not rest.startswith(b":"):
            return not rest  # no key but a value; blanks alone tell nothing
        rest = rest[1:].lstrip(_BLANK)
        if not rest.startswith(b'"'):
            return not rest  # an object or a list
        raw, closing, _ = rest[1:].partition(b'"')
        text = raw.decode("utf-8", "replace").strip()
        plain = text.replace(".", "").upper()
        if b"\\" in raw or not closing:
            return b"\\" in raw or len(plain) <= self.longest
        return text in self.exact or plain in self.exact or any(plain[:length] in self.prefixes for length in self.lengths)


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """Look-up tables built once from a vocabulary. `displays` holds our own displays by their words, to tell near misses.

    `memo` keeps what was looked up, since the same codes come again and again: codes and systems alone, at most MEMO of them.
    """

    exact: dict[tuple[str, str], tuple[Match, ...]]
    prefixes: dict[tuple[str, str], tuple[Match, ...]]
    lengths: dict[str, tuple[int, ...]]
    displays: dict[frozenset[str], str] = field(default_factory=dict)
    texts: Texts = Texts(frozenset(), frozenset(), (), 0)
    memo: dict[tuple[str, str], tuple[Match, ...]] = field(default_factory=dict, compare=False, repr=False)

    def match(self, coding: Coding) -> tuple[Match, ...]:
        """Every concept the coding belongs to; empty for a foreign coding."""
        if not coding.system or not coding.code:
            return ()
        key = coding.system, coding.code
        found = self.memo.get(key)
        if found is None:
            found = self._looked_up(*key)
            if len(self.memo) < MEMO and len(coding.system) + len(coding.code) < MEMO_LENGTH:
                self.memo[key] = found
        return found

    def _looked_up(self, uri: str, text: str) -> tuple[Match, ...]:
        system = system_of(uri)
        code = normal(system, text)
        found = self.exact.get((system, code), ())
        for length in self.lengths.get(system, ()):
            if len(code) >= length:
                found += self.prefixes.get((system, code[:length]), ())
        return tuple(_sequela(m) for m in found) if _is_sequela(system, code) else found

    def matches(self, concept: Concept | None) -> tuple[Match, ...]:
        """Every concept any coding belongs to: order and foreign codings do not decide."""
        if concept is None:
            return ()
        if len(concept.coding) == 1:
            return self.match(concept.coding[0])
        return tuple([match for coding in concept.coding for match in self.match(coding)])

    def names(self, concept: Concept | None) -> frozenset[str]:
        """The names of the concepts a CodeableConcept belongs to."""
        return frozenset(match.concept for match in self.matches(concept))

    def codes_in(self, concept: Concept | None, value_set: str) -> frozenset[str]:
        """The codes of the CodeableConcept that belong to one value set."""
        return frozenset(match.code for match in self.matches(concept) if match.concept == value_set)


def system_of(uri: str) -> str:
    """The canonical URI of a code system, by alias, without a trailing slash or a version path of SNOMED CT."""
    uri = uri.strip().rstrip("/")
    if uri.startswith(SNOMED + "/"):
        return SNOMED
    return ALIASES.get(uri, uri)


def normal(system: str, code: str) -> str:
    """A code as compared: ICD codes without dot and in upper case, others as they stand."""
    return code.strip().replace(".", "").upper() if system in _ICD else code.strip()


def build_index(vocabulary: Vocabulary) -> CodeIndex:
    """Build the look-up tables. A code of our own findings is a concept by its own name as well."""
    exact: dict[tuple[str, str], tuple[Match, ...]] = {}
    prefixes: dict[tuple[str, str], tuple[Match, ...]] = {}
    for value_set in vocabulary.value_sets.values():
        for code in value_set.codes:
            name = code.code if value_set.id == _LOCAL_FINDINGS else value_set.id
            match = _match(name, code)
            table = prefixes if code.prefix else exact
            key = (match.system, match.code)
            table[key] = (*table.get(key, ()), match)
    return CodeIndex(exact, prefixes, _lengths(prefixes), _displays(vocabulary), texts_of(exact, prefixes))


def words_of_display(display: str) -> frozenset[str]:
    """The words of a display that carry meaning, whatever their order and punctuation."""
    return frozenset(_WORD.findall(display.lower())) - _EMPTY


def _displays(vocabulary: Vocabulary) -> dict[frozenset[str], str]:
    held = [(words_of_display(code.display), one.id) for one in vocabulary.value_sets.values() for code in one.codes]
    return {words: name for words, name in held if sum(map(len, words)) > _SHORT}


def _match(name: str, code: Code) -> Match:
    system = system_of(code.system)
    return Match(name, system, normal(system, code.code), code.qualifier, lumbar=_says_lumbar(code))


def _says_lumbar(code: Code) -> bool:
    """Our own display text tells whether the code carries the lumbar level."""
    return not code.qualifier and "lumb" in code.display.lower()


def texts_of(exact: Iterable[tuple[str, str]], prefixes: Iterable[tuple[str, str]]) -> Texts:
    """The texts of the codes of both look-up tables, but for those that are answers alone: no resource is about a yes or a no."""
    whole = frozenset(code for system, code in exact if system not in (INTERPRETATION, YES_NO))
    begun = frozenset(code for _, code in prefixes)
    return Texts(whole, begun, tuple(sorted({len(code) for code in begun})), max(map(len, whole | begun), default=0))


def _lengths(prefixes: Iterable[tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for system, code in prefixes:
        lengths.setdefault(system, set()).add(len(code))
    return {system: tuple(sorted(found)) for system, found in lengths.items()}


def _is_sequela(system: str, code: str) -> bool:
    """ICD-10-CM: a seventh character S means sequela, a late effect of something past."""
    return system == ICD10CM and len(code) == 7 and code[6] == "S"


def _sequela(match: Match) -> Match:
    return Match(match.concept, match.system, match.code, match.qualifier, sequela=True, lumbar=match.lumbar)
