"""From a model folder to what answers: the parts, the mixture, the predictor.

The folder says what there is, the caller what is wanted. Numbers that do not belong
together are a damaged folder.
"""

from __future__ import annotations

from app.errors import UserError
from app.evaluation.subject import Subject
from app.files.ngram_files import NGRAMS, TRIGRAMS
from app.files.whole_folder import damaged
from app.language.contract import LanguageModel
from app.language.mixture import Mixture
from app.language.mixture_weights import MixtureFit
from app.language.network import Network
from app.language.ngram import NGramModel
from app.language.two_sided import TwoSidedNetwork
from app.model_folder import MIXTURE, ModelFolder
from app.settings import Parts
from app.suggestion.predictor import Predictor


def predictor_of(folder: ModelFolder, parts: Parts | None = None) -> Predictor:
    """What completes and fills with the model in a folder.

    Args:
        folder: the model.
        parts: those that take part; None for all that there are.

    Raises:
        UserError: naming the file or folder that is damaged.
    """
    parts = parts or Parts()
    model = mixture_of(folder, parts)
    two_sided = two_sided_of(folder) if parts.two_sided else None
    return Predictor(folder.vocabulary, folder.tokenizer, model, two_sided)


def subject_of(folder: ModelFolder, parts: Parts | None = None) -> Subject:
    """What is measured of the model in a folder: its parts, and n-grams beside it.

    Args:
        folder: the model.
        parts: those that take part in its answers; None for all that there are. Its
            n-grams are measured in any case.

    Raises:
        UserError: naming the file or folder that is damaged.
    """
    predictor = predictor_of(folder, parts)
    model = predictor.model
    ngrams = model.ngrams if isinstance(model, Mixture) else None
    return Subject(
        predictor,
        folder.weights["embedding"],
        ngrams or ngrams_of(folder),
        ngrams_of(folder, TRIGRAMS),
    )


def mixture_of(folder: ModelFolder, parts: Parts) -> LanguageModel:
    """The mixture of those parts of a model that are wanted, as far as there are any.

    Raises:
        UserError: naming the file or folder that is damaged.
    """
    network = network_of(folder)
    ngrams = ngrams_of(folder) if folder.mixture and parts.ngrams else None
    return mixed(folder, network, ngrams, parts)


def mixed(
    folder: ModelFolder, network: Network, ngrams: NGramModel | None, parts: Parts
) -> LanguageModel:
    """The mixture of some parts of a model that were loaded.

    Args:
        folder: says how much each counts.
        network: its network.
        ngrams: its n-grams; None where there are none, or none are wanted.
        parts: those that are wanted.

    Raises:
        UserError: the folder is damaged.
    """
    if folder.mixture is None:  # there was no text to fit it on
        return network
    if not parts.ngrams:
        ngrams = None
    try:
        fit = MixtureFit.from_json(folder.mixture)
        return Mixture.of(network, ngrams, fit.cache if parts.cache else None, fit)
    except ValueError as error:
        raise damaged(folder.path / MIXTURE, str(error)) from error


def network_of(folder: ModelFolder) -> Network:
    """The network in a model folder that predicts the next word.

    Raises:
        UserError: the weights are not those of its network.
    """
    try:
        return Network(folder.architecture, folder.weights)
    except ValueError as error:
        raise _weights_damaged(folder, error) from error


def two_sided_of(folder: ModelFolder) -> TwoSidedNetwork | None:
    """The network for blanks in a model folder, where there is one.

    Raises:
        UserError: the weights are not those of its network.
    """
    if folder.blanks is None:
        return None
    try:
        return TwoSidedNetwork(*folder.blanks)
    except ValueError as error:
        raise _weights_damaged(folder, error) from error


def _weights_damaged(folder: ModelFolder, error: ValueError) -> UserError:
    return UserError(
        f"The model folder {folder.path} is damaged: {error}. "
        "Copy it again, or train the model again."
    )


def ngrams_of(folder: ModelFolder, name: str = NGRAMS) -> NGramModel | None:
    """An n-gram model in a model folder, where there is one.

    Args:
        folder: the model.
        name: `NGRAMS`, that which takes part in predictions, or `TRIGRAMS`.

    Raises:
        UserError: naming the file or folder that is damaged.
    """
    arrays = folder.ngrams(name)
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
