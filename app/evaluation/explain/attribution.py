"""Which of the words read mattered for a prediction, asked in two ways.

- *Taken out*: the word is replaced by the unknown word, everything is read again, and
  the loss of log-probability is counted. It is exact: it is what would have happened.
- *Gradient times input*: how fast the log-probability changes with the word's vector,
  times that vector. It needs one pass back through the network and is what most tools
  show; it is true for small changes, and a missing word is no small change.

Both are in bits; a positive number speaks for the prediction. Where the network is
linear they tell the same of a vector whose replacement is zero.

Source: Simonyan, Vedaldi and Zisserman 2014, Deep inside convolutional networks; Li,
Monroe and Jurafsky 2016, Understanding neural networks through representation erasure.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from app.evaluation.explain.ranking import rank_correlation
from app.evaluation.explain.sides import Side, Sides
from app.language.gradients import input_gradients
from app.text.vocabulary import BOS, OOV

# Texts of one word less that are read at a time: what they show is held meanwhile.
_ROWS = 64


class Attribution(NamedTuple):
    """How much every word mattered for one prediction.

    Attributes:
        token_id: what is predicted.
        taken_out: bits that the prediction loses with the word, float64 [columns]; 0
            where nothing was read.
        gradient: gradient times input, bits, float64 [columns].
        agreement: Spearman's rho of both over the words read; None for too few.
    """

    token_id: int
    taken_out: np.ndarray
    gradient: np.ndarray
    agreement: float | None


def attribute(
    sides: Sides, token_ids: list[int], num_columns: int
) -> list[Attribution]:
    """What mattered for each of some predicted tokens.

    Args:
        sides: that were read.
        token_ids: of the predictions.
        num_columns: of the text.
    """
    lost_bits = taken_out(sides, token_ids, num_columns)
    top = np.concatenate([side.output for side in sides.sides])
    is_word = np.zeros(num_columns, bool)
    for side in sides.sides:
        is_word[side.columns] = side.token_ids != BOS
    found = []
    for lost, token_id in zip(lost_bits.T, token_ids, strict=True):
        of_outputs = sides.head.score_gradient(top, token_id)
        gradient = np.zeros(num_columns)
        for side in sides.sides:
            of_output, of_outputs = np.split(of_outputs, [len(side.output)])
            gradient[side.columns] = _gradient_times_input(side, of_output)
        gradient[~is_word] = 0.0  # where reading began: no word, never taken out
        agreement = rank_correlation(lost[is_word], gradient[is_word])
        found.append(Attribution(token_id, lost, gradient, agreement))
    return found


def taken_out(sides: Sides, token_ids: list[int], num_columns: int) -> np.ndarray:
    """Bits that some predictions lose without each word.

    Args:
        sides: that were read.
        token_ids: of the predictions.
        num_columns: of the text.

    Returns:
        float64 [columns, predictions]; 0 where nothing was read.
    """
    shown = [side.output[None] for side in sides.sides]
    whole = sides.log_probabilities(shown)[:, token_ids]
    lost = np.zeros((num_columns, len(token_ids)))
    for number, side in enumerate(sides.sides):
        places = np.flatnonzero(side.token_ids != BOS)
        for first in range(0, len(places), _ROWS):
            some = places[first : first + _ROWS]
            without = np.repeat(side.token_ids[None], len(some), axis=0)
            without[np.arange(len(some)), some] = OOV
            rows = [np.repeat(it, len(some), axis=0) for it in shown]
            rows[number] = side.outputs_of(without)
            left = sides.log_probabilities(rows)[:, token_ids]
            lost[side.columns[some]] = (whole - left) / math.log(2)
    return lost


def _gradient_times_input(side: Side, of_output: np.ndarray) -> np.ndarray:
    """Bits, float64 [steps]."""
    gradients = input_gradients(side.reader, side.read, of_output)
    inputs = side.read.layers[0].inputs
    return np.einsum("ti,ti->t", gradients, inputs).astype(np.float64) / math.log(2)
