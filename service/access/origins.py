"""Which addresses may be called: exact scheme, host and port, and a path prefix that ends at a slash.

A URL is taken apart once, by one strict pattern, and what is called is built from the parts: no second parser can read another host
out of the same text. Nothing is looked up: a listed origin may well resolve to a private address, an unlisted one is never called.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_URL: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://(?P<host>[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@%]*)*)(?:\?(?P<query>[!\"$-\[\]-~]*))?"
)
# encoded dots, slashes, backslashes, percents and controls: a server may decode a path once more than we do
_SLY: Final = re.compile(r"%(?:2[EeFf5]|5[Cc]|[01][0-9A-Fa-f]|7[Ff])|/\.{1,2}(?:/|$)")
_PORTS: Final = {"http": 80, "https": 443}


class BadOrigin(ValueError):
    """An origin that may not be listed; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute URL in its parts. `path` is empty or begins with a slash; `query` is None when there is no question mark."""

    scheme: str
    host: str
    port: int
    path: str = ""
    query: str | None = None

    def text(self) -> str:
        """The URL anew, from its parts."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        query = "" if self.query is None else f"?{self.query}"
        return f"{self.scheme}://{self.host}{port}{self.path}{query}"


@dataclass(frozen=True, slots=True)
class Origin:
    """A place that may be called: `prefix` is empty (everything there) or a path without a trailing slash."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    def holds(self, url: Url) -> bool:
        """True when `url` lies here: `/fhir` holds `/fhir` and `/fhir/Patient`, not `/fhir2`."""
        same = (self.scheme, self.host, self.port) == (url.scheme, url.host, url.port)
        return same and (url.path == self.prefix or url.path.startswith(f"{self.prefix}/"))


def read_url(text: str) -> Url | None:
    """The parts of an absolute http(s) URL, or None for one that could be read in two ways: user names, fragments, dots in the path."""
    found = _URL.fullmatch(text)
    if found is None or _SLY.search(found["path"]):
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"] or _PORTS[scheme])
    return Url(scheme, found["host"].lower(), port, found["path"], found["query"]) if 0 < port < 65536 else None


def read_origin(text: str) -> Origin:
    """One entry of the operator's list. Raises BadOrigin."""
    url = read_url(text)
    if url is None or url.query is not None:
        raise BadOrigin("an origin such as https://fhir.example.org or https://fhir.example.org/r4, without user name, query or '..'")
    if url.scheme == "http" and not is_loopback(url.host):
        raise BadOrigin("https, unless the host is a loopback address")
    return Origin(url.scheme, url.host, url.port, url.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def permitted(server: str | None, origins: Iterable[Origin]) -> tuple[Url, Origin] | None:
    """The FHIR base a client named and the listed origin it lies in; None when it lies in none."""
    base = read_url(server.rstrip("/")) if server else None
    if base is None or base.query is not None:
        return None
    return next(((base, origin) for origin in origins if origin.holds(base)), None)
