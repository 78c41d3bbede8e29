"""The documents as a site, opened from disk in a real browser: nothing from elsewhere, search, wide and narrow, accessible."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Window
from tests.browser.test_page import AXE
from tests.docs.built import built_site

pytestmark = pytest.mark.slow
RULE, COVERAGE = "rules/red-flag-cauda-equina/1.0.0.html", "coverage/index.html"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_site(tmp_path_factory)


def opened(here: Window, site: Path, page: str) -> Window:
    here.page.goto((site / page).as_uri())
    return here


@pytest.mark.parametrize("page", ["index.html", RULE, COVERAGE])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_whole_without_a_network(site: Path, window: Callable[..., Window], page: str, width: int) -> None:
    here = opened(window(viewport={"width": width, "height": 800}), site, page)
    assert here.errors == []
    assert [url for url in here.asked if not url.startswith(("file:", "data:"))] == []
    assert here.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_search_works_from_disk(site: Path, window: Callable[..., Window]) -> None:
    here = opened(window(), site, "index.html")
    here.page.get_by_placeholder("Search").first.fill("saddle")
    here.page.keyboard.press("Enter")
    here.page.locator("#search-results li a").filter(has_text="Possible cauda equina syndrome").first.wait_for()
    assert here.strangers() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [RULE, COVERAGE])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessibility(site: Path, window: Callable[..., Window], scheme: str, page: str, width: int) -> None:
    if not AXE.is_file():
        pytest.skip(f"{AXE} is not there: `make browser-deps` fetches axe-core where npm is installed.")
    here = opened(window(color_scheme=scheme, viewport={"width": width, "height": 800}), site, page)
    here.page.evaluate(AXE.read_text())
    found = here.page.evaluate("async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})).violations")
    told = [f"{one['id']}: {one['help']}: {json.dumps(one['nodes'][0]['target'])}: {one['nodes'][0]['failureSummary']}" for one in found]
    assert told == []
