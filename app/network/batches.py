"""Encoded text cut into batches: contiguous streams, or the tutorial's windows.

Enters: an `EncodedText`. Leaves: arrays of ids that a training step reads. Order and
contents depend on the text, the seed and the epoch alone, so that an interrupted
epoch can be taken up at the very batch where it stopped.

**Streams** (`standard`). The documents, in the order drawn for this epoch, are laid
end to end and cut into `batch_size` streams of equal length; a batch is the next
`window_length` steps of every stream, and the state is carried on from batch to batch.
Two documents `B a b c` and `B d e` in two streams, windows of two steps:

    text      a b c E d e E            targets (E ends a paragraph)
    inputs    B a b c B d e            what is read before each target (B begins)

    stream 0  a b | c E                stream 1  d e | E .
    inputs    B a | b c                          B d | e .

Every token is a target exactly once an epoch; `.` is padding and counts nowhere.

**Windows** (`classic`). One target for each window of the last `context_length`
inputs, read from a zero state, all windows of an epoch shuffled:

    inputs    B . .   B a .   B a b   a b c   ...       padded right
    targets   a       b       c       E
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from app.settings import FitOptions
from app.text.encoding import EncodedText
from app.text.vocabulary import BOS, PAD


class Batch(NamedTuple):
    """What one step reads; time-major.

    Attributes:
        inputs: int32 [time, batch], PAD where there is nothing to read.
        targets: int32 [time, batch] for streams, [batch] for windows; PAD where
            nothing is asked.
        lengths: int32 [batch], tokens in each window; for streams all of them.
    """

    inputs: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray


def training_batches(
    text: EncodedText, options: FitOptions, context_length: int | None, epoch: int
) -> Iterator[Batch]:
    """The batches of one epoch, in the order that its number and the seed draw.

    Args:
        text: the training text.
        options: say how large a batch is, and the seed.
        context_length: of the windows; None for streams.
        epoch: counted from 0.
    """
    generator = np.random.default_rng([options.seed, epoch])
    if context_length is not None:
        return window_batches(
            text,
            batch_size=options.batch_size,
            context_length=context_length,
            generator=generator,
        )
    return stream_batches(
        shuffled(text, generator),
        batch_size=options.batch_size,
        window_length=options.window_length,
    )


def num_training_batches(
    num_tokens: int, options: FitOptions, context_length: int | None
) -> int:
    """How many batches an epoch has."""
    per_stream = -(-num_tokens // options.batch_size)
    if context_length is not None:
        return per_stream
    return -(-per_stream // options.window_length)


def validation_batches(
    text: EncodedText, options: FitOptions, context_length: int | None
) -> Iterator[Batch]:
    """The validation text, each document from its beginning."""
    if context_length is not None:
        return window_batches(
            text, batch_size=options.batch_size, context_length=context_length
        )
    return document_batches(
        text, batch_size=options.batch_size, window_length=options.window_length
    )


def shifted_inputs(text: EncodedText) -> np.ndarray:
    """What is read right before each target: BOS, then the document without its end.

    Returns:
        int32 [num_tokens].
    """
    inputs = np.empty_like(text.ids)
    inputs[1:] = text.ids[:-1]
    inputs[document_starts(text)] = BOS
    return inputs


def document_starts(text: EncodedText) -> np.ndarray:
    """int64 [num_documents]: where each document's first target stands."""
    return np.concatenate([[0], text.document_ends[:-1]]).astype(np.int64)


def shuffled(text: EncodedText, generator: np.random.Generator) -> EncodedText:
    """The same documents in another order."""
    starts = document_starts(text)
    order = generator.permutation(len(starts))
    pieces = [text.ids[starts[i] : text.document_ends[i]] for i in order]
    ends = np.cumsum([len(piece) for piece in pieces])
    return EncodedText(np.concatenate(pieces), ends)


def stream_batches(
    text: EncodedText, *, batch_size: int, window_length: int
) -> Iterator[Batch]:
    """The text as equally long streams, for training (see above).

    A stream may begin in the middle of a document, once an epoch, with a zero state.
    """
    part = -(-text.num_tokens // batch_size)
    lanes = [slice(b * part, (b + 1) * part) for b in range(batch_size)]
    return _cut(text, [[lane] for lane in lanes], window_length)


def document_batches(
    text: EncodedText, *, batch_size: int, window_length: int
) -> Iterator[Batch]:
    """The text as streams of whole documents, for exact validation.

    Each document goes, longest first, to the stream that is shortest so far.
    """
    documents = zip(document_starts(text), text.document_ends, strict=True)
    lanes: list[list[slice]] = [[] for _ in range(batch_size)]
    filled = [(0, lane) for lane in range(min(batch_size, len(text.document_ends)))]
    for start, end in sorted(documents, key=lambda pair: pair[0] - pair[1]):
        length, lane = heapq.heappop(filled)
        lanes[lane].append(slice(start, end))
        heapq.heappush(filled, (length + int(end - start), lane))
    return _cut(text, lanes, window_length)


def _cut(
    text: EncodedText, lanes: list[list[slice]], window_length: int
) -> Iterator[Batch]:
    """Lays each lane's pieces of the text end to end, then cuts across the lanes."""
    longest = max(sum(len(text.ids[piece]) for piece in lane) for lane in lanes)
    count = -(-longest // window_length)
    shape = (count * window_length, len(lanes))
    inputs, targets = np.full(shape, PAD, np.int32), np.full(shape, PAD, np.int32)
    before = shifted_inputs(text)
    for lane, pieces in enumerate(lanes):
        filled = 0
        for piece in pieces:
            rows = slice(filled, filled + len(text.ids[piece]))
            inputs[rows, lane] = before[piece]
            targets[rows, lane] = text.ids[piece]
            filled = rows.stop
    lengths = np.full(len(lanes), window_length, np.int32)
    for start in range(0, count * window_length, window_length):
        window = slice(start, start + window_length)
        yield Batch(inputs[window], targets[window], lengths)


def window_batches(
    text: EncodedText,
    *,
    batch_size: int,
    context_length: int,
    generator: np.random.Generator | None = None,
) -> Iterator[Batch]:
    """Every target with the window of inputs before it, shuffled if asked (see above).

    The last batch is filled up with empty questions (target PAD), so that all batches
    have one shape and TensorFlow traces one graph.
    """
    inputs = shifted_inputs(text)
    starts = np.repeat(document_starts(text), np.diff(text.document_ends, prepend=0))
    order = np.arange(text.num_tokens)
    if generator is not None:
        generator.shuffle(order)
    for first in range(0, len(order), batch_size):
        position = order[first : first + batch_size]
        begin = np.maximum(starts[position], position - context_length + 1)
        lengths = np.ones(batch_size, np.int32)
        lengths[: len(position)] = position - begin + 1
        steps = np.arange(context_length)[:, None]  # [time, 1]
        where = np.minimum(begin + steps, text.num_tokens - 1)
        batch = np.full((context_length, batch_size), PAD, np.int32)
        batch[:, : len(position)] = np.where(
            steps < lengths[: len(position)], inputs[where], PAD
        )
        batch[0, len(position) :] = BOS
        targets = np.full(batch_size, PAD, np.int32)
        targets[: len(position)] = text.ids[position]
        yield Batch(batch, targets, lengths)
