"""Pages for people: what this is, its intended use, and the list of its endpoints. No asset comes from elsewhere."""

from typing import Any

import yaml
from flask import Blueprint, Response, current_app, render_template

from service.web.auth import guard
from service.web.deps import deps
from service.web.paths import beside_the_code
from service.web.version import VERSION

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def landing() -> Response:
    """Say what the service is, and let a visitor paste a Bundle."""
    return _page("landing.html", rules=len(deps().book.versions), version=VERSION, guarded=guard.asks_operators(current_app))


@blueprint.get("/docs")
def docs() -> Response:
    """List the endpoints as openapi.yaml describes them."""
    document = yaml.safe_load(_openapi())
    return _page("docs.html", operations=_operations(document), version=VERSION)


@blueprint.get("/openapi.yaml")
def openapi() -> Response:
    """Serve the machine-readable description."""
    return Response(_openapi(), mimetype="application/yaml")


@blueprint.get("/about/intended-use")
def intended_use() -> Response:
    """Say who may use the service for what, and what it does not do."""
    return _page("intended_use.html")


def _page(template: str, **values: Any) -> Response:
    return Response(render_template(template, **values), mimetype="text/html")


def _openapi() -> bytes:
    return beside_the_code("openapi.yaml").read_bytes()


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
