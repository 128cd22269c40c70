"""`python -m app explain`: a model and a text become a page, a picture or numbers."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from app.errors import UserError
from app.evaluation.explain.explanation import Explanation, explain, network_of
from app.evaluation.explain.lstmvis import states_files
from app.evaluation.explain.units import Units, ask_units
from app.evaluation.explain.written import as_numbers, as_page, as_picture
from app.files.whole_file import check_place, whole_file
from app.settings import Architecture, ExplainSettings
from app.suggestion.predictor import Predictor

_logger = logging.getLogger(__name__)

# Drawn at twice the size, so that it is sharp on paper of that size, too.
_ZOOM = 2.0


def explain_text(
    predictor: Predictor,
    name: str,
    architecture: Architecture,
    settings: ExplainSettings,
) -> Path:
    """Writes the explanation of one prediction, whole or not at all.

    Args:
        predictor: the model.
        name: of the model.
        architecture: of its network.
        settings: the text, and where to write.

    Returns:
        The file.

    Raises:
        UserError: the text cannot be explained, or the file cannot be written.
    """
    target = Path(settings.to)
    text = sys.stdin.read() if settings.text == "-" else settings.text
    ending = target.suffix.lower()
    if ending == ".h5":
        files = states_files(predictor, text, target)
    else:
        found = explain(predictor, architecture.cell, text, settings.word)
        for remark in found.remarks:
            _logger.warning("%s", remark)
        units = _units(predictor, found, settings) if ending in _WITH_UNITS else None
        files = {target: _content(ending, found, units, name)}
    for path, content in files.items():
        check_place(path)
        with whole_file(path) as file:
            file.write(content)
    return target


_WITH_UNITS = (".html", ".json")


def _units(
    predictor: Predictor, found: Explanation, settings: ExplainSettings
) -> Units:
    """What single units know, over another text where one is given."""
    tokens = [*found.text.left, *(found.text.right or ())]
    if settings.over is not None:
        path = Path(settings.over)
        try:
            over = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"--over {path} cannot be read as a text: {error}. Give a file of "
                "UTF-8 text."
            ) from error
        tokens = predictor.tokenizer.tokenize(over)
    return ask_units(network_of(predictor), predictor.vocabulary, tokens)


def _content(ending: str, found: Explanation, units: Units | None, name: str) -> bytes:
    """What the file holds; `units` are there for the endings that show them."""
    if units is None:
        picture = as_picture(found, name)
        return _drawn(picture) if ending == ".png" else picture.encode()
    if ending == ".json":
        return as_numbers(found, units).encode()
    return as_page(found, units, name).encode()


def _drawn(picture: str) -> bytes:
    """An SVG as PNG.

    Raises:
        UserError: what draws it is not installed.
    """
    try:
        import resvg_py
    except ModuleNotFoundError as error:
        raise UserError(
            "A .png is drawn by resvg, which is not installed. Install it with "
            "`pip install resvg-py`, or write an .svg, which every browser shows."
        ) from error
    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=_ZOOM))
