"""Reading a request's body: its declared type first, then its bytes, never more than allowed."""

import gc
from typing import Final

from flask import Response, after_this_request, g, request
from werkzeug.exceptions import HTTPException

from service.web.places import LARGE, make_room
from service.web.problems import Problem, problem

JSON: Final = ("application/json",)
JSON_OR_FHIR: Final = ("application/json", "application/fhir+json")


def read_body(limit: int, types: tuple[str, ...]) -> bytes:
    """The bytes of the request. Raises Problem 415, 413, or 400 for a body that breaks off."""
    _check_type(types)
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    try:
        body = _read(limit)
    except Problem:
        raise
    except HTTPException:
        g.body_is_broken = True
        raise _broken_off() from None
    except Exception:  # servers raise errors of their own inside a read, and their texts hold request bytes
        g.body_is_broken = True
        raise problem(400, "structure", "The body could not be read to its end.") from None
    if len(body) > LARGE:
        after_this_request(_tidied)
    if len(body) > limit:
        raise too_large(limit)
    g.body_is_read = True
    if len(body) < (request.content_length or 0):  # what arrived may look whole, and still be cut
        raise _broken_off()
    return body


def _tidied(response: Response) -> Response:
    """Give the free lists back that a large body filled: the next one would be laid beside them."""
    gc.collect()
    return response


def _broken_off() -> Problem:
    return problem(400, "structure", "The body broke off before its announced length.")


def _read(limit: int) -> bytes:
    """All of the body, or just enough to see that it is too large. Beyond what any caller may send at any time it needs room."""
    body = bytearray()
    _fill(body, min(LARGE, limit) + 1)
    if LARGE < len(body) <= limit:
        make_room()
        _fill(body, limit + 1)
    return bytes(body)


def _fill(body: bytearray, most: int) -> None:
    """Read on to the end of the request, or until `body` holds `most` bytes; a single read may stop short."""
    while len(body) < most and (part := request.stream.read(most - len(body))):
        body += part


def _check_type(types: tuple[str, ...]) -> None:
    if request.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise problem(415, "not-supported", "Compressed bodies are not taken: send the JSON as it is.", "Content-Encoding")
    if request.mimetype not in types:
        raise problem(415, "not-supported", f"Content-Type {' or '.join(types)} is wanted.", "Content-Type")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise problem(415, "not-supported", "JSON is sent in UTF-8.", "Content-Type")


def too_large(limit: int) -> Problem:
    """The refusal of a body of more than `limit` bytes."""
    return problem(413, "too-long", f"The body is larger than {limit} bytes.")
