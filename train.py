#!/usr/bin/env python3
"""Learns from text: read, tokenize, count, load vectors, build, fit, measure, save.

    python train.py                        the Wikipedia sample that comes with gensim
    python train.py notes/ letters.txt     your own text
    python train.py --help                 everything that can be chosen

The model lands in models/NAME/, where predict.py finds it.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.console import catch_interrupt, progress_bar, run
from app.settings import TrainSettings, add_flags, from_flags

if TYPE_CHECKING:  # the real imports wait until they are needed: --help is instant
    import numpy as np

    from app.settings import Architecture
    from app.text.corpus import Document, Parts
    from app.text.encoding import EncodedText
    from app.text.vectors import Vectors
    from app.text.vocabulary import Vocabulary
    from app.unfinished import Prepared

logger = logging.getLogger("app.train")

NUM_SAMPLES = 3  # completions shown after every epoch
NUM_SUGGESTIONS = 3  # words in each of them
SAMPLE_WORDS = 6  # of a validation document, read before each of them


def main(argv: Sequence[str] | None = None) -> int:
    """Trains one model; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Learns from text and writes a model to models/NAME/.",
        epilog="Ctrl-C stops and keeps what was learned; --resume goes on.",
    )
    add_flags(parser, TrainSettings)
    arguments = list(sys.argv[1:] if argv is None else argv)
    parsed = parser.parse_args(arguments)

    def command() -> int:
        train(from_flags(TrainSettings, parsed), arguments)
        return 0

    return run(command)


def train(settings: TrainSettings, arguments: list[str]) -> None:
    """The story, from text to model folder."""
    from app.model_folder import MODELS, check_target
    from app.unfinished import discard

    folder = MODELS / settings.model_name
    check_target(folder, overwrite=settings.overwrite or settings.resume)
    if settings.resume:
        prepared = take_up(settings, folder)
    else:
        prepared = prepare(settings, arguments, folder)
    weights, model, training = fit(prepared, folder)
    metrics = measure(prepared, weights, training)
    save(prepared, folder, weights, model, metrics, training["history"])
    discard(folder)
    if prepared.settings.export:
        export(folder, prepared.settings.export)
    logger.info(
        'The model is %s. Try: python predict.py --model %s "the ___ of"',
        folder,
        folder.name,
    )


# -- from text to numbers ------------------------------------------------------------


def prepare(settings: TrainSettings, arguments: list[str], folder: Path) -> Prepared:
    """Reads, splits, tokenizes and counts the text, and loads its words' vectors."""
    from app.text.encoding import encode_documents, tokenize_documents
    from app.text.tokenizer import Tokenizer
    from app.text.vectors import read_vectors
    from app.text.vocabulary import Vocabulary
    from app.unfinished import Prepared, save_prepared

    parts = read_parts(settings)
    logger.info("%s", parts.description)
    tokenizer = Tokenizer(pretokenized=settings.pretokenized)
    vocabulary = Vocabulary.build(
        tokenize_documents(parts.train, tokenizer),
        tokenizer,
        size=settings.vocabulary_size,
        min_count=settings.min_count,
    )
    texts = {
        name: encode_documents(documents, tokenizer, vocabulary)
        for name, documents in parts_by_name(parts).items()
    }
    logger.info(
        "%s tokens to learn from; %s words are known, %s rarer ones are not",
        f"{texts['train'].num_tokens:,}",
        f"{vocabulary.size:,}",
        f"{vocabulary.oov_types:,}",
    )
    vectors = read_vectors(settings.embeddings, vocabulary, seed=settings.seed)
    logger.info("%s", describe(vectors))
    prepared = Prepared(
        settings,
        arguments,
        vocabulary,
        texts,
        vectors.matrix,
        {"corpus": corpus_facts(parts, texts), "vectors": vector_facts(vectors)},
    )
    save_prepared(folder, prepared)
    return prepared


def read_parts(settings: TrainSettings) -> Parts:
    """The three parts of the corpus: those given, or cut by document."""
    from app.text.corpus import Parts, read_documents, split_documents

    def read(*sources: str) -> tuple[Document, ...]:
        return tuple(read_documents(sources, pretokenized=settings.pretokenized))

    documents = read(*settings.corpus)
    if settings.valid is None:
        return split_documents(documents, keep_duplicates=settings.keep_duplicates)
    valid = read(settings.valid)
    test = read(settings.test) if settings.test else ()
    description = (
        f"{len(documents):,} documents to learn from, {len(valid):,} to validate and "
        f"{len(test):,} to test, as given"
    )
    return Parts(documents, valid, test, description)


