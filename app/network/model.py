"""The network itself: a plain `keras.Sequential` from ids to probabilities.

Enters: an `Architecture` and the matrix of word vectors. Leaves: a model that Keras
alone can load, and its weights under the names that the model folder uses. How it is
trained is not known here.
"""

from __future__ import annotations

import keras
import numpy as np

from app.network.attention import Attention
from app.network.two_sided import TwoSided
from app.settings import Architecture
from app.text.vocabulary import BLANK, BOS, PAD

LAYER_CLASSES = {
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "rnn": keras.layers.SimpleRNN,
}

# A logit so low that the probability is exactly 0 in float32, and finite in float16.
# Softmax then gives these ids no gradient, so training never moves it.
NEVER = -1e4

# Root mean square of the output layer's kernel where it begins at the word vectors.
KERNEL_SCALE = 0.05


def build_model(
    architecture: Architecture,
    embedding_matrix: np.ndarray,
    *,
    seed: int = 0,
    log_unigram: np.ndarray | None = None,
) -> keras.Sequential:
    """A fresh network: Embedding, Masking, recurrent layers, Dense, Dropout, Dense.

    With attention that layer stands on top of the recurrent ones; a two-sided network
    has the layer `TwoSided` in their place.

    Args:
        architecture: the shape of the network.
        embedding_matrix: float32 [vocabulary_size, embedding_dim]; only row 0 (PAD)
            may be zero, since Masking skips every all-zero vector.
        seed: of the initial weights and of Keras' own dropout.
        log_unigram: float32 [vocabulary_size], nats; where given, the output layer
            starts from what is known about the words, their frequencies (its bias)
            and their vectors (its kernel), instead of at "all words alike".

    Returns:
        A built model: int32 [batch, length] ids, padded right with 0, to float32
        [batch, vocabulary_size] probabilities of the next token. A two-sided network
        gives float32 [batch, length, vocabulary_size]: of the token at each position,
        by all the others; what stands at the position itself (BLANK) is not read.

    Raises:
        ValueError: the matrix does not fit the architecture, or holds a zero row.
    """
    _check_matrix(architecture, embedding_matrix)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32", name="token_ids"),
            keras.layers.Embedding(
                architecture.vocabulary_size,
                architecture.embedding_width,
                mask_zero=True,
                trainable=architecture.trainable_embeddings,
                name="embedding",
            ),
            keras.layers.Masking(0.0, name="masking"),
            *_reading_layers(architecture, seed),
            keras.layers.Dense(
                architecture.dense_units,
                architecture.dense_activation,
                kernel_initializer=keras.initializers.GlorotUniform(seed + 500),
                name="dense",
            ),
            keras.layers.Dropout(
                architecture.dense_dropout, seed=seed, name="dense_dropout"
            ),
            keras.layers.Dense(
                architecture.vocabulary_size,
                "softmax",
                kernel_initializer=keras.initializers.GlorotUniform(seed + 600),
                name="output",
            ),
        ],
        name="blank" if architecture.two_sided else "nextword",
    )
    learned = _seen_from_random_directions(
        embedding_matrix, architecture.learned_dim, seed=seed + 700
    )
    model.get_layer("embedding").set_weights([np.hstack([embedding_matrix, learned])])
    output = model.get_layer("output")
    output.bias.assign(_initial_bias(architecture, log_unigram))
    if log_unigram is not None:
        output.kernel.assign(
            _kernel_from_vectors(architecture, embedding_matrix, seed=seed + 600)
        )
    return model


def _check_matrix(architecture: Architecture, embedding_matrix: np.ndarray) -> None:
    expected = (architecture.vocabulary_size, architecture.embedding_dim)
    if embedding_matrix.shape != expected:
        raise ValueError(
            f"embedding_matrix has the shape {embedding_matrix.shape}, "
            f"but the architecture asks for {expected}"
        )
    zero_rows = np.flatnonzero(~embedding_matrix[1:].any(axis=1)) + 1
    if zero_rows.size:
        raise ValueError(
            f"rows {zero_rows[:5].tolist()} of embedding_matrix are zero: Masking "
            "would skip these words as if they were padding"
        )


def _reading_layers(architecture: Architecture, seed: int) -> list[keras.Layer]:
    """What stands between the word vectors and the dense layer."""
    if architecture.two_sided:
        left = _recurrent_layers(architecture, seed, "left", all_sequences=True)
        right = _recurrent_layers(architecture, seed + 50, "right", all_sequences=True)
        return [TwoSided(left, right, name="two_sided")]
    if architecture.attention_length is None:
        return _recurrent_layers(architecture, seed, "recurrent", all_sequences=False)
    layers = _recurrent_layers(architecture, seed, "recurrent", all_sequences=True)
    attention = Attention(architecture.attention_length, seed + 400, name="attention")
    return [*layers, attention]


