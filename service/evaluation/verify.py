"""fhir.resources has the last word on every resource that a shown verdict cites; the rest of the chart is not validated.

Validating costs 100 to 400 microseconds a resource and nothing makes it cheaper, so it is done where it matters, and once: an EHR sends
the same resources with every hook of a visit. What is remembered is a digest of the bytes and whether they are valid, in memory alone.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from service.cards import check_templates
from service.engine.precedence import Showing
from service.library import Book

REMEMBERED = 20_000  # resources whose validity is known; about 2 MB
_known: dict[bytes, bool] = {}
INVALID = "it is not a valid FHIR R4 resource"


class _Kind(msgspec.Struct):
    resourceType: str  # the FHIR name


_kind = msgspec.json.Decoder(_Kind)


@lru_cache(maxsize=64)
def _model(kind: str) -> Any:
    return get_fhir_model_class(kind)


def prepare(book: Book) -> None:
    """Before the first request: the models are built and every suggestion's template is valid R4. Raises ValueError naming the rule."""
    warm()
    for versions in book.versions.values():
        for rule in versions:
            check_templates(rule)


def warm() -> None:
    """Import and build the models once, so that no request pays for it."""
    for kind, required in (("Observation", {"status": "final", "code": {"text": "x"}}), ("Condition", {"subject": {"display": "x"}})):
        _model(kind).model_validate({"resourceType": kind, **required})


def cited(showings: Iterable[Showing]) -> frozenset[str]:
    """References of the resources that shown verdicts rest on."""
    steps = (step for one in showings if one.shown for step in (*one.verdict.steps, *one.verdict.checks))
    return frozenset(evidence.resource for step in steps for evidence in step.saw)


def invalid(references: Iterable[str], raw: Mapping[str, bytes]) -> dict[str, str]:
    """Those among `references` that are not valid R4, with the reason."""
    return {reference: INVALID for reference in references if reference in raw and not _is_valid(raw[reference])}


_REASONS = {
    "missing": "It is missing, and FHIR R4 requires it.",
    "model_field_validation.missing": "It is missing, and FHIR R4 requires it.",
    "extra_forbidden": "FHIR R4 knows no such element here.",
    "list_type": "FHIR R4 wants a list here.",
    "string_type": "FHIR R4 wants a text here.",
}
_OTHERWISE = "It is not what FHIR R4 wants here."
_CHOICE = "It gives more than one, or none, of the elements of which FHIR R4 wants one."


def r4_faults(kind: str, text: str) -> list[tuple[tuple[str | int, ...], str]]:
    """What keeps a resource from being valid R4: the path of each element and a constant reason, never what stood there."""
    try:
        _model(kind).model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return [(one["loc"], _REASONS.get(one["type"], _OTHERWISE) if one["loc"] else _CHOICE) for one in found]
    except (ValueError, TypeError, KeyError, RecursionError, AssertionError):
        return [((), _OTHERWISE)]
    return []


def _is_valid(raw: bytes) -> bool:
    digest = blake2b(raw, digest_size=16).digest()
    known = _known.get(digest)
    if known is None:
        if len(_known) >= REMEMBERED:
            _known.clear()
        known = _known[digest] = _validated(raw)
    return known


def _validated(raw: bytes) -> bool:
    try:
        _model(_kind.decode(raw).resourceType).model_validate_json(raw)
    except (ValueError, TypeError, KeyError, RecursionError, AssertionError):
        return False
    return True
