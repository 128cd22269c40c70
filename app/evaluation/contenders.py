"""Who is measured on the same tokens, in one reading of the text.

Language models enter, each under the name of its figures in metrics.json; what each of
them expects at every place of a text leaves. A mixture brings its parts, which are
asked once for both: its network alone, its cache alone, its n-grams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any, NamedTuple

import numpy as np

from app.errors import UserError
from app.evaluation.outcomes import Judge, Outcomes
from app.evaluation.subject import Subject
from app.language.contract import LanguageModel, select_rows, states_before
from app.language.mixture import Mixture
from app.language.mixture_tables import tables_along
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

# The names of figures in metrics.json.
TEST = "test"
NETWORK_ONLY = "network_only"
CACHE = "cache"
NGRAMS = "kneser_ney_5"
TRIGRAMS = "kneser_ney_3"
UNIGRAM = "unigram"
MOST_COMMON = "most_common_word"

# What people call them, in the order in which they are shown.
NAMES = {
    TEST: "this model",
    NETWORK_ONLY: "its network alone",
    NGRAMS: "Kneser-Ney 5-gram",
    TRIGRAMS: "Kneser-Ney 3-gram",
    CACHE: "its cache alone",
    UNIGRAM: "word frequencies",
    MOST_COMMON: "most common word",
}

DOCUMENTS_AT_ONCE = 32
_ROWS = 32  # of a table: more do not make a product much faster, and leave the L2 cache
_THREADS = 2

Report = Callable[[float], None]


class Contenders:
    """Language models that read the same text side by side.

    Args:
        models: by name; over one vocabulary. Where the one under `TEST` is a mixture,
            `NETWORK_ONLY`, `CACHE` and `NGRAMS` are its parts and need not be given.
    """

    def __init__(self, models: Mapping[str, LanguageModel]) -> None:
        mixture = models.get(TEST)
        brought = set()
        if isinstance(mixture, Mixture):
            brought = {NETWORK_ONLY} | ({NGRAMS} if mixture.ngrams else set())
        self._models = {k: model for k, model in models.items() if k not in brought}

    @classmethod
    def of(cls, subject: Subject) -> Contenders:
        """A model, its parts and its n-grams."""
        models: dict[str, LanguageModel | None] = {
            TEST: subject.predictor.model,
            NGRAMS: subject.ngrams,
            TRIGRAMS: subject.trigrams,
        }
        return cls({name: model for name, model in models.items() if model is not None})

    def start(self, batch: int) -> tuple[Any, ...]:
        """The states of all of them, of `batch` texts."""
        return tuple(model.start(batch) for model in self._models.values())

    def read(
        self, states: tuple[Any, ...], token_ids: np.ndarray
    ) -> tuple[list[tuple[str, np.ndarray]], tuple[Any, ...]]:
        """What each expects before every token of a run, and the states after it.

        Args:
            states: [batch], unchanged.
            token_ids: int32 [batch, steps], at least one step.

        Returns:
            Names, each with its log-probabilities, float32 [steps * batch, vocabulary],
            all rows of one step beside each other; the states.
        """
        tables, after = [], []
        for (name, model), state in zip(self._models.items(), states, strict=True):
            if name == TEST and isinstance(model, Mixture):
                parts, state = tables_along(model, state, token_ids)
                names = TEST, NETWORK_ONLY, NGRAMS, CACHE
                named = zip(names, parts, strict=True)
                tables += [(part, it) for part, it in named if it is not None]
            else:
                before, state = states_before(model, state, token_ids)
                tables.append((name, model.log_probabilities(before)))
            after.append(state)
        return tables, tuple(after)


class _Group(NamedTuple):
    """Documents that are read side by side, from long to short.

    Those that are still being read are always the first rows::

        the cat sat EOS dogs bark EOS      4 steps with 2 rows,
        it  rains .  EOS                   3 steps with 1 row

    Attributes:
        token_ids: int32 [rows, steps], padded at the end.
        starts: int64 [rows], where in the text each document begins.
        lengths: int64 [rows], descending.
    """

    token_ids: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray


def observe(
    contenders: Contenders,
    vocabulary: Vocabulary,
    text: EncodedText,
    batch: int = DOCUMENTS_AT_ONCE,
    report: Report | None = None,
) -> dict[str, Outcomes]:
    """What each contender makes of every target of `text`.

    Args:
        contenders: predict ids of `vocabulary`.
        vocabulary: knows which ids are words.
        text: at least one target.
        batch: most documents read side by side; changes the time and nothing else.
        report: is called now and then with the number of targets done.

    Raises:
        UserError: the text is empty.
    """
    if not text.num_tokens:
        raise UserError("There is nothing to evaluate: the text has no tokens.")
    found: dict[str, Outcomes] = {}
    judge, lock, stop = Judge(vocabulary), Lock(), Event()
    done = 0

    def read(group: _Group) -> None:
        nonlocal done
        for targets, places, tables in _read(contenders, group):
            for name, table in tables:
                with lock:
                    if name not in found:
                        found[name] = Outcomes.empty(text.num_tokens)
                found[name].put(places, judge.outcomes(table, targets))
            with lock:
                done += len(targets)
                if report:
                    report(done)
            if stop.is_set():
                return

    # Nearly all time is spent in numpy, which lets the other thread go on.
    with ThreadPoolExecutor(_THREADS) as threads:
        try:
            for _ in threads.map(read, _groups(text, batch)):
                pass
        finally:
            stop.set()  # where it was interrupted, nobody waits for the rest
    return found


def _groups(text: EncodedText, batch: int) -> Iterator[_Group]:
    """The documents of `text`, those of like length together, the longest first."""
    lengths = np.diff(text.document_ends, prepend=0)
    order = np.argsort(-lengths, kind="stable")
    order = order[: np.count_nonzero(lengths)]
    batch = min(batch, -(-len(order) // _THREADS))  # something to do for everybody
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        starts = text.document_ends[rows] - lengths[rows]
        ids = np.zeros((len(rows), lengths[rows[0]]), np.int32)
        for row, start, length in zip(ids, starts, lengths[rows], strict=True):
            row[:length] = text.ids[start : start + length]
        yield _Group(ids, starts, lengths[rows])


def _read(
    contenders: Contenders, group: _Group
) -> Iterator[tuple[np.ndarray, np.ndarray, list[tuple[str, np.ndarray]]]]:
    """Yields int32 [rows] targets, where in the text they stand, and the tables.

    A few rows are read several steps at a time: the output layer likes many rows.
    """
    ids, starts, lengths = group
    states = contenders.start(len(ids))
    step = 0
    while step < ids.shape[1]:
        reading = np.count_nonzero(lengths > step)
        if reading < len(ids):
            ids, starts, lengths = ids[:reading], starts[:reading], lengths[:reading]
            states = select_rows(states, np.arange(reading))
        end = min(step + max(1, _ROWS // int(reading)), int(lengths[-1]))
        run = ids[:, step:end]
        places = starts + np.arange(step, end)[:, None]  # [steps, rows]
        tables, states = contenders.read(states, run)
        yield run.T.ravel(), places.ravel(), tables
        step = end
