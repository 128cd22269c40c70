"""Every target in its stratum: a text sorted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.outcomes import MOST_LETTERS, NEVER, Outcomes
from app.evaluation.strata import Strata
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from app.text.written import WrittenTokens

#         5    6      7     8    9      10    11
WORDS = ("the", "cat", "42", ".", "mat", '"', "a")
TOKENS = (*RESERVED, *WORDS)
COUNTS = np.array([0, 2, 3, 4, 0, 20_000, 1_500, 30, 900, 9, 5, 2])
THE, CAT, NUMBER, STOP, MAT, QUOTE, LETTER = range(5, 12)
VOCABULARY = Vocabulary(TOKENS, COUNTS, TOKENS, oov_types=3)

# The cat . " the Zebra mat " | the mat . 42 a &&
FIRST = [THE, CAT, STOP, QUOTE, THE, OOV, MAT, QUOTE, EOS]
SECOND = [THE, MAT, STOP, NUMBER, LETTER, OOV, EOS]
WRITTEN = ("\n", "The", "cat", ".", '"', "the", "Zebra", "mat", "42", "a", "&&")
TYPE_IDS = [1, 2, 3, 4, 5, 6, 7, 4, 0, 5, 7, 3, 8, 9, 10, 0]
TEXT = EncodedText(
    np.array([*FIRST, *SECOND], np.int32),
    np.array([len(FIRST), len(FIRST) + len(SECOND)]),
    oov_words=1,
    written=WrittenTokens(WRITTEN, np.array(TYPE_IDS, np.uint32)),
)


def outcomes(ranks: np.ndarray | None = None) -> Outcomes:
    """Every target right in the first place, unless other ranks are given."""
    size = TEXT.num_tokens
    ranks = np.ones(size, np.int32) if ranks is None else ranks
    letters = np.repeat(ranks[:, None], MOST_LETTERS, axis=1)
    losses = np.full(size, np.log(8))
    return Outcomes(losses, ranks, ranks, letters, np.ones(size, np.float32))


def sizes(key: str) -> dict[str, int]:
    tables = Strata(TEXT, VOCABULARY).tables(outcomes())
    return {it["stratum"]: it["tokens"] for it in tables[key]}


def test_by_frequency_in_training():
    assert sizes("word_frequency") == {
        "1–9 times in training": 2 + 1 + 2,  # mat, a, the quotation marks
        "10–99 times in training": 1,
        "100–999 times in training": 2,  # .
        "1,000–9,999 times in training": 1,
        "10,000 or more times in training": 3,
        "end of a paragraph": 2,
        "unknown": 2,
    }


def test_by_half_of_the_vocabulary():
    assert sizes("seen_rarely") == {
        "more frequent half of the vocabulary": 5,  # the 3, cat, 42
        "rarer half of the vocabulary": 7,
        "end of a paragraph": 2,
        "unknown": 2,
    }


def test_by_kind_of_word():
    assert sizes("word_class") == {
        "content words": 3,  # cat, mat, mat
        "function words": 4,  # the 3, a
        "numbers": 1,
        "punctuation": 4,
        "end of a paragraph": 2,
        "unknown": 2,
    }


def test_the_kinds_of_words_are_left_out_of_a_language_that_the_lists_do_not_know():
    names = (*RESERVED, "katze", "hund", "matte", "und", "die", "ein", "a")
    german = Vocabulary(names, np.ones(len(names), np.int64), names)
    assert "word_class" not in Strata(TEXT, german).tables(outcomes())


def test_by_place_in_the_sentence():
    # The cat . " the Zebra mat " | the mat . 42 a && |
    #  1   2  3 1  1    2    3  3 4   1   2  3  1  2 3 4
    assert sizes("position_in_sentence") == {
        "token 1": 5,
        "token 2": 4,
        "token 3": 5,
        "token 4–6": 2,
    }


def test_by_when_it_last_occurred_in_the_same_document():
    assert sizes("last_occurrence") == {
        "not yet in its document": 10,
        "1–10 tokens ago": 2,  # the, " of the first document
        "end of a paragraph": 2,
        "unknown": 2,
    }


def test_after_some_letters_words_that_have_more_are_counted_unknown_ones_too():
    # the cat the Zebra mat the mat a: unknown marks are no words
    assert sizes("first_letters_typed") == {
        "0 letters": 8,
        "1 letter": 7,
        "2 letters": 7,
        "3 letters": 1,
        "4 letters": 1,
    }


def test_the_figures_of_a_stratum_are_those_of_its_targets():
    ranks = np.ones(TEXT.num_tokens, np.int32)
    ranks[TEXT.ids == OOV] = NEVER
    ranks[TEXT.ids == MAT] = [2, 4]
    tables = Strata(TEXT, VOCABULARY).tables(outcomes(ranks))
    content, *_, unknown = tables["word_class"]
    assert content["perplexity"] == pytest.approx(8)
    assert content["top_1_accuracy"] == pytest.approx(1 / 3)
    assert content["top_3_accuracy"] == pytest.approx(2 / 3)
    assert content["mean_reciprocal_rank"] == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert unknown["top_3_accuracy"] == unknown["mean_reciprocal_rank"] == 0
    letters = tables["first_letters_typed"][1]
    assert letters["perplexity"] is None
    assert letters["top_1_accuracy"] == pytest.approx(4 / 7)


def test_an_infinite_perplexity_is_null():
    infinite = outcomes().with_losses(np.full(TEXT.num_tokens, np.inf))
    tables = Strata(TEXT, VOCABULARY).tables(infinite)
    assert tables["word_class"][0]["perplexity"] is None
