"""Where a model is good and where it is not: its figures by kind of word and place.

A text and its vocabulary enter, and what a model made of every target; a short table
for each way to sort targets leaves. The names are for people; they say nothing about
anybody's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from app.evaluation.metrics import perplexity
from app.evaluation.outcomes import MOST_LETTERS, NEVER, Outcomes
from app.evaluation.word_classes import WordClass, is_english, word_classes
from app.text.encoding import EncodedText
from app.text.folding import without_case_and_accents
from app.text.sentences import PASSED_OVER, SENTENCE_ENDS
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary

END = "end of a paragraph"
UNKNOWN = "unknown"

# Powers of ten: counts of words go over five of them.
_FREQUENCIES = (10, 100, 1_000, 10_000)
_POSITIONS = (2, 3, 4, 7, 13, 25)
_DISTANCES = (11, 101, 1_001)

_CLASSES = {
    WordClass.CONTENT: "content words",
    WordClass.FUNCTION: "function words",
    WordClass.NUMBER: "numbers",
    WordClass.PUNCTUATION: "punctuation",
}


class Strata:
    """The targets of a text, sorted in several ways; made once for all models.

    Args:
        text: at least one target.
        vocabulary: of its ids.
    """

    def __init__(self, text: EncodedText, vocabulary: Vocabulary) -> None:
        self._text = text
        self._ids = np.asarray(text.ids)
        self._vocabulary = vocabulary

    def tables(self, outcomes: Outcomes) -> dict[str, list[dict[str, Any]]]:
        """The part "strata" of a model's figures.

        Args:
            outcomes: what the model made of every target.
        """
        tables = {
            name: [
                _figures(stratum, outcomes.losses[rows], outcomes.ranks[rows])
                for number, stratum in enumerate(names)
                if len(rows := np.flatnonzero(numbers == number))
            ]
            for name, (names, numbers) in self._sorted.items()
        }
        return {**tables, "first_letters_typed": self._by_letters(outcomes)}

    @cached_property
    def _sorted(self) -> dict[str, tuple[Sequence[str], np.ndarray]]:
        """The names of strata, and int64 [targets] in which one each target is."""
        known = {"word_class": self._by_class()} if is_english(self._vocabulary) else {}
        return {
            "word_frequency": self._by_frequency(),
            "seen_rarely": self._by_half(),
            **known,
            "position_in_sentence": self._by_position(),
            "last_occurrence": self._by_distance(),
        }

    def _by_frequency(self) -> tuple[Sequence[str], np.ndarray]:
        """How often the training text has the word."""
        counts = self._vocabulary.counts[self._ids]
        numbers = np.searchsorted(_FREQUENCIES, counts, "right")
        names = [f"{name} times in training" for name in _ranges(1, _FREQUENCIES)]
        return self._with_others(names, numbers)

    def _by_half(self) -> tuple[Sequence[str], np.ndarray]:
        """Whether it belongs to the rarer half of the known words."""
        # Ids of words go from frequent to rare.
        middle = (len(RESERVED) + self._vocabulary.size) // 2
        names = ["more frequent half of the vocabulary", "rarer half of the vocabulary"]
        return self._with_others(names, (self._ids >= middle).astype(np.int64))

    def _by_class(self) -> tuple[Sequence[str], np.ndarray]:
        """What kind of word it is."""
        order = list(_CLASSES)
        classes = word_classes(self._vocabulary)[self._ids]
        numbers = np.select([classes == it for it in order], range(len(order)), 0)
        return self._with_others(list(_CLASSES.values()), numbers)

    def _with_others(
        self, names: Sequence[str], numbers: np.ndarray
    ) -> tuple[Sequence[str], np.ndarray]:
        """The same with ends of paragraphs and unknown words apart."""
        others = [self._ids == EOS, self._ids == OOV]
        last = len(names)
        return [*names, END, UNKNOWN], np.select(others, [last, last + 1], numbers)

    def _by_position(self) -> tuple[Sequence[str], np.ndarray]:
        """Which token of its sentence it is; quotation marks and brackets not counted.

        Where every sentence begins is `begins_sentence`'s rule, all at once.
        """
        tokens = np.array(self._vocabulary.tokens)
        is_end = np.isin(tokens, SENTENCE_ENDS)
        is_end[EOS] = True
        is_counted = ~np.isin(tokens, PASSED_OVER)[self._ids]
        sentences = np.cumsum(is_end[self._ids]) - is_end[self._ids]
        before = np.cumsum(is_counted) - is_counted  # tokens in front of each
        first = np.searchsorted(sentences, np.arange(sentences[-1] + 1))
        places = np.maximum(1, before - before[first][sentences] + is_counted)
        names = [f"token {name}" for name in _ranges(1, _POSITIONS)]
        return names, np.searchsorted(_POSITIONS, places, "right")

    def _by_distance(self) -> tuple[Sequence[str], np.ndarray]:
        """How many tokens ago it last stood in the same document."""
        places = np.arange(len(self._ids))
        documents = np.searchsorted(self._text.document_ends, places, "right")
        order = np.lexsort((places, self._ids, documents))
        is_again = (np.diff(self._ids[order]) == 0) & (np.diff(documents[order]) == 0)
        ago = np.zeros(len(places), np.int64)
        ago[order[1:]] = np.where(is_again, np.diff(order), 0)
        numbers = np.where(ago, 1 + np.searchsorted(_DISTANCES, ago, "right"), 0)
        names = [f"{name} tokens ago" for name in _ranges(1, _DISTANCES)]
        return self._with_others(["not yet in its document", *names], numbers)

    def _by_letters(self, outcomes: Outcomes) -> list[dict[str, Any]]:
        """When some letters of a word have been typed: of those that have more."""
        tables = []
        for letters in range(MOST_LETTERS + 1):
            rows = np.flatnonzero(self._word_lengths > letters)
            ranks = outcomes.word_ranks
            if letters:
                ranks = outcomes.letter_ranks[:, letters - 1]
            if len(rows):
                name = "1 letter" if letters == 1 else f"{letters} letters"
                tables.append(_figures(name, None, ranks[rows]))
        return tables

    @cached_property
    def _word_lengths(self) -> np.ndarray:
        """int64 [targets]: letters of words, also of unknown ones; 0 elsewhere."""
        of_ids = [
            len(without_case_and_accents(written)) if is_word else 0
            for written, is_word in zip(
                self._vocabulary.written, self._vocabulary.is_word, strict=True
            )
        ]
        lengths = np.array(of_ids, np.int64)[self._ids]
        if self._text.written is not None:
            types, type_ids = self._text.written.types, self._text.written.type_ids
            of_types = [len(token) if token[0].isalpha() else 0 for token in types]
            is_oov = self._ids == OOV
            lengths[is_oov] = np.array(of_types, np.int64)[type_ids[is_oov]]
        return lengths


def _ranges(first: int, starts: Sequence[int]) -> list[str]:
    """What lies between numbers, in words.

    >>> _ranges(1, (2, 4, 100))
    ['1', '2–3', '4–99', '100 or more']
    """
    bounds = [first, *starts]
    names = [
        f"{low:,}" if high == low + 1 else f"{low:,}–{high - 1:,}"
        for low, high in pairwise(bounds)
    ]
    return [*names, f"{bounds[-1]:,} or more"]


def _figures(
    stratum: str, losses: np.ndarray | None, ranks: np.ndarray
) -> dict[str, Any]:
    """One line of a table.

    Args:
        stratum: its name.
        losses: float64 [targets], nats; None where they are of another question.
        ranks: int32 [targets], at least one.
    """
    reciprocal = np.where(ranks == NEVER, 0.0, 1.0 / ranks)
    return {
        "stratum": stratum,
        "tokens": len(ranks),
        "perplexity": None if losses is None else perplexity(losses.sum(), len(losses)),
        "top_1_accuracy": float((ranks <= 1).mean()),
        "top_3_accuracy": float((ranks <= 3).mean()),
        "mean_reciprocal_rank": float(reciprocal.mean()),
    }
