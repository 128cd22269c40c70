"""From text to numbers: everything that is known before the first step of training.

Settings enter; a `Prepared` leaves: the vocabulary, the texts as ids, the vectors. It
is on disk by then, as the beginning of a run. No TensorFlow is needed for it.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from app.console import progress_bar
from app.run.unfinished import Prepared, beginning, save_prepared
from app.run.warm_start import check_start, vocabulary_to_begin_with
from app.settings import TrainSettings, check_memory
from app.text.corpus import read_parts
from app.text.counting import count_types
from app.text.encoding import EncodedText, encode
from app.text.readers import ReadOptions, num_bytes
from app.text.splitting import Parts
from app.text.tokenized_cache import TOKENIZED
from app.text.tokenizer import Tokenizer
from app.text.vectors import EMBEDDINGS, check_source, read_vectors
from app.text.vocabulary import Vocabulary

logger = logging.getLogger(__name__)


def prepare(settings: TrainSettings, arguments: list[str], folder: Path) -> Prepared:
    """Reads, splits, tokenizes and counts the text, and loads its words' vectors."""
    with beginning(folder) as place:
        check_source(settings.embeddings)
        parts = read_text(settings)
        counted = Vocabulary.build(
            count_types(parts.train),
            Tokenizer(pretokenized=settings.pretokenized),
            size=settings.vocabulary_size,
            min_count=settings.min_count,
        )
        vocabulary = vocabulary_to_begin_with(settings, counted)
        texts = {
            name: encode(part, vocabulary, place, name, keep_written=name == "test")
            for name, part in parts.named().items()
        }
        text = texts["train"]
        logger.info(
            "%s tokens to learn from; %s words are known, %s rarer ones are not",
            f"{text.num_tokens:,}",
            f"{vocabulary.size:,}",
            f"{vocabulary.oov_types:,}",
        )
        vectors = read_vectors(
            settings.embeddings,
            vocabulary,
            seed=settings.seed,
            text=text,
            store=EMBEDDINGS,
        )
        logger.info("%s", vectors.description())
        prepared = Prepared(
            settings,
            arguments,
            vocabulary,
            texts,
            vectors.matrix,
            {"corpus": corpus_facts(parts, texts), "vectors": vectors.facts()},
        )
        check_memory(prepared.architecture, settings.fit_options())
        check_start(settings, prepared.architecture)
        save_prepared(place, prepared)
    return prepared


def read_text(settings: TrainSettings) -> Parts:
    """The corpus, cut into tokens and into what is learned and what is measured."""
    total = 1 + num_bytes(settings.corpus)
    with progress_bar("Reading", total) as bar:
        parts = read_parts(
            settings.corpus,
            ReadOptions(**settings.reading),
            valid=settings.valid,
            test=settings.test,
            keep_duplicates=settings.keep_duplicates,
            store=TOKENIZED,
            report=lambda read: bar(min(read, total), f"{read / 1e6:.0f} MB"),
        )
    logger.info("%s", parts.description)
    return parts


def corpus_facts(parts: Parts, texts: dict[str, EncodedText]) -> dict[str, Any]:
    """What config.json remembers of the corpus: sizes and a fingerprint, no text."""
    digest = hashlib.sha256()
    for text in texts.values():
        digest.update(text.ids.data)
    sizes = {
        name: {"documents": len(text.document_ends), "tokens": text.num_tokens}
        for name, text in texts.items()
    }
    return {"split": parts.description, "sha256": digest.hexdigest(), **sizes}
