"""Templates, style and script become one file that asks nobody for anything.

Everything from a model or a text is a value in a template and is escaped: a word
`<script>` is shown as that word. The page carries a policy that lets a browser run
nothing but the script and the style that stand in it, known by their hashes, and load
nothing at all.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.evaluation.charts.colours import CHART_STYLE, page_colours
from app.evaluation.charts.svg import writable

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A page that can be written as UTF-8, whatever its values hold.

    Args:
        template: name of a file in templates/ that extends page.html.
        values: what the template shows, and `title`.
    """
    style, script = _style(), _read("page.js")
    made = _environment().get_template(template)
    policy = _policy(style, script)
    page = made.render(style=style, script=script, policy=policy, **values)
    return writable(page)


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> Markup:
    """Style of pictures and page; ours, which needs no escaping."""
    parts = (
        f":root {{\n{page_colours()}\n}}",
        f"svg {{\n{CHART_STYLE}}}",
        _read("page.css"),
    )
    return Markup("\n").join(Markup(part) for part in parts)


def _read(name: str) -> Markup:
    """A file of ours, which needs no escaping."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


def _policy(style: str, script: str) -> str:
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
