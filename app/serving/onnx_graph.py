"""A graph of ONNX, built one operation at a time.

Every method takes names of values and gives the name of a new one. Weights are asked
for by their names in the model folder; a small graph holds the matrices as int8 and
computes with float32. What the operations mean is known to who calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.serving.quantising import quantise

if TYPE_CHECKING:
    from onnx import ModelProto

# Old enough for runtimes of 2022 (onnxruntime 1.12, opset 17, IR 8), and enough.
_OPSET = 17
_IR_VERSION = 8

_BATCH = "batch"  # how the first dimension of every input and output is called


class OnnxGraph:
    """What has been built so far.

    Args:
        is_small: matrices are kept as int8, with a step for every column; those of
            which rows are taken, with one for every row.

    Raises:
        ModuleNotFoundError: the package onnx is not installed.
    """

    def __init__(self, *, is_small: bool = False) -> None:
        import onnx

        self._onnx = onnx
        self._is_small = is_small
        self._weights: Mapping[str, np.ndarray] = {}
        self._known: dict[str, str] = {}  # weights that are in the graph
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def use(self, weights: Mapping[str, np.ndarray]) -> None:
        """Names of `weights` may be given from now on."""
        self._weights = weights

    def input(self, name: str, dtype: str, shape: Sequence[int]) -> str:
        """An input of `shape`, the batch in front of it."""
        self._inputs.append(self._value(name, dtype, shape))
        return name

    def output(self, name: str, value: str, shape: Sequence[int]) -> None:
        """Makes float32 `value` an output, the batch in front of its shape."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [value], [name]))
        self._outputs.append(self._value(name, "float32", shape))

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """The result of an operation."""
        (name,) = self._add(operation, inputs, 1, attributes)
        return name

    def constant(self, value: Any, dtype: type | None = None) -> str:
        """A number or an array; numbers with a point are float32."""
        array = np.asarray(value, dtype, order="C")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"constant_{len(self._constants)}"
        tensor = self._onnx.numpy_helper.from_array(array, name)
        self._constants.append(tensor)
        return name

    def rows(self, weight: str, ids: str) -> str:
        """The rows of a matrix that int32 [batch] `ids` name, float32."""
        matrix = np.asarray(self._weights[weight])
        if not self._is_small:
            return self.add("Gather", self.constant(matrix), ids, axis=0)
        table, steps = (self.constant(it) for it in quantise(matrix, axis=1))
        found = self._floats(self.add("Gather", table, ids, axis=0))
        return self.add("Mul", found, self.add("Gather", steps, ids, axis=0))

    def product(self, inputs: str, weight: str) -> str:
        """Inputs times a matrix."""
        return self.add("MatMul", inputs, self._matrix(weight))

    def affine(self, inputs: str, layer: str) -> str:
        """Inputs times the kernel of a layer, and its bias."""
        bias = self.constant(self._weights[f"{layer}_bias"])
        return self.add("Add", self.product(inputs, f"{layer}_kernel"), bias)

    def lines(self, weight: str) -> list[str]:
        """Each row of a weight by itself."""
        return [self.constant(row) for row in np.asarray(self._weights[weight])]

    def split(self, value: str, parts: int) -> list[str]:
        """The columns of `value` in as many equal parts."""
        return self._add("Split", [value], parts, {"axis": 1})

    def take(self, value: str, place: int, axis: int) -> str:
        """What stands at one place of an axis, without the axis."""
        return self.add("Gather", value, self.constant(place, np.int64), axis=axis)

    def unsqueezed(self, value: str, axis: int) -> str:
        """The value with one axis more, of length 1."""
        return self.add("Unsqueeze", value, self.constant([axis], np.int64))

    def summed(self, value: str, axis: int) -> str:
        """The sums along an axis, without the axis."""
        axes = self.constant([axis], np.int64)
        return self.add("ReduceSum", value, axes, keepdims=0)

    def stack(self, parts: Sequence[str], axis: int) -> str:
        """The parts side by side along a new axis."""
        return self.add(
            "Concat", *(self.unsqueezed(it, axis) for it in parts), axis=axis
        )

    def shifted(self, rows: str, new: str) -> str:
        """[batch, rows, ...] without the first of its rows and with a new last one."""
        bounds = (
            self.constant([it], np.int64) for it in (1, np.iinfo(np.int64).max, 1)
        )
        kept = self.add("Slice", rows, *bounds)
        return self.add("Concat", kept, self.unsqueezed(new, 1), axis=1)

    def model(self) -> ModelProto:
        """The whole, checked."""
        helper = self._onnx.helper
        graph = helper.make_graph(
            self._nodes, "step", self._inputs, self._outputs, self._constants
        )
        model = helper.make_model(
            graph,
            producer_name="Nextword",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPSET)],
        )
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def _matrix(self, weight: str) -> str:
        if weight not in self._known:
            matrix = np.asarray(self._weights[weight])
            if self._is_small:
                # Not DequantizeLinear: runtimes work these two out once, when they
                # load the model, and that one again at every step (5 times as long).
                table, steps = (self.constant(it) for it in quantise(matrix, axis=0))
                self._known[weight] = self.add("Mul", self._floats(table), steps)
            else:
                self._known[weight] = self.constant(matrix)
        return self._known[weight]

    def _floats(self, value: str) -> str:
        return self.add("Cast", value, to=self._onnx.TensorProto.FLOAT)

    def _add(
        self, operation: str, inputs: Sequence[str], count: int, attributes: Any
    ) -> list[str]:
        names = [f"{operation.lower()}_{len(self._nodes)}_{i}" for i in range(count)]
        node = self._onnx.helper.make_node(operation, inputs, names, **attributes)
        self._nodes.append(node)
        return names

    def _value(self, name: str, dtype: str, shape: Sequence[int]) -> Any:
        helper = self._onnx.helper
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return helper.make_tensor_value_info(name, kind, [_BATCH, *shape])
