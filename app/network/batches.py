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
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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
    order = generator.permutation(len(text.document_ends))
    return stream_batches(
        Arrangement(text, order),
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
    text: EncodedText,
    options: FitOptions,
    context_length: int | None,
    num_streams: int,
) -> Iterator[Batch]:
    """The validation text, each document from its beginning.

    Fewer streams than in training, where there are fewer documents, are read in
    longer windows: a batch of padding takes as long as one of text.
    """
    if context_length is not None:
        return window_batches(
            text, batch_size=options.batch_size, context_length=context_length
        )
    window_length = options.window_length * (options.batch_size // num_streams)
    return document_batches(text, batch_size=num_streams, window_length=window_length)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Documents laid end to end in another order than they lie in the text.

    Nothing is copied: a place in the arrangement is looked up when it is read, so
    that a text on disk may be longer than memory.

    Args:
        text: what is arranged.
        order: int [num_documents], numbers of documents.
    """

    text: EncodedText
    order: np.ndarray

    @cached_property
    def ends(self) -> np.ndarray:
        """int64 [num_documents]: where each document ends in the arrangement."""
        lengths = np.diff(self.text.document_ends, prepend=0)
        return np.cumsum(lengths[self.order])

    @cached_property
    def _shifts(self) -> np.ndarray:
        """int64 [num_documents]: from a place in the arrangement to one in the text."""
        return self.text.document_ends[self.order] - self.ends

    @cached_property
    def _starts(self) -> np.ndarray:
        """int64 [num_documents]: where each document starts in the text."""
        return document_starts(self.text)[self.order]

    def read(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets, int32, at int64 [...] `places` of the arrangement.

        The input is what is read right before the target: BOS where a document begins.
        """
        document = np.searchsorted(self.ends, places, side="right")
        where = places + self._shifts[document]
        inputs = self.text.ids[np.maximum(where - 1, 0)]
        return np.where(where == self._starts[document], BOS, inputs), self.text.ids[
            where
        ]


def document_starts(text: EncodedText) -> np.ndarray:
    """int64 [num_documents]: where each document's first target stands."""
    return np.concatenate([[0], text.document_ends[:-1]]).astype(np.int64)


def stream_batches(
    arrangement: Arrangement, *, batch_size: int, window_length: int
) -> Iterator[Batch]:
    """The text as equally long streams, for training (see above).

    A stream may begin in the middle of a document, once an epoch, with a zero state.
    """
    num_tokens = arrangement.text.num_tokens
    cuts = np.arange(batch_size + 1) * -(-num_tokens // batch_size)
    return _cut(arrangement, np.minimum(cuts, num_tokens), window_length)


def document_batches(
    text: EncodedText, *, batch_size: int, window_length: int
) -> Iterator[Batch]:
    """The text as streams of whole documents, for exact validation.

    Each document goes, longest first, to the stream that is shortest so far.
    """
    lengths = np.diff(text.document_ends, prepend=0)
    lanes: list[list[int]] = [[] for _ in range(batch_size)]
    filled = [(0, lane) for lane in range(min(batch_size, len(lengths)))]
    for number in np.argsort(-lengths, kind="stable").tolist():
        length, lane = heapq.heappop(filled)
        lanes[lane].append(number)
        heapq.heappush(filled, (length + int(lengths[number]), lane))
    order = np.array(list(itertools.chain(*lanes)), np.int64)
    cuts = np.cumsum([0, *(lengths[lane].sum() for lane in lanes)])
    return _cut(Arrangement(text, order), cuts, window_length)


def _cut(
    arrangement: Arrangement, cuts: np.ndarray, window_length: int
) -> Iterator[Batch]:
    """Cuts across streams, of which stream i holds the places cuts[i] to cuts[i + 1].

    Args:
        arrangement: what the streams are pieces of.
        cuts: int64 [batch_size + 1], ascending.
        window_length: steps in a batch.
    """
    begins, ends = cuts[:-1], cuts[1:]
    lengths = np.full(len(begins), window_length, np.int32)
    steps = np.arange(window_length)[:, None]
    for start in range(0, int((ends - begins).max()), window_length):
        places = begins + start + steps  # [time, batch]
        is_there = places < ends
        inputs, targets = arrangement.read(np.where(is_there, places, 0))
        inputs[~is_there] = targets[~is_there] = PAD
        yield Batch(inputs.astype(np.int32), targets.astype(np.int32), lengths)


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
    as_it_is = Arrangement(text, np.arange(len(text.document_ends)))
    starts = document_starts(text)
    order = np.arange(text.num_tokens)
    if generator is not None:
        generator.shuffle(order)
    for first in range(0, len(order), batch_size):
        position = order[first : first + batch_size]
        document = np.searchsorted(text.document_ends, position, side="right")
        begin = np.maximum(starts[document], position - context_length + 1)
        lengths = np.ones(batch_size, np.int32)
        lengths[: len(position)] = position - begin + 1
        steps = np.arange(context_length)[:, None]  # [time, 1]
        places = np.minimum(begin + steps, text.num_tokens - 1)
        inputs, _ = as_it_is.read(places)
        batch = np.full((context_length, batch_size), PAD, np.int32)
        batch[:, : len(position)] = np.where(
            steps < lengths[: len(position)], inputs, PAD
        )
        batch[0, len(position) :] = BOS
        targets = np.full(batch_size, PAD, np.int32)
        targets[: len(position)] = text.ids[position]
        yield Batch(batch, targets, lengths)
