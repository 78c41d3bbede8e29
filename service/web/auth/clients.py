"""The file of CDS clients: who may call, how each names itself and us, and where its public keys are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from service.access.origins import is_loopback, read_url
from service.library.problems import BookError
from service.library.yamltext import read_yaml
from service.web.auth.keys import Keys, NoKeys, keys_of_file, keys_of_url
from service.web.setting_values import PREFIX, SettingsError
from service.web.settings import Settings

SCOPES: Final = ("discovery", "call", "feedback")
_MEMBERS: Final = ("iss", "aud", "sub", "tenant", "jwks_file", "jwks_url", "jku", "scopes")
_NAME: Final = validate.Regexp(r"\A[A-Za-z0-9_.\-]{1,64}\Z", error="A name of letters, digits, '_', '.' and '-' is wanted.")
VARIABLE: Final = f"{PREFIX}CLIENTS_FILE"


@dataclass(frozen=True, slots=True)
class Client:
    """One CDS client. `aud` empty: the exact public address that is called. `sub` and `tenant` empty: not looked at."""

    name: str
    iss: frozenset[str]
    keys: Keys
    aud: frozenset[str] = frozenset()
    sub: frozenset[str] = frozenset()
    tenant: frozenset[str] = frozenset()
    jku: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset(SCOPES)


def _texts(*, required: bool = False) -> fields.Field[Any]:
    text = fields.String(validate=validate.Length(min=1, max=2048))
    return fields.List(text, required=required, validate=validate.Length(min=1, error="At least one is wanted."))


class _Client(Schema):
    class Meta:
        unknown = RAISE

    error_messages = {"unknown": f"Not known. Known: {', '.join(_MEMBERS)}."}  # noqa: RUF012 marshmallow's own way

    iss = _texts(required=True)
    aud = _texts()
    sub = _texts()
    tenant = _texts()
    jwks_file = fields.String(validate=validate.Length(min=1))
    jwks_url = fields.String(validate=lambda text: _key_url(text))
    jku = _texts()
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), validate=validate.Length(min=1))

    @validates_schema
    def _one_place_for_keys(self, data: dict[str, Any], **_: Any) -> None:
        if ("jwks_file" in data) == ("jwks_url" in data):
            raise ValidationError("One of jwks_file and jwks_url is wanted.")


class _File(Schema):
    class Meta:
        unknown = RAISE

    clients = fields.Dict(
        keys=fields.String(validate=_NAME),
        values=fields.Nested(_Client),
        required=True,
        validate=validate.Length(min=1, error="At least one client is wanted."),
    )


def _key_url(text: str) -> None:
    url = read_url(text)
    if url is None or (url.scheme == "http" and not is_loopback(url.host)):
        raise ValidationError("An https URL is wanted (http for a loopback address).")


def load_clients(settings: Settings) -> tuple[Client, ...]:
    """The clients of the operator's file; none when there is no file. Raises SettingsError saying what to mend."""
    if not settings.clients_file:
        return ()
    path = Path(settings.clients_file)
    clients = tuple(_client(name, entry, path, settings) for name, entry in _read(path).items())
    if not settings.public_url and any(not client.aud for client in clients):
        raise SettingsError(
            f"{VARIABLE}: a client without aud must name the public address it calls as its audience, and {PREFIX}PUBLIC_URL is empty. "
            f"Set {PREFIX}PUBLIC_URL, or list aud."
        )
    return clients


def _read(path: Path) -> Mapping[str, dict[str, Any]]:
    try:
        data = read_yaml(path.name, path.read_bytes()).data
        found: dict[str, Any] = _File().load(data)
    except OSError as error:
        raise SettingsError(f"{VARIABLE}: {path} cannot be read: {error.strerror}.") from None
    except BookError as error:
        raise SettingsError(f"{VARIABLE}: {error}") from None
    except ValidationError as error:
        raise SettingsError(f"{VARIABLE}: {path.name}: {'; '.join(_lines(_by_name(error)))}") from None
    clients: dict[str, dict[str, Any]] = found["clients"]
    return clients


def _by_name(error: ValidationError) -> Mapping[Any, Any]:
    return error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}


def _lines(messages: Mapping[Any, Any], prefix: str = "") -> list[str]:
    """Each fault as `clients.name.key: what is wanted`; marshmallow's steps `value` and `_schema` are left out."""
    out: list[str] = []
    for name, found in messages.items():
        where = prefix if name in ("value", "key", "_schema") else f"{prefix}.{name}".lstrip(".")
        out += _lines(found, where) if isinstance(found, dict) else [f"{where}: {text}" for text in found]
    return out


def _client(name: str, entry: dict[str, Any], path: Path, settings: Settings) -> Client:
    url = entry.get("jwks_url")
    try:
        keys = keys_of_url(url, settings.ca_file) if url else keys_of_file(path.parent / entry["jwks_file"])
    except NoKeys as error:
        raise SettingsError(f"{VARIABLE}: client {name}: {error}") from None
    listed = {one: frozenset(entry.get(one, ())) for one in ("iss", "aud", "sub", "tenant")}
    jku = frozenset([*entry.get("jku", ()), *([url] if url else ())])
    return Client(name, keys=keys, jku=jku, scopes=frozenset(entry.get("scopes", SCOPES)), **listed)
