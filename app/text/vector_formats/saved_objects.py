"""What a pickle describes, read without unpickling: nothing in it is ever called.

Python's own unpickling imports and calls whatever a file names, so that a file from
the internet may do anything. Here the opcodes are walked (`pickletools` of the
standard library lists them) and only data is built: numbers, strings, lists,
dictionaries. Where unpickling would import or call something, a `Record` notes what.

This module does not know what gensim is; `gensim_saved` does.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np

from app.errors import UserError

# gensim keeps arrays of more than 10 million numbers in files of their own, so that
# its pickles hold words: 3 million of them are 60 MB.
MAX_BYTES = 2**29
_NUMBERS = re.compile(r"[fiu][1248]")


@dataclass(eq=False)
class Record:
    """What unpickling would have imported, or called, or set the state of.

    Attributes:
        name: "gensim.models.keyedvectors.KeyedVectors", say.
        arguments: of the call; empty where nothing was to be called.
        state: what the object would have been filled with.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    state: Any = None


def parse(path: Path, stream: BinaryIO) -> Any:
    """The data that a pickle describes.

    Raises:
        UserError: it is damaged, cut short, too long, or holds other than data.
    """
    reader = _Bounded(stream)
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(cast(IO[bytes], reader)):
            machine.step(opcode.name, argument)
        return machine.stack[-1]
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise UserError(
            f"{path}, byte {reader.tell():,}: is not a whole Python pickle of plain "
            f"data ({error}). Nothing in it was run. Copy the file again, or have "
            "gensim write the vectors in word2vec's format."
        ) from error


def array_of(record: Any) -> np.ndarray | None:
    """The array that a record of numpy's describes; None if it is none of numbers."""
    try:
        data, dtype, shape, order = _array_parts(record)
        kind = dtype.arguments[0]
        if not _NUMBERS.fullmatch(kind) or not isinstance(data, bytes | bytearray):
            return None
        byte_order = dtype.state[1] if dtype.state else "<"
        return np.frombuffer(data, byte_order + kind).reshape(shape, order=order)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError):
        return None  # not what numpy writes


def _array_parts(record: Record) -> tuple[Any, Any, Any, Any]:
    """Bytes, type, shape and order ("C" or "F") of an array, all of them unchecked."""
    if record.name.endswith("numeric._frombuffer"):  # protocol 5
        data, dtype, shape, order = record.arguments
        return data, dtype, shape, order
    if not record.name.endswith("multiarray._reconstruct"):
        raise TypeError(record.name)
    _, shape, dtype, is_fortran, data = record.state
    return data, dtype, shape, "F" if is_fortran else "C"


class _Bounded:
    """A stream that `pickletools` may ask for anything: it is given what there is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = 0

    def read(self, size: int) -> bytes:
        if size > MAX_BYTES - self._read:
            raise ValueError(f"{size:,} more bytes, where {MAX_BYTES:,} is the limit")
        pieces = []
        while size > 0 and (piece := self._stream.read(min(size, 2**22))):
            pieces.append(piece)
            size -= len(piece)
            self._read += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readline(self) -> bytes:
        line = self._stream.readline(65_536)
        self._read += len(line)
        return line

    def tell(self) -> int:
        return self._read


class _Machine:
    """The stack machine of pickle, without the opcodes that import and call."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Executes one opcode."""
        if name in _CONSTANTS:
            self.stack.append(argument)
        elif name in _MADE:
            self.stack.append(_MADE[name]())
        elif name in _ACTIONS:
            _ACTIONS[name](self, argument)
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise ValueError(f"the opcode {name} is not for data")

    def pop(self, count: int) -> list[Any]:
        """Takes the upper `count` values off the stack."""
        if count > len(self.stack):
            raise IndexError("it takes more than it has put")
        start = len(self.stack) - count
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def pop_marked(self) -> list[Any]:
        """Takes what is above the last mark off the stack."""
        return self.pop(len(self.stack) - self.marks.pop())

    def mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def put(self, key: int | None) -> None:
        self.memo[len(self.memo) if key is None else key] = self.stack[-1]

    def get(self, key: int) -> None:
        self.stack.append(self.memo[key])

    def extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)
        elif isinstance(target, set):
            target.update(values)
        else:
            raise TypeError("something is added to what is no list")

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update(zip(values[::2], values[1::2], strict=True))
        elif not isinstance(target, Record):  # an OrderedDict of old: left empty
            raise TypeError("a key is set in what is no dictionary")

    def name(self, argument: str | None) -> None:
        parts = argument.split(" ") if argument else self.pop(2)
        self.stack.append(Record(".".join(parts)))

    def call(self, _: Any) -> None:
        function, arguments = self.pop(2)
        named = function.name if isinstance(function, Record) else "?"
        self.stack.append(Record(named, tuple(arguments)))

    def build(self, _: Any) -> None:
        (state,) = self.pop(1)
        if isinstance(self.stack[-1], Record):
            self.stack[-1].state = state


_CONSTANTS = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 "
    "SHORT_BINBYTES BINBYTES BINBYTES8 BYTEARRAY8".split()
)
_MADE: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": set,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
_ACTIONS: dict[str, Callable[[_Machine, Any], Any]] = {
    "MARK": _Machine.mark,
    "POP": lambda m, _: m.pop(1),
    "POP_MARK": lambda m, _: m.pop_marked(),
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
    "MEMOIZE": _Machine.put,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "TUPLE": lambda m, _: m.stack.append(tuple(m.pop_marked())),
    "TUPLE1": lambda m, _: m.stack.append(tuple(m.pop(1))),
    "TUPLE2": lambda m, _: m.stack.append(tuple(m.pop(2))),
    "TUPLE3": lambda m, _: m.stack.append(tuple(m.pop(3))),
    "LIST": lambda m, _: m.stack.append(m.pop_marked()),
    "DICT": lambda m, _: _append_dict(m, m.pop_marked()),
    "FROZENSET": lambda m, _: m.stack.append(frozenset(m.pop_marked())),
    "APPEND": lambda m, _: m.extend(m.pop(1)),
    "APPENDS": lambda m, _: m.extend(m.pop_marked()),
    "ADDITEMS": lambda m, _: m.extend(m.pop_marked()),
    "SETITEM": lambda m, _: m.set_items(m.pop(2)),
    "SETITEMS": lambda m, _: m.set_items(m.pop_marked()),
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "BUILD": _Machine.build,
}


def _append_dict(machine: _Machine, values: list[Any]) -> None:
    machine.stack.append(dict(zip(values[::2], values[1::2], strict=True)))
