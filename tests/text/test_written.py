"""The letters of a text that is measured, beside its ids."""

from __future__ import annotations

from app.text.encoding import EncodedText, encode
from app.text.readers import Document
from app.text.tokenizer import Tokenizer
from tests.texts import tokenized, vocabulary_of

DOCUMENTS = (
    Document("first", ("The Cat didn't sit .", "Zebras slept.")),
    Document("second", ("Dogs  SAT (twice).",)),
)
VOCABULARY = vocabulary_of(DOCUMENTS[1:], Tokenizer())


def kept(folder, documents=DOCUMENTS, tokenizer=None) -> EncodedText:
    part = tokenized(documents, tokenizer).all()
    return encode(part, VOCABULARY, folder, "test", keep_written=True)


def test_tokens_stand_beside_their_ids_as_they_were_written(tmp_path):
    text = kept(tmp_path)
    tokens = text.written.between(0, text.num_tokens)
    assert len(tokens) == text.num_tokens
    assert tokens[:7] == ["The", "Cat", "did", "n't", "sit", ".", "\n"]
    assert VOCABULARY.encode(tokens[:6]).tolist() == text.ids[:6].tolist()


def test_they_are_there_again_when_the_text_is_loaded(tmp_path):
    text = kept(tmp_path)
    again = EncodedText.load(tmp_path, "test", oov_words=text.oov_words)
    assert again.written.types == text.written.types
    assert again.written.between(0, 9) == text.written.between(0, 9)


def test_whoever_does_not_ask_for_them_gets_none(tmp_path):
    part = tokenized(DOCUMENTS).all()
    assert encode(part, VOCABULARY, tmp_path, "train").written is None


def test_paragraphs_are_written_as_people_type_them(tmp_path):
    text = kept(tmp_path)
    first, second = text.document_ends.tolist()
    assert list(text.written.paragraphs(0, first)) == [
        "The Cat didn't sit.",
        "Zebras slept.",
    ]
    assert list(text.written.paragraphs(first, second)) == ["Dogs SAT (twice)."]


def test_given_tokens_are_parted_by_spaces(tmp_path):
    documents = [Document("d", ("the cat .", "<unk> sat"))]
    text = kept(tmp_path, documents, Tokenizer(pretokenized=True))
    shown = text.written.paragraphs(0, text.num_tokens, pretokenized=True)
    assert list(shown) == ["the cat .", "<unk> sat"]


def test_characters_are_those_of_the_paragraphs_and_their_ends(tmp_path):
    text = kept(tmp_path)
    expected = len("The Cat didn't sit.\nZebras slept.\nDogs SAT (twice).\n")
    assert text.written.num_characters() == expected
