"""The n-gram model keeps the contract, whatever was read and however."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.contract import BoundsScores, LanguageModel, ReadsRuns, join_rows
from app.language.kneser_ney import estimate
from app.language.ngram import Level, NGramModel
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, EOS, PAD
from tests.language.reading import after, check_states_are_values
from tests.tiny import tiny_text

SIZE = 40
UNSEEN = SIZE - 1
NEVER = [PAD, BOS, BLANK]
PREDICTED = np.setdiff1d(np.arange(SIZE), NEVER)
every_order = pytest.mark.parametrize("order", [1, 2, 3, 5])
contexts = st.lists(st.integers(0, SIZE - 1), max_size=9)


def random_text() -> EncodedText:
    """The text that the models learn from; UNSEEN is not in it."""
    return tiny_text(num_words=30)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[int, NGramModel]:
    found = {}
    for order in (1, 2, 3, 5):
        folder = tmp_path_factory.mktemp(f"order-{order}")
        estimate(random_text(), SIZE, folder, order=order)
        found[order] = NGramModel.load(folder)
    return found


@every_order
@given(context=contexts)
def test_probabilities_sum_to_1_and_are_finite_after_anything(models, order, context):
    model = models[order]
    log_probabilities = model.log_probabilities(after(model, context))
    assert log_probabilities.dtype == np.float32
    assert log_probabilities.shape == (1, SIZE)
    assert np.isfinite(log_probabilities[0, PREDICTED]).all()
    assert np.exp(log_probabilities[0]).sum() == pytest.approx(1, abs=1e-5)
    assert np.exp(log_probabilities[0, NEVER]).tolist() == [0, 0, 0]


@every_order
@pytest.mark.parametrize("batch", [0, 1, 7])
def test_score_is_an_entry_of_the_log_probabilities(models, order, batch):
    model = models[order]
    generator = np.random.default_rng(batch)
    states = model.start(batch)
    for _ in range(6):
        table = model.log_probabilities(states)
        assert table.shape == (batch, SIZE)
        ids = generator.choice(PREDICTED, batch).astype(np.int32)
        scores = model.score(states, ids)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, table[np.arange(batch), ids], atol=1e-5)
        states = model.advance(states, ids)


@every_order
def test_bounds_of_scores_are_the_scores(models, order):
    model = models[order]
    states = join_rows([after(model, [7, 8]), after(model, [6])])
    ids = np.array([9, 30, EOS])
    bounds = model.score_bounds(states, ids)
    assert isinstance(model, BoundsScores)
    expected = model.log_probabilities(states)[:, ids]
    np.testing.assert_allclose(bounds, expected, atol=1e-6)


@every_order
@given(texts=st.lists(st.lists(st.integers(0, SIZE - 1), min_size=4, max_size=4)))
def test_rows_of_a_batch_do_not_see_each_other(models, order, texts):
    model = models[order]
    single = [after(model, context) for context in texts]
    batch = model.start(len(texts))
    for ids in np.array(texts, np.int32).reshape(-1, 4).T:
        batch = model.advance(batch, ids)
    table = model.log_probabilities(batch)
    for row, states in enumerate(single):
        np.testing.assert_array_equal(model.log_probabilities(states)[0], table[row])
    if single:
        np.testing.assert_array_equal(join_rows(single).rows, batch.rows)


@every_order
@given(context=contexts, cut=st.integers(0, 9))
def test_reading_step_by_step_equals_reading_at_once(models, order, context, cut):
    model = models[order]
    states = model.start(1)
    for part in (context[:cut], context[cut:]):
        states = model.read(states, np.array([part], np.int32))
    np.testing.assert_array_equal(states.rows, after(model, context).rows)


@every_order
def test_states_are_never_changed(models, order):
    check_states_are_values(models[order])


@every_order
def test_every_paragraph_begins_as_the_text_does(models, order):
    model = models[order]
    np.testing.assert_array_equal(
        after(model, [7, 8, 9, EOS]).rows, model.start(1).rows
    )


def test_a_longer_context_than_the_order_is_forgotten(models):
    model = models[3]
    np.testing.assert_array_equal(
        after(model, [5, 6, 7, 8]).rows, after(model, [9, 9, 7, 8]).rows
    )


def test_after_a_word_that_was_never_seen_nothing_before_it_counts(models):
    model = models[5]
    known, unknown = after(model, [7, UNSEEN]), after(model, [UNSEEN, UNSEEN])
    table = model.log_probabilities(known)
    np.testing.assert_array_equal(table, model.log_probabilities(unknown))
    assert table[0, UNSEEN] == table[0, PREDICTED].min()


def test_the_text_it_learned_from_is_likelier_with_more_context(models):
    losses = []
    for model in models.values():
        states, loss = model.start(1), 0.0
        for token_id in random_text().ids[:, None]:
            loss -= float(model.score(states, token_id)[0])
            states = model.advance(states, token_id)
        losses.append(loss)
    assert losses == sorted(losses, reverse=True)


def test_the_n_gram_model_is_a_language_model_that_reads_runs(models):
    model: LanguageModel = models[5]
    assert isinstance(model, ReadsRuns)
    assert (models[5].order, model.vocabulary_size) == (5, SIZE)


def test_arrays_that_do_not_belong_together_are_refused():
    unigrams, keys = np.zeros(SIZE, np.float32), np.arange(3)
    values = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match=r"order 2 have \[3, 3, 3\] rows.* 40 n-grams"):
        NGramModel(unigrams, [Level(keys, values, values)])
    with pytest.raises(ValueError, match=r"order 2 have \[3, 2, 40\] rows"):
        NGramModel(unigrams, [Level(keys, values[:2], unigrams)])


def test_a_model_that_is_cut_short_is_refused(tmp_path: Path):
    estimate(random_text(), SIZE, tmp_path, order=3)
    path = tmp_path / "log_probabilities_3.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match=r"log_probabilities_3\.npy is cut short"):
        NGramModel.load(tmp_path)
