"""What several rooms' tests need: the root, the large texts, a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import browser

ROOT = Path(__file__).parent.parent

# They are run by name, and some need programs that the tests do not.
collect_ignore = ["benchmarks"]

# How long an example takes says more about what else the machine does than about us.
# Examples are the same in every run, so that a change is judged by itself alone;
# `--hypothesis-profile explore` goes looking for new ones.
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests go first, or all would wait for the last one of them.

    Files are dealt out to processes in this order: `--no-loadscope-reorder`.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


# They ask the same SavedModels, which a process takes half a minute to load and to get
# going, so that one process is better off with all of them.
ASK_EXPORTS = {
    f"tests/serving/{name}.py"
    for name in (
        "test_beside",
        "test_export",
        "test_signatures",
        "test_predict_dialect",
        "server/test_predict_routes",
        "server/test_predict_signatures",
    )
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile`, but that all of `ASK_EXPORTS` go to one process."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class FilesTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "exports" if file in ASK_EXPORTS else file

    return FilesTogether(config, log)


def is_required(what: str) -> bool:
    """Whether NEXTWORD_REQUIRE (a comma-separated list) forbids to skip for `what`.

    A machine that promises the data fails where a person's laptop skips.
    """
    return what in os.environ.get("NEXTWORD_REQUIRE", "").split(",")


def missing(what: str, reason: str) -> None:
    """Skips the test for want of `what`, or fails where that must not be missing."""
    if is_required(what):
        pytest.fail(f"NEXTWORD_REQUIRE names {what!r}, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root, where train.py stands."""
    return ROOT


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The large texts: NEXTWORD_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("NEXTWORD_DATA", ROOT / "../shared/data"))
    if not folder.is_dir():
        missing("data", f"{folder} is missing; set NEXTWORD_DATA")
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running browser; see `tests.browser` for why it ends with the module."""
    reason = browser.why_there_is_none()
    if reason:
        missing("browser", reason)
    with browser.chromium() as running:
        yield running


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., browser.Visit]]:
    """`tests.browser.visit` for this test; nothing may go wrong on the pages it opens.

    A request to somebody else, or an error on the console, fails the test at its end;
    who expects one empties `visit.refused` or `visit.complaints`.
    """
    visits = []

    def open_it(url: str, **options: Any) -> browser.Visit:
        visits.append(browser.visit(chromium, url, **options))
        return visits[-1]

    yield open_it
    for visit in visits:
        visit.page.context.close()
    assert [(it.refused, it.complaints) for it in visits] == [([], [])] * len(visits)
