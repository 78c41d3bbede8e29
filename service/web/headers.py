"""Headers on every answer: what a browser may do with it, and which origins may read it."""

from typing import Final

from flask import Flask, Response, request

from service.web.deps import deps

_SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "600",
}


def register(app: Flask) -> None:
    """Answer preflights, and put the headers on every answer, errors included."""
    app.before_request(_preflight)
    app.after_request(_secure)
    app.after_request(_share)


def _preflight() -> Response | None:
    """A browser's question before the real call. It is answered alike for all; only listed origins are then let in."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    return Response(status=204, headers=_PREFLIGHT if _origin() else {})


def _secure(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers[name] = value
    if deps().settings.public_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _share(response: Response) -> Response:
    """No credentials are ever allowed: callers send a token, which a foreign page cannot send for them."""
    response.vary.add("Origin")
    origin = _origin()
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Decision-Logged, X-Request-Id"
    return response


def _origin() -> str:
    """The caller's origin, when it is one of those configured, letter by letter."""
    origin = request.headers.get("Origin", "")
    return origin if origin in deps().settings.cors_origins else ""