def _recurrent_layers(
    architecture: Architecture, seed: int, name: str, *, all_sequences: bool
) -> list[keras.Layer]:
    """A stack of recurrent layers, named `name` and their numbers from the bottom.

    The top one gives its last output alone, unless `all_sequences` are wanted.
    """
    layer_class = LAYER_CLASSES[architecture.cell]
    return [
        layer_class(
            architecture.units,
            dropout=architecture.dropout,
            recurrent_dropout=architecture.recurrent_dropout,
            return_sequences=all_sequences or index < architecture.layers - 1,
            kernel_initializer=keras.initializers.GlorotUniform(seed + 100 + index),
            recurrent_initializer=keras.initializers.Orthogonal(
                seed=seed + 200 + index
            ),
            seed=seed + 300 + index,
            name=f"{name}_{index}",
        )
        for index in range(architecture.layers)
    ]


def _initial_bias(
    architecture: Architecture, log_unigram: np.ndarray | None
) -> np.ndarray:
    """float32 [vocabulary_size]: PAD, BOS and BLANK can never come next."""
    bias = np.zeros(architecture.vocabulary_size, np.float32)
    if log_unigram is not None:
        bias[:] = log_unigram
    bias[[PAD, BOS, BLANK]] = NEVER
    return bias


def _kernel_from_vectors(
    architecture: Architecture, embedding_matrix: np.ndarray, *, seed: int
) -> np.ndarray:
    """float32 [dense_units, vocabulary_size]: where the output layer begins.

    Words of similar meaning then begin with similar columns, and what is learned about
    the one is at first learned about the other. Training is free to part them.

    Source: after Press and Wolf (2017), who tie the output layer to the vectors.
    """
    columns = _seen_from_random_directions(
        embedding_matrix, architecture.dense_units, seed=seed
    )
    return (KERNEL_SCALE / np.sqrt(np.mean(embedding_matrix**2)) * columns).T


def _seen_from_random_directions(
    vectors: np.ndarray, num_directions: int, *, seed: int
) -> np.ndarray:
    """float32 [vocabulary_size, num_directions]; as large as the vectors on average.

    Alike vectors stay alike.

    Source: Johnson and Lindenstrauss (1984).
    """
    width = vectors.shape[1]
    directions = np.random.default_rng(seed).normal(size=(width, num_directions))
    return (vectors @ (directions / np.sqrt(width))).astype(np.float32)


def weight_variables(model: keras.Sequential) -> dict[str, keras.Variable]:
    """The model's variables under our own names, in the order of the data's flow.

    The word vectors that a two-sided network reads belong to another network, so they
    are not among its weights.
    """
    variables = {}
    if not any(isinstance(layer, TwoSided) for layer in model.layers):
        variables["embedding"] = model.get_layer("embedding").embeddings
    for layer in recurrent_layers(model):
        variables[f"{layer.name}_kernel"] = layer.cell.kernel
        variables[f"{layer.name}_recurrent_kernel"] = layer.cell.recurrent_kernel
        variables[f"{layer.name}_bias"] = layer.cell.bias
    for layer in model.layers:
        if isinstance(layer, Attention):
            variables["attention_query_kernel"] = layer.query_kernel
            variables["attention_kernel"] = layer.kernel
    for name in ("dense", "output"):
        layer = model.get_layer(name)
        variables[f"{name}_kernel"] = layer.kernel
        variables[f"{name}_bias"] = layer.bias
    return variables


def recurrent_layers(model: keras.Sequential) -> list[keras.Layer]:
    """The recurrent layers from the bottom to the top; the left ones come first."""
    layers = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.RNN):
            layers.append(layer)
        elif isinstance(layer, TwoSided):
            layers += [*layer.left, *layer.right]
    return layers


def named_weights(model: keras.Sequential) -> dict[str, np.ndarray]:
    """A copy of the weights under our own names, float32."""
    return {
        name: variable.numpy() for name, variable in weight_variables(model).items()
    }


def set_named_weights(model: keras.Sequential, weights: dict[str, np.ndarray]) -> None:
    """Puts `weights` into the model.

    Raises:
        ValueError: a name is missing or a shape differs.
    """
    variables = weight_variables(model)
    if missing := sorted(variables.keys() - weights.keys()):
        raise ValueError(f"no values for the weights {missing}")
    for name, variable in variables.items():
        variable.assign(weights[name])


def trained_variables(
    model: keras.Sequential, architecture: Architecture
) -> list[keras.Variable]:
    """What training may change, in the order of the data's flow.

    Where the embedding has learned columns beside frozen vectors it is among them,
    although the layer is frozen as a whole; `Forward` gives the vectors no gradient.
    """
    trained = list(model.trainable_variables)
    if architecture.learned_dim and not architecture.trainable_embeddings:
        trained.insert(0, model.get_layer("embedding").embeddings)
    return trained


def count_parameters(
    model: keras.Sequential, architecture: Architecture
) -> tuple[int, int]:
    """How many numbers the model holds, and how many of them training may change."""
    total = sum(int(np.prod(v.shape)) for v in model.weights)
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_weights)
    if not architecture.trainable_embeddings:
        trainable += architecture.vocabulary_size * architecture.learned_dim
    return total, trainable
