"""The site's own codes, read once at start: a map that cannot be used must not be left out in silence."""

from pathlib import Path

from service.evaluation import SiteCodes, SiteCodesError, site_codes
from service.library import Book
from service.web.setting_values import PREFIX, SettingsError
from service.web.settings import Settings

VARIABLE = PREFIX + "CONCEPT_MAP"


def read_site(settings: Settings, book: Book) -> SiteCodes | None:
    """The mappings of the ConceptMap named by the settings; None without one. Raises SettingsError."""
    if not settings.concept_map:
        return None
    try:
        return site_codes(Path(settings.concept_map).read_bytes(), book)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"{VARIABLE} names a file that cannot be read ({reason}). Give the path of a FHIR R4 ConceptMap.") from None
    except SiteCodesError as error:
        raise SettingsError(f"{VARIABLE}: {error}") from None
