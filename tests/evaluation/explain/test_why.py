"""Why a word is suggested: little of what an explanation says, and the very same."""

import numpy as np
import pytest

from app.errors import UserError
from app.evaluation.explain.explanation import explain
from app.evaluation.explain.why import MOST_WEIGHED, why
from app.language.cache import Cache
from app.language.kneser_ney import estimate
from app.language.mixture import Mixture
from app.language.mixture_weights import Weights
from app.language.ngram import NGramModel
from app.suggestion.decoding import read_context
from app.suggestion.memory import Memory
from app.suggestion.memory_model import MemoryModel, Remembering
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.evaluation.explain.made_by_hand import tiny_network, tiny_predictor
from tests.tiny import tiny_text, tiny_vocabulary

TEXT = "The cat sat on the mat . The cat and the dog sat on the"
SHARES = np.array([[0.8, 0.2, 0], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]], np.float32)


@pytest.fixture(scope="module")
def mixture(tmp_path_factory) -> Mixture:
    folder = tmp_path_factory.mktemp("ngrams")
    estimate(tiny_text(), tiny_vocabulary().size, folder, order=3)
    weights = Weights(np.array([2.0], np.float32), SHARES)
    return Mixture(tiny_network(), NGramModel.load(folder), Cache(50, 9.0), weights)


def predictor_with(model) -> Predictor:
    return Predictor(tiny_vocabulary(), Tokenizer(), model)


def assert_told_as_explained(predictor, cell, text, word):
    told, explained = why(predictor, text, word), explain(predictor, cell, text, word)
    asked = explained.predicted[0]
    assert told.token == word
    assert told.probability == pytest.approx(asked.probability, rel=1e-5)
    assert told.parts == pytest.approx(asked.parts, rel=1e-5)
    assert sum(told.parts.values()) == told.probability
    tokens = [it.token for it in told.words]
    assert tokens == [it.token for it in explained.words[-len(tokens) :]]
    bits = explained.attributions[0].taken_out[-len(tokens) :]
    assert [it.bits for it in told.words] == pytest.approx(bits, abs=1e-5)
    assert any(bits)


def test_of_a_mixture_it_tells_what_an_explanation_tells(mixture):
    predictor = predictor_with(mixture)
    assert_told_as_explained(predictor, "lstm", TEXT, "mat")
    parts = why(predictor, TEXT, "mat").parts
    assert list(parts) == ["network", "n-grams", "cache"]
    assert all(share > 0 for share in parts.values())


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("shape", [{"layers": 2}, {"attention": 3}, {"context": 4}])
def test_of_any_network_it_tells_what_an_explanation_tells(cell, shape):
    predictor = tiny_predictor(cell=cell, **shape)
    assert_told_as_explained(predictor, cell, TEXT, "dog")


def test_a_window_names_only_the_words_that_are_in_it():
    told = why(tiny_predictor(context=4), TEXT, "dog")
    assert [it.token for it in told.words] == ["dog", "sat", "on", "the"]


def test_a_memory_is_a_part_and_the_others_have_the_rest(mixture):
    memory = Memory()
    memory.accept("on the sofa on the mat".split())
    heard = Remembering(mixture, MemoryModel(memory, tiny_vocabulary()))
    told = why(predictor_with(heard), TEXT, "mat")
    without = why(predictor_with(mixture), TEXT, "mat")
    shares = {name: share * 0.9 for name, share in without.parts.items()}
    others = {name: told.parts[name] for name in shares}
    assert others == pytest.approx(shares, rel=1e-6)
    assert told.parts["memory"] > 0.02
    ids = tiny_vocabulary().encode([*TEXT.split(), "mat"])
    states = read_context(heard, ids[:-1])
    expected = float(np.exp(heard.score(states, ids[-1:])[0]))
    assert told.probability == pytest.approx(expected, rel=1e-5)
    assert [it.bits for it in told.words] == [it.bits for it in without.words]
    assert_told_as_explained(predictor_with(heard), "lstm", TEXT, "mat")


def test_a_long_text_is_weighed_at_its_end_and_says_so(mixture):
    predictor, text = predictor_with(mixture), f"{TEXT} cat . " * 10
    told = why(predictor, text, "dog")
    assert len(told.words) == MOST_WEIGHED
    assert told.remarks == ["Of 170 words and marks read, the last 60 are weighed."]
    assert_told_as_explained(predictor, "lstm", text, "dog")


def test_a_very_long_text_is_read_as_far_back_as_suggestions_read_it(mixture):
    predictor, text = predictor_with(mixture), f"{TEXT} cat . " * 200
    ids = predictor.vocabulary.encode(predictor.tokenizer.tokenize(text))
    dog = predictor.vocabulary.encode(["dog"])
    scored = mixture.score(read_context(mixture, ids), dog)[0]
    told = why(predictor, text, "dog")
    assert told.probability == pytest.approx(float(np.exp(scored)), rel=1e-5)


@pytest.mark.parametrize("text", ["", "  ", "___"])
def test_an_empty_text_has_a_next_word_but_nothing_to_weigh(mixture, text):
    told = why(predictor_with(mixture), text, "The")
    assert told.probability > 0
    assert [it.bits for it in told.words] == pytest.approx(
        [0] * len(told.words), abs=1e-5
    )


@pytest.mark.parametrize(
    ("word", "token", "rest"),
    [("wasn't", "was", "n't"), ("the mat, and", "the", "mat , and")],
)
def test_of_several_tokens_the_first_is_told_and_named(mixture, word, token, rest):
    told = why(predictor_with(mixture), TEXT, word)
    assert told.token == token
    [remark] = told.remarks
    assert f"why {token!r} comes, with {rest!r} still to follow" in remark
    assert told.probability == why(predictor_with(mixture), TEXT, token).probability


def test_a_word_that_only_the_text_has_is_said_to_be_finished_because_of_it(mixture):
    with pytest.raises(UserError, match="finished because the text has it"):
        why(predictor_with(mixture), "Zaphod sat on the mat . Then", "zaphod")


@pytest.mark.parametrize("word", ["Zaphod", "", "  ", "\ud800"])
def test_what_is_no_word_of_the_model_is_refused_in_one_sentence(mixture, word):
    with pytest.raises(UserError, match=r"vocabulary|no word in it|no character"):
        why(predictor_with(mixture), TEXT, word)
