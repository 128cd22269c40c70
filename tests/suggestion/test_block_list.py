"""What is blocked is never offered: in no case, no contraction, no phrase."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.suggestion.block_list import BlockList
from app.suggestion.offers import Offers
from app.text.tokenizer import Tokenizer
from tests.suggestion.test_offers import vocabulary_of, words_of
from tests.tiny import tiny_vocabulary

OFFERS = Offers.of(tiny_vocabulary(), punctuation=True)
WORDS = words_of(OFFERS)


def blocking(*lines: str) -> BlockList:
    return BlockList(lines, Tokenizer())


def remaining(*lines: str) -> set[str]:
    return set(words_of(blocking(*lines).allowed(OFFERS)))


@pytest.mark.parametrize("line", ["cat", "CAT", " Cat ", "cat\u200b"])
def test_a_word_is_blocked_in_every_case_and_with_every_clitic(line):
    assert set(WORDS) - remaining(line) == {"cat", "cat's"}


def test_of_a_blocked_contraction_the_host_stays():
    assert set(WORDS) - remaining("Don't") == {"don't"}
    assert set(WORDS) - remaining("CAN’T") == {"can't"}


def test_a_blocked_clitic_takes_all_contractions_with_it():
    gone = set(WORDS) - remaining("n't")
    assert gone == {it for it in WORDS if it.endswith("n't")}


def test_a_mark_can_be_blocked():
    assert set(WORDS) - remaining("!") == {"!"}


@pytest.mark.parametrize("line", ["", "  ", "\u200b", "zebra", "cat dog"])
def test_what_is_no_known_word_blocks_none(line):
    assert remaining(line) == set(WORDS)


def test_words_of_given_tokens_are_blocked_in_every_case():
    vocabulary = vocabulary_of("The", "the", "don't", "DON'T", pretokenized=True)
    block_list = BlockList(["THE", "don't"], Tokenizer(pretokenized=True))
    assert words_of(block_list.allowed(Offers.of(vocabulary))) == []


@pytest.mark.parametrize(
    ("phrase", "left", "right", "gone"),
    [
        ("the cat", "on The", "", "cat"),
        ("the cat", "", "cat sat", "the"),
        ("the cat sat", "the", "sat", "cat"),
        ("they can't", "They", "", "can't"),
        ("they can't do", "They", "do", "can't"),
        ("isn't it", "", "it", "isn't"),
        ("it is", "it is it", "", "is"),
    ],
)
def test_a_phrase_is_not_completed(phrase, left, right, gone):
    offers = blocking(phrase).between(OFFERS, left.split(), right.split())
    missing = set(WORDS) - set(words_of(offers))
    assert gone in missing
    assert all(it.startswith(gone) for it in missing)  # cat's too


@pytest.mark.parametrize("left", ["", "a", "the a", "cat"])
def test_a_phrase_that_does_not_come_about_blocks_nothing(left):
    assert blocking("the cat").between(OFFERS, left.split()) is OFFERS


@given(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from(WORDS))
def test_words_do_not_end_in_a_phrase_that_was_blocked(left, word):
    tokenizer = Tokenizer()
    block_list = blocking("the cat", "dog", "they can't do")
    tokens = [token for it in (*left, word) for token in tokenizer.tokenize(it)]
    before = [token for it in left for token in tokenizer.tokenize(it)]
    offers = block_list.between(block_list.allowed(OFFERS), before)
    assert block_list.ends(tokens) == (word not in words_of(offers))


def test_a_file_holds_a_word_or_phrase_a_line(tmp_path):
    path = tmp_path / "blocked.txt"
    path.write_bytes("\ufeffcat\r\n\nDog's\n".encode())
    block_list = BlockList.read(path, Tokenizer())
    gone = set(WORDS) - set(words_of(block_list.allowed(OFFERS)))
    assert {"cat", "cat's", "dog's"} <= gone and "dog" not in gone


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere.txt: cannot be read as a list"):
        BlockList.read(tmp_path / "nowhere.txt", Tokenizer())
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Café".encode("latin-1"))
    with pytest.raises(UserError, match="latin.txt: .* UTF-8"):
        BlockList.read(latin, Tokenizer())


def test_an_unknown_word_is_blocked_in_every_case_and_at_the_end_of_a_phrase():
    block_list = blocking("zaphod", "mr. Trillian")
    assert block_list.blocks("ZAPHOD", ["the"])
    assert block_list.blocks("trillian", ["said", "Mr."])
    assert not block_list.blocks("trillian", ["said", "Mrs."])
    assert not blocking().blocks("zaphod", ["the"])
