"""Everything an operator may set, read once from the environment into one frozen object.

Each field carries its variable, meaning and choices as metadata, so that `postfusion settings` and docs/settings.md can
never name a setting that does not exist.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from environs import Env, EnvError

from service.web.paths import beside_the_code
from service.web.strict_json import MAX_BYTES

T = TypeVar("T")
PREFIX: Final = "POSTFUSION_"
YES_I_KNOW: Final = "yes-i-know"
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")
_BASE_URL: Final = re.compile(r"(https?://[^\s/?#@]+(/[^\s?#@]*[^\s?#@/])?)?")


class SettingsError(ValueError):
    """A setting that cannot be used; the text names the variable, what is wrong and what would be right."""


def _setting(default: Any, variable: str, meaning: str, *, secret: bool = False, shown: str = "") -> Any:
    """`shown` replaces the default in lists, where the default depends on the machine."""
    return field(default=default, metadata={"variable": PREFIX + variable, "meaning": meaning, "secret": secret, "shown": shown})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Times are seconds, sizes bytes, URLs have no trailing slash."""

    host: str = _setting("127.0.0.1", "HOST", "Address to listen on. HOST works too. Anything but loopback needs authentication.")
    port: int = _setting(8080, "PORT", "Port to listen on, 1 to 65535. PORT works too.")
    data_dir: Path = _setting(Path("var"), "DATA_DIR", "Folder for what the service writes.")
    public_url: str = _setting("", "PUBLIC_URL", "The URL callers use, without a trailing slash; empty: links in cards are left out.")
    canonical: str = _setting("https://postfusion.example.org", "CANONICAL", "Base of the FHIR URIs this service mints.")
    timezone: str = _setting("UTC", "TIMEZONE", "IANA name of the zone in which a date without a time is a day.")
    rules_dir: Path = _setting(
        beside_the_code("rules"), "RULES_DIR", "Folder with the rule documents, their vocabulary and LOCK.", shown="rules beside the code"
    )
    cors_origins: tuple[str, ...] = _setting((), "CORS_ORIGINS", "Origins of browser clients, comma-separated, exactly as they send them.")
    max_bytes: int = _setting(MAX_BYTES, "MAX_BYTES", "Largest request body in bytes, 1024 to 16777216.")
    workers: int = _setting(2, "WORKERS", "Worker processes, 1 to 64.")
    threads: int = _setting(32, "THREADS", "Threads of each worker, 1 to 256. Slow callers hold one each, so have many.")
    log_level: str = _setting("info", "LOG_LEVEL", "debug, info, warning or error.")
    allow_unauthenticated: str = _setting(
        "", "ALLOW_UNAUTHENTICATED", f"{YES_I_KNOW}: serve an address that is not loopback although nobody is asked who they are."
    )

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting as shown to people; a secret's value is masked."""

    variable: str
    value: str
    default: str
    meaning: str


def read_settings() -> Settings:
    """The settings of this process's environment. Raises SettingsError for one that cannot be used."""
    env = Env()
    try:
        return Settings(
            host=_either(env, "HOST", "127.0.0.1"),
            port=_checked("PORT", _number("PORT", _either(env, "PORT", "8080")), _between(1, 65535)),
            data_dir=Path(env.str(PREFIX + "DATA_DIR", "var")),
            public_url=_checked(
                "PUBLIC_URL", env.str(PREFIX + "PUBLIC_URL", ""), _matches(_BASE_URL, "an http(s) URL without a trailing slash")
            ),
            canonical=_checked("CANONICAL", env.str(PREFIX + "CANONICAL", _default("canonical")), _matches(_BASE_URL, "an http(s) URL")),
            timezone=_checked("TIMEZONE", env.str(PREFIX + "TIMEZONE", "UTC"), _a_zone),
            rules_dir=Path(env.str(PREFIX + "RULES_DIR", "") or beside_the_code("rules")),
            cors_origins=_origins(env.list(PREFIX + "CORS_ORIGINS", [])),
            max_bytes=_checked("MAX_BYTES", env.int(PREFIX + "MAX_BYTES", MAX_BYTES), _between(1024, MAX_BYTES)),
            workers=_checked("WORKERS", env.int(PREFIX + "WORKERS", 2), _between(1, 64)),
            threads=_checked("THREADS", env.int(PREFIX + "THREADS", 32), _between(1, 256)),
            log_level=_checked("LOG_LEVEL", env.str(PREFIX + "LOG_LEVEL", "info"), _one_of("debug", "info", "warning", "error")),
            allow_unauthenticated=_checked("ALLOW_UNAUTHENTICATED", env.str(PREFIX + "ALLOW_UNAUTHENTICATED", ""), _one_of("", YES_I_KNOW)),
        )
    except EnvError as error:
        raise SettingsError(str(error)) from None


