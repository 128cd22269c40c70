"""The tokenizer in the graph gives exactly what Python's gives."""

import re
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.serving.graph_tokenizer import GraphTokenizer, cut_at_blanks, pad, valid_utf8
from app.text.characters import spellings
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, RESERVED
from tests.tiny import tiny_vocabulary

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "tokenization.tsv"
TEXTS = [tf.TensorSpec([None], tf.string)]

# What the rules speak of, so that random texts meet them often.
PIECES = st.sampled_from(
    "don't I'm can’t U.S. e.g. Mr. 3,000.50 ... -- — “ ” ' ` . , ! a B Σ ΑΣ İ I Ⱟ \x00"
    " \x85 \u00a0 \u2028 \ufeff ﬁ - _ __ http://a.b a@b.c AT&T \n #tag @me :-) 'tis"
    " a.com \u200d 👩 🏽 🇩🇪 #\u20e3 v1.2 Å Ａ！ क़ e\u0301 \u0323 \u0302 \u0344"
    " 각 \u11ab ".split(" ")
)
# Letters named after the Unicode of TensorFlow (13) are no letters to it.
CHARACTERS = st.characters(
    min_codepoint=0, exclude_categories=["Cs", "Cn"], max_codepoint=0x2FFFF
)
RANDOM_TEXT = st.lists(st.one_of(PIECES, CHARACTERS, st.just(" ")), max_size=30).map(
    "".join
)


def graph_reader(pretokenized: bool = False):
    tokenizer = GraphTokenizer(Tokenizer(pretokenized), tiny_vocabulary())
    cut = tf.function(
        lambda texts: tokenizer.tokens(valid_utf8(texts)), input_signature=TEXTS
    )

    def tokens(texts: list[str]) -> list[list[str]]:
        rows = cut(tf.constant([text.encode() for text in texts], tf.string))
        return [[token.decode() for token in row] for row in rows.to_list()]

    tokens.tokenizer = tokenizer  # tables live as long as the object that owns them
    return tokens


def python_reader(pretokenized: bool = False):
    tokenizer = Tokenizer(pretokenized)

    def tokens(texts: list[str]) -> list[list[str]]:
        return [[tokenizer.fold(t) for t in tokenizer.tokenize(x)] for x in texts]

    return tokens


in_graph, in_python = graph_reader(), python_reader()
pretokenized_in_graph, pretokenized_in_python = graph_reader(True), python_reader(True)


def golden_texts() -> list[str]:
    r"""The first column of the golden file, its \n \t \uXXXX \UXXXXXXXX undone."""
    lines = GOLDEN.read_text(encoding="utf-8").split("\n")
    texts = [line.split("\t")[0] for line in lines if "\t" in line and line[0] != "#"]
    escape = re.compile(r"\\(?:n|t|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
    return [
        escape.sub(lambda it: it[0].encode().decode("unicode_escape"), text)
        for text in texts
    ]


def test_every_case_of_the_golden_file_is_the_same():
    texts = golden_texts()  # what the tokens are is told and tested in tests/text
    assert len(texts) > 50
    assert in_graph(texts) == in_python(texts)


@settings(max_examples=500)
@example("ΑΣ.Α’S — I\u0307 can’t")
@example("ΣⰯ ⰯΣ ΑΣ ΣΑΣ-ΣΑ Σ")  # a letter that only one of the readers knows
@given(RANDOM_TEXT)
def test_random_texts_are_the_same(text):
    assert in_graph([text]) == in_python([text])


@settings(max_examples=300)
@given(st.sampled_from(["NFD", "NFKD"]), RANDOM_TEXT)
def test_random_texts_with_decomposed_letters_are_the_same(form, text):
    text = unicodedata.normalize(form, text)
    assert in_graph([text, "e", "\u0301", text]) == in_python(
        [text, "e", "\u0301", text]
    )


def test_every_spelling_is_the_same():
    texts = [f"{key} x{key}\u0301 {key}{key}" for key in spellings()]
    assert in_graph(texts) == in_python(texts)


@settings(max_examples=200)
@given(RANDOM_TEXT)
def test_random_texts_are_the_same_when_tokens_are_given(text):
    assert pretokenized_in_graph([text]) == pretokenized_in_python([text])


@pytest.mark.slow  # a million words
def test_every_character_is_the_same_alone_inside_and_at_the_end_of_a_word():
    each_alone, letters = [], []
    for c in map(chr, range(sys.maxunicode + 1)):
        category = unicodedata.category(c)
        if category not in ("Cs", "Co", "Cn"):
            # No rule names a letter without case, and most characters are such letters.
            kind = letters if category == "Lo" else each_alone
            kind.append(f"{c} {c}a b{c}c b{c}'s")
    together = [" ".join(letters[i : i + 50]) for i in range(0, len(letters), 50)]
    assert in_graph(each_alone) == in_python(each_alone)
    assert in_graph(together) == in_python(together)


def test_a_batch_is_read_row_by_row():
    texts = ["", "Don't!", " ", "The cat sat."]
    assert in_graph(texts) == [
        [],
        ["do", "n't", "!"],
        [],
        ["the", "cat", "sat", "."],
    ]
    assert in_graph([]) == []


def test_malformed_utf8_is_read_as_replacement_characters():
    texts = tf.constant([b"the \xff\xfe cat", b"\xc3", b"\xed\xa0\x80 dog \xf8"])
    rows = in_graph.tokenizer.tokens(valid_utf8(texts)).to_list()
    assert rows[0] == [b"the", *["\ufffd".encode()] * 2, b"cat"]
    assert all(row for row in rows)


def ids_in_graph(tokenizer: GraphTokenizer, texts: list[str]) -> tf.RaggedTensor:
    return tokenizer.ids(tokenizer.tokens(tf.constant(texts)))


def test_unknown_words_and_reserved_names_are_oov():
    vocabulary = tiny_vocabulary()
    texts = ["The cat", "zebra " + " ".join(RESERVED), ""]
    ids = pad(ids_in_graph(in_graph.tokenizer, texts)).numpy()
    expected = [vocabulary.encode(Tokenizer().tokenize(text)) for text in texts]
    assert [row[: len(e)].tolist() for row, e in zip(ids, expected, strict=True)] == [
        e.tolist() for e in expected
    ]
    assert ids[1, 0] == OOV
    pretokenized = GraphTokenizer(
        Tokenizer(True), SimpleNamespace(tokens=(*RESERVED, "<unk>", "A"))
    )
    assert ids_in_graph(pretokenized, ["<unk> A a <oov>"]).to_list() == [
        [5, 6, OOV, OOV]
    ]


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("no blank __ here", "no blank __ here", ""),
        ("the ___ sat", "the ", " sat"),
        ("the _____ sat", "the ", " sat"),
        ("the ___ sat on ___ mat ___", "the ", " sat on "),
        ("___", "", ""),
        ("______ é", "", " é"),
        ("a\n___\nb\n___", "a\n", "\nb\n"),
        ("", "", ""),
    ],
)
def test_text_is_cut_at_the_first_blank_and_the_next_one(text, left, right):
    found = cut_at_blanks(tf.constant([text]))
    assert [part.numpy()[0].decode() for part in found] == [left, right]
