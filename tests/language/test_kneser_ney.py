"""Kneser-Ney smoothing against numbers worked out by hand, slowly, and by KenLM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.measuring import evaluate
from app.language import kneser_ney, ngram_counts
from app.language.kneser_ney import discounts, estimate
from app.language.ngram import NGramModel
from app.text.corpus import read_parts
from app.text.counting import count_types
from app.text.encoding import EncodedText, encode
from app.text.readers import ReadOptions
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, Vocabulary

A, B, C = 5, 6, 7
SIZE = 8
PREDICTED = (OOV, EOS, A, B, C)

Document = Sequence[int]
paragraphs = st.lists(st.sampled_from((OOV, A, B, C)), max_size=6)
documents = st.lists(paragraphs, min_size=1, max_size=4).map(
    lambda found: [token for paragraph in found for token in [*paragraph, EOS]]
)
texts = st.lists(documents, min_size=1, max_size=8)


def text_of(*found: Document) -> EncodedText:
    ids = np.array([token for document in found for token in document], np.int32)
    return EncodedText(ids, np.cumsum([len(document) for document in found]))


def model_of(
    text: EncodedText, folder: Path, order: int, size: int = SIZE
) -> NGramModel:
    folder.mkdir()
    estimate(text, size, folder, order=order)
    return NGramModel.load(folder)


def probabilities(model: NGramModel, context: Sequence[int]) -> np.ndarray:
    states = model.start(1)
    for token in context:
        states = model.advance(states, np.array([token], np.int32))
    return np.exp(model.log_probabilities(states)[0])


class Slow:
    """The definitions once more, a dictionary of counts for each order."""

    def __init__(self, found: Sequence[Document], order: int) -> None:
        self.order = order
        self.counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order)]
        for document in found:
            for sentence in self.sentences(document):
                for n in range(1, order + 1):
                    for i in range(len(sentence) - n + 1):
                        self.counts[n - 1][tuple(sentence[i : i + n])] += 1
        for n in range(1, order):  # a word before makes one continuation
            kinds = Counter(longer[1:] for longer in self.counts[n])
            for ngram in self.counts[n - 1]:
                if ngram[0] != BOS:
                    self.counts[n - 1][ngram] = kinds[ngram]
        del self.counts[0][(BOS,)]
        self.discounts = [discounts(np.array([*c.values()])) for c in self.counts]

    @staticmethod
    def sentences(document: Document) -> list[list[int]]:
        found = [[BOS]]
        for token in document:
            found[-1].append(token)
            if token == EOS:
                found.append([BOS])
        return found[:-1]

    def probability(self, context: tuple[int, ...], word: int) -> float:
        if len(context) >= self.order:
            return self.probability(context[1:], word)
        n = len(context) + 1
        lower = self.probability(context[1:], word) if context else 1 / len(PREDICTED)
        following = {
            ngram[-1]: count
            for ngram, count in self.counts[n - 1].items()
            if ngram[:-1] == context
        }
        total = sum(following.values())
        if not total:
            return lower
        discount = self.discounts[n - 1]
        given = sum(discount[min(count, 3)] for count in following.values())
        count = following.get(word, 0)
        return (count - discount[min(count, 3)] + given * lower) / total


def test_a_bigram_model_worked_out_by_hand(tmp_path):
    # n_3 is 0 in both orders, so the discounts are 0.5 and 1. Before a stands BOS,
    # before b stands a, before EOS both: a, b and EOS count 1, 1 and 2 of 4, of which
    # 0.5, 0.5 and 1 are given to the uniform distribution over 5.
    model = model_of(text_of([A, B, EOS, A, EOS]), tmp_path / "model", order=2)
    share = 0.5 / 5
    unigrams = {OOV: share, EOS: 0.25 + share, A: 0.125 + share, B: 0.125 + share}
    unigrams[C] = share
    expected = {
        (C,): unigrams,  # never seen
        (): {w: 0.5 * p + 0.5 * (w == A) for w, p in unigrams.items()},
        (A,): {w: 0.5 * p + 0.25 * (w in (B, EOS)) for w, p in unigrams.items()},
        (B,): {w: 0.5 * p + 0.5 * (w == EOS) for w, p in unigrams.items()},
    }
    for context, row in expected.items():
        found = probabilities(model, context)
        assert {w: pytest.approx(found[w], rel=1e-5) for w in PREDICTED} == row
        assert found[[PAD, BOS, BLANK]].tolist() == [0, 0, 0]


def test_discounts_follow_chen_and_goodman():
    counts = np.repeat([1, 2, 3, 4, 9], [10, 4, 2, 1, 7])
    y = 10 / (10 + 2 * 4)
    expected = [0, 1 - 2 * y * 4 / 10, 2 - 3 * y * 2 / 4, 3 - 4 * y * 1 / 2]
    np.testing.assert_allclose(discounts(counts), expected)


@pytest.mark.parametrize(
    "counts",
    [[], [1, 1, 1], [1, 2, 2], [2, 3, 4], [1, 2, 3, 3, 3, 3], [1, 2, 3, 4, 4, 4]],
    ids=["nothing", "only 1", "no 3", "no 1", "D(2) below 0", "D(3) below 0"],
)
def test_where_the_discounts_are_not_defined_they_are_those_of_kenlm(counts):
    assert discounts(np.array(counts, int)).tolist() == [0, 0.5, 1, 1.5]


def assert_agree(model: NGramModel, slow: Slow, contexts: Sequence[Document]) -> None:
    for context in contexts:
        sentence = slow.sentences([*context, PAD, EOS])[-1]
        last = tuple(sentence[:-2])  # what stands before PAD
        expected = [slow.probability(last, word) for word in PREDICTED]
        found = probabilities(model, context)[list(PREDICTED)]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@settings(max_examples=30)
@given(found=texts)
def test_a_slow_independent_implementation_agrees(tmp_path_factory, order, found):
    folder = tmp_path_factory.mktemp("slow") / "model"
    model = model_of(text_of(*found), folder, order)
    contexts = [[], [A], [C, C], [B, A, C, OOV], [A, EOS], [A, EOS, B], *found]
    assert_agree(model, Slow(found, order), contexts)


def test_it_agrees_where_the_formula_gives_the_discounts(tmp_path):
    shares = [0.05, 0.2, 0.5, 0.2, 0.05]
    words = np.random.default_rng(0).choice(PREDICTED, 300, p=shares)
    ids = [*words.tolist(), EOS]
    slow = Slow([ids], order=4)
    assert all(found.tolist() != [0, 0.5, 1, 1.5] for found in slow.discounts[2:])
    model = model_of(text_of(ids), tmp_path / "model", order=4)
    assert_agree(model, slow, [ids[:end] for end in range(40)])


@settings(max_examples=20)
@given(found=texts)
def test_the_size_of_the_blocks_changes_nothing(tmp_path_factory, found):
    folder, text = tmp_path_factory.mktemp("blocks"), text_of(*found)
    whole = model_of(text, folder / "whole", order=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram_counts, "BLOCK", 2)
        patch.setattr(kneser_ney, "BLOCK", 3)
        cut = model_of(text, folder / "cut", order=4)
    assert whole.order == cut.order
    for path in (folder / "whole").iterdir():
        assert path.read_bytes() == (folder / "cut" / path.name).read_bytes(), path.name


def test_a_text_of_one_word_is_learned(tmp_path):
    model = model_of(text_of([A, EOS]), tmp_path / "model", order=5)
    assert model.order == 3  # BOS a EOS is all there is
    for context in ([], [A], [B], [A, A, A]):
        assert probabilities(model, context).sum() == pytest.approx(1, abs=1e-5)
    assert probabilities(model, []).argmax() == A
    assert probabilities(model, [A]).argmax() == EOS


def test_a_text_of_nothing_is_uniform(tmp_path):
    model = model_of(text_of(), tmp_path / "model", order=5)
    assert model.order == 1
    np.testing.assert_allclose(probabilities(model, [A])[list(PREDICTED)], 1 / 5)


def test_a_document_that_ends_without_eos_does_not_run_into_the_next(tmp_path):
    model = model_of(text_of([A, B], [C, EOS]), tmp_path / "model", order=3)
    found = probabilities(model, [A, B])
    assert found[C] == found[A]
    assert probabilities(model, []).argsort()[-2:].tolist() == [A, C]


def test_nothing_but_the_model_is_left_in_the_folder(tmp_path):
    estimate(text_of([A, B, C, EOS]), SIZE, tmp_path, order=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "keys_2.npy",
        "keys_3.npy",
        "log_backoffs_2.npy",
        "log_backoffs_3.npy",
        "log_probabilities_1.npy",
        "log_probabilities_2.npy",
        "log_probabilities_3.npy",
    ]


@pytest.mark.slow
def test_on_the_patents_it_equals_kenlm(data_folder, tmp_path):
    folder = data_folder / "patents"
    paths = {part: str(folder / f"{part}.txt") for part in ("train", "valid", "test")}
    options = ReadOptions(pretokenized=True)
    corpus = [paths.pop("train")]
    parts = read_parts(corpus, options, keep_duplicates=True, **paths)
    counts, tokenizer = count_types(parts.train), Tokenizer(pretokenized=True)
    vocabulary = Vocabulary.build(counts, tokenizer, size=20_000, min_count=2)
    train, test = (
        encode(parts.named()[part], vocabulary, tmp_path, part)
        for part in ("train", "test")
    )
    model = model_of(train, tmp_path / "model", 5, vocabulary.size)
    figures = evaluate(model, vocabulary, test)
    words_only = figures["words_only"]
    tops = [f"top_{top}_accuracy" for top in (1, 3, 5)]
    perplexities = [f"perplexity{kind}" for kind in ("", "_charged", "_known")]
    assert [round(figures[key], 1) for key in perplexities] == [107.8, 130.8, 108.3]
    assert [round(100 * figures[key], 1) for key in tops] == [24.4, 38.0, 44.0]
    assert [round(100 * words_only[key], 1) for key in tops] == [24.6, 37.5, 42.7]
