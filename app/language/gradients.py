"""How a prediction would change with what was read: exact derivatives, back in time.

What a reader did (`app.language.trace`) enters, together with the derivative of some
number by what it showed last; the derivative by everything that it read leaves. The
chain rule is written out for each cell: a gate passes on what it was given times its
own slope. With d the derivative by the quantity of the same name, an LSTM step goes
backwards as

    dc  = dc' + dh * o * (1 - tanh(c)^2)         dc' = dc f of the step after
    do  = dh * tanh(c)        di = dc * c~        df = dc * c of the step before
    dc~ = dc * i              and through the sigmoids and the tanh: a(1 - a), 1 - a^2

Source: Hochreiter and Schmidhuber 1997, appendix A; Werbos 1990, Backpropagation
through time: what it does and how to do it. Nothing is cut off or approximated.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.language.attention import Attention, LastOutputs
from app.language.cells import GRU, LSTM, Cell, SimpleRNN
from app.language.layers import Reader
from app.language.trace import LayerTrace, Trace


def input_gradients(reader: Reader, read: Trace, of_output: np.ndarray) -> np.ndarray:
    """The derivative of a number by each input of a reader.

    Args:
        reader: did what `read` tells.
        read: at least one step.
        of_output: the derivative by what the topmost layer showed after the last
            step, float [units].

    Returns:
        By what the embedding gave at each step, float [steps, embedding_width].
    """
    steps = len(read.layers[0].inputs)
    above = np.zeros((steps, reader.cells[-1].units), of_output.dtype)
    if reader.attention is None:
        above[-1] = of_output
    elif read.window is not None:
        looked = _through_attention(reader.attention, read.window, of_output)
        seen = min(steps, len(looked))
        above[-seen:] = looked[-seen:]
    for cell, layer in zip(reversed(reader.cells), reversed(read.layers), strict=True):
        above = _BACKWARD[type(cell)](cell, layer, above)
    return above


def _through_lstm(cell: Cell, layer: LayerTrace, above: np.ndarray) -> np.ndarray:
    """The derivative by the inputs, [steps, inputs], from that by the hidden states."""
    i, f, candidate, o = layer.gates
    memory = np.tanh(layer.memory)
    by_sums = np.empty((len(above), 4 * cell.units), above.dtype)
    d_hidden = d_cell = np.zeros(cell.units, above.dtype)
    for step in reversed(range(len(above))):
        d_hidden = above[step] + d_hidden
        d_cell = d_cell + d_hidden * o[step] * (1 - memory[step] ** 2)
        by_gates = (
            d_cell * candidate[step] * i[step] * (1 - i[step]),
            d_cell * layer.memory_before[step] * f[step] * (1 - f[step]),
            d_cell * i[step] * (1 - candidate[step] ** 2),
            d_hidden * memory[step] * o[step] * (1 - o[step]),
        )
        by_sums[step] = np.concatenate(by_gates)
        d_hidden = cell.recurrent_kernel @ by_sums[step]
        d_cell = d_cell * f[step]
    return by_sums @ cell.kernel.T


def _through_gru(cell: Cell, layer: LayerTrace, above: np.ndarray) -> np.ndarray:
    """The same for a GRU, whose reset gate acts after the matrix product."""
    z, r, candidate = layer.gates
    hidden = layer.hidden_before
    columns = slice(2 * cell.units, None)
    recurrent = hidden @ cell.recurrent_kernel[:, columns] + cell.bias[1, columns]
    by_sums = np.empty((len(above), 3 * cell.units), above.dtype)
    d_hidden = np.zeros(cell.units, above.dtype)
    for step in reversed(range(len(above))):
        d_hidden = above[step] + d_hidden
        d_z = d_hidden * (hidden[step] - candidate[step]) * z[step] * (1 - z[step])
        d_candidate = d_hidden * (1 - z[step]) * (1 - candidate[step] ** 2)
        d_r = d_candidate * recurrent[step] * r[step] * (1 - r[step])
        by_sums[step] = np.concatenate([d_z, d_r, d_candidate])
        by_recurrent = np.concatenate([d_z, d_r, d_candidate * r[step]])
        d_hidden = d_hidden * z[step] + cell.recurrent_kernel @ by_recurrent
    return by_sums @ cell.kernel.T


def _through_rnn(cell: Cell, layer: LayerTrace, above: np.ndarray) -> np.ndarray:
    """The same for a SimpleRNN."""
    by_sums = np.empty((len(above), cell.units), above.dtype)
    d_hidden = np.zeros(cell.units, above.dtype)
    for step in reversed(range(len(above))):
        by_sums[step] = (above[step] + d_hidden) * (1 - layer.hidden[step] ** 2)
        d_hidden = cell.recurrent_kernel @ by_sums[step]
    return by_sums @ cell.kernel.T


_BACKWARD: dict[type[Cell], Callable[[Cell, LayerTrace, np.ndarray], np.ndarray]] = {
    LSTM: _through_lstm,
    GRU: _through_gru,
    SimpleRNN: _through_rnn,
}


def _through_attention(
    attention: Attention, window: LastOutputs, of_output: np.ndarray
) -> np.ndarray:
    """The derivative by each output that was looked at, [length, units].

    With s the scores, a their softmax, q = h Wa the query and c the sum of a h_s:
    what arrives at c goes to every h_s by its share, and through the shares, which
    change with the scores, to h_s and to the query.
    """
    outputs = window.outputs[0]  # [length, units], the last token's last
    units = len(attention.query_kernel)
    shares = attention.shares(window)[0]
    shown = attention.output(window)[0]
    by_joined = attention.kernel @ (of_output * (1 - shown**2))
    of_found, of_last = by_joined[:units], by_joined[units:]
    of_shares = outputs @ of_found
    of_scores = shares * (of_shares - shares @ of_shares)
    query = outputs[-1] @ attention.query_kernel
    by_outputs = np.outer(shares, of_found) + np.outer(of_scores, query)
    by_outputs[-1] += of_last + attention.query_kernel @ (of_scores @ outputs)
    return by_outputs
