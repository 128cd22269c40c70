"""What a cell computes, as the field writes it, and in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Equations(NamedTuple):
    """A kind of cell.

    Attributes:
        told: what its pictures show, for who has never seen one.
        lines: equation and meaning.
        sources: where they come from.
    """

    told: str
    lines: Sequence[tuple[str, str]]
    sources: Sequence[str]


_ORDER = (
    " Each row is a unit, or the mean of a few that behave alike, and each column a "
    "word; blue is positive, orange negative, paper is zero."
)

EQUATIONS = {
    "lstm": Equations(
        "Each unit remembers one number, its cell state. Three gates between 0 (shut) "
        "and 1 (open) decide at every word how much of it is kept (forget gate), how "
        "much of the candidate is written (input gate) and how much is shown to the "
        "rest of the network (output gate)." + _ORDER,
        (
            ("f = σ(x W_f + h U_f + b_f)", "forget gate: how much is kept"),
            ("i = σ(x W_i + h U_i + b_i)", "input gate: how much is written"),
            ("c̃ = tanh(x W_c + h U_c + b_c)", "candidate: what would be written"),
            ("c′ = f ∗ c + i ∗ c̃", "cell state: the conveyor belt"),
            ("o = σ(x W_o + h U_o + b_o)", "output gate: how much is shown"),
            ("h′ = o ∗ tanh(c′)", "hidden state: what is shown"),
        ),
        (
            "S. Hochreiter and J. Schmidhuber (1997), Long short-term memory, Neural "
            "Computation 9 (cell, input and output gate)",
            "F. A. Gers, J. Schmidhuber and F. Cummins (2000), Learning to forget: "
            "continual prediction with LSTM, Neural Computation 12 (forget gate)",
        ),
    ),
    "gru": Equations(
        "Each unit remembers one number, its hidden state. The update gate decides at "
        "every word how much of it is kept (1 keeps all) and how much is replaced by "
        "the candidate; the reset gate, how much of the past the candidate may see."
        + _ORDER,
        (
            ("z = σ(x W_z + h U_z + b_z)", "update gate: how much is kept"),
            ("r = σ(x W_r + h U_r + b_r)", "reset gate: how much of the past is seen"),
            ("h̃ = tanh(x W_h + b_h + r ∗ (h U_h + c_h))", "candidate"),
            ("h′ = z ∗ h + (1 − z) ∗ h̃", "hidden state: kept and shown in one"),
        ),
        (
            "K. Cho et al. (2014), Learning phrase representations using RNN "
            "encoder-decoder for statistical machine translation, EMNLP; the reset "
            "gate acts after the product, as in Keras and on GPUs",
        ),
    ),
    "rnn": Equations(
        "A plain recurrent network has no gates: nothing decides what is kept, and "
        "every word makes the whole state anew from the one before. There is therefore "
        "no conveyor belt to draw, which is what LSTM and GRU were invented for."
        + _ORDER,
        (("h′ = tanh(x W + h U + b)", "hidden state: made anew at every word"),),
        ("J. L. Elman (1990), Finding structure in time, Cognitive Science 14",),
    ),
}
