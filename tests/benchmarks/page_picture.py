"""Takes the picture of the live page that the README shows.

    python -m tests.benchmarks.page_picture MODEL

A real server answers, a real browser types; tests/benchmarks/page.png is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser import chromium, visit
from tests.serving.server.running import Server

PICTURE = Path(__file__).with_name("page.png")
TEXT = "The clouds are on the ___ . In the 19th century, the pop"
SETTLED_MS = 1500


def main(model: str) -> None:
    """Types a text on the page of a model, and takes its picture."""
    with Server(model) as server, chromium() as browser:
        page = visit(browser, server.address, width=1240, height=790).page
        page.keyboard.type(TEXT, delay=20)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main(*sys.argv[1:])