def parts_by_name(parts: Parts) -> dict[str, tuple[Document, ...]]:
    """The parts that hold something: "train", "valid" and mostly "test"."""
    named = {"train": parts.train, "valid": parts.valid, "test": parts.test}
    return {name: documents for name, documents in named.items() if documents}


def corpus_facts(parts: Parts, texts: dict[str, EncodedText]) -> dict[str, Any]:
    """What config.json remembers of the corpus: sizes and a fingerprint, no text."""
    digest = hashlib.sha256()
    for text in texts.values():
        digest.update(text.ids.tobytes())
    sizes = {
        name: {"documents": len(text.document_ends), "tokens": text.num_tokens}
        for name, text in texts.items()
    }
    return {"split": parts.description, "sha256": digest.hexdigest(), **sizes}


def vector_facts(vectors: Vectors) -> dict[str, Any]:
    """What config.json remembers of the word vectors."""
    facts = dataclasses.asdict(vectors)
    del facts["matrix"]
    return facts


def describe(vectors: Vectors) -> str:
    """Coverage in one sentence, with the most frequent words that lack a vector."""
    share = f"{vectors.tokens_found:.1%} of the words read"
    sentence = f"{vectors.source} knows {vectors.types_found:,} of the words, {share}"
    if not vectors.missing:
        return sentence
    missing = ", ".join(word for word, _ in vectors.missing[:5])
    return f"{sentence}; drawn at random are, among others: {missing}"


def take_up(settings: TrainSettings, folder: Path) -> Prepared:
    """The interrupted run; its own settings count, but for limits given anew."""
    from app.unfinished import load_prepared

    prepared = load_prepared(folder)
    limits = {
        name: getattr(settings, name)
        for name in ("epochs", "minutes", "patience")
        if getattr(settings, name) is not None
    }
    logger.info("Going on with: train.py %s", " ".join(prepared.command))
    return dataclasses.replace(
        prepared, settings=dataclasses.replace(prepared.settings, **limits)
    )


# -- from numbers to weights ---------------------------------------------------------


def fit(
    prepared: Prepared, folder: Path
) -> tuple[dict[str, np.ndarray], Any, dict[str, Any]]:
    """Trains; returns the best weights, the Keras model, and how it went."""
    logger.info("Starting TensorFlow ...")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from app.network.checkpoint import load_checkpoint, save_checkpoint
    from app.network.model import build_model, count_parameters, named_weights
    from app.network.training import Callbacks, Trainer
    from app.unfinished import checkpoint_path

    settings, vocabulary = prepared.settings, prepared.vocabulary
    architecture = shape(prepared)
    model = build_model(
        architecture,
        prepared.embedding_matrix,
        seed=settings.seed,
        log_unigram=log_unigram(settings, vocabulary),
    )
    trainer = Trainer(
        model,
        architecture,
        settings.fit_options(),
        prepared.texts["train"],
        prepared.texts["valid"],
    )
    if settings.resume or checkpoint_path(folder).exists():
        trainer.restore(load_checkpoint(checkpoint_path(folder)))
    with catch_interrupt() as is_interrupted, progress_bar("Training", 1.0) as bar:
        progress = trainer.run(
            Callbacks(
                on_step=lambda done, loss: bar(done, f"loss {loss:.3f}"),
                on_epoch=lambda row, weights: show_epoch(prepared, row, weights),
                on_checkpoint=lambda checkpoint: save_checkpoint(
                    checkpoint_path(folder), checkpoint
                ),
                should_stop=is_interrupted,
            )
        )
    parameters, trainable = count_parameters(model)
    training = {
        "tokens": prepared.texts["train"].num_tokens,
        "epochs": len(progress.history),
        "seconds": progress.seconds,
        "tokens_per_second": mean_speed(progress.history),
        "parameters": parameters,
        "trainable_parameters": trainable,
        "history": progress.history,
    }
    return named_weights(model), model, training


def shape(prepared: Prepared) -> Architecture:
    """The network's shape: chosen by the settings, sized by the text and vectors."""
    size, dim = prepared.embedding_matrix.shape
    return prepared.settings.architecture(vocabulary_size=size, embedding_dim=dim)


