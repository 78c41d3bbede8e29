"""Our own page in a real browser: a sample pasted, the red flag first, in light and dark, nothing loaded from elsewhere, and accessible."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.web.app import create_app
from service.web.settings import Settings
from tests.browser.conftest import ROOT, Window
from tests.lab.own import running

AXE = Path(os.environ.get("POSTFUSION_TEST_AXE") or ROOT / ".venv" / "axe" / "axe.min.js")
BUNDLE = (ROOT / "fhir_samples" / "02-cauda-equina" / "bundle.json").read_text()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(create_app(Settings(data_dir=tmp_path_factory.mktemp("data")))) as url:
        yield url


def evaluated(window: Window, service: str) -> Any:
    """The page with the sample judged as of the day after its last entry."""
    page = window.page
    page.goto(service + "/")
    page.locator("textarea").first.fill(BUNDLE)
    page.get_by_label("As of").first.fill("2026-03-03")
    page.get_by_role("button", name="Evaluate").click()
    page.locator("article").first.wait_for()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pasted_sample_shows_its_red_flag_first(service: str, window: Callable[..., Window], scheme: str) -> None:
    here = window(color_scheme=scheme)
    page = evaluated(here, service)
    first = page.locator("article").first
    assert "critical" in (first.get_attribute("class") or "")
    assert "Possible cauda equina syndrome" in first.inner_text()
    assert here.errors == []
    assert here.strangers() == []


def test_an_operator_gives_a_token(tmp_path: Path, window: Callable[..., Window]) -> None:
    """Asked for where the service asks for one, refused in words, and found nowhere but in the request."""
    file = tmp_path / "operators"
    file.write_text(f"tester {hashlib.sha256(b'open-sesame').hexdigest()}\n")
    with running(create_app(Settings(data_dir=tmp_path, operator_tokens_file=str(file)))) as url:
        page = window().page
        page.goto(url + "/")
        page.locator("textarea").first.fill(BUNDLE)
        page.get_by_label("As of").first.fill("2026-03-03")
        for token, shown in (("wrong", "Not judged"), ("open-sesame", "Possible cauda equina syndrome")):
            page.get_by_label("operator token").fill(token)
            page.get_by_role("button", name="Evaluate").click()
            page.get_by_role("heading", name=shown).first.wait_for()
        assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length + document.cookie.length") == 0
        assert "sesame" not in page.url


def test_light_and_dark_differ(service: str, window: Callable[..., Window]) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page = window(color_scheme=scheme).page
        page.goto(service + "/")
        colours.append(page.evaluate("[document.body, document.documentElement].map((e) => getComputedStyle(e).backgroundColor).join()"))
    assert colours[0] != colours[1]


def test_the_form_can_be_used_with_the_keyboard_alone(service: str, window: Callable[..., Window]) -> None:
    page = window().page
    page.goto(service + "/")
    page.locator("textarea").first.focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Evaluate":
            return
    pytest.fail("Evaluate is not reached from the text within twelve steps")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_accessibility(service: str, window: Callable[..., Window], scheme: str, width: int) -> None:
    if not AXE.is_file():
        pytest.skip(f"{AXE} is not there: `make browser-deps` fetches axe-core where npm is installed.")
    page = evaluated(window(color_scheme=scheme, viewport={"width": width, "height": 800}), service)
    page.evaluate(AXE.read_text())  # evaluated, not inserted: the page's own policy forbids foreign scripts
    found = page.evaluate("async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})).violations")
    assert [f"{one['id']}: {one['help']}: {json.dumps(one['nodes'][0]['target'])}" for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
