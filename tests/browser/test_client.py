"""A page of another origin as CDS client: discovery, prefetch from the mock EHR, cards, a suggestion taken, feedback in the record."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.lab.fhir_answers import Manners
from service.lab.mock_ehr import serving
from service.lab.records import read_records
from service.web.app import create_app
from service.web.deps import KEY
from service.web.settings import Settings
from tests.browser.conftest import Window
from tests.lab.own import free_port, running

HERE = Path(__file__).parent
pytestmark = pytest.mark.slow


@dataclass
class Circle:
    """The client's page, the service, the FHIR server, and the record behind the service."""

    page: str
    service: str
    fhir: str
    store: Any


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def page_served(port: int) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Files, directory=str(HERE)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=[True, False], ids=["listed", "not-listed"])
def circle(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Circle]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    app = create_app(Settings(data_dir=tmp_path, cors_origins=(origin,) if request.param else ("https://other.example.org",)))
    records = read_records(today=datetime.now(UTC).date())
    with page_served(port) as page, running(app) as service, serving(records, Manners()) as ehr:
        yield Circle(page, service, f"{ehr.root}/fhir", app.extensions[KEY].store)


def opened(circle: Circle, window: Window) -> Any:
    page = window.page
    page.goto(f"{circle.page}/client.html")
    for label, value in (("Service", circle.service), ("FHIR server", circle.fhir), ("Patient", "story-02")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open the chart").click()
    return page


@pytest.mark.parametrize("circle", [True], indirect=True, ids=["listed"])
def test_the_whole_circle(circle: Circle, window: Callable[..., Window]) -> None:
    here = window()
    page = opened(circle, here)
    card = page.locator("article").first
    card.wait_for()
    assert card.get_attribute("data-indicator") == "critical"
    assert "cauda equina" in card.locator("h2").inner_text()
    card.get_by_role("button", name="Order emergency MRI of the lumbar spine").click()
    page.get_by_text("Feedback kept: 1").wait_for()
    with circle.store.engine.connect() as connection:
        (row,) = connection.execute(text("select card, outcome, service from feedback")).all()
    assert tuple(row) == (card.get_attribute("data-uuid"), "accepted", "postfusion-patient-view")
    assert here.errors == []
    assert here.strangers() == []


@pytest.mark.parametrize("circle", [False], indirect=True, ids=["not listed"])
def test_a_page_of_an_origin_that_is_not_listed_gets_nothing(circle: Circle, window: Callable[..., Window]) -> None:
    here = window()
    page = opened(circle, here)
    page.get_by_text("Failed: Failed to fetch").wait_for()
    assert page.locator("article").count() == 0
    assert any("CORS" in error for error in here.errors)
