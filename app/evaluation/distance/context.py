"""What words far back are worth on real text: they are shuffled, or cut away.

A language model and a text enter; what it costs to spoil the words further back than k
leaves, in nats a word, for the model and the parts it is made of. With k = 3::

    as it is     a b c d e f g ___
    shuffled     c a d b e f g ___      the same words, in another order
    cut          - - - - e f g ___      read as if the text began there

What shuffling costs is what their order was worth; what cutting costs more than that,
the worth of which words they were. An n-gram model looks back at fewer words than any
distance asked for, so that for it both cost nothing.

Source: Khandelwal et al. 2018, Sharp nearby, fuzzy far away: how neural language models
use context, sections 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from app.errors import UserError
from app.evaluation.bootstrap import standard_error_of_ratio
from app.evaluation.contenders import NETWORK_ONLY, NGRAMS, TEST, Report
from app.evaluation.metrics import Target
from app.language.contract import LanguageModel, read
from app.language.mixture import Mixture
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

SHUFFLED, CUT = "shuffled", "cut"

_ROWS = 64  # read side by side: what a cache remembers of them fits into memory

Spoil = Callable[[np.ndarray], np.ndarray]


def context_costs(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: EncodedText,
    distances: Sequence[int],
    *,
    context: int,
    targets: int,
    seed: int,
    report: Report | None = None,
) -> dict[str, Any]:
    """What it costs a model to lose the order of distant words, and the words.

    Args:
        model: a mixture is measured with its parts, which are read once for all.
        vocabulary: its own.
        text: to be predicted.
        distances: words that stay as they are, ascending, fewer than `context`.
        context: words read before each target.
        targets: how many are drawn at most, evenly from all that have such a context.
        seed: of the draws and of the shuffling.
        report: is called with the number of words read so far, see `words_to_read`.

    Returns:
        "targets" and "documents" they are from, "context", "distances"; "models": by
        name, the "perplexity" as it is and, under `SHUFFLED` and `CUT`, for each
        distance the "nats" that it costs, their "standard_error" by document (None
        where there is one), and the "perplexity" then.

    Raises:
        UserError: no document is long enough.
    """
    units = Target.all_of(text, vocabulary).units
    generator = np.random.default_rng(seed)
    places = _places(text, context, targets, generator)
    before = np.asarray(text.ids)[places[:, None] + np.arange(-context, 0)]
    answers = np.asarray(text.ids)[places]
    done = 0

    def losses(spoil: Spoil) -> dict[str, np.ndarray]:
        nonlocal done
        found: dict[str, list[np.ndarray]] = {}
        for rows in _pieces(len(answers)):
            ids = spoil(before[rows])
            for name, scores in _scores(model, ids, answers[rows]):
                found.setdefault(name, []).append(-scores.astype(np.float64))
            done += ids.size
            if report:
                report(done)
        return {name: np.concatenate(parts) for name, parts in found.items()}

    whole = losses(lambda ids: ids)
    spoiled = {
        way: [losses(_spoil(way, distance, generator)) for distance in distances]
        for way in (SHUFFLED, CUT)
    }
    models = {
        name: {
            "perplexity": math.exp(loss.mean()),
            **{
                way: [_cost(it[name], loss, units[places]) for it in spoiled[way]]
                for way in spoiled
            },
        }
        for name, loss in whole.items()
    }
    documents = np.searchsorted(text.document_ends, places, "right")
    return {
        "targets": len(places),
        "documents": len(set(documents.tolist())),
        "context": context,
        "distances": list(distances),
        "models": models,
    }


def words_to_read(distances: Sequence[int], context: int, targets: int) -> int:
    """Of all contexts in all ways."""
    return targets * (context * (1 + len(distances)) + sum(distances))


def _places(
    text: EncodedText, context: int, most: int, generator: np.random.Generator
) -> np.ndarray:
    """int64 [targets], ascending: where words stand that have a whole context."""
    ends = text.document_ends
    lengths = np.diff(ends, prepend=0)
    first = np.repeat(ends - lengths, lengths)  # of the document that each word is of
    possible = np.flatnonzero(np.arange(text.num_tokens) - first >= context)
    if not len(possible):
        longest = int(lengths.max(initial=0))
        raise UserError(
            f"No document has a word with {context} words before it: the longest has "
            f"{longest}. Give longer texts, or a smaller --context and smaller "
            "--distances."
        )
    return np.sort(generator.choice(possible, min(most, len(possible)), replace=False))


def _pieces(count: int) -> Iterator[slice]:
    for first in range(0, count, _ROWS):
        yield slice(first, first + _ROWS)


def _spoil(way: str, distance: int, generator: np.random.Generator) -> Spoil:
    if way == CUT:
        return lambda ids: ids[:, -distance:]

    def shuffle(ids: np.ndarray) -> np.ndarray:
        far = generator.permuted(ids[:, :-distance], axis=1)
        return np.concatenate([far, ids[:, -distance:]], axis=1)

    return shuffle


def _scores(
    model: LanguageModel, ids: np.ndarray, answers: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Yields names and log-probabilities of the answers after int32 [rows, steps]."""
    states = read(model, model.start(len(ids)), ids)
    yield TEST, model.score(states, answers)
    if isinstance(model, Mixture):
        yield NETWORK_ONLY, model.network.score(states.network, answers)
        if model.ngrams:
            yield NGRAMS, model.ngrams.score(states.ngrams, answers)


def _cost(spoiled: np.ndarray, whole: np.ndarray, units: np.ndarray) -> dict[str, Any]:
    """What losses have risen by, float64 [targets] each, and how sure that is."""
    _, numbers = np.unique(units, return_inverse=True)
    sums = np.bincount(numbers, spoiled - whole)
    return {
        "nats": float((spoiled - whole).mean()),
        "standard_error": standard_error_of_ratio(sums, np.bincount(numbers)),
        "perplexity": math.exp(spoiled.mean()),
    }