def unknown_variables(names: Iterable[str]) -> list[str]:
    """A sentence for each POSTFUSION_ variable that is no setting, with the nearest one that is."""
    known = [line.metadata["variable"] for line in fields(Settings)]
    strange = sorted(name for name in names if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"))
    return [f"{name} is not a setting and is ignored{_did_you_mean(name, known)}" for name in strange]


def refuse_open_address(settings: Settings) -> None:
    """Raises SettingsError for an address beyond loopback while callers are not authenticated."""
    if is_loopback(settings.host) or settings.allow_unauthenticated == YES_I_KNOW:
        return
    raise SettingsError(
        f"{PREFIX}HOST is not a loopback address, and callers are not authenticated: anyone who reaches it could ask. "
        f"Use 127.0.0.1 behind a proxy that asks who calls, or say {PREFIX}ALLOW_UNAUTHENTICATED={YES_I_KNOW}."
    )


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses; a name that is no address counts as open."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def describe(settings: Settings) -> list[SettingLine]:
    """Every setting with value, default and meaning, in the order of the class."""
    return [
        SettingLine(
            variable=f.metadata["variable"],
            value="(set)" if f.metadata["secret"] and getattr(settings, f.name) else _shown(getattr(settings, f.name)),
            default=f.metadata["shown"] or _shown(f.default),
            meaning=f.metadata["meaning"],
        )
        for f in fields(Settings)
    ]


def _shown(value: Any) -> str:
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return text or "(empty)"


def _default(name: str) -> Any:
    return next(f.default for f in fields(Settings) if f.name == name)


def _either(env: Env, name: str, default: str) -> str:
    """POSTFUSION_HOST before HOST, as platforms set the plain names."""
    return env.str(PREFIX + name, "") or env.str(name, "") or default


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{PREFIX}{name} must be a whole number.")
    return int(text)


def _checked(name: str, value: T, wrong: Callable[[T], str]) -> T:
    """`value`, unless `wrong` says what it should have been."""
    wanted = wrong(value)
    if wanted:
        raise SettingsError(f"{PREFIX}{name} must be {wanted}; it is set to {str(value)!r}.")
    return value


def _between(low: int, high: int) -> Callable[[int], str]:
    return lambda value: "" if low <= value <= high else f"between {low} and {high}"


def _one_of(*choices: str) -> Callable[[str], str]:
    return lambda value: "" if value in choices else f"one of: {', '.join(c or '(empty)' for c in choices)}"


def _matches(pattern: re.Pattern[str], wanted: str) -> Callable[[str], str]:
    return lambda value: "" if pattern.fullmatch(value) else wanted


def _a_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "an IANA time zone such as UTC or America/New_York"
    return ""


def _origins(listed: list[str]) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in listed if origin.strip())
    for origin in origins:
        _checked("CORS_ORIGINS", origin, _matches(_ORIGIN, "exact origins such as https://ehr.example.org, comma-separated"))
    return origins


def _did_you_mean(name: str, known: list[str]) -> str:
    """Compared without the prefix, which makes all names alike."""
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; `postfusion settings` lists them all."
