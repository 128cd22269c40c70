"""Templates, style and script become one file that asks nobody for anything.

Everything from a model or a text is a value in a template and is escaped: a word
`<script>` is shown as that word. The page carries a policy that lets a browser run
nothing but the script and the style that stand in it, known by their hashes, and load
nothing at all.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.evaluation.charts.colours import CHART_STYLE, page_colours
from app.evaluation.charts.svg import writable
from app.evaluation.report.policy import policy_of

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, *, extra: str | None = None, **values: Any) -> str:
    """A page that can be written as UTF-8, whatever its values hold.

    Args:
        template: name of a file in templates/ that extends page.html.
        extra: name of a style and a script in templates/, without their endings, that
            this page has besides the usual ones; it may hold images, too.
        values: what the template shows, and `title`.
    """
    style, script = _style_and_script(extra)
    policy = page_policy(extra)
    made = environment(_TEMPLATES).get_template(template)
    page = made.render(style=style, script=script, policy=policy, **values)
    return writable(page)


def page_policy(extra: str | None = None) -> str:
    """The policy that a page carries; who sends it over HTTP sends it as a header, too.

    Args:
        extra: see `render`; images are those that stand in the page itself.
    """
    style, script = _style_and_script(extra)
    return policy_of(style, script, images="data:" if extra else None)


def _style_and_script(extra: str | None) -> tuple[Markup, Markup]:
    style, script = page_style(), _read("page.js")
    if extra:
        style += _read(f"{extra}.css")
        script += _read(f"{extra}.js")
    return style, script


@functools.cache
def environment(folder: Path) -> Environment:
    """The templates in a folder, which escape whatever they show."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_style() -> Markup:
    """Style of pictures and page; ours, which needs no escaping."""
    parts = (
        page_colours(),
        f"svg {{\n{CHART_STYLE}}}",
        _read("page.css"),
    )
    return Markup("\n").join(Markup(part) for part in parts)


def _read(name: str) -> Markup:
    """A file of ours, which needs no escaping."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))
