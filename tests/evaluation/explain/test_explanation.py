"""What is told about a blank is what the network for blanks says."""

import numpy as np
import pytest

from app.evaluation.explain.explanation import explain
from app.evaluation.explain.page import explanation_page
from app.evaluation.explain.whole_text import surprise_curve
from tests.evaluation.explain.made_by_hand import tiny_predictor

TEXT = "the cat ___ on the mat ."


def test_the_belief_in_a_blank_grows_from_both_sides():
    predictor = tiny_predictor(two_sided=True)
    found = explain(predictor, "lstm", TEXT)
    left, right = found.text.left_ids[None], found.text.right_ids[None]
    ids = [it.token_id for it in found.predicted]

    def filled(left, right):
        return np.exp(predictor.two_sided.fill(left, right)[0, ids])

    nothing = np.zeros((1, 0), np.int32)
    for read in range(3):
        expected = filled(left[:, :read], nothing)
        np.testing.assert_allclose(found.belief[read], expected, rtol=1e-4)
    for read in range(1, 5):
        expected = filled(left, right[:, -read:])
        np.testing.assert_allclose(found.belief[-read], expected, rtol=1e-4)
    whole = filled(left, right)
    np.testing.assert_allclose(found.belief[3], whole, rtol=1e-4)
    assert [it.probability for it in found.predicted] == pytest.approx(whole, rel=1e-4)


def test_words_on_both_sides_of_a_blank_matter():
    predictor = tiny_predictor(two_sided=True)
    found = explain(predictor, "lstm", TEXT)
    why = found.attributions[0]
    assert (why.taken_out != 0).tolist() == [0, 1, 1, 0, 1, 1, 1, 1]
    ids = found.text.right_ids[None].copy()
    ids[0, 1] = 1  # "the" behind the blank, as an unknown word
    whole, without = (
        float(predictor.two_sided.fill(found.text.left_ids[None], it)[0, why.token_id])
        for it in (found.text.right_ids[None], ids)
    )
    assert why.taken_out[5] == pytest.approx((whole - without) / np.log(2), abs=1e-4)


def test_a_blank_without_a_network_for_it_says_what_is_not_read():
    found = explain(tiny_predictor(), "lstm", TEXT)
    assert "what stands behind the blank is not explained" in found.remarks[0]
    assert np.isnan(found.belief[-1]).all()
    assert "stands behind the blank" in explanation_page(found, None, "tiny")


def test_a_reader_from_the_right_is_drawn_over_its_own_words():
    found = explain(tiny_predictor(two_sided=True), "lstm", TEXT)
    left, right = found.sides.sides
    assert left.columns.tolist() == [0, 1, 2]
    assert right.columns.tolist() == [7, 6, 5, 4]


def test_what_is_not_drawn_need_not_be_scored_and_changes_nothing():
    text = "the cat and the dog sat on the mat . " * 20
    whole = explain(tiny_predictor(), "lstm", text, most_shown=40)
    drawn = explain(tiny_predictor(), "lstm", text, most_shown=40, score_all=False)
    assert (len(whole.probabilities), len(drawn.probabilities)) == (200, 40)
    np.testing.assert_allclose(
        whole.probabilities[-40:], drawn.probabilities, rtol=1e-5
    )
    np.testing.assert_allclose(whole.belief, drawn.belief, rtol=1e-5)
    assert [it.token for it in whole.words] == [it.token for it in drawn.words]
    assert len(drawn.words) == 41
    assert "the last 40 of 200 words" in drawn.remarks[0]
    assert surprise_curve(whole) is not None
    assert surprise_curve(drawn) is None
