"""Every token is asked for exactly once, after the right input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.network.batches import (
    Arrangement,
    document_batches,
    num_training_batches,
    stream_batches,
    training_batches,
    window_batches,
)
from app.text.encoding import EncodedText
from app.text.vocabulary import BOS, EOS, PAD
from tests.network.conftest import fit_options

A, B, C, D, E = range(5, 10)


def encoded(*documents):
    ends = np.cumsum([len(document) for document in documents])
    return EncodedText(np.concatenate(documents).astype(np.int32), ends)


DRAWING = encoded([A, B, C, EOS], [D, E, EOS])  # of the module's docstring

texts = st.lists(
    st.lists(st.integers(5, 40), min_size=1, max_size=12), min_size=1, max_size=6
).map(lambda documents: encoded(*documents))


def in_order(text):
    return Arrangement(text, np.arange(len(text.document_ends)))


def pairs(batches):
    """(input, target) of every position that asks for something."""
    found = []
    for inputs, targets, _ in batches:
        asked = targets != PAD
        found += zip(inputs[asked].tolist(), targets[asked].tolist(), strict=True)
    return sorted(found)


def test_the_drawing_of_streams_is_true():
    first, second = stream_batches(in_order(DRAWING), batch_size=2, window_length=2)
    assert first.inputs.T.tolist() == [[BOS, A], [BOS, D]]
    assert first.targets.T.tolist() == [[A, B], [D, E]]
    assert second.inputs.T.tolist() == [[B, C], [E, PAD]]
    assert second.targets.T.tolist() == [[C, EOS], [EOS, PAD]]


def test_the_drawing_of_windows_is_true():
    (batch,) = window_batches(DRAWING, batch_size=7, context_length=3)
    assert batch.inputs.T.tolist() == [
        [BOS, PAD, PAD],
        [BOS, A, PAD],
        [BOS, A, B],
        [A, B, C],
        [BOS, PAD, PAD],
        [BOS, D, PAD],
        [BOS, D, E],
    ]
    assert batch.targets.tolist() == [A, B, C, EOS, D, E, EOS]
    assert batch.lengths.tolist() == [1, 2, 3, 3, 1, 2, 3]


@given(texts, st.integers(1, 4), st.integers(1, 5))
def test_streams_ask_for_every_token_once_after_its_input(text, size, length):
    expected = sorted(
        pair
        for document in text.documents()
        for pair in zip([BOS, *document.tolist()], document.tolist(), strict=False)
    )
    batches = list(
        stream_batches(in_order(text), batch_size=size, window_length=length)
    )
    assert pairs(batches) == expected
    options = fit_options(batch_size=size, window_length=length)
    assert len(batches) == num_training_batches(text.num_tokens, options, None)
    whole = document_batches(text, batch_size=size, window_length=length)
    assert pairs(whole) == expected


@given(texts, st.integers(1, 4), st.integers(1, 5))
def test_validation_streams_begin_with_a_document_and_never_cut_one(text, size, length):
    batches = list(document_batches(text, batch_size=size, window_length=length))
    inputs = np.concatenate([batch.inputs for batch in batches])
    targets = np.concatenate([batch.targets for batch in batches])
    found = []
    for lane in range(size):
        asked = targets[:, lane] != PAD
        starts = np.flatnonzero(inputs[asked, lane] == BOS)
        assert not asked.any() or starts[0] == 0
        found += [p.tolist() for p in np.split(targets[asked, lane], starts)[1:]]
    assert sorted(found) == sorted(d.tolist() for d in text.documents())


@given(texts, st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_windows_hold_the_inputs_before_every_target(text, size, length, seed):
    generator = np.random.default_rng(seed)
    batches = list(
        window_batches(
            text, batch_size=size, context_length=length, generator=generator
        )
    )
    found = [
        (*inputs[:count].tolist(), target)
        for batch in batches
        for inputs, target, count in zip(
            batch.inputs.T, batch.targets.tolist(), batch.lengths, strict=True
        )
        if target != PAD
    ]
    expected = [
        (*[BOS, *document[:i].tolist()][-length:], int(document[i]))
        for document in text.documents()
        for i in range(len(document))
    ]
    assert sorted(found) == sorted(expected)
    options = fit_options(batch_size=size)
    assert len(batches) == num_training_batches(text.num_tokens, options, length)
    for batch in batches:
        beyond = np.arange(length)[:, None] >= batch.lengths
        assert (batch.inputs[beyond] == PAD).all()
        assert (batch.inputs[~beyond] != PAD).all()


@given(texts, st.randoms())
def test_an_arrangement_reads_the_documents_in_its_order(text, random):
    documents = [document.tolist() for document in text.documents()]
    order = random.sample(range(len(documents)), len(documents))
    arrangement = Arrangement(text, np.array(order))
    inputs, targets = arrangement.read(np.arange(text.num_tokens))
    expected = [documents[i] for i in order]
    assert targets.tolist() == sum(expected, [])
    assert inputs.tolist() == sum(([BOS, *d[:-1]] for d in expected), [])


def test_an_epoch_has_its_own_order():
    text = encoded(*[[i] for i in range(5, 40)])
    orders = [
        [
            targets.ravel().tolist()
            for _, targets, _ in training_batches(text, fit_options(), None, epoch)
        ]
        for epoch in (0, 0, 1)
    ]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_last_batch_of_windows_has_the_shape_of_the_others(batch_size):
    batches = window_batches(DRAWING, batch_size=batch_size, context_length=2)
    assert {batch.inputs.shape for batch in batches} == {(2, batch_size)}
