"""The shape of a network, the way to train it, and the pairs that belong together.

A preset is a starting point that has been measured; every part of it can be replaced
by a flag of `train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

CELLS = ("lstm", "gru", "rnn")

# Outputs of the recurrent layer that `--attention` looks at: as many as a window of
# training holds. Daniluk et al. (2017) saw little use made of more than five.
ATTENTION_LENGTH = 50


@dataclass(frozen=True)
class Architecture:
    """The shape of a network: what is needed to build it anew around its weights.

    Attributes:
        cell: "lstm", "gru" or "rnn".
        layers: recurrent layers, one on top of the other.
        units: width of every recurrent layer.
        dense_units: width of the layer below the output layer.
        dense_activation: "relu", "tanh" or "linear".
        embedding_dim: width of the word vectors.
        vocabulary_size: rows of the embedding, columns of the output layer.
        dropout: share of a recurrent layer's inputs dropped in training.
        recurrent_dropout: share of its previous hidden state dropped in training.
        output_dropout: share of the top recurrent layer's outputs dropped in training.
        dense_dropout: share of the dense layer's outputs dropped in training.
        word_dropout: share of the vocabulary not read (only predicted) in a step.
        context_length: tokens read for one prediction, from a zero state; None
            where the state is carried along and the context has no limit.
        trainable_embeddings: whether training may move the word vectors.
        learned_dim: columns of the embedding that training moves, beside the vectors,
            of which they are a projection to begin with.
        attention_length: last outputs of the top recurrent layer that an attention
            on top of it looks at; None: there is no attention.
        two_sided: whether it reads the words on the right as well and predicts the
            one between, for blanks; else the next word.
    """

    cell: str
    layers: int
    units: int
    dense_units: int
    dense_activation: str
    embedding_dim: int
    vocabulary_size: int
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_dropout: float = 0.0
    dense_dropout: float = 0.0
    word_dropout: float = 0.0
    context_length: int | None = None
    trainable_embeddings: bool = False
    learned_dim: int = 0
    attention_length: int | None = None
    two_sided: bool = False

    def __post_init__(self) -> None:
        """Refuses what no part of the program could build."""
        if self.cell not in CELLS:
            raise ValueError(f"cell is {self.cell!r}, but must be one of {CELLS}")
        if self.two_sided and (self.attention_length or self.context_length):
            raise ValueError("a two-sided network has no attention and no window")

    def for_blanks(self) -> Architecture:
        """The same sizes for a network that fills blanks between words.

        It reads the embedding of the other network, as that leaves it.
        """
        return replace(
            self,
            two_sided=True,
            attention_length=None,
            trainable_embeddings=False,
            embedding_dim=self.embedding_width,
            learned_dim=0,
        )

    @property
    def embedding_width(self) -> int:
        """Of the whole embedding: word vectors and learned columns."""
        return self.embedding_dim + self.learned_dim


@dataclass(frozen=True)
class FitOptions:
    """How a network is trained.

    Attributes:
        batch_size: streams (or windows) side by side.
        window_length: steps between two updates (truncated back-propagation).
        learning_rate: of Adam, at its highest.
        decays: whether it warms up and falls again; else it is constant.
        warm_up: share of the run that is warm-up.
        clip_norm: largest norm of the gradient of all weights together; None: any.
        epochs: passes over the training text; None: as many as the time allows.
        minutes: of fitting and validation; None: as long as the epochs take.
        patience: epochs without a better validation loss before the run ends.
        seed: of everything that is drawn.
        sampled_softmax: estimate the training loss where the vocabulary is large.
        head_size: most frequent words that the estimate counts exactly.
        sample_size: words it draws from the others.
    """

    batch_size: int
    window_length: int
    learning_rate: float
    decays: bool
    warm_up: float
    clip_norm: float | None
    epochs: int | None
    minutes: float | None
    patience: int
    seed: int
    sampled_softmax: bool = True
    head_size: int = 512
    sample_size: int = 512


class Preset(NamedTuple):
    """A network and the way to train it, found to work together."""

    architecture: Architecture  # with sizes 0 where the text decides
    fit_options: FitOptions


_STANDARD = Preset(
    Architecture(
        cell="lstm",
        layers=1,
        units=256,
        dense_units=128,
        dense_activation="linear",
        embedding_dim=0,
        vocabulary_size=0,
        dropout=0.2,
        recurrent_dropout=0.25,
        output_dropout=0.15,
        dense_dropout=0.5,
        word_dropout=0.1,
        learned_dim=50,
    ),
    FitOptions(
        batch_size=32,
        window_length=50,
        learning_rate=3e-3,
        decays=True,
        warm_up=0.05,
        clip_norm=1.0,
        epochs=24,
        minutes=10.0,
        patience=3,
        seed=0,
    ),
)

PRESETS = {
    # Koehrsen (2018): https://github.com/WillKoehrsen/recurrent-neural-networks
    "classic": Preset(
        Architecture(
            cell="lstm",
            layers=1,
            units=64,
            dense_units=64,
            dense_activation="relu",
            embedding_dim=0,
            vocabulary_size=0,
            dropout=0.1,
            recurrent_dropout=0.1,
            dense_dropout=0.5,
            context_length=50,
        ),
        FitOptions(
            batch_size=2048,
            window_length=50,
            learning_rate=1e-3,
            decays=False,
            warm_up=0.0,
            clip_norm=None,
            epochs=150,
            minutes=None,
            patience=5,
            seed=0,
            sampled_softmax=False,
        ),
    ),
    "standard": _STANDARD,
    "large": Preset(
        replace(
            _STANDARD.architecture,
            units=400,
            dense_units=160,
            recurrent_dropout=0.35,
            output_dropout=0.25,
            attention_length=ATTENTION_LENGTH,
        ),
        replace(_STANDARD.fit_options, epochs=40, minutes=60.0, patience=5),
    ),
}
