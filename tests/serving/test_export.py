"""The exported graph answers as Python does, and carries nothing but a prediction."""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from app.errors import UserError
from app.language.network import Network
from app.serving import export_onnx
from app.serving.export import export_model
from app.serving.graph_network import GraphNetwork
from app.serving.graph_suggestions import GraphSuggestions
from app.serving.graph_tokenizer import GraphTokenizer
from app.serving.signature_specs import NUM_SUGGESTIONS
from app.suggestion.decoding import MAX_CONTEXT_TOKENS
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BOS, RESERVED, Vocabulary
from tests.serving.conftest import SHAPES, WITH_BLANKS, Export, tiny_model
from tests.tiny import tiny_architecture, tiny_weights

STATEFUL = [name for name, shape in SHAPES.items() if "context_length" not in shape]
NEXT_WORD = [
    "",
    " ",
    "The cat",
    "It's raining in London. They",
    "He ca",  # bound host: only "can't" may come of it
    "zebra quagga okapi",  # unknown words only
    "the clouds are in the sky and the rain is on the mat . " * 4,
    "they can’t run — “not” now …",
]
ONE_BLANK = [
    "The clouds are on the ___ .",
    "___ is not the dog",
    "I ca ____ run!",
    "zebra ___ quagga",
    "the cat and the dog ___ on the mat. " + "They had rain in London. " * 15,
]
BLANK_AT_THE_END = ["The cat is ___", "the dog ____ \n"]


def expected(model, text):
    """The same from Python, for a text whose first blank is its last."""
    predictor = Export(model, Path()).predictor()
    (blank,) = predictor.answer(text, top=NUM_SUGGESTIONS)["blanks"]
    words = [suggestion["word"] for suggestion in blank["suggestions"]]
    return words, [suggestion["probability"] for suggestion in blank["suggestions"]]


def check(export, texts):
    """The export answers each text as Python does."""
    words, probabilities = export.ask(texts)
    for text, row, numbers in zip(texts, words, probabilities, strict=True):
        python_words, python_numbers = expected(export.model, text)
        assert row == python_words, text
        np.testing.assert_allclose(numbers, python_numbers, atol=1e-5, err_msg=text)


@pytest.mark.parametrize("shape", SHAPES)
def test_words_and_probabilities_are_those_of_python(exported, shape):
    check(exported(shape), NEXT_WORD + ONE_BLANK + BLANK_AT_THE_END)


def test_random_sentences_are_answered_as_python_does(exported):
    export = exported("lstm")
    generator = np.random.default_rng(0)
    written = export.model.vocabulary.written[len(RESERVED) :]
    sentences = [generator.choice(written, size) for size in range(2, 41)]
    for sentence in sentences[::2]:
        sentence[generator.integers(len(sentence))] = "___"
    check(export, [" ".join(sentence) for sentence in sentences])


SENTENCE_STARTS = [
    'It rained . "',
    "It rained . ( '",
    "It rained.",
    "Mr. Smith went to the U.S.",
    "Did it rain ? ) ]",
    "Wait ... ",
    'He said , "',
    '"',
    "¿",
    "Zebra ! _",
    "the dog ___ . the cat",
    "___ the cat",
    "the dog . ___ is",
    "the dog ! ( ___",
]


def test_sentences_begin_with_a_capital_exactly_where_they_do_in_python(exported):
    check(exported("lstm"), SENTENCE_STARTS)
    words, _ = exported("lstm").ask(["", "It rained. ", "the"])
    assert [word[0].isupper() for word in words[0] + words[1]] == [
        not word[0].isdigit() for word in words[0] + words[1]
    ]
    assert any(word[0].islower() for word in words[2])


def test_a_blank_without_any_word_is_answered_as_a_text_begins(exported):
    """Where Python refuses; one bad row of a batch must not fail the others."""
    export = exported("lstm")
    (blank, empty), _ = export.ask(["___", ""])
    assert blank == empty == expected(export.model, "")[0]


def test_the_right_side_of_the_first_blank_ends_at_the_next(exported):
    export = exported("lstm")
    words, numbers = export.ask(["the ___ is on ___ with ___", "the ___ ___ dog"])
    first = expected(export.model, "the ___ is on ")
    second = expected(export.model, "the ___")
    assert words == [first[0], second[0]]
    np.testing.assert_allclose(numbers, [first[1], second[1]], atol=1e-5)


