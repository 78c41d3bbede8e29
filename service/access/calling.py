"""One GET under limits: no redirect, no cookie, no proxy or password from the environment, never more bytes or time than allowed.

The transport adapter of requests is used directly. A Session would follow the environment, keep cookies, and read the whole body of a
redirect before anyone could look at it.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from service.access.limits import Allowance
from service.access.reasons import Reason, Unavailable

PIECE: Final = 64 * 1024
_BY_STATUS: Final = {401: Reason.UNAUTHORISED, 403: Reason.UNAUTHORISED, 404: Reason.NOT_FOUND, 410: Reason.NOT_FOUND, 429: Reason.FAILED}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the request headers of every call (the token among them, so it is never shown), and whose certificates are trusted."""

    headers: tuple[tuple[str, str], ...]
    ca_file: str = ""

    def __repr__(self) -> str:
        return "Caller(...)"


def get(url: str, caller: Caller, allowed: Allowance, types: tuple[str, ...]) -> bytes:
    """The body of a 200 answer whose media type is one of `types`. Raises Unavailable. `url` must have been checked."""
    try:
        return _get(url, caller, allowed, types)
    except _Broken:  # perhaps a kept connection that the server had just closed: once more, on a fresh one
        try:
            return _get(url, caller, allowed, types)
        except _Broken:
            raise Unavailable(Reason.UNREACHABLE) from None


class _Broken(Exception):
    """No connection, or it broke before an answer came."""


def _get(url: str, caller: Caller, allowed: Allowance, types: tuple[str, ...]) -> bytes:
    request = requests.Request("GET", url, headers={**dict(caller.headers), "Accept-Encoding": "identity"}).prepare()
    left = allowed.time_left()
    try:
        response = _adapter(os.getpid()).send(request, stream=True, timeout=(left, left), verify=caller.ca_file or True, proxies={})
    except requests.Timeout:
        raise Unavailable(Reason.TIMED_OUT) from None
    except requests.exceptions.SSLError:
        raise Unavailable(Reason.UNREACHABLE) from None
    except requests.ConnectionError:
        raise _Broken from None
    except (requests.RequestException, HTTPError, OSError):
        raise Unavailable(Reason.UNREACHABLE) from None
    try:
        _check(response, types)
        return _body(response, allowed)
    finally:
        response.close()


def _check(response: requests.Response, types: tuple[str, ...]) -> None:
    status = response.status_code
    if 300 <= status < 400:
        raise Unavailable(Reason.REDIRECTED)
    if status != 200:
        raise Unavailable(_BY_STATUS.get(status, Reason.REFUSED if 400 <= status < 500 else Reason.FAILED))
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if kind not in types or encoding not in ("", "identity"):
        raise Unavailable(Reason.NOT_FHIR)


def _body(response: requests.Response, allowed: Allowance) -> bytes:
    """What arrives, as it arrives: a read that waits for a whole piece would let a slow server hold it past the deadline."""
    body = bytearray()
    try:
        while piece := response.raw.read1(PIECE, decode_content=False):
            allowed.take(len(piece))
            body += piece
            allowed.time_left()
    except (HTTPError, OSError):
        raise Unavailable(Reason.TIMED_OUT if allowed.deadline <= allowed.seconds() else Reason.UNREACHABLE) from None
    return bytes(body)


@lru_cache(maxsize=2)
def _adapter(process: int) -> HTTPAdapter:
    """Keeps connections open for the next answer; one per process, since a fork must not share them."""
    return HTTPAdapter(pool_connections=16, pool_maxsize=32, max_retries=0)
