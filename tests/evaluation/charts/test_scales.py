"""Marks on axes are round, few, and within reach."""

import math

from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.charts.scales import (
    linear,
    logarithmic,
    round_factors,
    round_steps,
    with_room,
)

positive = st.floats(1e-6, 1e12)


@given(positive, st.floats(1.0001, 1e9), st.integers(3, 9))
def test_factors_are_few_and_in_range(low, factor, most):
    low, high = with_room(low, low * factor)
    marks = round_factors(low, high, most)
    assert 1 <= len(marks) <= most
    assert marks == sorted(set(marks))
    assert low * 0.999 <= marks[0] and marks[-1] <= high * 1.001


@given(positive, st.integers(3, 9))
def test_steps_go_from_zero_to_the_value_or_just_above(high, most):
    marks = round_steps(high, most)
    assert marks[0] == 0
    assert 2 <= len(marks) <= most
    assert high <= marks[-1] * 1.000001
    assert marks[-2] < high
    steps = [after - before for before, after in zip(marks, marks[1:], strict=False)]
    assert max(steps) - min(steps) < 1e-6 * max(steps)


def test_steps_are_numbers_that_people_like():
    assert round_steps(0.37, most=6) == [0, 0.1, 0.2, 0.3, 0.4]
    assert round_steps(89, most=6) == [0, 20, 40, 60, 80, 100]
    assert round_steps(1, most=6) == [0, 0.2, 0.4, 0.6, 0.8, 1]


def test_scales_go_from_end_to_end():
    scale = linear(10, 20, 0, 100)
    assert [scale(it) for it in (10, 15, 20)] == [0, 50, 100]
    assert linear(3, 3, 0, 100)(3) == 50
    scale = logarithmic(1, 100, 0, 100)
    assert math.isclose(scale(10), 50)