@pytest.mark.parametrize("shape", ["lstm", "classic"])
def test_only_the_last_tokens_of_a_very_long_text_are_read(exported, shape):
    text = "rain in paris " * 8000 + "the dog and " * (MAX_CONTEXT_TOKENS // 3)
    assert len(text) > 100_000
    check(exported(shape), [text])


def test_malformed_bytes_are_answered(exported):
    words, numbers = exported("gru").ask([b"\xff\xfe the", b"\xc3", b"a ___ \xff b"])
    assert all(row[0] for row in words)
    assert np.isfinite(numbers).all()


def test_a_batch_of_none_is_answered_with_none(exported):
    words, numbers = exported("lstm").ask([])
    assert words == []
    assert numbers.shape == (0, NUM_SUGGESTIONS)


def test_a_small_vocabulary_is_padded():
    counts = np.ones(9, np.int64)
    tokens = (*RESERVED, "ca", "n't", "it", ".")
    vocabulary = Vocabulary(tokens=tokens, counts=counts, written=tokens)
    graph = suggestions_over(vocabulary)
    answer = graph.suggest(tf.constant(["it", "it ___ it"]))
    for words, numbers in zip(answer["words"], answer["probabilities"], strict=True):
        offered = [word.decode() for word in words.numpy() if word]
        assert sorted(offered) == ["can't", "it"]
        assert (numbers.numpy()[2:] == 0).all()
        assert (numbers.numpy()[:2] > 0).all()


def test_a_vocabulary_without_words_offers_nothing():
    tokens = (*RESERVED, ".", ",")
    vocabulary = Vocabulary(tokens=tokens, counts=np.ones(7, int), written=tokens)
    answer = suggestions_over(vocabulary).suggest(tf.constant([".", ". ___ ,"]))
    assert not answer["words"].numpy().any()
    assert not answer["probabilities"].numpy().any()


def test_given_tokens_are_kept_and_never_joined():
    tokens = (*RESERVED, "A", "n't", "<unk>", "ca", "b")
    vocabulary = Vocabulary(
        tokens=tokens, counts=np.ones(10, int), written=tokens, pretokenized=True
    )
    answer = suggestions_over(vocabulary).suggest(tf.constant(["A <unk> n't"]))
    assert sorted(answer["words"].numpy()[0])[-4:] == [b"A", b"b", b"ca", b"n't"]


def test_forms_that_differ_only_in_case_are_one_word_as_in_python():
    tokens = (*RESERVED, "The", "cat", "the", "dog", "THE", "Cat", "a", "<unk>")
    vocabulary = Vocabulary(
        tokens=tokens, counts=np.ones(len(tokens)), written=tokens, pretokenized=True
    )
    graph = suggestions_over(vocabulary)
    architecture = graph._network.architecture
    network = Network(architecture, tiny_weights(architecture))
    predictor = Predictor(vocabulary, Tokenizer(pretokenized=True), network)
    for text in ("the Cat", "a ___ the"):
        answer = graph.suggest(tf.constant([text]))
        (blank,) = predictor.answer(text, top=NUM_SUGGESTIONS)["blanks"]
        words = [it["word"] for it in blank["suggestions"]]
        assert len({word.lower() for word in words}) == len(words) == 4
        assert [it.decode() for it in answer["words"].numpy()[0][:4]] == words
        np.testing.assert_allclose(
            answer["probabilities"].numpy()[0][:4],
            [it["probability"] for it in blank["suggestions"]],
            atol=1e-5,
        )


def suggestions_over(vocabulary):
    fields = {**vars(tiny_architecture()), "vocabulary_size": vocabulary.size}
    architecture = type(tiny_architecture())(**fields)
    return GraphSuggestions(
        GraphNetwork(architecture, tiny_weights(architecture)),
        GraphTokenizer(Tokenizer(vocabulary.pretokenized), vocabulary),
        vocabulary,
    )


@pytest.mark.parametrize("shape", STATEFUL)
def test_step_by_step_gives_what_the_numpy_network_gives(exported, shape):
    model = exported(shape).model
    step = exported(shape).signatures["step"]
    architecture = model.architecture
    names = ("hidden", "cell") if architecture.cell == "lstm" else ("hidden",)
    zeros = tf.zeros([3, architecture.layers, architecture.units])
    states = dict.fromkeys(names, zeros)
    if architecture.attention_length is not None:
        length = architecture.attention_length
        states["last_outputs"] = tf.zeros([3, length, architecture.units])
    network = Network(architecture, model.weights)
    python_states = network.start(3)
    for ids in ([BOS] * 3, [5, 6, 7], [60, 1, 3]):
        if ids[0] != BOS:
            python_states = network.advance(python_states, np.array(ids, np.int32))
        outputs = step(token_ids=tf.constant(ids), **states)
        assert set(outputs) == {"log_probabilities", *states}
        states = {name: outputs[name] for name in states}
        np.testing.assert_allclose(
            outputs["log_probabilities"].numpy(),
            network.log_probabilities(python_states),
            rtol=1e-5,
            atol=1e-5,
        )
        for name in names:
            layers = python_states[: architecture.layers]
            python = np.stack([getattr(s, name) for s in layers], axis=1)
            np.testing.assert_allclose(states[name].numpy(), python, atol=1e-5)
        if architecture.attention_length is not None:
            outputs_seen = python_states[-1].outputs
            np.testing.assert_allclose(states["last_outputs"], outputs_seen, atol=1e-5)


def test_signatures_are_those_of_the_contract(exported):
    for shape in SHAPES:
        loaded = exported(shape)
        signatures = {"serving_default", "typing", "score"}
        signatures |= {"step"} if shape in STATEFUL else set()
        signatures |= {"fill"} if shape in WITH_BLANKS else set()
        assert set(loaded.signatures) == signatures
    text = loaded.signatures["serving_default"].structured_input_signature[1]["text"]
    assert (text.shape.as_list(), text.dtype) == ([None], tf.string)
    outputs = loaded.signatures["serving_default"].structured_outputs
    shapes = {
        name: (spec.shape.as_list(), spec.dtype) for name, spec in outputs.items()
    }
    assert shapes == {
        "words": ([None, NUM_SUGGESTIONS], tf.string),
        "probabilities": ([None, NUM_SUGGESTIONS], tf.float32),
    }


def test_the_graph_draws_writes_prints_and_reads_nothing(exported):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    forbidden = re.compile("Random|Print|Assert|PyFunc|File|Assign|Multinomial|Summary")
    for shape in ("two_layers", "gru", "classic", "attention"):
        saved = SavedModel()
        saved.ParseFromString((exported(shape).path / "saved_model.pb").read_bytes())
        functions = {
            function.signature.name: {node.op for node in function.node_def}
            for function in saved.meta_graphs[0].graph_def.library.function
        }
        # What saves and restores variables is no part of a prediction.
        operations = set().union(
            *(ops for name, ops in functions.items() if "_traced_" not in name)
        )
        assert "MatMul" in operations
        assert not [op for op in operations if forbidden.search(op)]


def test_versions_are_numbered_on_and_none_is_touched(tmp_path):
    versions = tmp_path / "onnx"
    (versions / "7").mkdir(parents=True)
    (versions / "7" / "mine.txt").write_text("mine")
    (versions / "notes").mkdir()
    assert export_model(tiny_model("rnn"), tmp_path, "onnx") == [versions / "8"]
    assert (versions / "7" / "mine.txt").read_text() == "mine"
    assert sorted(path.name for path in versions.iterdir()) == ["7", "8", "notes"]


def test_a_version_that_appears_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    versions, write = tmp_path / "onnx", export_onnx.write

    def other_export_is_faster(model, folder):
        (versions / "1").mkdir()
        (versions / "1" / "theirs").touch()
        write(model, folder)

    monkeypatch.setattr(export_onnx, "write", other_export_is_faster)
    assert export_model(tiny_model("rnn"), tmp_path, "onnx") == [versions / "2"]
    assert [path.name for path in (versions / "1").iterdir()] == ["theirs"]


def test_a_place_that_cannot_be_written_is_a_user_error(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(UserError, match="file.*cannot be written"):
        export_model(tiny_model("rnn"), file / "exports")
    assert file.read_text() == "not a folder"


def test_a_failed_export_leaves_nothing_behind(tmp_path, monkeypatch):
    from keras.src.export.saved_model_export_archive import SavedModelExportArchive

    def disk_is_full(archive, path, **_):
        raise tf.errors.ResourceExhaustedError(None, None, "no space left on device")

    monkeypatch.setattr(SavedModelExportArchive, "write_out", disk_is_full)
    with pytest.raises(UserError, match="no space left"):
        export_model(tiny_model("rnn"), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
