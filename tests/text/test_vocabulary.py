"""Words and their ids: the order, the written forms, the file and its damages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BOS, EOS, OOV, PAD, RESERVED, Vocabulary
from tests.texts import counts_of

words = st.sampled_from(["the", "The", "cat", "Cat", "n't", "42", ".", "<eos>", "λ"])
corpora = st.lists(st.lists(st.lists(words, min_size=1), min_size=1), min_size=1)


def build(text: str, *, size: int = 1000, min_count: int = 1) -> Vocabulary:
    """One document; its lines are paragraphs."""
    tokenizer = Tokenizer()
    paragraphs = [tokenizer.tokenize(line) for line in text.split("\n")]
    return Vocabulary.build(
        counts_of([paragraphs]), tokenizer, size=size, min_count=min_count
    )


def written_form(vocabulary: Vocabulary, token: str) -> str:
    return vocabulary.written[vocabulary.tokens.index(token)]


def test_words_are_ordered_by_frequency_and_then_by_spelling():
    vocabulary = build("b a c c\na b c d")
    assert vocabulary.tokens[5:] == ("c", "a", "b", "d")
    assert vocabulary.counts[5:].tolist() == [3, 2, 2, 1]


def test_reserved_rows_count_what_they_stand_for():
    vocabulary = build("a a b\na b rare\nseldom a b", min_count=2)
    assert vocabulary.tokens[:5] == RESERVED
    assert vocabulary.counts[PAD] == 0
    assert vocabulary.counts[OOV] == 2
    assert vocabulary.counts[BOS] == 1
    assert vocabulary.counts[EOS] == 3
    assert vocabulary.oov_types == 2


def test_the_size_counts_reserved_rows_too():
    vocabulary = build("a a a b b c", size=7)
    assert vocabulary.size == 7
    assert vocabulary.tokens[5:] == ("a", "b")


def test_case_does_not_make_another_word():
    assert build("the The THE cat").tokens[5:] == ("the", "cat")


def test_pretokenized_words_keep_their_case():
    tokenizer = Tokenizer(pretokenized=True)
    vocabulary = Vocabulary.build(counts_of([[["The", "the"]]]), tokenizer, size=99)
    assert vocabulary.encode(["The", "the", "THE"]).tolist() == [5, 6, OOV]


def test_a_capital_at_the_start_of_a_sentence_says_nothing():
    vocabulary = build('Cats like London. Cats sleep! "Cats eat." We see cats.')
    assert written_form(vocabulary, "cats") == "cats"
    assert written_form(vocabulary, "london") == "London"


def test_a_word_seen_at_the_start_of_sentences_only_is_written_as_there():
    assert written_form(build("Kant wrote. Kant slept."), "kant") == "Kant"


def test_of_equally_frequent_forms_the_lower_case_one_wins():
    assert written_form(build("a State and a state"), "state") == "state"


def test_literal_reserved_names_are_ordinary_words():
    tokenizer = Tokenizer(pretokenized=True)
    vocabulary = Vocabulary.build(
        counts_of([[["<eos>", "<oov>", "x"]]]), tokenizer, size=99
    )
    assert min(vocabulary.encode(["<eos>", "<oov>", "x"])) >= len(RESERVED)


@given(corpora, st.integers(1, 3))
def test_decoding_gives_the_text_back_up_to_oov_and_letter_case(corpus, min_count):
    tokenizer = Tokenizer()
    try:
        vocabulary = Vocabulary.build(
            counts_of(corpus), tokenizer, size=99, min_count=min_count
        )
    except UserError:
        return
    tokens = [token for document in corpus for line in document for token in line]
    ids = vocabulary.encode(tokens)
    assert ids.dtype == np.int32
    for token, again in zip(tokens, vocabulary.decode(ids), strict=True):
        assert again in (tokenizer.fold(token), "<oov>")
    assert np.bincount(ids, minlength=vocabulary.size)[5:].tolist() == list(
        vocabulary.counts[5:]
    )


@given(corpora, st.randoms())
def test_ids_do_not_depend_on_the_order_of_documents(corpus, random):
    shuffled = random.sample(corpus, len(corpus))
    try:
        one = Vocabulary.build(counts_of(corpus), Tokenizer(), size=8)
    except UserError:
        return
    other = Vocabulary.build(counts_of(shuffled), Tokenizer(), size=8)
    assert (one.tokens, one.written) == (other.tokens, other.written)


def test_numbers_and_words_are_suggestable_and_marks_and_parts_are_not():
    vocabulary = build("He can't and won't go to Rome on 42 days, they've said.")
    offered = {vocabulary.written[i] for i in np.flatnonzero(vocabulary.is_suggestable)}
    assert {"Rome", "42", "go"} <= offered
    assert not offered & {"ca", "wo", "n't", "'ve", ",", ".", *RESERVED}


def test_words_with_an_apostrophe_or_a_sign_in_front_are_suggestable():
    vocabulary = build("'Tis all 'em #tags, @anna's # 1 @ ' it")
    offered = {vocabulary.written[i] for i in np.flatnonzero(vocabulary.is_suggestable)}
    assert offered == {"'Tis", "all", "'em", "#tags", "@anna", "1", "it"}


def test_words_begin_with_a_letter():
    vocabulary = build("in Rome on 42 days, isn't it")
    found = {vocabulary.written[i] for i in np.flatnonzero(vocabulary.is_word)}
    assert found == {"in", "Rome", "on", "days", "is", "n't", "it"}


def test_clitics_are_known_by_their_ids():
    vocabulary = build("it's and isn't")
    assert vocabulary.decode(vocabulary.clitic_ids) == ["n't", "'s"]


def test_pretokenized_text_has_no_clitics():
    tokenizer = Tokenizer(pretokenized=True)
    vocabulary = Vocabulary.build(
        counts_of([[["is", "n't", "ca"]]]), tokenizer, size=99
    )
    assert vocabulary.clitic_ids.size == 0
    assert vocabulary.is_suggestable[5:].all()


@pytest.mark.parametrize("text", ["", "word", "word word Word", "a b c"])
def test_a_vocabulary_of_less_than_two_words_is_refused(text: str):
    with pytest.raises(UserError, match="needs at least 2.*--min-count"):
        build(text, min_count=2)


def test_a_vocabulary_size_that_leaves_no_room_for_words_is_refused():
    with pytest.raises(UserError, match="--vocabulary-size"):
        build("a a b b", size=6)


def test_a_saved_vocabulary_is_loaded_as_it_was(tmp_path: Path):
    path = tmp_path / "vocabulary.tsv"
    saved = build("In London it's 20 °C. Ünder <pad> λ \u2e31 x\u2e31.", min_count=1)
    saved.save(path)
    loaded = Vocabulary.load(path, oov_types=saved.oov_types)
    assert loaded.tokens == saved.tokens
    assert loaded.written == saved.written
    assert loaded.counts.tolist() == saved.counts.tolist()
    assert loaded.counts.dtype == np.int64


def test_pretokenized_line_separators_survive_saving(tmp_path: Path):
    tokenizer = Tokenizer(pretokenized=True)
    tokens = ["a\u2028b", "c\x1cd", "e\x85f"]  # no white space to ASCII
    saved = Vocabulary.build(counts_of([[tokens]]), tokenizer, size=99)
    saved.save(tmp_path / "v.tsv")
    loaded = Vocabulary.load(tmp_path / "v.tsv", pretokenized=True)
    assert loaded.encode(tokens).tolist() == saved.encode(tokens).tolist()


def rows(**changed: str) -> str:
    """A table of six rows, `rowN="..."` replacing the row of id N."""
    names = [*RESERVED, "the"]
    lines = [f"{i}\t{name}\t7\t{name}" for i, name in enumerate(names)]
    for key, line in changed.items():
        lines[int(key.removeprefix("row"))] = line
    return "\n".join(["id\ttoken\tcount\twritten", *lines, ""])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "line 1.*header"),
        ("token\tcount\n", "line 1.*header"),
        (rows()[:-5], "line 1.*full lines"),
        ("id\ttoken\tcount\twritten\n", "line 2.*found none"),
        (rows(row5="5\tthe\t7"), "line 7: expected 4 columns, found 3"),
        (rows(row3="3\t<eos>\t7\t<eos>\tx"), "line 5: expected 4 columns, found 5"),
        (rows(row5="9\tthe\t7\tthe"), "line 7: id '9' where 5 belongs"),
        (rows(row5="5\tthe\tmany\tthe"), "line 7: the count 'many'"),
        (rows(row0="0\tthe\t7\tthe"), "line 2: expected the reserved rows"),
        (rows() + "6\tthe\t1\tthe\n", "line 8: 'the' stands here a second time"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(tmp_path, table, message):
    path = tmp_path / "vocabulary.tsv"
    path.write_text(table, encoding="utf-8", newline="\n")
    with pytest.raises(UserError, match=message) as caught:
        Vocabulary.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_or_undecodable_table_is_refused(tmp_path: Path):
    path = tmp_path / "vocabulary.tsv"
    with pytest.raises(UserError, match="cannot be read"):
        Vocabulary.load(path)
    path.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UserError, match="cannot be read"):
        Vocabulary.load(path)


def test_given_tokens_know_what_differs_from_them_only_in_case():
    tokenizer = Tokenizer(pretokenized=True)
    counts = counts_of([[["The", "the", "cat", "THE", "<OOV>"]]])
    vocabulary = Vocabulary.build(counts, tokenizer, size=99)
    varying = np.flatnonzero(vocabulary.has_case_variants)
    assert {vocabulary.tokens[i] for i in varying} == {"The", "the", "THE"}
    assert not build("The the cat").has_case_variants.any()