def log_unigram(settings: TrainSettings, vocabulary: Vocabulary) -> np.ndarray | None:
    """float32 [vocabulary_size]: where the output bias starts; None for `classic`."""
    import numpy as np

    if settings.preset == "classic":
        return None
    counts = vocabulary.counts + 0.5
    return np.log(counts / counts.sum()).astype(np.float32)


def mean_speed(history: list[dict[str, float]]) -> float:
    """Training tokens per second over all epochs."""
    speeds = [row["tokens_per_second"] for row in history]
    return sum(speeds) / max(len(speeds), 1)


def show_epoch(
    prepared: Prepared, row: dict[str, float], weights: dict[str, np.ndarray]
) -> None:
    """One line of figures and three sample completions, on stderr."""
    from app.language.network import Network
    from app.suggestion.decoding import read_context, suggest

    logger.info(
        "epoch %d  training loss %.3f  validation perplexity %.1f  accuracy %.1f %%  "
        "%s tokens/s  %s",
        row["epoch"],
        row["training_loss"],
        row["validation_perplexity"],
        100 * row["validation_top_1_accuracy"],
        f"{row['tokens_per_second']:,.0f}",
        time.strftime("%M:%S", time.gmtime(row["seconds"])),
    )
    network = Network(shape(prepared), weights)
    for prompt in sample_prompts(prepared):
        states = read_context(network, prompt)
        suggestions = suggest(network, prepared.vocabulary, states, NUM_SUGGESTIONS)
        words = ", ".join(f"{s.word} {s.probability:.0%}" for s in suggestions)
        text = " ".join(prepared.vocabulary.written[i] for i in prompt)
        logger.info("    %s ...  %s", text, words)


def sample_prompts(prepared: Prepared) -> list[np.ndarray]:
    """The beginnings of three validation documents, the same in every epoch."""
    documents = list(prepared.texts["valid"].documents())
    step = max(len(documents) // NUM_SAMPLES, 1)
    return [ids[:SAMPLE_WORDS] for ids in documents[::step][:NUM_SAMPLES]]


# -- from weights to figures and files -----------------------------------------------


def measure(
    prepared: Prepared, weights: dict[str, np.ndarray], training: dict[str, Any]
) -> dict[str, Any]:
    """metrics.json: the model and the baselines on the same test tokens."""
    from app.evaluation.baselines import evaluate_baselines
    from app.evaluation.metrics import evaluate
    from app.evaluation.table import baselines_table
    from app.language.network import Network

    facts = {name: value for name, value in training.items() if name != "history"}
    text = prepared.texts.get("test")
    if text is None:
        logger.warning("There is no --test text, so nothing is measured.")
        return {"training": facts}
    network = Network(shape(prepared), weights)
    with progress_bar("Measuring", text.num_tokens) as bar:
        test = evaluate(network, prepared.vocabulary, text, report=bar)
    baselines = evaluate_baselines(prepared.vocabulary, text)
    print(baselines_table(test, baselines))
    return {"test": test, "baselines": baselines, "training": facts}


def save(
    prepared: Prepared,
    folder: Path,
    weights: dict[str, np.ndarray],
    model: Any,
    metrics: dict[str, Any],
    history: list[dict[str, float]],
) -> None:
    """Writes models/NAME/, whole or not at all."""
    from app.model_folder import write_model_folder

    settings, vocabulary = prepared.settings, prepared.vocabulary
    config = {
        "name": folder.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": ["train.py", *prepared.command],
        "versions": versions(),
        "seed": settings.seed,
        "settings": dataclasses.asdict(settings),
        "architecture": dataclasses.asdict(shape(prepared)),
        "vocabulary": {
            "size": vocabulary.size,
            "oov_types": vocabulary.oov_types,
            "pretokenized": settings.pretokenized,
        },
        **prepared.facts,
    }
    write_model_folder(
        folder,
        overwrite=settings.overwrite or settings.resume,
        config=config,
        vocabulary=vocabulary,
        weights=weights,
        write_keras=model.save,
        metrics=metrics,
        history=history,
    )


def versions() -> dict[str, str]:
    """What made the model."""
    from importlib.metadata import version

    packages = ("tensorflow", "keras", "numpy", "gensim", "h5py")
    return {"python": sys.version.split()[0], **{p: version(p) for p in packages}}


def export(folder: Path, to: str) -> None:
    """Writes the SavedModel of a model folder."""
    from app.model_folder import load_model_folder
    from app.serving.export import export_saved_model

    logger.info("Exporting ...")
    print(export_saved_model(load_model_folder(folder), Path(to)))


if __name__ == "__main__":
    sys.exit(main())
