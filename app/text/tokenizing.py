"""Documents to a `TokenizedText` on disk, with all processors, in constant memory.

Documents are gathered into batches of some megabytes; each batch is cut and numbered
by its own types in a worker process, and here its numbers become those of the whole.
A corpus of a few megabytes is not worth a second process and is cut in this one.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import signal
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.errors import UserError
from app.settings import num_processors
from app.text.array_file import ArrayFile, cannot_write
from app.text.readers import Document
from app.text.tokenized import (
    ARRAYS,
    PARAGRAPH_END,
    PARAGRAPH_END_TYPE,
    TYPES,
    TokenizedText,
    array_path,
)
from app.text.tokenizer import Tokenizer

_BATCH_CHARACTERS = 1 << 21
# Starting processes takes half a second, in which one of them cuts this much.
_WORTH_PROCESSES = 4  # batches

Paragraphs = tuple[str, ...]


class TokenizedBatch(NamedTuple):
    """Some documents, their tokens numbered by the types of this batch.

    Attributes:
        types: as written, without the end of a paragraph, which is number 0.
        num_characters: of the documents.
        arrays: as in `TokenizedText`.
    """

    types: list[str]
    num_characters: int
    arrays: dict[str, np.ndarray]


def tokenize_documents(
    documents: Iterable[Document],
    tokenizer: Tokenizer,
    folder: Path,
    report: Callable[[int], None] = lambda characters: None,
) -> TokenizedText:
    """Cuts `documents` and writes them into `folder`, which exists.

    Args:
        documents: read one by one, when they are needed.
        tokenizer: how to cut.
        folder: gets the files that `TokenizedText.load` reads.
        report: is told how many characters have been cut so far.

    Raises:
        UserError: the disk is full, or a process was killed.
    """
    index: dict[str, int] = {PARAGRAPH_END_TYPE: PARAGRAPH_END}
    ends = {"paragraph_ends": 0, "document_ends": 0}
    num_characters = 0
    with contextlib.ExitStack() as stack:
        files = {
            name: stack.enter_context(ArrayFile(array_path(folder, name), dtype))
            for name, dtype in ARRAYS.items()
        }
        for batch in _tokenized_batches(documents, tokenizer):
            for token in batch.types:
                index.setdefault(token, len(index))
            numbers = np.array([PARAGRAPH_END, *map(index.__getitem__, batch.types)])
            arrays = {**batch.arrays, "ids": numbers[batch.arrays["ids"]]}
            for name, start in ends.items():
                arrays[name] = arrays[name] + start
            ends["paragraph_ends"] += len(arrays["ids"])
            ends["document_ends"] += len(arrays["paragraph_ends"])
            for name, file in files.items():
                file.append(arrays[name])
            num_characters += batch.num_characters
            report(num_characters)
    _write_types(folder / TYPES, itertools.islice(index, 1, None))
    return TokenizedText.load(folder)


def _write_types(path: Path, types: Iterable[str]) -> None:
    try:
        with path.open("wb") as file:
            for token in types:
                file.write(token.encode("utf-8", "surrogatepass") + b"\n")
    except OSError as error:
        raise cannot_write(path, error) from error


def _tokenized_batches(
    documents: Iterable[Document], tokenizer: Tokenizer
) -> Iterator[TokenizedBatch]:
    """Yields the batches in the order of the documents."""
    batches = _batches(documents)
    first = list(itertools.islice(batches, _WORTH_PROCESSES))
    num_processes = num_processors()
    if len(first) < _WORTH_PROCESSES or num_processes == 1:
        for batch in itertools.chain(first, batches):
            yield tokenize_batch(batch, tokenizer)
        return
    with ProcessPoolExecutor(
        num_processes,
        # Spawned processes would run the caller's own script again, guarded or not.
        get_context("fork" if "fork" in get_all_start_methods() else None),
        _start_worker,
        (tokenizer.pretokenized,),
    ) as executor:
        waiting: deque[Future[TokenizedBatch]] = deque()
        try:
            for batch in itertools.chain(first, batches):
                waiting.append(executor.submit(_tokenize_in_worker, batch))
                if len(waiting) > 2 * num_processes:  # what waits takes memory
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise UserError(
                "A process that was cutting the text into tokens was killed, probably "
                "because the memory was full. Close other programs and start again."
            ) from error
        finally:
            executor.shutdown(cancel_futures=True)


def _batches(documents: Iterable[Document]) -> Iterator[list[Paragraphs]]:
    """Yields some documents at a time: two megabytes of them, or one that is longer."""
    batch: list[Paragraphs] = []
    num_characters = 0
    for document in documents:
        batch.append(document.paragraphs)
        num_characters += sum(map(len, document.paragraphs))
        if num_characters >= _BATCH_CHARACTERS:
            yield batch
            batch, num_characters = [], 0
    if batch:
        yield batch


def tokenize_batch(batch: list[Paragraphs], tokenizer: Tokenizer) -> TokenizedBatch:
    """Cuts some documents; types are numbered in the order of their appearance."""
    index: defaultdict[str, int] = defaultdict()
    index.default_factory = index.__len__
    index[PARAGRAPH_END_TYPE] = PARAGRAPH_END
    ids: list[int] = []
    paragraph_ends: list[int] = []
    document_ends: list[int] = []
    paragraph_digests = bytearray()
    document_digests = bytearray()
    for paragraphs in batch:
        whole = _digest()
        for paragraph in paragraphs:
            tokens = tokenizer.tokenize(paragraph)
            ids += map(index.__getitem__, tokens)
            ids.append(PARAGRAPH_END)
            paragraph_ends.append(len(ids))
            # Of the text and not of its tokens: parts that are cut in the order of
            # digests then stay what they are when the tokenizer changes.
            written = " ".join(paragraph.split()).encode("utf-8", "surrogatepass")
            paragraph_digests += _digest(written).digest()
            whole.update(written + b" ")  # wherever its paragraphs end
        document_ends.append(len(paragraph_ends))
        document_digests += whole.digest()
    arrays: dict[str, np.ndarray] = {
        "ids": np.array(ids, np.uint32),
        "paragraph_ends": np.array(paragraph_ends, np.int64),
        "paragraph_digests": np.frombuffer(paragraph_digests, np.uint64),
        "document_ends": np.array(document_ends, np.int64),
        "document_digests": np.frombuffer(document_digests, np.uint64),
    }
    num_characters = sum(len(p) for paragraphs in batch for p in paragraphs)
    return TokenizedBatch(list(index)[1:], num_characters, arrays)


def _digest(data: bytes = b"") -> hashlib.blake2b:
    """Of eight bytes: two of a million texts share one by chance 3 times in 10^8."""
    return hashlib.blake2b(data, digest_size=8)


# -- in a worker process -------------------------------------------------------------

_tokenizer: Tokenizer  # made once for each process


def _start_worker(pretokenized: bool) -> None:
    global _tokenizer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process' affair
    _tokenizer = Tokenizer(pretokenized=pretokenized)


def _tokenize_in_worker(batch: list[Paragraphs]) -> TokenizedBatch:
    return tokenize_batch(batch, _tokenizer)
