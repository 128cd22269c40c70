"""Blanks are filled with what fits on both sides; the arithmetic is exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language.network import Network
from app.suggestion import blanks
from app.suggestion.blanks import BEAM, MAX_RIGHT_TOKENS, Given, fill
from app.suggestion.decoding import propose, read_context, suggest
from app.suggestion.offers import Offers
from app.text.vocabulary import OOV, RESERVED
from tests.fakes import Next, Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
OFFERS = Offers.of(VOCABULARY)
SIZE = VOCABULARY.size
pieces_of_text = st.lists(
    st.integers(OOV, SIZE - 1).filter(lambda i: i != 2), max_size=5
)


def ids(text: str) -> np.ndarray:
    return VOCABULARY.encode(text.split())


def given_words(*texts: str) -> list[Given]:
    return [Given(text.replace(" ", ""), tuple(ids(text).tolist())) for text in texts]


def network(seed: int = 0, cell: str = "lstm") -> Network:
    architecture = tiny_architecture(cell)
    return Network(architecture, tiny_weights(architecture, seed))


def joint(model, left, words, rights) -> float:
    """Log-probability of words and the pieces between them, token by token."""
    states, total = read_context(model, left), 0.0
    for word, right in zip(words, rights, strict=True):
        for token_id in word:
            row = model.log_probabilities(states)[0].astype(float)
            total += row[token_id] - np.log(np.exp(row[len(RESERVED) :]).sum())
            states = model.advance(states, np.array([token_id], np.int32))
        for token_id in right[:MAX_RIGHT_TOKENS]:
            total += float(model.log_probabilities(states)[0, token_id])
            states = model.advance(states, np.array([token_id], np.int32))
    return total


def softmax(scores) -> np.ndarray:
    weights = np.exp(np.array(scores) - max(scores))
    return weights / weights.sum()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_one_blank_is_bayes_over_the_words_tried(cell):
    model, left, right = network(cell=cell), ids("the cat"), ids("on the mat .")
    (answer,) = fill(model, OFFERS, [left, right], top=1000)
    tried = propose(model, OFFERS, read_context(model, left), BEAM)
    exact = softmax([joint(model, left, [it.token_ids], [right]) for it in tried])
    expected = dict(zip([it.word for it in tried], exact, strict=True))
    found = dict(answer.suggestions)
    assert found.keys() == expected.keys()
    for word, probability in found.items():
        assert probability == pytest.approx(expected[word], rel=1e-3, abs=1e-7)
    probabilities = [it.probability for it in answer.suggestions]
    assert probabilities == sorted(probabilities, reverse=True)


def test_the_words_to_the_right_matter():
    model = network()
    answers = [
        fill(model, OFFERS, [ids("the"), ids(right)], top=5)
        for right in ("of london", "was n't so .")
    ]
    assert answers[0][0].suggestions != answers[1][0].suggestions


def test_unexamined_is_the_prior_mass_of_the_words_not_tried():
    model, left = network(), ids("the cat")
    (answer,) = fill(model, OFFERS, [left, ids("on")], top=3)
    tried = propose(model, OFFERS, read_context(model, left), BEAM)
    is_alone = VOCABULARY.is_suggestable  # "wo" is not: "won't" is no part of it
    mass = sum(
        np.exp(it.log_prior)
        for it in tried
        if len(it.token_ids) == 1 or not is_alone[it.token_ids[0]]
    )
    assert answer.unexamined == pytest.approx(1 - mass, abs=1e-6)
    assert 0 < answer.unexamined < 1  # punctuation is never tried


def test_a_blank_at_the_end_is_the_next_word():
    model, left = network(), ids("the cat")
    (answer,) = fill(model, OFFERS, [left, ids("")], top=7)
    states = read_context(model, left)
    assert answer.suggestions == suggest(model, OFFERS, states, 7)
    assert answer.unexamined is None


def test_a_blank_alone_is_answered_from_the_beginning_of_a_text():
    model = network()
    (answer,) = fill(model, OFFERS, [ids(""), ids("")], top=3)
    assert answer.suggestions == suggest(model, OFFERS, model.start(1), 3)


@pytest.mark.parametrize("rights", [("sat on", "."), (". the", ""), ("", "of")])
def test_two_blanks_are_the_marginals_of_the_joint(monkeypatch, rights):
    """With a beam that holds everything the search is exact."""
    monkeypatch.setattr(blanks, "BEAM", 10_000)
    monkeypatch.setattr(blanks, "PER_HYPOTHESIS", 10_000)
    words = [i for i in range(SIZE) if VOCABULARY.is_suggestable[i]][:12]
    narrow = Offers(
        VOCABULARY,
        np.array(words, np.int32),
        np.ones(12, bool),
        np.zeros((12, VOCABULARY.clitic_ids.size), bool),
    )
    model, left, pieces = network(), ids("the"), [ids(right) for right in rights]
    answers = fill(model, narrow, [left, *pieces], top=100)
    pairs = list(itertools.product(words, words))
    exact = softmax([joint(model, left, [(a,), (b,)], pieces) for a, b in pairs])
    for place, answer in enumerate(answers):
        expected = dict.fromkeys(words, 0.0)
        for pair, share in zip(pairs, exact, strict=True):
            expected[pair[place]] += share
        for word, probability in answer.suggestions:
            token_id = VOCABULARY.written.index(word)
            assert probability == pytest.approx(expected[token_id], rel=1e-3, abs=1e-7)
        assert (answer.unexamined is not None) == (len(pieces[place]) > 0)


@settings(max_examples=8)
@given(
    pieces=st.lists(pieces_of_text, min_size=3, max_size=4),
    seed=st.integers(0, 5),
    with_candidates=st.booleans(),
)
def test_every_blank_sums_to_1(pieces, seed, with_candidates):
    arrays = [np.array(piece, np.int32) for piece in pieces]
    candidates = given_words("cat", "it 's", "zebra") if with_candidates else None
    answers = fill(network(seed), OFFERS, arrays, top=100_000, candidates=candidates)
    assert len(answers) == len(pieces) - 1
    for answer, right in zip(answers, arrays[1:], strict=True):
        total = sum(it.probability for it in answer.suggestions)
        assert total == pytest.approx(1.0, abs=1e-6)
        assert not {it.word for it in answer.suggestions} & set(RESERVED)
        if len(right) and not with_candidates:
            assert -1e-6 <= answer.unexamined <= 1
        else:
            assert answer.unexamined is None


def test_candidates_are_all_answered_as_they_are_spelled():
    model, left, right = network(), ids("the"), ids("sat on the mat")
    candidates = given_words("Cat", "dog", "was n't", "zebra", "cat and dog", ".")
    (answer,) = fill(model, OFFERS, [left, right], top=1, candidates=candidates)
    assert sorted(dict(answer.suggestions)) == sorted(it.word for it in candidates)
    scores = []
    for candidate in candidates:
        score = joint(model, left, [candidate.token_ids], [right])
        # OOV stands for 7 words of the training text; one of them gets a seventh.
        scores.append(score - np.log(7) * candidate.token_ids.count(OOV))
    exact = dict(zip([it.word for it in candidates], softmax(scores), strict=True))
    for word, probability in answer.suggestions:
        assert probability == pytest.approx(exact[word], rel=1e-3)


def test_candidates_for_the_next_word_are_ranked_by_it_alone():
    model, left = network(), ids("the")
    (answer,) = fill(
        model, OFFERS, [left, ids("")], top=1, candidates=given_words("cat", "dog")
    )
    row = model.log_probabilities(read_context(model, left))[0]
    expected = softmax([row[i] for i in ids("cat dog")])
    assert dict(answer.suggestions) == pytest.approx(
        dict(zip(["cat", "dog"], expected, strict=True)), rel=1e-4
    )
    assert answer.unexamined is None


def test_more_candidates_than_the_beam_holds_are_all_answered():
    words = [Given(f"word{i}", (5 + i % (SIZE - 5),)) for i in range(BEAM + 50)]
    (answer,) = fill(
        Uniform(SIZE), OFFERS, [ids("the"), ids("cat")], top=1, candidates=words
    )
    assert [it.word for it in answer.suggestions] == [it.word for it in words]
    assert answer.suggestions[0].probability == pytest.approx(1 / len(words))


def test_candidates_with_equal_tokens_are_kept_apart():
    words = [Given("cat", (33,)), Given("CAT", (33,)), Given("dog", (34,))]
    (answer,) = fill(
        Uniform(SIZE), OFFERS, [ids("the"), ids("")], top=1, candidates=words
    )
    assert [it.word for it in answer.suggestions] == ["cat", "CAT", "dog"]
    assert [it.probability for it in answer.suggestions] == pytest.approx([1 / 3] * 3)


def test_a_candidate_that_no_hypothesis_kept_has_nothing(monkeypatch):
    monkeypatch.setattr(blanks, "BEAM", 3)
    first, second = fill(
        Uniform(SIZE),
        OFFERS,
        [ids("the"), ids("and"), ids("")],
        top=1,
        candidates=given_words("cat", "dog", "rain"),
    )  # of nine equal pairs the first three are kept, all of them with "cat"
    assert first.suggestions == [("cat", 1.0), ("dog", 0.0), ("rain", 0.0)]
    assert [it.word for it in second.suggestions] == ["cat", "dog", "rain"]
    assert [it.probability for it in second.suggestions] == pytest.approx([1 / 3] * 3)


def test_an_oracle_fills_every_blank_with_the_word_it_knows():
    text = ids("the cat sat on the mat . it was n't so")
    model = Oracle(SIZE, text)
    pieces = [text[:1], text[2:5], text[6:7], text[9:]]  # blanks: cat, mat + it, was
    answers = fill(model, OFFERS, [pieces[0], pieces[1], ids(". it"), pieces[3]], top=1)
    words = [answer.suggestions[0].word for answer in answers]
    assert words == ["cat", "mat", "was"]
    assert [answer.suggestions[0].probability for answer in answers] == [1.0] * 3


def test_next_is_decided_by_the_right_side():
    """Only the word before "dog" leads to it, though another one follows "the"."""
    model = Next(SIZE)
    (answer,) = fill(model, OFFERS, [ids("the"), ids("dog")], top=1)
    (word, probability), *_ = answer.suggestions
    assert word == "cat"
    assert probability == pytest.approx(1.0)


def test_a_uniform_model_finds_every_word_tried_equally_likely():
    (answer,) = fill(Uniform(SIZE), OFFERS, [ids("the"), ids("cat")], top=1000)
    alone = [
        it for it in answer.suggestions if "'" not in it.word and "n't" not in it.word
    ]
    assert len({round(it.probability, 9) for it in alone}) == 1
    assert [it.word for it in alone][:3] == ["the", "of", "and"]  # by id
    num_alone = int(VOCABULARY.is_suggestable.sum())
    tried = propose(Uniform(SIZE), OFFERS, Uniform(SIZE).start(1), BEAM)
    # Contractions of "ca" and "wo", which are no words and were not tried alone.
    num_bound = sum(not VOCABULARY.is_suggestable[it.token_ids[0]] for it in tried)
    share = 1 / (SIZE - len(RESERVED))
    examined = num_alone * share + num_bound * share**2
    assert answer.unexamined == pytest.approx(1 - examined, abs=1e-5)


class Counting(Uniform):
    """Counts the calls, and the most tokens that any row has read."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__(vocabulary_size)
        self.num_scored = self.deepest = 0

    def advance(self, states, token_ids):
        after = super().advance(states, token_ids)
        self.deepest = max(self.deepest, int(after[0].max()))
        return after

    def score(self, states, token_ids):
        self.num_scored += 1
        return super().score(states, token_ids)


def test_only_the_first_tokens_to_the_right_are_read():
    model, long = Counting(SIZE), np.full(100_000, 7, np.int32)
    fill(model, OFFERS, [ids("the"), long], top=1)
    assert model.num_scored == MAX_RIGHT_TOKENS
    assert model.deepest < MAX_RIGHT_TOKENS + 10


def test_between_two_blanks_a_long_piece_is_read_within_bounds():
    model, long = Counting(SIZE), np.full(100_000, 7, np.int32)
    few = given_words("cat", "dog")
    fill(model, OFFERS, [ids("the"), long, ids("on")], top=1, candidates=few)
    assert model.num_scored == MAX_RIGHT_TOKENS + 1
    assert 1000 < model.deepest < 1200


def test_a_vocabulary_without_a_word_to_offer_leaves_blanks_empty():
    tokens = (*RESERVED, ".", "!")
    marks = VOCABULARY.__class__(tokens, np.ones(7, np.int64), tokens)
    stop = np.array([5], np.int32)
    answers = fill(Uniform(7), Offers.of(marks), [stop, stop, stop], top=5)
    assert answers == [([], None), ([], None)]
