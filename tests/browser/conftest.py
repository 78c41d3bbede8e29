"""A real browser, with no way out of this machine. Without one these tests are skipped, and fail where nothing may be skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("POSTFUSION_TEST_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")
REQUIRED = os.environ.get("POSTFUSION_TEST_REQUIRE_BROWSER") == "1"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def lacking(reason: str) -> None:
    """Skip, or fail in CI."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Window:
    """A page, and what must not happen in it."""

    page: Any
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def strangers(self) -> list[str]:
        """Addresses asked for beyond this machine."""
        return [url for url in self.asked if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname != "127.0.0.1"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api") if not REQUIRED else __import__("playwright.sync_api").sync_api
    if not CHROMIUM:
        lacking("There is no chromium: `make browser-deps` as root installs it, or POSTFUSION_TEST_CHROMIUM names one.")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def window(browser: Any) -> Iterator[Callable[..., Window]]:
    """Opens pages; settings as of a browser context (color_scheme, viewport)."""
    contexts = []

    def open_window(**settings: Any) -> Window:
        contexts.append(browser.new_context(**settings))
        window = Window(contexts[-1].new_page())
        window.page.set_default_timeout(30_000)
        window.page.on("console", lambda message: window.errors.append(message.text) if message.type == "error" else None)
        window.page.on("pageerror", lambda error: window.errors.append(str(error)))
        window.page.on("request", lambda request: window.asked.append(request.url))
        return window

    yield open_window
    for context in contexts:
        context.close()
