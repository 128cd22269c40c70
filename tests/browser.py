"""A real browser that tests look at pages with: Chromium, headless and offline.

Playwright drives the Chromium that the machine has installed. What is wrong with a page
is remembered while a test looks at it: requests that went anywhere but to the page's
own origin (they are refused), and errors on its console. `app/` knows nothing of this.

    def test_something(open_page):
        visit = open_page(path.as_uri(), color_scheme="dark", width=320)
        visit.page.keyboard.press("Tab")
        assert visit.violations() == []

The fixture `open_page` stands in conftest.py. It lives as long as a module's tests:
Playwright keeps an event loop running in its thread, and whoever calls `asyncio.run`
there meanwhile would fail.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# Debian's build without windows, which opens a page in a fifth of the time, then the
# whole browser by Debian's name, and the others that it has elsewhere.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
)

# Root has no sandbox. The rest keeps the browser from looking for news of its own.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
INSIDE = ("data", "blob", "about")  # addresses that no request leaves the page for


def executable() -> str | None:
    """The browser's path: NEXTWORD_CHROMIUM, or what is found under a known name."""
    named = os.environ.get("NEXTWORD_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def why_there_is_none() -> str | None:
    """What a browser test lacks on this machine; None where it can run."""
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is missing: pip install -r tests/requirements.txt"
    if executable() is None:
        return "there is no Chromium: install it, or set NEXTWORD_CHROMIUM to its path"
    return None


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A running browser, `playwright.sync_api.Browser`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=list(SWITCHES)
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that was opened, and what went wrong since.

    Attributes:
        page: `playwright.sync_api.Page`.
        requests: every address that was asked for, the page's own first.
        refused: those of them that belong to somebody else.
        complaints: errors and warnings on the console, exceptions nobody caught.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What axe-core finds wrong, a line each: rule, help, the elements."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        lines = []
        for rule in found:
            places = [" ".join(map(str, node["target"])) for node in rule["nodes"][:5]]
            lines.append(f"{rule['id']}: {rule['help']}: {'; '.join(places)}")
        return lines

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        root = "document.documentElement"
        return self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")


def visit(
    browser: Any,
    url: str,
    *,
    color_scheme: str = "light",
    width: int = 1280,
    height: int = 900,
    **context: Any,
) -> Visit:
    """Opens `url` in a window of its own, with no cookies and no history.

    Args:
        browser: what `chromium` gave.
        url: "file:" of one page, or "http://127.0.0.1:PORT/..." of a server's.
        color_scheme: "light" or "dark", what the person prefers.
        width: of the window, in pixels.
        height: of the window, in pixels.
        context: more options of `browser.new_context`, say `reduced_motion="reduce"`.
    """
    size = {"width": width, "height": height}
    window = browser.new_context(color_scheme=color_scheme, viewport=size, **context)
    it = Visit(window.new_page())
    own = urlsplit(url)

    def judge(route: Any) -> None:
        asked = urlsplit(route.request.url)
        is_own = asked[:2] == own[:2] and (own.scheme != "file" or asked[:3] == own[:3])
        if not is_own:
            it.refused.append(route.request.url)
        route.continue_() if is_own else route.abort()

    def note(request: Any) -> None:
        if urlsplit(request.url).scheme not in INSIDE:
            it.requests.append(request.url)

    def listen(message: Any) -> None:
        if message.type in ("error", "warning"):
            it.complaints.append(f"{message.type}: {message.text}")

    window.route("**/*", judge)
    it.page.on("request", note)
    it.page.on("console", listen)
    it.page.on("pageerror", lambda error: it.complaints.append(str(error)))
    it.page.goto(url)
    return it
