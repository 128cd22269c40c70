"""Who is better, worked out by hand and against chance."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.comparison import charged, compare
from app.evaluation.metrics import Target
from app.evaluation.outcomes import NEVER, Outcomes
from app.text.vocabulary import EOS, OOV
from tests.tiny import tiny_vocabulary


def outcomes(losses: np.ndarray, ranks: np.ndarray) -> Outcomes:
    found = Outcomes.empty(len(losses))
    return Outcomes(losses, ranks, ranks, found.letter_ranks, found.confidences)


def target_of(documents: int, length: int) -> Target:
    ids = np.full(documents * length, EOS, np.int32)
    units = np.repeat(np.arange(documents), length)
    return Target(ids, units, documents, 0, None, None)


def test_a_pair_worked_out_by_hand():
    target = target_of(2, 2)
    ours = outcomes(np.array([1.0, 1.0, 2.0, 2.0]), np.array([1, 1, 1, 2]))
    theirs = outcomes(np.array([2.0, 2.0, 3.0, 3.0]), np.array([1, 2, 2, 1]))
    [found] = compare("a", {"a": ours, "b": theirs}, target)
    assert (found["better"], found["than"]) == ("a", "b")
    assert found["nats"] == pytest.approx(1)
    assert found["perplexity_ratio"] == pytest.approx(np.e)
    assert found["top_1_accuracy"] == pytest.approx(1 / 4)
    assert found["standard_error"] == pytest.approx(0)  # the same in each document
    [turned] = compare("b", {"a": ours, "b": theirs}, target)
    assert turned == found


def test_what_is_hard_for_everybody_does_not_count():
    generator = np.random.default_rng(4)
    target = target_of(60, 5)
    hardness = np.repeat(generator.normal(5, 2, 60), 5)
    noise = generator.normal(0, 0.1, 300)
    ranks = np.ones(300, np.int32)
    ours, theirs = outcomes(hardness, ranks), outcomes(hardness + 0.1 + noise, ranks)
    [found] = compare("a", {"a": ours, "b": theirs}, target)
    assert found["standard_error"] == pytest.approx(0.1 / np.sqrt(300), rel=0.3)


def test_where_one_has_no_perplexity_accuracy_decides():
    target = target_of(3, 1)
    ours = outcomes(np.ones(3), np.array([2, 2, 1]))
    theirs = outcomes(np.array([1.0, np.inf, 1.0]), np.array([1, 1, 1]))
    [found] = compare("a", {"a": ours, "b": theirs}, target)
    assert (found["better"], found["nats"]) == ("b", None)
    assert found["top_1_accuracy"] == pytest.approx(2 / 3)


def test_of_one_document_no_standard_error_is_known():
    one = outcomes(np.ones(4), np.ones(4, np.int32))
    [found] = compare("a", {"a": one, "b": one}, target_of(1, 4))
    assert found["nats"] == 0
    assert found["standard_error"] is found["top_1_standard_error"] is None


def test_unknown_words_are_charged_for_all_they_stand_for():
    vocabulary = tiny_vocabulary()
    target = target_of(1, 2)._replace(token_ids=np.array([7, OOV]))
    ranks = np.array([1, NEVER])
    found = charged(outcomes(np.ones(2), ranks), target, vocabulary)
    assert found.losses.tolist() == [1.0, 1.0 + np.log(vocabulary.oov_types)]
