"""Half-typed words, scores and both sides of a blank: the export answers as Python."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.language.network import Network
from app.serving.graph_folding import GraphFolding
from app.serving.graph_tokenizer import valid_utf8
from app.serving.signature_specs import NUM_SUGGESTIONS
from app.suggestion.predictor import Predictor
from app.text.folding import without_case_and_accents
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import EOS, OOV, RESERVED, Vocabulary
from tests.serving.conftest import SHAPES, WITH_BLANKS
from tests.serving.test_export import suggestions_over
from tests.tiny import tiny_weights

HALF_TYPED = [
    "",
    "The cat ",
    "The cat c",
    "the",
    "THE",
    "London w",
    "he said: “i",
    "they (wi",
    "one--th",
    "wait..th",
    "it’",
    "they'",
    "They'r",
    "'",
    "''s",
    "he don",
    "I don'",
    "He ca",  # bound hosts: only "can't" and "won't" may come of them
    "wo",
    "Wo",
    "Ł",  # fits London, and has a capital
    "à",
    "the U.",
    "*i",
    "$4",
    "_c",
    "cl__",  # underscores are mere characters
    "It rained. T",
    "zebra zz",
    "a\tth\u00a0b",
    "ｌｏｎ",
    "\u0301",  # nothing but an accent
]


def check(export, texts, answers, signature):
    words, numbers = export.ask(texts, signature)
    for text, row, probabilities, answer in zip(
        texts, words, numbers, answers, strict=True
    ):
        (blank,) = answer["blanks"]
        found = [word for word in row if word]
        assert found == [it["word"] for it in blank["suggestions"]], text
        assert row[len(found) :] == [""] * (NUM_SUGGESTIONS - len(found))
        expected = [it["probability"] for it in blank["suggestions"]]
        expected += [0.0] * (NUM_SUGGESTIONS - len(found))
        np.testing.assert_allclose(probabilities, expected, atol=1e-5, err_msg=text)


def check_typing(export, texts):
    predictor = export.predictor()
    answers = [
        predictor.complete(text, top=NUM_SUGGESTIONS, typing=True) for text in texts
    ]
    check(export, texts, answers, "typing")


@pytest.mark.parametrize("shape", SHAPES)
def test_half_typed_words_are_finished_as_in_python(exported, shape):
    check_typing(exported(shape), HALF_TYPED)


def test_every_beginning_of_every_word_is_finished_as_in_python(exported):
    export = exported("lstm")
    written = export.model.vocabulary.written[len(RESERVED) :]
    beginnings = {word[:end] for word in written for end in range(1, len(word) + 1)}
    beginnings |= {
        f"the cat {word}'{end}" for word in written for end in ("", "s", "l")
    }
    check_typing(export, sorted(beginnings))


UNKNOWN = [
    "Carlos and the dog, ca",
    "Zebra zebra ZEBRA zebra and the Zoo, z",
    "zebra. Z",
    "zebra. z",
    "zebra and e.g. z",
    "Ætna and Éclair, e",
    "ßa and the ß",
    "zebra Z",
    "😀 «¿ zebra\u2026 x.y.z xx 12a ",
    "😀 «¿ zebra\u2026 x.y.z xx 12a x",
    "they're quagga's; quagga q",
    "quagga q" + "uagga q" * 40,
    "o'brien and O'Brien met o'",
]


@pytest.mark.parametrize("shape", ["lstm", "classic"])
def test_words_of_the_text_that_the_vocabulary_lacks_are_finished_too(exported, shape):
    check_typing(exported(shape), UNKNOWN)


OTHER_CASE = [
    "tHE and tHE and tHe, t",
    "zeb zEB ze",
    "zeb zEB zeb quagga Quagga QUAgga q",
    "dog DOG dOG D",
    "zebra ZEBRA zebra z",
    "the Cat ",
]


def test_unknown_forms_that_differ_only_in_case_are_one_word_as_in_python():
    """Where tokens are given, the export offered "the" and "THE" beside each other."""
    tokens = (*RESERVED, "The", "cat", "the", "dog", "THE", "Cat", "a", "<unk>", "Zeb")
    vocabulary = Vocabulary(
        tokens=tokens, counts=np.ones(len(tokens)), written=tokens, pretokenized=True
    )
    graph = suggestions_over(vocabulary)
    answer = graph.finish(tf.constant(OTHER_CASE))
    architecture = graph._network.architecture
    network = Network(architecture, tiny_weights(architecture))
    predictor = Predictor(vocabulary, Tokenizer(pretokenized=True), network)
    for text, words, numbers in zip(
        OTHER_CASE,
        answer["words"].numpy(),
        answer["probabilities"].numpy(),
        strict=True,
    ):
        (blank,) = predictor.complete(text, top=10, typing=True)["blanks"]
        found = [word.decode() for word in words if word]
        assert found == [it["word"] for it in blank["suggestions"]], text
        expected = [it["probability"] for it in blank["suggestions"]]
        np.testing.assert_allclose(numbers[: len(found)], expected, atol=1e-5)


def test_malformed_bytes_and_no_text_at_all_are_answered(exported):
    for signature in ("typing", "score", "fill", "serving_default"):
        signatures = exported("gru").signatures
        strange = [b"\xff\xfe th", b"\xc3", b"a ___ \xff b", b"", b"\x00", b"\xf0\x9f"]
        for texts in (strange, strange[:1], []):
            answer = signatures[signature](text=tf.constant(texts, tf.string))
            assert all(len(output) == len(texts) for output in answer.values())
    numbers = exported("gru").ask(strange, "typing")[1]
    assert np.isfinite(numbers).all()


# -- score ---------------------------------------------------------------------------

SCORED = [
    "",
    "The cat sat on the mat.",
    "zebra quagga okapi",
    "It's raining in London. They can't ___ .",
    "the dog and the cat . " * 30,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_texts_are_as_likely_as_the_numpy_network_says(exported, shape):
    export = exported(shape)
    model = export.model
    network = Network(model.architecture, model.weights)
    answer = export.signatures["score"](text=tf.constant(SCORED))
    assert answer["log_probability"].dtype == tf.float32
    assert answer["tokens"].dtype == tf.int32
    for text, total, tokens in zip(
        SCORED,
        answer["log_probability"].numpy(),
        answer["tokens"].numpy(),
        strict=True,
    ):
        ids = [*model.vocabulary.encode(model.tokenizer.tokenize(text)), EOS]
        assert tokens == len(ids)
        states, expected = network.start(1), 0.0
        for token_id in np.array(ids, np.int32)[:, None]:
            expected += float(network.score(states, token_id)[0])
            states = network.advance(states, token_id)
        np.testing.assert_allclose(total, expected, rtol=1e-5, err_msg=text)
    assert OOV in model.vocabulary.encode(model.tokenizer.tokenize(SCORED[2]))


# -- both sides of a blank -----------------------------------------------------------

BLANKS = [
    "The clouds are on the ___ .",
    "___ is not the dog",
    "I ca ____ run!",
    "zebra ___ quagga",
    "They ___ been in London , and she's",
    "the cat and the dog ___ on the mat. " + "They had rain in London. " * 30,
    "The cat and the dog " * 30 + "___ in the rain .",
    "It rained. ___ dog ran",
    "no blank at all",
    "The cat is ___",
]


@pytest.mark.parametrize("shape", WITH_BLANKS)
def test_both_sides_of_a_blank_are_read_as_in_python(exported, shape):
    export = exported(shape)
    predictor = export.predictor(both_sides=True)
    answers = [predictor.answer(text, top=NUM_SUGGESTIONS) for text in BLANKS]
    check(export, BLANKS, answers, "fill")


def test_more_words_than_are_tried_are_ranked_as_in_python(exported, monkeypatch):
    """With 256 candidates of 60 words nothing would ever be left out."""
    from app.serving import graph_blanks
    from app.serving.export_savedmodel import GraphNetwork, GraphTwoSided
    from app.serving.graph_suggestions import GraphSuggestions
    from app.serving.graph_tokenizer import GraphTokenizer
    from app.suggestion import blank_candidates, hypotheses

    for module in (graph_blanks, blank_candidates):
        monkeypatch.setattr(module, "BEAM", 12)
        monkeypatch.setattr(module, "PROPOSED", 7)
    for module in (graph_blanks, hypotheses):
        monkeypatch.setattr(module, "KEPT", 4)
    export = exported("gru")
    model = export.model
    network = GraphNetwork(model.architecture, model.weights)
    graph = GraphSuggestions(
        network,
        GraphTokenizer(model.tokenizer, model.vocabulary),
        model.vocabulary,
        GraphTwoSided(*model.blanks, network.weights["embedding"]),
    )
    answer = graph.fill(tf.constant(BLANKS))
    predictor = export.predictor(both_sides=True)
    for text, words, numbers in zip(
        BLANKS, answer["words"].numpy(), answer["probabilities"].numpy(), strict=True
    ):
        (blank,) = predictor.answer(text, top=NUM_SUGGESTIONS)["blanks"]
        expected = [it["word"] for it in blank["suggestions"]]
        assert [word.decode() for word in words if word] == expected, text
        expected = [it["probability"] for it in blank["suggestions"]]
        np.testing.assert_allclose(numbers[: len(expected)], expected, atol=1e-5)


# -- letters without case and accents ------------------------------------------------

_folding = GraphFolding()
_bare = tf.function(
    lambda texts: _folding.bare(valid_utf8(texts)),
    input_signature=[tf.TensorSpec([None], tf.string)],
)


def check_bare(texts):
    found = _bare(tf.constant([text.encode() for text in texts], tf.string)).numpy()
    assert [it.decode() for it in found] == list(map(without_case_and_accents, texts))


def test_every_character_is_as_bare_as_in_python():
    blocks = (*range(0xD800), *range(0xE000, 0x30000))
    check_bare([chr(code) for code in blocks])


LETTERS = st.characters(
    exclude_categories=["Cs", "Cn", "Mn", "Mc"], max_codepoint=0x2FFFF
)
ACCENTED = st.builds(
    "{}{}".format, LETTERS, st.sampled_from("\u0301\u0308\u0323\u0345 ")
)


@settings(max_examples=200)
@given(st.lists(st.lists(ACCENTED, max_size=6).map("".join), min_size=1, max_size=5))
@example(["École", "STRAẞE", "İstanbul", "ǅ", "한국", "Ａ`ｂ", "e\u0301\u0323", "ΐᾳ"])
def test_texts_are_as_bare_as_in_python(texts):
    check_bare(texts)
