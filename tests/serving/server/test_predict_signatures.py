"""Without TensorFlow, every signature answers what the exported SavedModel answers."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from app.serving.predict_dialect import Request, RequestError
from app.serving.server.predict_signatures import Signatures
from app.text.vocabulary import BOS
from tests.serving.conftest import WITH_BLANKS
from tests.serving.conversation import specs_of
from tests.serving.test_export import (
    BLANK_AT_THE_END,
    NEXT_WORD,
    ONE_BLANK,
    SENTENCE_STARTS,
    STATEFUL,
)
from tests.serving.test_signatures import BLANKS, HALF_TYPED, SCORED, UNKNOWN
from tests.serving.texts import PIECES, all_texts

TYPES = {
    np.dtype(object): tf.string,
    np.dtype("f4"): tf.float32,
    np.dtype("i4"): tf.int32,
}
OTHERWISE_THAN_PREDICT = [
    "___",
    "the ___ is on ___ with ___",
    "the ___ ___ dog",
    "the sk___ is",
    "It is ___ing and un___ly",
    "___'s dog",
    "a_____b",
    "a ___ b " * 40,
    " ___ \u200b ___ the",
]
MALFORMED = [
    b"\xff\xfe the",
    b"\xc3",
    b"a ___ \xff b",
    b"",
    b"\x00",
    b"\xf0\x9f",
    b"\xed\xa0\x80 the \xed\xb0\x80",
    b"\xef\xbb\xbfThe c",
    b"the\xa0cat",
    b"\xf4\x90\x80\x80 __\xff_",
]


# What shapes compute is compared in `tests/serving`: these differ in what is asked.
ASKED = ("lstm", "gru", "two_layers", "classic")


@pytest.fixture
def pair(exported):
    """shape -> the signatures of the export, and what answers in their place."""

    def get(shape):
        export = exported(shape)
        predictor = export.predictor(both_sides=shape in WITH_BLANKS)
        return export, Signatures(predictor, export.model.architecture)

    return get


def as_tensor(array):
    return tf.constant(array.tolist(), TYPES.get(array.dtype, tf.int32), array.shape)


def check(pair, signature, inputs):
    """Both answer the same, in the same types and shapes."""
    export, signatures = pair
    found = signatures.answer(Request(signature, inputs, by_row=True))
    tensors = {name: as_tensor(it) for name, it in inputs.items()}
    expected = export.signatures[signature](**tensors)
    assert set(found) == set(expected)
    for name, array in found.items():
        other = expected[name].numpy()
        assert (array.dtype, array.shape) == (other.dtype, other.shape)
        if array.dtype == object:
            assert array.tolist() == other.tolist(), inputs
        else:
            np.testing.assert_allclose(array, other, 1e-5, 1e-5, err_msg=str(inputs))
    return found


def texts_of(*texts):
    array = np.empty(len(texts), object)
    array[:] = [it if isinstance(it, bytes) else it.encode() for it in texts]
    return {"text": array}


@pytest.mark.parametrize("shape", ASKED)
def test_the_signatures_are_those_of_the_export(pair, shape):
    export, signatures = pair(shape)
    assert signatures.specs == specs_of(export)


@pytest.mark.parametrize("shape", ASKED)
def test_words_are_those_of_the_export(pair, shape):
    texts = NEXT_WORD + ONE_BLANK + BLANK_AT_THE_END + SENTENCE_STARTS
    check(pair(shape), "serving_default", texts_of(*texts, *OTHERWISE_THAN_PREDICT))


@pytest.mark.parametrize("shape", WITH_BLANKS)
def test_both_sides_are_read_as_in_the_export(pair, shape):
    check(pair(shape), "fill", texts_of(*BLANKS, *OTHERWISE_THAN_PREDICT))


@pytest.mark.parametrize("shape", ASKED)
def test_half_typed_words_are_finished_as_in_the_export(pair, shape):
    texts = HALF_TYPED + UNKNOWN + OTHERWISE_THAN_PREDICT
    check(pair(shape), "typing", texts_of(*texts))


@pytest.mark.parametrize("shape", ASKED)
def test_texts_are_as_likely_as_in_the_export(pair, shape):
    texts = SCORED + ["the cat and " * 400] + OTHERWISE_THAN_PREDICT
    check(pair(shape), "score", texts_of(*texts))


@pytest.mark.parametrize("signature", ["serving_default", "typing", "score", "fill"])
def test_malformed_bytes_and_no_text_at_all_are_answered_as_in_the_export(
    pair, signature
):
    for texts in (MALFORMED, []):
        found = check(pair("gru"), signature, texts_of(*texts))
        assert all(len(it) == len(texts) for it in found.values())


@pytest.mark.parametrize("signature", ["serving_default", "typing", "score", "fill"])
def test_any_text_is_answered_as_in_the_export(pair, signature):
    check(pair("gru"), signature, texts_of(*all_texts()[::7]))


ANY_TEXT = st.lists(
    st.sampled_from([*PIECES, "___", "_", " ", "the", "cat", "it's", "zebra", "\xff"]),
    max_size=12,
).map("".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ANY_TEXT, st.text(max_size=8), st.binary(max_size=8))))
def test_any_texts_are_answered_as_in_the_export(exported, texts):
    export = exported("two_layers")
    predictor = export.predictor(both_sides=True)
    both = export, Signatures(predictor, export.model.architecture)
    for signature in ("serving_default", "typing", "fill", "score"):
        check(both, signature, texts_of(*texts))


@pytest.mark.parametrize("shape", STATEFUL)
def test_a_step_is_that_of_the_export(pair, shape):
    both = pair(shape)
    inputs = both[1].specs["step"].inputs
    states = {
        name: np.zeros([3, *spec.shape[1:]], np.float32)
        for name, spec in inputs.items()
        if name != "token_ids"
    }
    for ids in ([BOS] * 3, [5, 6, 7], [60, 1, 0], [3, 3, 3], [4, 5, 6]):
        token_ids = np.array(ids, np.int32)
        found = check(both, "step", {"token_ids": token_ids, **states})
        states = {name: found[name] for name in states}


@pytest.mark.parametrize("shape", STATEFUL)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, 1e-20, 0.0])
def test_strange_states_make_the_numbers_that_they_make_in_the_export(
    pair, shape, value
):
    both = pair(shape)
    specs = both[1].specs["step"].inputs
    inputs = {
        name: np.full([2, *spec.shape[1:]], value, np.float32)
        for name, spec in specs.items()
    }
    check(both, "step", inputs | {"token_ids": np.array([5, 6], np.int32)})


def test_inputs_of_a_step_that_do_not_belong_together_are_refused(pair):
    export, signatures = pair("lstm")
    specs, size = signatures.specs["step"].inputs, export.model.vocabulary.size
    inputs = {
        name: np.zeros([2, *spec.shape[1:]], np.float32) for name, spec in specs.items()
    }
    for ids, problem in (
        ([5], "number of rows.*'token_ids': 1"),
        ([5, -1], f"-1, but the ids are 0 to {size - 1}"),
        ([5, size], f"{size}, but"),
        ([2**31 - 1, 5], "2147483647, but"),
    ):
        inputs["token_ids"] = np.array(ids, np.int32)
        with pytest.raises(RequestError, match=problem):
            signatures.answer(Request("step", inputs, by_row=False))


def test_only_a_network_alone_answers_for_an_export(pair):
    export, _ = pair("lstm")
    predictor = export.predictor()
    predictor.model = object()
    with pytest.raises(TypeError, match="network alone"):
        Signatures(predictor, export.model.architecture)
