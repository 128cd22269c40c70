"""The encoding of protocol buffers, without their definitions.

Bytes enter, numbered fields leave, or the other way round. Reading them is enough to
look through a SavedModel without TensorFlow, which would take three seconds to be
imported and could load what it reads. Fields of one number are all given, where a real
parser may keep the last: whoever checks them sees no less than it does. Source: the
protocol buffers' documentation, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED_64: 8, _FIXED_32: 4}


def fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    r"""Number and content of every field that has bytes: texts and messages.

    >>> [(n, bytes(it)) for n, it in fields(memoryview(b"\x08\x05\x12\x02hi"))]
    [(2, b'hi')]

    Raises:
        ValueError: it is cut short, or no message at all.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
        elif kind in _FIXED_SIZES:
            place += _FIXED_SIZES[kind]
        elif kind == _BYTES:
            size, place = _varint(message, place)
            if place + size <= len(message):
                yield number, message[place : place + size]
            place += size
        else:
            raise ValueError(f"it has a field of the unknown kind {kind}")
        if number == 0 or place > len(message):
            raise ValueError("it is cut short, or no protocol buffer")


def each(message: memoryview, *numbers: int) -> Iterator[memoryview]:
    """Every field that is reached by a path of numbers, from message to message."""
    if not numbers:
        yield message
        return
    for number, value in fields(message):
        if number == numbers[0]:
            yield from each(value, *numbers[1:])


def text(message: memoryview, *numbers: int) -> str:
    """The text at a path, "" if there is none.

    Raises:
        ValueError: there are several, or what is there is no UTF-8.
    """
    found = [bytes(value).decode("utf-8") for value in each(message, *numbers)]
    if len(found) > 1:
        raise ValueError("it says several things where one is expected")
    return found[0] if found else ""


def field(number: int, content: bytes) -> bytes:
    r"""A field that holds a text or a message, encoded.

    >>> field(2, b"hi")
    b'\x12\x02hi'
    """
    return _encoded(number << 3 | _BYTES) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    """A number of variable length: seven bits a byte, the lowest first."""
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _encoded(high) if high else bytes([low])


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number of variable length, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            break
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
    raise ValueError("it is cut short, or no protocol buffer")
