"""The live page in a browser, with the names that its tests have for its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.suggestion.predictor import Predictor
from tests.browser import Visit
from tests.serving.server.running import Server

SECONDS = 10  # for whatever should take a blink
TEXT = "document.getElementById('text')"


class Desk:
    """A visit to the page.

    Args:
        visit: of the server's address, just opened.
    """

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page = visit.page
        self.wait(lambda: self.status != "Loading …")

    # -- what a person does -----------------------------------------------------------

    def type(self, text: str) -> None:
        """Types into the writing area; line ends are Enter."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.page.keyboard.press("Enter")
            self.page.keyboard.type(line)

    def press(self, *keys: str) -> None:
        """Presses keys, "Alt+2" and the like."""
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, selector: str) -> None:
        """Clicks at something."""
        self.page.click(selector)

    def put_caret(self, place: int) -> None:
        """Puts the caret behind so many UTF-16 units, as a click does."""
        self.page.evaluate(
            f"{TEXT}.focus(); {TEXT}.setSelectionRange({place}, {place})"
        )

    def set(self, selector: str, value: float | bool) -> None:
        """Moves a slider or a switch."""
        control = self.page.locator(selector)
        if isinstance(value, bool):
            control.set_checked(value)
        else:
            control.fill(str(value))

    # -- what a person sees -----------------------------------------------------------

    @property
    def text(self) -> str:
        return self.page.evaluate(f"{TEXT}.value")

    @property
    def caret(self) -> int:
        return self.page.evaluate(f"{TEXT}.selectionEnd")

    @property
    def ghost(self) -> str:
        return self.page.locator(".ghost").text_content()

    @property
    def words(self) -> list[str]:
        return self._texts("#suggestions li:not(.is-empty) .word")

    @property
    def rubies(self) -> list[str]:
        return self._texts(".ruby")

    @property
    def status(self) -> str:
        return self.page.locator("#status").text_content()

    @property
    def counted(self) -> str:
        return self.page.locator("#counted").text_content()

    def _texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_text_contents()

    def box(self, selector: str) -> dict[str, float]:
        """Where something is."""
        return self.page.locator(selector).bounding_box()

    # -- waiting ----------------------------------------------------------------------

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Waits until something is so.

        Raises:
            AssertionError: it does not come true.
        """
        deadline = time.monotonic() + SECONDS
        while not is_so():
            seen = (self.text, self.ghost, self.words, self.status)
            assert time.monotonic() < deadline, f"in vain; the page shows {seen}"
            self.page.wait_for_timeout(20)

    def wait_for_words(self, words: list[str]) -> None:
        """Waits until just these are offered."""
        self.wait(lambda: self.words == words)

    def rest(self) -> None:
        """Waits until everything that was asked is answered and shown."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(150)

    def draw(self, seed: int) -> None:
        """Asks for the texts that a seed draws, and waits until they are shown."""
        self.page.evaluate(
            "seed => { crypto.getRandomValues = (it) => it.fill(2 * seed) }", seed
        )
        self.click("#write-on")
        shown = self.page.locator("#suggestions")
        self.wait(lambda: shown.get_attribute("data-kind") == "text")

    def write_on(self) -> None:
        """Asks for texts drawn by chance, until the best one has several words."""
        for _ in range(30):
            self.click("#write-on")
            self.rest()
            if " " in self.ghost.strip():
                return
        raise AssertionError("thirty texts of a single word")

    @contextmanager
    def asked(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """What is posted to a path meanwhile."""
        found: list[dict[str, Any]] = []

        def note(request: Any) -> None:
            if request.url.endswith(path):
                found.append(request.post_data_json)

        self.page.on("request", note)
        yield found
        self.page.remove_listener("request", note)


def next_words(predictor: Predictor, text: str, top: int = 5) -> list[str]:
    """What the page should offer behind a text."""
    session = predictor.session()
    session.set(text)
    return [it.word for it in session.complete(top, typing=True)]


def drawn(
    server: Server, text: str, is_wanted: Callable[[str], bool]
) -> tuple[int, str]:
    """A seed whose first text behind another one is as wanted, and that text.

    Raises:
        AssertionError: it does not come.
    """
    asked = {"text": text, "words": 20, "top": 5}  # as the page asks
    for seed in range(200):
        [blank] = server.ask("/api/write", **asked, seed=seed).json()["blanks"]
        found = blank["suggestions"][0]["word"]
        if is_wanted(found):
            return seed, found
    raise AssertionError("two hundred texts, and none as wanted")
