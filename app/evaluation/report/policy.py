"""Policies that let a browser run and load nothing but what stands in a document."""

from __future__ import annotations

import base64
import hashlib


def policy_of(style: str, script: str | None = None, images: str | None = None) -> str:
    """A Content-Security-Policy: nothing runs and nothing is loaded but what is named.

    Args:
        style: that stands in the document.
        script: likewise; none if None.
        images: where they may come from; from nowhere if None.
    """
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        **({"script-src": _hash(script)} if script is not None else {}),
        "base-uri": "'none'",
        "form-action": "'none'",
        **({"img-src": images} if images is not None else {}),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
