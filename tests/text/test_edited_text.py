"""A text that is edited key by key has the tokens of a text that is read anew."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.text.characters import spellings
from app.text.edited_text import _CUT, PIECE_LENGTH, EditedText
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_vocabulary

VOCABULARY = tiny_vocabulary()
TOKENIZER = Tokenizer()

# What the rules look at: joints of clitics, ellipses, dots of names, joined pictures,
# marks that join letters (jamo among them, which are letters too), both sigmas.
TROUBLE = [
    *"'.-,:;!?()[]\"`/@#&_$ \n\t\r\x00\x1c\u00a0\u200d\u2026\u2019\u00adΣσs1aAIé",
    *"\u0301\u0308\u0323\u1100\u1161\u11a8\u30cf\u309a\ufe0f\u2764\u2640\U0001f468",
    *(
        "\U0001f3fd",
        "\U0001f1e9",
        "n't",
        "'s",
        "'tis",
        "do",
        "can",
        "U.S.",
        "...",
        ". ",
    ),
    *(" . . .", "com", "http://", "a@b.c", "Mr.", "''", "--", "\n\n", "3,5", "the "),
]
troubled = st.lists(st.sampled_from(TROUBLE), max_size=14).map("".join)
texts = st.text(max_size=12) | troubled | st.sampled_from(sorted(spellings()))


def check(edited: EditedText, text: str, end: int, tokenizer: Tokenizer) -> None:
    expected = tokenizer.tokenize(text[:end])
    assert list(edited.tokens_before(end))[::-1] == expected
    ids = edited.ids_before(end)
    assert ids.dtype == np.int32
    assert ids.tolist() == VOCABULARY.encode(expected).tolist()


@settings(max_examples=400)
@given(left=texts, space=st.sampled_from(" \n"), right=texts)
@example(left=".", space=" ", right=". .")  # an ellipsis: no place to cut
@example(left="e", space="\n", right="\u0301e")
def test_the_tokens_of_a_text_are_those_of_its_parts(left, space, right):
    text = left + space + right
    for cut in _CUT.finditer(text):
        parts = text[: cut.start()], text[cut.start() :]
        assert TOKENIZER.tokenize(text) == sum(map(TOKENIZER.tokenize, parts), [])


@st.composite
def edits(draw) -> list[tuple[float, float, str]]:
    """Where each edit begins, how much it deletes (shares), and what it writes."""
    share = st.floats(0, 1)
    short = st.just(0.0) | st.floats(0, 0.1) | share
    return draw(st.lists(st.tuples(share, short, texts), max_size=8))


@pytest.mark.parametrize("pretokenized", [False, True])
@settings(max_examples=150)
@given(text=st.lists(texts, max_size=9).map(" ".join), edits=edits(), data=st.data())
def test_editing_equals_reading_anew(pretokenized, text, edits, data):
    tokenizer = Tokenizer(pretokenized=pretokenized)
    edited = EditedText(tokenizer, VOCABULARY)
    with patch("app.text.edited_text.PIECE_LENGTH", 4):  # many pieces, short texts
        edited.set(text)
        for where, share, written in edits:
            check(edited, text, data.draw(st.integers(0, len(text))), tokenizer)
            start = round(where * len(text))
            end = start + round(share * (len(text) - start))
            text = text[:start] + written + text[end:]
            edited.set(text)
            assert edited.text == text
            check(edited, text, len(text), tokenizer)


def test_a_key_cuts_no_more_than_two_pieces_of_a_book_anew():
    text = "The clouds are in the sky, and it's not raining in London. " * 2000
    edited = EditedText(TOKENIZER, VOCABULARY)
    edited.set(text)
    check(edited, text, len(text), TOKENIZER)
    for place in (0, 1, 50_000, len(text) - 1, len(text)):
        text = text[:place] + "x" + text[place:]
        with patch.object(TOKENIZER, "tokenize", wraps=TOKENIZER.tokenize) as tokenize:
            edited.set(text)
            found = edited.ids_before(len(text))
        lengths = [len(call.args[0]) for call in tokenize.call_args_list]
        assert sum(lengths) < 4 * PIECE_LENGTH
        assert found.tolist() == VOCABULARY.encode(TOKENIZER.tokenize(text)).tolist()


def test_a_half_typed_word_is_not_even_cut_where_only_the_words_before_are_asked_for():
    edited = EditedText(TOKENIZER, VOCABULARY)
    edited.set("It is r")
    edited.ids_before(6)
    with patch.object(TOKENIZER, "tokenize") as tokenize:
        edited.set("It is ra")
        assert edited.ids_before(6).tolist() == VOCABULARY.encode(["it", "is"]).tolist()
    tokenize.assert_not_called()
