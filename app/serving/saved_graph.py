"""What a SavedModel would do, read from its file without loading it.

The bytes of `saved_model.pb` enter; the kinds of operations and objects in it leave, as
an `Inventory` that can be compared with another. Operations on files are only part of
the two functions that save and restore the variables, and only there they are allowed;
that nothing else leads to these functions, and that they name no file of their own, is
checked here. The numbers of fields are those of TensorFlow's saved_model.proto,
meta_graph.proto, graph.proto, function.proto and saved_object_graph.proto.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.serving.wire_format import each, fields, text

# Paths of field numbers.
_META_GRAPHS = (2,)
_NODES, _FUNCTIONS, _GRADIENTS = (2, 1), (2, 2, 1), ((2, 2, 2), (2, 2, 3))
_SAVER, _ASSETS, _OBJECT_GRAPH = (3,), (6,), (7,)
_NODE_NAME, _NODE_OP, _NODE_VALUES = (1,), (2,), (5, 2)
_FUNCTION_NAME, _FUNCTION_NODES = (1, 1), (3,)
_SAVER_NODES = ((2,), (3,))  # of a SaverDef: what saves, what restores
# Of an attribute: itself, or the string_val or the tensor_content of a constant.
_TEXTS = ((2,), (8, 8), (8, 4))
_OBJECTS, _CONCRETE_NAMES = (1,), (2, 1)
_ASSET_OBJECT, _USER_OBJECT, _REGISTERED = 5, 4, (13, 16)
_CALLED = ((10, 1), (1, 9, 1))  # of an attribute: a function, a list of functions

_VARIABLE = re.compile(r"\A_all_variables/[0-9]+/\.ATTRIBUTES/VARIABLE_VALUE\Z")


@dataclass(frozen=True)
class Inventory:
    """The kinds of things in a SavedModel.

    Attributes:
        operations: of everything but the functions below.
        saving: operations of the functions that save and restore the variables.
        constants: texts in these functions, which make the names of files.
        objects: what a loader in Python makes of it.
    """

    operations: frozenset[str]
    saving: frozenset[str]
    constants: frozenset[str]
    objects: frozenset[str]

    def beyond(self, allowed: Inventory) -> Iterator[str]:
        """What this one has and `allowed` has not, in words."""
        kinds = {
            "the operation": self.operations - allowed.operations,
            "where variables are saved the operation": self.saving - allowed.saving,
            "where variables are saved the text": self.constants - allowed.constants,
            "the object": self.objects - allowed.objects,
        }
        for kind, names in kinds.items():
            for name in sorted(names):
                yield f"{kind} {name!r}"


def take_inventory(saved_model: bytes) -> Inventory:
    """What is in the bytes of a `saved_model.pb`.

    Raises:
        ValueError: it cannot be read, or is built unlike any export, said in words
            that go on after "it".
    """
    meta_graphs = list(each(memoryview(saved_model), *_META_GRAPHS))
    if len(meta_graphs) != 1:
        raise ValueError(f"it holds {len(meta_graphs)} graphs instead of one")
    graph = meta_graphs[0]
    if any(True for _ in each(graph, *_ASSETS)):
        raise ValueError("it asks for files besides its own (assets)")
    if any(True for path in _GRADIENTS for _ in each(graph, *path)):
        raise ValueError("it holds gradients, which no export has")
    nodes = list(each(graph, *_NODES))
    functions = _functions(graph)
    saving = _saving_functions(graph, nodes)
    callers = {name: it for name, it in functions.items() if name not in saving}
    _check_callers(graph, nodes, callers, saving)
    inside = [node for name in saving for node in functions.get(name, ())]
    others = nodes + [node for name in callers for node in callers[name]]
    return Inventory(
        frozenset(text(node, *_NODE_OP) for node in others),
        frozenset(text(node, *_NODE_OP) for node in inside),
        frozenset(it for node in inside for it in _texts(node)),
        frozenset(_objects(graph)),
    )


def _functions(graph: memoryview) -> dict[str, list[memoryview]]:
    """Name -> nodes of every function."""
    functions: dict[str, list[memoryview]] = {}
    for function in each(graph, *_FUNCTIONS):
        name = text(function, *_FUNCTION_NAME)
        if name in functions:
            raise ValueError(f"it has two functions {name!r}")
        functions[name] = list(each(function, *_FUNCTION_NODES))
    return functions


def _saving_functions(graph: memoryview, nodes: list[memoryview]) -> set[str]:
    """The names of the functions that save and restore the variables."""
    savers = list(each(graph, *_SAVER))
    wanted = {
        text(saver, *path).split(":")[0] for saver in savers for path in _SAVER_NODES
    }
    found: set[str] = set()
    for node in nodes:
        if text(node, *_NODE_NAME) in wanted:
            found.update(_called(node))
    return found


def _check_callers(
    graph: memoryview,
    nodes: list[memoryview],
    functions: dict[str, list[memoryview]],
    saving: set[str],
) -> None:
    """Only the two nodes of the saver may lead to the functions that it uses."""
    inside = [node for them in functions.values() for node in them]
    calls = [name for node in nodes for name in _called(node) if name in saving]
    calls += [name for node in inside for name in _called(node) if name in saving]
    names = {bytes(it).decode() for it in each(graph, *_OBJECT_GRAPH, *_CONCRETE_NAMES)}
    operations = {text(node, *_NODE_OP) for node in (*nodes, *inside)}
    if len(calls) > len(_SAVER_NODES) or saving & (names | operations):
        raise ValueError("it calls what saves variables from elsewhere")


def _called(node: memoryview) -> Iterator[str]:
    """The names of functions that a node calls, in any of its attributes."""
    for value in each(node, *_NODE_VALUES):
        for path in _CALLED:
            yield from (bytes(name).decode() for name in each(value, *path))


def _texts(node: memoryview) -> Iterator[str]:
    """All texts of a node; the keys of variables are one and the same."""
    for value in each(node, *_NODE_VALUES):
        for path in _TEXTS:
            for it in each(value, *path):
                found = bytes(it).decode("utf-8", "replace")
                yield _VARIABLE.sub("VARIABLE", found)


def _objects(graph: memoryview) -> Iterator[str]:
    for saved in each(graph, *_OBJECT_GRAPH, *_OBJECTS):
        for number, value in fields(saved):
            if number == _ASSET_OBJECT:
                yield "asset"
            elif number in _REGISTERED:
                yield f"registered as {bytes(value).decode('utf-8', 'replace')}"
            elif number == _USER_OBJECT:
                yield text(value, 1)
