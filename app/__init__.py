"""Nextword learns from your own text and suggests the next word.

The map, in the order in which a word passes through the rooms; each imports only from
those above it, and from `errors` and `settings`:

    text/         str -> ids: corpus, tokenizer, vocabulary, vectors
    network/      ids -> weights: the model and its training
    language/     weights -> log-probabilities: numpy cells, n-grams, cache, mixture
    suggestion/   log-probabilities -> words: half typed, blanks, phrases, live prompt
    evaluation/   words -> numbers, pictures: accuracy, keys saved, report, explain
    serving/      out of the door: SavedModel, LiteRT, ONNX, their checks; the server

    settings      every setting of every command, once
    model_folder  the only place that knows the files of `models/NAME/`
    model_names   which names models may have, and which there are
    loading       from a model folder to what answers
    run/          one run of train.py: its lock, text, beginning, fitting; comparisons
    files/        files and folders that are whole or not there at all
    line_workers  lines answered by several processes, in their order
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
    from app.settings import Parts
    from app.suggestion.predictor import Predictor


def load(name: str | Path | None = None, parts: Parts | None = None) -> Predictor:
    """What completes and fills with a trained model; without TensorFlow.

    Args:
        name: the name of a model in `models/`, or the path of a model folder; None
            for the newest model.
        parts: which parts of the model answer together; None for all of them.

    Raises:
        UserError: there is no such model, or its folder is damaged.
    """
    from app.loading import predictor_of
    from app.model_folder import load_model_folder
    from app.model_names import find_model

    path = find_model(None if name is None else str(name))
    return predictor_of(load_model_folder(path), parts)
