"""Numbers as squares of colour: a PNG of one pixel a number, enlarged by who shows it.

    -1 ........... 0 ........... 1      value
    orange      nothing       blue      colour; the less, the more paper shows through

Two colours that both stand out on light and on dark paper, and no colour for nothing:
so the same picture suits both. Told apart by hue and, since zero is paper, by
lightness. A file is a few hundred bytes: one byte a number, compressed.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_ORANGE, _BLUE = (222, 99, 14), (38, 120, 220)
_MIDDLE = 127  # the index of 0 in the palette


def data_address(values: np.ndarray) -> str:
    """Float [rows, columns] from -1 to 1 as a `data:` address; nan is nothing."""
    encoded = base64.b64encode(png(values)).decode()
    return f"data:image/png;base64,{encoded}"


def png(values: np.ndarray) -> bytes:
    """The picture as a file, 8 bits a pixel with a palette (PNG, ISO 15948)."""
    clipped = np.clip(np.nan_to_num(values), -1.0, 1.0)
    indices = np.round(clipped * _MIDDLE + _MIDDLE).astype(np.uint8)
    rows, columns = indices.shape
    # Each row begins with the number of its filter: 0, none.
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), indices], axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(_ORANGE) * _MIDDLE + bytes(_BLUE) * (_MIDDLE + 1)),
        (b"tRNS", bytes(_opacity(it) for it in range(2 * _MIDDLE + 1))),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*it) for it in chunks)


def _opacity(index: int) -> int:
    return round(255 * abs(index - _MIDDLE) / _MIDDLE)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
