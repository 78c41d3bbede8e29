"""The least a Flask service can do: read the body, answer one card that never changes. `postfusion benchmark` measures against it."""

import os

from flask import Flask, Response, request

CARD = os.environ.get("POSTFUSION_BENCHMARK_CARD", '{"cards":[]}').encode()
app = Flask(__name__)


@app.get("/livez")
def livez() -> str:
    """Say that it runs."""
    return "ok"


@app.post("/cds-services/<name>")
def answer(name: str) -> Response:
    """The card, whatever was asked."""
    request.get_data()
    return Response(CARD, mimetype="application/json")
