"""Nextword learns from your own text and suggests the next word.

The map, in the order in which a word passes through the rooms; each imports only from
those above it, and from `errors` and `settings`:

    text/         str -> ids: corpus, tokenizer, vocabulary, vectors
    network/      ids -> weights: the model and its training
    language/     weights -> log-probabilities: the contract, the numpy cells, n-grams
    suggestion/   log-probabilities -> words: next words, blanks, the live prompt
    evaluation/   words -> numbers: perplexity, accuracy, baselines
    serving/      out of the door: the export with its tokenizer inside

    settings      every setting of every command, once
    model_folder  the only place that knows the files of `models/NAME/`
    run/          one run of train.py: its lock, text, beginning, fitting, reports
    files/        files and folders that are whole or not there at all
    console       what a person sees around a command, all of it on stderr
    standard_streams  those that were closed from the outside
    errors        UserError, the mistakes that a person can mend

`import app` costs nothing: what is heavy is imported where it is needed.

    >>> import app
    >>> predictor = app.load("models/english")            # doctest: +SKIP
    >>> predictor.complete("The clouds are", top=3)       # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.language.ngram import NGramModel
    from app.model_folder import ModelFolder
    from app.suggestion.predictor import Predictor


def load(name: str | Path | None = None) -> Predictor:
    """What completes and fills with a trained model; without TensorFlow.

    Args:
        name: the name of a model in `models/`, or the path of a model folder; None
            for the newest model.

    Raises:
        UserError: there is no such model, or its folder is damaged.
    """
    from app.model_folder import find_model, load_model_folder

    path = find_model(None if name is None else str(name))
    return predictor_of(load_model_folder(path))


def predictor_of(folder: ModelFolder) -> Predictor:
    """What completes and fills with the network in a model folder.

    Raises:
        UserError: the weights are not those of its network.
    """
    from app.errors import UserError
    from app.language.network import Network
    from app.suggestion.predictor import Predictor

    try:
        model = Network(folder.architecture, folder.weights)
    except ValueError as error:
        raise UserError(
            f"The model folder {folder.path} is damaged: {error}. "
            "Copy it again, or train the model again."
        ) from error
    return Predictor(folder.vocabulary, folder.tokenizer, model)


def ngrams_of(folder: ModelFolder) -> NGramModel | None:
    """The n-gram model in a model folder, where there is one.

    Raises:
        UserError: naming the file or folder that is damaged.
    """
    from app.files.whole_folder import damaged
    from app.language.ngram import NGramModel

    arrays = folder.ngrams()
    if arrays is None:
        return None
    try:
        model = NGramModel.load(arrays)
    except (FileNotFoundError, ValueError) as error:
        raise damaged(arrays, str(error)) from error
    if model.vocabulary_size != folder.vocabulary.size:
        num_words = f"{model.vocabulary_size} instead of {folder.vocabulary.size}"
        raise damaged(arrays, f"it knows {num_words} words")
    return model
