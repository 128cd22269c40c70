"""Ranks and confidences of single targets, against sorting everything."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.outcomes import MOST_LETTERS, NEVER, Judge, Outcomes
from app.text.folding import without_case_and_accents
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED, Vocabulary
from tests.tiny import tiny_vocabulary

NEVER_CANDIDATES = (PAD, OOV, BOS, BLANK)


def random_tables(vocabulary: Vocabulary, rows: int, *, ties: bool) -> np.ndarray:
    shares = np.random.default_rng(3).gamma(0.5, size=(rows, vocabulary.size)) + 1e-6
    if ties:
        shares = np.ceil(2 * shares)
    return np.log(shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def slow_rank(row: np.ndarray, target: int, ids: list[int]) -> int:
    order = sorted(ids, key=lambda token_id: (-row[token_id], token_id))
    return order.index(target) + 1 if target in ids else NEVER


@pytest.mark.parametrize("ties", [False, True])
def test_ranks_are_those_of_sorting_everything(ties):
    vocabulary = tiny_vocabulary()
    targets = np.array(
        [i for i in range(vocabulary.size) if i not in (PAD, BOS, BLANK)]
    )
    table = random_tables(vocabulary, len(targets), ties=ties)
    found = Judge(vocabulary).outcomes(table, targets)
    candidates = [i for i in range(vocabulary.size) if i not in NEVER_CANDIDATES]
    words = [i for i in candidates if vocabulary.is_word[i]]
    keys = [without_case_and_accents(it) for it in vocabulary.written]
    for row, target in enumerate(targets.tolist()):
        assert found.ranks[row] == slow_rank(table[row], target, candidates)
        assert found.word_ranks[row] == slow_rank(table[row], target, words)
        likeliest = max(table[row, i] for i in candidates)
        lost = np.exp(table[row, [PAD, BOS, BLANK]]).sum()
        assert found.confidences[row] == pytest.approx(np.exp(likeliest) / (1 - lost))
        for letters in range(1, MOST_LETTERS + 1):
            fitting = [i for i in words if keys[i][:letters] == keys[target][:letters]]
            expected = NEVER
            if target in words and len(keys[target]) > letters:
                expected = slow_rank(table[row], target, fitting)
            assert found.letter_ranks[row, letters - 1] == expected


def test_the_end_of_a_paragraph_can_be_the_likeliest():
    row = np.full((1, len(RESERVED) + 1), 0.1)
    row[0, EOS] = 0.5
    tokens = (*RESERVED, "a")
    vocabulary = Vocabulary(tokens, np.ones(len(tokens), np.int64), tokens)
    found = Judge(vocabulary).outcomes(np.log(row).astype("f4"), np.array([EOS]))
    assert found.confidences[0] == pytest.approx(0.5 / 0.7)
    assert (found.ranks[0], found.word_ranks[0]) == (1, NEVER)


def test_some_targets_are_put_in_their_places_and_taken_out_again():
    vocabulary = tiny_vocabulary()
    table = random_tables(vocabulary, 4, ties=False)
    targets, places = np.array([5, 9, EOS, OOV]), np.array([2, 0, 3, 1])
    some = Judge(vocabulary).outcomes(table, targets)
    whole = Outcomes.empty(4)
    whole.put(places, some)
    for name, values in vars(some).items():
        np.testing.assert_array_equal(getattr(whole.at(places), name), values)
