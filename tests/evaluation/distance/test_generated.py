"""The generated language: one word decides, and nothing else tells anything."""

import numpy as np
import pytest

from app.evaluation.distance.generated import (
    CHANCE,
    NAMES,
    NUM_THINGS,
    SHARES,
    THINGS,
    lesson,
    questions,
    shares_beyond,
)
from app.text.vocabulary import BOS, PAD


def remembering(words, last):
    """The share of right answers of a reader who knows the last so many words."""

    def right(read, answer):
        seen = read[-last:]
        spoken = np.flatnonzero(seen[:-1] == seen[-1])
        return len(spoken) > 0 and seen[spoken[-1] + 1] == answer

    return np.mean([right(*it) for it in zip(*words, strict=True)])


@pytest.mark.parametrize("distance", [2, 4, 10, 50])
def test_who_knows_so_many_words_is_always_right_and_who_knows_fewer_never(distance):
    words = questions(distance, 200, 10, np.random.default_rng(1))
    assert remembering(words, distance + 1) == 1  # the name stands before its thing
    assert remembering(words, distance) == 0


def test_the_answer_stands_so_many_words_before_the_blank():
    read, answers = questions(6, 50, 3, np.random.default_rng(2))
    assert (read[:, -6] == answers).all()
    assert (read[:, -7] == read[:, -1]).all()


def test_neither_the_name_nor_the_words_between_tell_the_answer():
    read, answers = questions(10, 100_000, 5, np.random.default_rng(3))
    for column in (read[:, -1], read[:, -2]):
        table = np.zeros((read.max() + 1, NUM_THINGS))
        np.add.at(table, (column, answers - THINGS[0]), 1)
        guessing = table.max(axis=1).sum() / len(answers)
        assert guessing == pytest.approx(CHANCE, abs=0.01)


def test_a_lesson_asks_for_what_was_said_of_each_name_last():
    inputs, targets = lesson(4, 30, np.random.default_rng(4))
    for row, asked in zip(inputs.T.tolist(), targets.T.tolist(), strict=True):
        assert row[0] == BOS
        said = {}
        for step in range(1, len(row), 2):
            name, thing = row[step : step + 2]
            assert name in NAMES and thing in THINGS
            assert asked[step] == said.get(name, PAD)
            assert asked[step + 1] == PAD
            said[name] = thing


def test_how_often_so_distant_words_are_asked_for_is_known():
    found = shares_beyond([2, 4, 40, 400], 60)
    assert found[0] == 1
    # Neither name nor text ends matter much to how often the next one is another.
    assert found[1] == pytest.approx(1 - (SHARES**2).sum(), abs=0.03)
    assert 0 < found[2] < 0.1
    assert found[3] == 0


def test_the_same_seed_draws_the_same():
    first, again, other = (
        lesson(3, 8, np.random.default_rng(seed)).inputs for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
