"""One step of the network as ONNX, and a page that runs it in a browser.

Enters: a model folder. Leaves: the same step twice, with weights of 32 and of 8 bits,
the files that a client needs, and a page. The graph is written operation by operation
from the equations of `app/language/cells.py`, so that it is exact and needs no
TensorFlow; any number of texts is read side by side.

    float32   the network's own numbers
    int8      kept in a quarter of the bytes, computed in float32
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UserError
from app.model_folder import ModelFolder
from app.serving.client_files import write_client_files
from app.serving.onnx_graph import OnnxGraph
from app.serving.step_states import state_shapes
from app.settings import Architecture

if TYPE_CHECKING:
    from onnx import ModelProto

PRECISIONS = ("float32", "int8")


def write(model: ModelFolder, folder: Path) -> None:
    """Fills an empty folder with `step-<precision>.onnx`, the client's files, the page.

    Raises:
        UserError: the package onnx is not installed.
    """
    for precision in PRECISIONS:
        graph = step_model(model, precision).SerializeToString()
        (folder / f"step-{precision}.onnx").write_bytes(graph)
    write_client_files(model, folder, "onnx")


def step_model(model: ModelFolder, precision: str) -> ModelProto:
    """The step: token_ids int32 [batch] and states in, log-probabilities, states out.

    Args:
        model: of which the network is taken.
        precision: one of `PRECISIONS`.

    Raises:
        UserError: the package onnx is not installed.
    """
    shape = model.architecture
    graph = _new_graph(is_small=precision == "int8")
    states = state_shapes(shape)
    token_ids = graph.input("token_ids", "int32", ())
    before = [graph.input(name, "float32", it) for name, it in states.items()]
    graph.use(model.weights)
    after = _advance(graph, shape, token_ids, before)
    top = graph.take(after[0], shape.layers - 1, axis=1)
    if shape.attention_length is not None:
        top = _attend(graph, shape.attention_length, after[-1])
    log_probabilities = _head(graph, shape, top)
    graph.output("log_probabilities", log_probabilities, (shape.vocabulary_size,))
    for (name, it), value in zip(states.items(), after, strict=True):
        graph.output(f"next_{name}", value, it)
    return graph.model()


def _new_graph(is_small: bool) -> OnnxGraph:
    try:
        return OnnxGraph(is_small=is_small)
    except ModuleNotFoundError as error:
        raise UserError(
            "The ONNX export needs a package that is not installed. "
            "Install it with: pip install onnx"
        ) from error


def _advance(
    graph: OnnxGraph, shape: Architecture, token_ids: str, states: list[str]
) -> list[str]:
    """The states after one more token; attention remembers the top output."""
    cells: dict[str, Callable[..., tuple[str, ...]]]
    cells = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}
    remembered = None
    if shape.attention_length is not None:
        *states, remembered = states
    inputs = graph.rows("embedding", token_ids)  # [batch, width]
    layers = []
    for layer in range(shape.layers):
        before = [graph.take(state, layer, axis=1) for state in states]
        layers.append(cells[shape.cell](graph, f"recurrent_{layer}", inputs, *before))
        inputs = layers[-1][0]
    after = [graph.stack(parts, axis=1) for parts in zip(*layers, strict=True)]
    if remembered is not None:
        after.append(graph.shifted(remembered, inputs))
    return after


def _rnn(graph: OnnxGraph, name: str, inputs: str, hidden: str) -> tuple[str]:
    recurrent = graph.product(hidden, f"{name}_recurrent_kernel")
    sums = graph.add("Add", graph.affine(inputs, name), recurrent)
    return (graph.add("Tanh", sums),)


def _lstm(
    graph: OnnxGraph, name: str, inputs: str, hidden: str, cell: str
) -> tuple[str, str]:
    recurrent = graph.product(hidden, f"{name}_recurrent_kernel")
    sums = graph.add("Add", graph.affine(inputs, name), recurrent)
    i, f, c, o = graph.split(sums, 4)
    kept = graph.add("Mul", graph.add("Sigmoid", f), cell)
    written = graph.add("Mul", graph.add("Sigmoid", i), graph.add("Tanh", c))
    cell = graph.add("Add", kept, written)
    return graph.add("Mul", graph.add("Sigmoid", o), graph.add("Tanh", cell)), cell


def _gru(graph: OnnxGraph, name: str, inputs: str, hidden: str) -> tuple[str]:
    input_bias, hidden_bias = graph.lines(f"{name}_bias")
    x = graph.add("Add", graph.product(inputs, f"{name}_kernel"), input_bias)
    h = graph.product(hidden, f"{name}_recurrent_kernel")
    x_z, x_r, x_h = graph.split(x, 3)
    h_z, h_r, h_h = graph.split(graph.add("Add", h, hidden_bias), 3)
    update = graph.add("Sigmoid", graph.add("Add", x_z, h_z))
    reset = graph.add("Sigmoid", graph.add("Add", x_r, h_r))
    candidate = graph.add("Tanh", graph.add("Add", x_h, graph.add("Mul", reset, h_h)))
    # z h + (1 - z) h~ = h~ + z (h - h~)
    kept = graph.add("Mul", update, graph.add("Sub", hidden, candidate))
    return (graph.add("Add", candidate, kept),)


def _attend(graph: OnnxGraph, length: int, last_outputs: str) -> str:
    """float32 [batch, units]: see `app/language/attention.py`."""
    own = graph.take(last_outputs, length - 1, axis=1)  # [batch, units]
    query = graph.product(own, "attention_query_kernel")
    scores = graph.add("Mul", last_outputs, graph.unsqueezed(query, axis=1))
    scores = graph.summed(scores, axis=2)  # [batch, length]
    size = graph.summed(graph.add("Abs", last_outputs), axis=2)
    # Zero rows stand for nothing; the last one is there whatever it shows.
    is_there = graph.add(
        "Or",
        graph.add("Greater", size, graph.constant(0.0)),
        graph.constant([[place == length - 1 for place in range(length)]]),
    )
    scores = graph.add("Where", is_there, scores, graph.constant(float("-inf")))
    shares = graph.unsqueezed(graph.add("Softmax", scores, axis=1), axis=2)
    found = graph.summed(graph.add("Mul", last_outputs, shares), axis=1)
    joined = graph.add("Concat", found, own, axis=1)
    return graph.add("Tanh", graph.product(joined, "attention_kernel"))


def _head(graph: OnnxGraph, shape: Architecture, top: str) -> str:
    """float32 [batch, vocabulary_size]: log-probabilities of the next token, nats."""
    dense = graph.affine(top, "dense")
    if shape.dense_activation != "linear":
        dense = graph.add(
            {"relu": "Relu", "tanh": "Tanh"}[shape.dense_activation], dense
        )
    return graph.add("LogSoftmax", graph.affine(dense, "output"), axis=1)
