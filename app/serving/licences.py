"""What an export says of where it comes from, and of what can be read in it.

Enters: a model folder, whose config.json knows the sources. Leaves: the text of
`LICENSES.txt`. Paths and names of a person's own files are left out on purpose.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.model_folder import ModelFolder

LICENCES = "LICENSES.txt"

_GLOVE = """\
GloVe 6B, 50 dimensions: Jeffrey Pennington, Richard Socher and Christopher D. Manning \
(2014), GloVe: Global Vectors for Word Representation. Public Domain Dedication and \
License (PDDL) 1.0, https://opendatacommons.org/licenses/pddl/1-0/. The vectors of the \
known words are part of this export."""

_FOREIGN = """\
From "{source}", which has terms of its own. The vectors of the known words are part \
of this export: whoever passes it on has to keep to these terms."""

_WIKIPEDIA = """\
A sample of the English Wikipedia, by its contributors, as shipped with gensim \
(enwiki-latest-pages-articles1, shortened). Creative Commons Attribution-ShareAlike, \
https://creativecommons.org/licenses/by-sa/4.0/ (texts of before June 2023: 3.0). Its \
words and how they follow each other were counted and learned; no article is part of \
this export."""

_OWN_TEXT = """\
Text that whoever trained the model chose. No licence of it is known here: whoever \
passes this export on needs the right to do so."""

_BEGUN = """\
The training began with the weights of another model, {name!r}. What was said of its \
vectors and its text holds here too: see the LICENSES.txt of its export."""

_WARNING = """\
The vocabulary of the training text, {size:,} words, can be read in these files by \
anybody who has them: names of people, places and products that stood in the text \
among them. What the model suggests may repeat phrases of the text. If the text was \
private, so is this export."""


def licences_text(model: ModelFolder) -> str:
    """The text of LICENSES.txt."""
    name = model.config.get("name", model.path.name)
    parts = [f'Where the model "{name}" comes from, and what can be read in it']
    for title, text in _chapters(model):
        parts += [title.upper(), textwrap.fill(text, 79, break_on_hyphens=False)]
    return "\n\n".join(parts) + "\n"


def _chapters(model: ModelFolder) -> Iterator[tuple[str, str]]:
    """Title and text of each."""
    settings = model.config.get("settings", {})
    size = model.architecture.vocabulary_size
    yield "Mind whom you give it to", _WARNING.format(size=size)
    yield "Training text", _OWN_TEXT if settings.get("corpus") else _WIKIPEDIA
    yield "Word vectors", _vectors(settings.get("embeddings"))
    if settings.get("from_model"):
        yield "Begun with another model", _BEGUN.format(name=settings["from_model"])


def _vectors(source: str | None) -> str:
    if source == "glove-6b-50d":
        return _GLOVE
    if source in ("random", "corpus"):
        return "None from elsewhere: they were learned together with the model."
    name = "" if source is None else source.replace("\\", "/").rsplit("/", 1)[-1]
    return _FOREIGN.format(source=name or "an unknown source")
