"""Where on the body: regions and sides out of bodySite codings, and the conditions some codes count under. Free text gives no site."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from service.fhir.codes import Match, system_of
from service.fhir.shapes import Coding, Concept, Condition, Observation

Region = Literal["leg", "buttock", "back", "unspecified"]

LUMBAR_SPINE, SACROILIAC, BUTTOCK = "122496007", "39723000", "46862004"
PERINEUM = frozenset({"38864007", "48014002"})
_LEG = frozenset({"61685007", "68367000", "30021000"})
_SIDES = {"7771000": "left", "24028007": "right", "51440002": "both"}
_SNOMED = "http://snomed.info/sct"

# ICD-10-CM codes that carry their side themselves (dot removed, longest first)
_SIDE_OF_CODE = {
    "M21371": "right", "M21372": "left", "G8311": "right", "G8313": "right", "G8312": "left", "G8314": "left",
    "G822": "both", "M79604": "right", "M79605": "left",
}  # fmt: skip


def site_codes(concepts: Iterable[Concept]) -> frozenset[str]:
    """SNOMED CT codes of body sites."""
    return frozenset(coding.code for concept in concepts for coding in concept.coding if _is_snomed(coding) and coding.code)


def _is_snomed(coding: Coding) -> bool:
    return system_of(coding.system or "") == _SNOMED


def is_lumbar_spine(concepts: Iterable[Concept]) -> bool:
    """True for a bodySite of the lumbar spine; the sacroiliac joint is not one."""
    return LUMBAR_SPINE in site_codes(concepts)


def sites_of(resource: object) -> list[Concept]:
    """The body sites of an Observation, Condition or Procedure."""
    if isinstance(resource, Observation):
        return [resource.body_site] if resource.body_site else []
    return list(getattr(resource, "body_site", []))


def side_of(resource: object, matches: Iterable[Match] = ()) -> str:
    """`left`, `right`, `both`, or an empty text when no side is coded."""
    sites = sites_of(resource)
    sides = {_SIDES[code] for code in site_codes(sites) if code in _SIDES} if sites else set()
    if not sides:
        sides = {side for match in matches if (side := _coded_side(match.code))}
    if len(sides) > 1:
        return "both"
    return next(iter(sides), "")


@lru_cache(maxsize=4096)
def _coded_side(code: str) -> str:
    return next((side for prefix, side in _SIDE_OF_CODE.items() if code.startswith(prefix)), "")


def region_of(resource: object) -> Region | None:
    """The pain region; `unspecified` when no site is coded, None for a site elsewhere on the body."""
    sites = sites_of(resource)
    codes = {c.code for s in sites for c in s.coding if c.code and c.code not in _SIDES}
    ours = site_codes(sites)
    if ours & _LEG:
        return "leg"
    if ours & {BUTTOCK, SACROILIAC}:
        return "buttock"
    if LUMBAR_SPINE in ours:
        return "back"
    return None if codes else "unspecified"


def lumbar_by_second_coding(matches: Iterable[Match]) -> bool:
    """True when another coding of the same concept carries the lumbar level."""
    return any(match.lumbar for match in matches)


def level_given(resource: Condition, matches: Iterable[Match]) -> bool:
    """The qualifier needs-lumbar-site of a diagnosis: lumbar spine or sacroiliac joint, or a second coding with the level."""
    return bool(site_codes(resource.body_site) & {LUMBAR_SPINE, SACROILIAC}) or lumbar_by_second_coding(matches)


def perineal(resource: object) -> bool:
    """True when the site is the perineum or its skin."""
    return bool(site_codes(sites_of(resource)) & PERINEUM)
