"""Tokens become text that is cut into the same tokens again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.detokenizer import detokenize, detokenize_ids
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD
from tests.text.test_tokenizer import golden_cases, typed_text
from tests.tiny import tiny_vocabulary

NOVELS = Path(os.environ.get("NEXTWORD_DATA", "../shared/data")) / "novels"
cut = Tokenizer().tokenize


def folded(tokens: list[str]) -> list[str]:
    return [token.lower() for token in tokens]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith can't see it; won't you?",
        '"Yes," she said, "it\'s 5:30."',
        "He paid $20 (or 50%) for 3,000 dogs' bowls...",
        "'Yes,' he said. 'The dogs' bowls.'",
        'She saw "Hamlet"\'s end--and left.',
        "Rock 'n' roll in the '90s; 'tis and/or love.",
        "We're #1! #deep_learning @anna :-)",
        "It was -3 °C.",
        "The U.S.'s pre-war _very_ good mother-in-law.",
        "Who? Me! You... [1] {2}",
        "¿Qué? ¡No!",
        "Shouldn't've, he'd've.",
        "Mail me@example.org, see https://example.org/a_b?c.",
        "👩🏽\u200d🚀 up 🇩🇪",
    ],
)
def test_text_as_people_write_it_comes_back(text):
    assert detokenize(cut(text)) == text


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("the cat . it 's so", "The cat. It's so"),
        ("iPhone sales . eBay", "iPhone sales. eBay"),
        ('" the end . " " so', '"The end." "So'),
        ("so . . b", "So. . B"),
        ("a.com or b", "a.com or b"),
        ("so : )", "So: )"),
        ("' tis sue", "' Tis sue"),
        ("plan J . no", "Plan J . No"),
        ("1 / 2 or a / b", "1 / 2 or a/b"),
        ("# tag , # 1", "# tag, #1"),
        ("a - b - 3 ( - 3 ) - 1", "A - b - 3 (-3) - 1"),
        ("", ""),
    ],
)
def test_tokens_are_put_together_as_people_type(tokens, text):
    assert detokenize(tokens.split()) == text


def test_where_no_sentence_begins_no_capital_is_written():
    assert detokenize(["the", "cat"], begins=False) == "the cat"


def test_golden_tokens_come_back():
    for _, tokens in golden_cases():
        assert folded(cut(detokenize(tokens))) == folded(tokens)


@settings(max_examples=500)
@given(typed_text)
def test_typed_text_keeps_its_tokens(text: str):
    tokens = cut(text)
    # Full stops with odd gaps: an ellipsis to the tokenizer wherever they stand so.
    if not any(". ." in " ".join(tokens[i : i + 3]) for i in range(len(tokens))):
        assert folded(cut(detokenize(tokens))) == folded(tokens)


@given(st.lists(st.text("ab.,'\"-_() 1sn:/#@$%", min_size=1)))
def test_any_tokens_at_all_are_written(tokens: list[str]):
    text = detokenize(tokens)
    assert text.lower().replace(" ", "") == "".join(tokens).lower().replace(" ", "")


@pytest.mark.skipif(not NOVELS.is_dir(), reason=f"{NOVELS} is not there")
@pytest.mark.parametrize(
    "name", ["PERSU11.TXT", "TESS10.TXT", "DOMBY10.TXT", "SCRLT12.TXT", "TARZ410.TXT"]
)
def test_of_a_thousand_paragraphs_of_a_novel_999_keep_their_tokens(name):
    """What is left: `mus'n't`, dots with odd gaps, "b. fig. 3" (`Fig.`)."""
    text = (NOVELS / name).read_text(encoding="latin-1")
    paragraphs = [cut(paragraph) for paragraph in text.split("\n\n")]
    kept = [folded(cut(detokenize(p))) == folded(p) for p in paragraphs if p]
    assert sum(kept) / len(kept) >= 0.999


def test_ids_become_lines_without_reserved_names():
    vocabulary = tiny_vocabulary()
    words = vocabulary.encode("the london dog".split()).tolist()
    ids = [BOS, *words, OOV, EOS, PAD, *words, BLANK]
    assert detokenize_ids(ids, vocabulary) == "The London dog …\nThe London dog ___"
