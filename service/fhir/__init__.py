"""The only room that reads FHIR: a body becomes a chart, a chart becomes facts, each with the resources it came from."""

from service.fhir.bundle import read_bundle, read_prefetch
from service.fhir.chart import Chart, Reading, Refused
from service.fhir.codes import CodeIndex, build_index
from service.fhir.drafts import Draft, Drafted, read_drafts
from service.fhir.facts import fact_of, facts_of
from service.fhir.pickers.windows import Window, window_of
from service.fhir.prefetch import is_optional
from service.fhir.redate import LATE, on_day
from service.fhir.scene import Scene, set_scene
from service.fhir.site_codes import SiteCodes, SiteCodesError, read_site_codes, with_site_codes

__all__ = [
    "LATE",
    "Chart",
    "CodeIndex",
    "Draft",
    "Drafted",
    "Reading",
    "Refused",
    "Scene",
    "SiteCodes",
    "SiteCodesError",
    "Window",
    "build_index",
    "fact_of",
    "facts_of",
    "is_optional",
    "on_day",
    "read_bundle",
    "read_drafts",
    "read_prefetch",
    "read_site_codes",
    "set_scene",
    "window_of",
    "with_site_codes",
]
