"""The sentences of a text that a model found easiest and hardest, token by token.

A text enters with what a model made of every target of it; sentences leave. A sentence
ends with a full stop, an exclamation or a question mark, the quotation marks and
brackets that close after it included, or with its paragraph. Its bits per token are
charged: the probability of an unknown word is divided by the number of words that it
could have been, or gibberish would be easiest of all. Only the sentences that are shown
are read again, with all that stands before them, for the words that the model held
likeliest in each place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.evaluation.outcomes import NEVER_CANDIDATES, NEVER_TARGETS
from app.language.contract import LanguageModel, read
from app.text.encoding import EncodedText
from app.text.sentences import SENTENCE_ENDS, begins_after, capitalised
from app.text.vocabulary import EOS, OOV, Vocabulary

SENTENCES = 5  # the best, and as many of the worst
FEWEST_TOKENS, MOST_TOKENS = 6, 60
ALTERNATIVES = 5

# Sentences that share half of their different tokens are as good as the same.
_NEARLY_SAME = 0.5

_CLOSING = (")", "]", "}", "\N{RIGHT DOUBLE QUOTATION MARK}", "''")
_PAIRED = ('"', "'")  # the same sign opens and closes
_MOST_CLOSING = 3  # signs behind the end of a sentence, as in: "(He left.)"
_PARAGRAPH = "\N{PILCROW SIGN}"  # how the end of a paragraph is shown as a word

# Tokens that are read at a time: what the cache remembers of them is gathered first.
_READ_AT_ONCE = 4096

TokensBetween = Callable[[int, int], Sequence[str]]


class Sentence(NamedTuple):
    """Some targets of a text, from `begin` up to `end`, and how hard they are."""

    begin: int
    end: int
    bits_per_token: float


def best_and_worst(
    vocabulary: Vocabulary, text: EncodedText, losses: np.ndarray
) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences with the fewest bits per token, and those with the most.

    Of nearly identical ones the first is taken. Where there are but a few sentences,
    each half of them is one of the two.
    """
    sentences = _from_easy_to_hard(vocabulary, text, losses)
    count = min(SENTENCES, len(sentences) // 2)
    best = _different(text, sentences, count)
    others = [it for it in reversed(sentences) if it not in best]
    return best, _different(text, others, count)


def _from_easy_to_hard(
    vocabulary: Vocabulary, text: EncodedText, losses: np.ndarray
) -> list[Sentence]:
    """All sentences of a length to be shown, the fewest bits per token first."""
    begins, ends = sentence_bounds(vocabulary, text)
    lengths = ends - begins
    is_fit = (lengths >= FEWEST_TOKENS) & (lengths <= MOST_TOKENS)
    begins, ends, lengths = begins[is_fit], ends[is_fit], lengths[is_fit]
    bounds = np.column_stack([begins, ends]).ravel()
    padded = np.append(charged(losses, vocabulary, text), 0.0)
    bits = np.add.reduceat(padded, bounds)[::2] / lengths / math.log(2)
    order = np.argsort(bits, kind="stable")
    order = order[np.isfinite(bits[order])]
    numbers = (column[order].tolist() for column in (begins, ends, bits))
    return [Sentence(*it) for it in zip(*numbers, strict=True)]


def _different(
    text: EncodedText, sentences: Sequence[Sentence], count: int
) -> list[Sentence]:
    """The first `count` of which none is nearly the same as one before."""
    found: list[Sentence] = []
    for it in sentences:
        if len(found) == count:
            break
        if not any(_alike(text, it, other) for other in found):
            found.append(it)
    return found


def sentence_bounds(
    vocabulary: Vocabulary, text: EncodedText
) -> tuple[np.ndarray, np.ndarray]:
    """Where sentences begin and end, exclusive: int64 [sentences] each.

    The ends of paragraphs are in none of them.
    """
    ids = np.asarray(text.ids)
    is_paragraph_end = ids == EOS
    ends_sentence = _is_any(ids, vocabulary, SENTENCE_ENDS)
    closes = _is_any(ids, vocabulary, _CLOSING)
    for sign in _PAIRED:
        closes |= _every_second(_is_any(ids, vocabulary, (sign,)), is_paragraph_end)
    for _ in range(_MOST_CLOSING):
        ends_sentence[1:] |= closes[1:] & ends_sentence[:-1]
    # The next token goes on ending the sentence, or another one begins.
    is_last = ends_sentence.copy()
    is_last[:-1] &= ~ends_sentence[1:]
    is_last |= is_paragraph_end
    is_last[:-1] |= is_paragraph_end[1:]
    is_last[np.asarray(text.document_ends, np.int64) - 1] = True
    ends = np.flatnonzero(is_last) + 1
    begins = np.append(0, ends[:-1])
    is_sentence = ids[begins] != EOS
    return begins[is_sentence], ends[is_sentence]


def charged(
    losses: np.ndarray, vocabulary: Vocabulary, text: EncodedText
) -> np.ndarray:
    """float64 [targets], nats: an unknown word's as that of one it could have been."""
    is_unknown = np.asarray(text.ids) == OOV
    charge = math.log(max(1, vocabulary.oov_types))
    return np.asarray(losses, np.float64) + charge * is_unknown


def _is_any(
    ids: np.ndarray, vocabulary: Vocabulary, tokens: Sequence[str]
) -> np.ndarray:
    """Bool [targets]: which of them are one of `tokens`."""
    known = vocabulary.encode(tokens)
    return np.isin(ids, known[known != OOV])


def _every_second(is_sign: np.ndarray, is_paragraph_end: np.ndarray) -> np.ndarray:
    """Bool [targets]: every second of some signs in a paragraph, which closes."""
    before = np.cumsum(is_sign) - is_sign
    starts = np.append(0, np.flatnonzero(is_paragraph_end) + 1)
    before_paragraph = np.append(before, np.count_nonzero(is_sign))[starts]
    paragraph = np.cumsum(is_paragraph_end) - is_paragraph_end
    return is_sign & ((before - before_paragraph[paragraph]) % 2 == 1)


def _alike(text: EncodedText, one: Sentence, other: Sentence) -> bool:
    """Whether two sentences share half of their different tokens, or more."""
    tokens = [set(text.ids[it.begin : it.end].tolist()) for it in (one, other)]
    return len(tokens[0] & tokens[1]) >= _NEARLY_SAME * len(tokens[0] | tokens[1])


class Explainer:
    """Reads a text up to one sentence after the other, from the first to the last.

    Args: those of `examples`.
    """

    def __init__(
        self,
        model: LanguageModel,
        vocabulary: Vocabulary,
        text: EncodedText,
        written_tokens: TokensBetween,
        losses: np.ndarray,
    ) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._text = text
        self._written_tokens = written_tokens
        self._losses = charged(losses, vocabulary, text)
        self._ends = np.asarray(text.document_ends)
        self._document = -1
        self._place = 0  # of the next token to be read
        self._states: Any = None

    def of(self, sentence: Sentence) -> dict[str, Any]:
        """A sentence, token by token; none that was asked for before stands behind it.

        Returns:
            As it stands in examples.json.
        """
        begin, end = sentence.begin, sentence.end
        self._enter(int(np.searchsorted(self._ends, begin, side="right")))
        ids = self._text.ids[begin:end].tolist()
        probabilities = np.exp(-self._losses[begin:end]).tolist()
        tokens, begins = [], True
        for number, token in enumerate(self._written_tokens(begin, end)):
            self._read_up_to(begin + number)
            tokens.append(
                {
                    "token": token,
                    "probability": rounded(probabilities[number]),
                    "is_unknown": ids[number] == OOV,
                    "alternatives": self._alternatives(begins),
                }
            )
            begins = begins_after(begins, token)
        return {"bits_per_token": rounded(sentence.bits_per_token), "tokens": tokens}

    def _enter(self, document: int) -> None:
        """Begins to read a document, if it is another one than before."""
        if document != self._document:
            self._document = document
            self._place = int(self._ends[document - 1]) if document else 0
            self._states = self._model.start(1)

    def _read_up_to(self, place: int) -> None:
        while self._place < place:
            end = min(place, self._place + _READ_AT_ONCE)
            run = np.asarray(self._text.ids[None, self._place : end], np.int32)
            self._states = read(self._model, self._states, run)
            self._place = end

    def _alternatives(self, begins: bool) -> list[dict[str, Any]]:
        """The likeliest words here; `begins` tells whether a sentence begins."""
        table = self._model.log_probabilities(self._states)[0].astype(np.float64)
        left = max(1.0 - float(np.exp(table[NEVER_TARGETS]).sum()), 1e-12)
        table[NEVER_CANDIDATES] = -np.inf
        best = np.argsort(-table, kind="stable")[:ALTERNATIVES]
        return [
            {
                "word": self._shown(it, begins),
                "probability": rounded(math.exp(p) / left),
            }
            for it, p in zip(best.tolist(), table[best].tolist(), strict=True)
        ]

    def _shown(self, token_id: int, begins: bool) -> str:
        if token_id == EOS:
            return _PARAGRAPH
        word = self._vocabulary.written[token_id]
        is_capital_due = begins and not self._vocabulary.pretokenized
        return capitalised(word) if is_capital_due else word


def rounded(number: float) -> float:
    """Four digits that count: the rest would only make a file longer."""
    return float(f"{number:.4g}")
