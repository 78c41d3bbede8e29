"""Everything an operator may set, read once from the environment into one frozen object.

Each field carries its variable, meaning and choices as metadata, so that `postfusion settings` and docs/settings.md can
never name a setting that does not exist.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from environs import Env, EnvError

from service.web.paths import beside_the_code
from service.web.setting_values import (
    PREFIX,
    SettingsError,
    a_zone,
    between,
    checked,
    did_you_mean,
    fhir_origins,
    listed,
    matches,
    one_of,
    origins_of,
    whole_number,
)
from service.web.strict_json import MAX_BYTES

# asymmetric ones only: with a shared secret, or none, whoever knows our public keys could sign
SIGNATURES: Final = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
YES_I_KNOW: Final = "yes-i-know"
_BASE_URL: Final = re.compile(r"(https?://[^\s/?#@]+(/[^\s?#@]*[^\s?#@/])?)?")


def _setting(default: Any, variable: str, meaning: str, *, secret: bool = False, shown: str = "") -> Any:
    """`shown` replaces the default in lists, where the default depends on the machine."""
    told = {"variable": PREFIX + variable, "meaning": meaning, "secret": secret, "shown": shown}
    return field(default=default, metadata=told, repr=not secret)


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
    rules_public_key: str = _setting(
        "", "RULES_PUBLIC_KEY", "File of the public key (PEM or JWK) by which the rules must be signed; empty: no signature is asked for."
    )
    site_file: str = _setting("", "SITE_FILE", "YAML file of the site's choices: rules on, in the shadow or off; empty: all are on.")
    cors_origins: tuple[str, ...] = _setting((), "CORS_ORIGINS", "Origins of browser clients, comma-separated, exactly as they send them.")
    max_bytes: int = _setting(MAX_BYTES, "MAX_BYTES", "Largest request body in bytes, 1024 to 16777216.")
    workers: int = _setting(2, "WORKERS", "Worker processes, 1 to 64.")
    threads: int = _setting(128, "THREADS", "Threads of each worker, 1 to 256. Slow callers hold one each, so have many.")
    read_seconds: int = _setting(10, "READ_SECONDS", "Seconds a request has to arrive whole, 1 to 300; then its connection is cut.")
    time_budget_ms: int = _setting(
        5000, "TIME_BUDGET_MS", "Milliseconds for judging one chart, 50 to 5000; rules whose turn comes later are named as not judged."
    )
    log_level: str = _setting("info", "LOG_LEVEL", "debug, info, warning or error.")
    allow_unauthenticated: str = _setting(
        "", "ALLOW_UNAUTHENTICATED", f"{YES_I_KNOW}: serve an address that is not loopback although nobody is asked who they are."
    )
    clients_file: str = _setting("", "CLIENTS_FILE", "YAML or JSON file of who may call /cds-services; empty: nobody is asked.")
    operator_tokens_file: str = _setting(
        "", "OPERATOR_TOKENS_FILE", "File of operators who may call /evaluate, /timeline, /validate and /reports; empty: nobody is asked."
    )
    discovery: str = _setting("closed", "DISCOVERY", "closed or open: whether GET /cds-services needs a token when CLIENTS_FILE is set.")
    jwt_algorithms: tuple[str, ...] = _setting(
        ("ES384", "RS384"), "JWT_ALGORITHMS", f"Signatures taken from CDS clients, comma-separated, among {', '.join(SIGNATURES)}."
    )
    jwt_max_lifetime: int = _setting(3600, "JWT_MAX_LIFETIME", "Longest life of a client's token in seconds, 60 to 86400.")
    fhir_origins: tuple[str, ...] = _setting(
        (), "FHIR_ORIGINS", "FHIR servers that missing data may be fetched from, comma-separated: https origin, with a path or without."
    )
    fhir_budget_ms: int = _setting(500, "FHIR_BUDGET_MS", "Milliseconds an answer that needs fetching may take, 50 to 10000.")
    concept_map: str = _setting(
        "", "CONCEPT_MAP", "FHIR R4 ConceptMap (JSON) from codes of this site to codes of the vocabulary; empty: none."
    )
    ca_file: str = _setting("", "CA_FILE", "PEM file of the authorities trusted when FHIR servers or keys are called; empty: the usual.")

    record: str = _setting("on", "RECORD", "on or off: whether decisions and feedback are kept.")
    database_url: str = _setting(
        "", "DATABASE_URL", "PostgreSQL for the record: postgresql://user@host:5432/name; empty: SQLite in DATA_DIR.", secret=True
    )
    hash_key: str = _setting(
        "", "HASH_KEY", "Secret of 32 characters or more behind hashed ids; empty: made in DATA_DIR. Needed with PostgreSQL.", secret=True
    )
    store_comments: str = _setting("off", "STORE_COMMENTS", "on or off: whether comments and reasons in a clinician's own words are kept.")

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def open_discovery(self) -> bool:
        """True when GET /cds-services asks nobody who they are."""
        return self.discovery == "open"


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
            port=checked("PORT", whole_number("PORT", _either(env, "PORT", "8080")), between(1, 65535)),
            data_dir=Path(env.str(PREFIX + "DATA_DIR", "") or "var"),
            public_url=checked(
                "PUBLIC_URL", env.str(PREFIX + "PUBLIC_URL", ""), matches(_BASE_URL, "an http(s) URL without a trailing slash")
            ),
            canonical=checked(
                "CANONICAL", env.str(PREFIX + "CANONICAL", "") or _default("canonical"), matches(_BASE_URL, "an http(s) URL")
            ),
            timezone=checked("TIMEZONE", env.str(PREFIX + "TIMEZONE", "") or "UTC", a_zone),
            rules_dir=Path(env.str(PREFIX + "RULES_DIR", "") or beside_the_code("rules")),
            rules_public_key=env.str(PREFIX + "RULES_PUBLIC_KEY", ""),
            site_file=env.str(PREFIX + "SITE_FILE", ""),
            cors_origins=origins_of(env.list(PREFIX + "CORS_ORIGINS", [])),
            max_bytes=checked("MAX_BYTES", env.int(PREFIX + "MAX_BYTES", MAX_BYTES), between(1024, MAX_BYTES)),
            workers=checked("WORKERS", env.int(PREFIX + "WORKERS", 2), between(1, 64)),
            threads=checked("THREADS", env.int(PREFIX + "THREADS", 128), between(1, 256)),
            read_seconds=checked("READ_SECONDS", env.int(PREFIX + "READ_SECONDS", 10), between(1, 300)),
            time_budget_ms=checked("TIME_BUDGET_MS", env.int(PREFIX + "TIME_BUDGET_MS", 5000), between(50, 5000)),
            log_level=checked("LOG_LEVEL", env.str(PREFIX + "LOG_LEVEL", "info"), one_of("debug", "info", "warning", "error")),
            allow_unauthenticated=checked("ALLOW_UNAUTHENTICATED", env.str(PREFIX + "ALLOW_UNAUTHENTICATED", ""), one_of("", YES_I_KNOW)),
            clients_file=env.str(PREFIX + "CLIENTS_FILE", ""),
            operator_tokens_file=env.str(PREFIX + "OPERATOR_TOKENS_FILE", ""),
            discovery=checked("DISCOVERY", env.str(PREFIX + "DISCOVERY", "closed"), one_of("closed", "open")),
            jwt_algorithms=listed("JWT_ALGORITHMS", env.list(PREFIX + "JWT_ALGORITHMS", list(_default("jwt_algorithms"))), SIGNATURES),
            jwt_max_lifetime=checked("JWT_MAX_LIFETIME", env.int(PREFIX + "JWT_MAX_LIFETIME", 3600), between(60, 86400)),
            fhir_origins=fhir_origins(env.list(PREFIX + "FHIR_ORIGINS", [])),
            fhir_budget_ms=checked("FHIR_BUDGET_MS", env.int(PREFIX + "FHIR_BUDGET_MS", 500), between(50, 10_000)),
            concept_map=env.str(PREFIX + "CONCEPT_MAP", ""),
            ca_file=env.str(PREFIX + "CA_FILE", ""),
            record=checked("RECORD", env.str(PREFIX + "RECORD", "on"), one_of("on", "off")),
            database_url=env.str(PREFIX + "DATABASE_URL", ""),
            hash_key=env.str(PREFIX + "HASH_KEY", ""),
            store_comments=checked("STORE_COMMENTS", env.str(PREFIX + "STORE_COMMENTS", "off"), one_of("on", "off")),
        )
    except EnvError as error:
        raise SettingsError(str(error)) from None


def unknown_variables(names: Iterable[str]) -> list[str]:
    """A sentence for each POSTFUSION_ variable that is no setting, with the nearest one that is."""
    known = [line.metadata["variable"] for line in fields(Settings)]
    strange = sorted(name for name in names if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"))
    return [f"{name} is not a setting and is ignored{did_you_mean(name, known)}" for name in strange]


def refuse_open_address(settings: Settings) -> None:
    """Raises SettingsError for an address beyond loopback while callers are not authenticated."""
    asked = settings.clients_file and settings.operator_tokens_file
    if is_loopback(settings.host) or asked or settings.allow_unauthenticated == YES_I_KNOW:
        return
    raise SettingsError(
        f"{PREFIX}HOST is not a loopback address, and callers are not all authenticated: anyone who reaches it could ask. "
        f"Set both {PREFIX}CLIENTS_FILE and {PREFIX}OPERATOR_TOKENS_FILE, use 127.0.0.1 behind a proxy that asks who calls, "
        f"or say {PREFIX}ALLOW_UNAUTHENTICATED={YES_I_KNOW}."
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
