"""The benchmark measures what it says: honest charts, cards looked at, two servers that end with it."""

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B import get_fhir_model_class

from service.cli import main
from service.lab.benchmark import SIZES, Figures, Measured, as_table, chart_of, measure
from service.lab.benchmark.measure import PATH, WrongAnswer
from service.lab.benchmark.servers import NoServer, _running, free_port
from service.web.clock import ticks
from service.web.floor import app

TODAY = date(2026, 3, 1)


def resources(body: bytes) -> list[dict[str, Any]]:
    values = [value for value in json.loads(body)["prefetch"].values() if value]
    return [one for value in values for one in ([row["resource"] for row in value.get("entry", ())] if "type" in value else [value])]


@pytest.mark.parametrize(("size", "kilobytes"), [("small", (20, 30)), ("medium", (200, 300)), ("large", (3300, 4100))])
def test_charts_have_the_size_they_say(size: str, kilobytes: tuple[int, int]) -> None:
    body = chart_of(size, TODAY)
    assert abs(len(resources(body)) - SIZES[size]) <= 3
    assert kilobytes[0] <= len(body) / 1000 <= kilobytes[1]
    assert chart_of(size, TODAY) == body


def test_everything_in_them_is_valid_r4() -> None:
    for one in resources(chart_of("small", TODAY)):
        get_fhir_model_class(one["resourceType"]).model_validate_json(json.dumps(one))


def test_the_floor_reads_the_body_and_answers_a_card() -> None:
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    assert client.post(PATH, data=b"{}").json == {"cards": []}


class Empty(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"cards":[]}')

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def empty() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_an_answer_without_the_card_is_no_measurement(empty: int) -> None:
    with pytest.raises(WrongAnswer):
        measure("small", chart_of("small", TODAY), 1, {"ours": (empty, os.getpid())}, ticks)


@pytest.mark.parametrize("program", ["print('no')", "raise SystemExit('port taken')"])
def test_a_server_that_does_not_start_is_named(program: str) -> None:
    with pytest.raises(NoServer, match="ended before it answered"), _running([sys.executable, "-c", program], {}, free_port()):
        raise AssertionError("it runs")


def test_the_table_is_of_ratios() -> None:
    floor, ours, parsing = Figures(0.001, 0.002, 0.001, 0.001), Figures(0.004, 0.008, 0.003, 0.003), Figures(0.006, 0.01, 0.005, 0)
    figures = {"floor": floor, "ours": ours, "json": parsing}
    head, row = as_table([Measured("small", 27_000, 300, figures)]).splitlines()
    assert head.split()[0] == "chart"
    assert row.split() == ["small", "27", "300", "4.00", "8.00", "3.00", "4.0", "0.50", "2.0"]


@pytest.mark.slow
def test_it_measures_this_service() -> None:
    told = CliRunner().invoke(main, ["benchmark", "--size", "small", "--rounds", "5"])
    assert told.exit_code == 0, told.output
    assert re.search(r"^ *small +\d+ +5 +\d", told.output, re.MULTILINE)


def test_what_goes_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli_benchmark.chart_of", lambda *_: b"{}")

    def refuse(_: bytes) -> Any:
        raise NoServer("A server ended before it answered: port taken")

    monkeypatch.setattr("service.cli_benchmark.floor", refuse)
    told = CliRunner().invoke(main, ["benchmark"])
    assert told.exit_code == 1
    assert "nothing was measured: A server ended before it answered: port taken" in told.output
