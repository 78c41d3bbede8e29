"""What the values of settings may be, and what is said of one that cannot be used."""

import difflib
import re
from collections.abc import Callable
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from service.access.origins import BadOrigin, read_origin

T = TypeVar("T")
PREFIX: Final = "POSTFUSION_"
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")


class SettingsError(ValueError):
    """A setting that cannot be used; the text names the variable, what is wrong and what would be right."""


def whole_number(name: str, text: str) -> int:
    """Raises SettingsError for what is no whole number."""
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{PREFIX}{name} must be a whole number.")
    return int(text)


def checked(name: str, value: T, wrong: Callable[[T], str]) -> T:
    """`value`, unless `wrong` says what it should have been. Raises SettingsError."""
    wanted = wrong(value)
    if wanted:
        raise SettingsError(f"{PREFIX}{name} must be {wanted}; it is set to {str(value)!r}.")
    return value


def between(low: int, high: int) -> Callable[[int], str]:
    """What is wrong with a number outside of both ends."""
    return lambda value: "" if low <= value <= high else f"between {low} and {high}"


def one_of(*choices: str) -> Callable[[str], str]:
    """What is wrong with a word that is none of these."""
    return lambda value: "" if value in choices else f"one of: {', '.join(c or '(empty)' for c in choices)}"


def matches(pattern: re.Pattern[str], wanted: str) -> Callable[[str], str]:
    """What is wrong with a text of another form."""
    return lambda value: "" if pattern.fullmatch(value) else wanted


def a_zone(value: str) -> str:
    """What is wrong with a name that is no time zone."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "an IANA time zone such as UTC or America/New_York"
    return ""


def origins_of(listed: list[str]) -> tuple[str, ...]:
    """Browsers' origins. Raises SettingsError."""
    origins = tuple(origin.strip() for origin in listed if origin.strip())
    for origin in origins:
        checked("CORS_ORIGINS", origin, matches(_ORIGIN, "exact origins such as https://ehr.example.org, comma-separated"))
    return origins


def listed(name: str, found: list[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    """At least one of the choices. Raises SettingsError."""
    chosen = tuple(one.strip() for one in found if one.strip())
    for one in chosen:
        checked(name, one, one_of(*choices))
    if not chosen:
        raise SettingsError(f"{PREFIX}{name} must name at least one of: {', '.join(choices)}.")
    return chosen


def fhir_origins(listed: list[str]) -> tuple[str, ...]:
    """Origins of FHIR servers. Raises SettingsError."""
    origins = tuple(origin.strip() for origin in listed if origin.strip())
    for origin in origins:
        checked("FHIR_ORIGINS", origin, _an_origin)
    return origins


def _an_origin(value: str) -> str:
    try:
        read_origin(value)
    except BadOrigin as error:
        return str(error)
    return ""


def did_you_mean(name: str, known: list[str]) -> str:
    """The nearest name in words. Compared without the prefix, which makes all names alike."""
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; `postfusion settings` lists them all."
