"""Sources to parts: read, cut into tokens, split; the first chapter of the story.

Paths, folders, patterns, `-` or nothing enter. What leaves has been cut into tokens
once and lies on disk; vocabulary and ids are made of it. This module knows nothing
about encodings, formats or duplicates, only who does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.text.readers import (
    Document,
    ReadOptions,
    read_sources,
    read_wikipedia_sample,
)
from app.text.splitting import Parts, as_given, split
from app.text.tokenized import TokenizedText
from app.text.tokenized_cache import tokenized
from app.text.tokenizer import Tokenizer
from app.text.tokenizing import tokenize_documents
from app.text.unspaced import LARGE_SHARE, UNSPACED_REMARK, unspaced_share

logger = logging.getLogger(__name__)

_SCRIPT_SAMPLE = 100_000  # tokens

Report = Callable[[int], None]


def read_parts(
    sources: Sequence[str],
    options: ReadOptions,
    *,
    valid: str | None = None,
    test: str | None = None,
    keep_duplicates: bool = False,
    store: Path | None = None,
    report: Report = lambda characters: None,
) -> Parts:
    """Reads a corpus and cuts it in three, or takes the parts that were given.

    Args:
        sources: of the training text; of all of it where `valid` is None.
        options: how all of them are read.
        valid: source of the validation text.
        test: source of the test text; only beside `valid`.
        keep_duplicates: see `split`.
        store: see `tokenized`.
        report: is told how many characters of a source have been read.

    Raises:
        UserError: a source cannot be read, or there is too little to cut.
    """

    def read(given: Sequence[str]) -> TokenizedText:
        return read_tokens(given, options, store=store, report=report)

    text = read(sources)
    if not options.pretokenized and _unspaced_share(text) >= LARGE_SHARE:
        logger.warning("%s", UNSPACED_REMARK)
    if valid is None:
        return split(text, keep_duplicates=keep_duplicates)
    testing = read([test]).all() if test else None
    parts, num_repeated = as_given(text.all(), read([valid]).all(), testing)
    if num_repeated:
        logger.warning(
            "%s of the paragraphs to validate and test stand in the training text "
            "too, whole or largely, which flatters the figures.",
            f"{num_repeated:,}",
        )
    return parts


def _unspaced_share(text: TokenizedText) -> float:
    """`unspaced_share` of some hundred thousand tokens from all over the text."""
    some = text.ids[:: max(len(text.ids) // _SCRIPT_SAMPLE, 1)]
    return unspaced_share(" ".join(text.types[i] for i in some))


def read_tokens(
    sources: Sequence[str],
    options: ReadOptions,
    *,
    store: Path | None = None,
    report: Report = lambda characters: None,
) -> TokenizedText:
    """The tokens of `sources`, cut as `options.pretokenized` says.

    Raises:
        UserError: a source is missing, empty or no text.
    """
    tokenizer = Tokenizer(pretokenized=options.pretokenized)

    def make(folder: Path) -> TokenizedText:
        documents = read_documents(sources, options)
        return tokenize_documents(documents, tokenizer, folder, report)

    return tokenized(sources, options, make, store)


def read_documents(
    sources: Sequence[str] = (), options: ReadOptions | None = None
) -> Iterator[Document]:
    """Yields the documents of `sources`, files sorted by path within a folder.

    Args:
        sources: files, folders, patterns such as `texts/*.txt`, or "-" for standard
            input; also packed. Empty: the bundled sample of Wikipedia.
        options: format, field, encoding; None: all of them recognised.

    Raises:
        UserError: a source is missing, empty or no text.
    """
    if not sources:
        return read_wikipedia_sample()
    return read_sources(sources, options or ReadOptions())
