"""What distant words are worth, of models of which it is known."""

import math

import numpy as np
import pytest

from app.errors import UserError
from app.evaluation.distance.context import CUT, SHUFFLED, context_costs, words_to_read
from app.language.kneser_ney import estimate
from app.language.network import Network
from app.language.ngram import NGramModel
from app.text.encoding import EncodedText
from app.text.vocabulary import BOS, EOS
from tests.fakes import UNLIKELY, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()


class Echo(Uniform):
    """Certain that the word so many steps back comes again; knows nothing further."""

    def __init__(self, back):
        super().__init__(VOCABULARY.size)
        self.back = back

    def start(self, batch):
        return (np.full((batch, self.back), BOS, np.int32),)

    def advance(self, states, token_ids):
        return (np.concatenate([states[0][:, 1:], token_ids[:, None]], axis=1),)

    def log_probabilities(self, states):
        table = super().log_probabilities(states)
        known = states[0][:, 0] != BOS
        table[known] = UNLIKELY
        table[known, states[0][known, 0]] = 0.0
        return table


def repeating(period, documents=30, repetitions=8):
    """Documents whose every word stood `period` words before."""
    generator = np.random.default_rng(0)
    parts = []
    for _ in range(documents):
        block = generator.choice(np.arange(5, VOCABULARY.size), period, replace=False)
        parts.append(np.tile(block, repetitions).astype(np.int32))
    ends = np.cumsum([len(part) for part in parts])
    return EncodedText(np.concatenate(parts), ends)


def measured(model, text, distances, context=30, targets=200, seed=0):
    return context_costs(
        model,
        VOCABULARY,
        text,
        distances,
        context=context,
        targets=targets,
        seed=seed,
    )


def test_who_remembers_so_many_words_loses_all_below_and_nothing_from_there_on():
    found = measured(Echo(7), repeating(7), [3, 6, 7, 12])
    model = found["models"]["test"]
    assert model["perplexity"] == pytest.approx(1)
    costs = [it["nats"] for it in model[CUT]]
    assert costs == pytest.approx([math.log(VOCABULARY.size)] * 2 + [0, 0], abs=1e-5)
    shuffled = [it["nats"] for it in model[SHUFFLED]]
    assert min(shuffled[:2]) > 10  # certain, and mostly wrong
    assert shuffled[2:] == pytest.approx([0, 0])


def test_who_reads_nothing_loses_nothing():
    found = measured(Uniform(VOCABULARY.size), repeating(5), [2, 4])
    model = found["models"]["test"]
    assert model["perplexity"] == pytest.approx(VOCABULARY.size, rel=1e-5)
    assert {it["nats"] for way in (CUT, SHUFFLED) for it in model[way]} == {0.0}


def test_an_n_gram_of_order_5_loses_nothing_from_four_words_on(tmp_path):
    generator = np.random.default_rng(1)
    ids = generator.choice([5, 6, 7, 8, EOS], 900).astype(np.int32)
    text = EncodedText(ids, np.array([300, 600, 900]))
    estimate(text, VOCABULARY.size, tmp_path)
    costs = measured(NGramModel.load(tmp_path), text, [2, 4, 10])["models"]["test"]
    for way in (CUT, SHUFFLED):
        near, *far = (it["nats"] for it in costs[way])
        assert near > 0
        assert far == [0, 0]


def test_a_network_is_read_as_if_the_text_began_where_it_was_cut():
    architecture = tiny_architecture()
    network = Network(architecture, tiny_weights(architecture))
    text = repeating(9, documents=1, repetitions=5)  # 45 words, one with 44 before it
    found = measured(network, text, [4], context=44)
    states = network.read(network.start(1), text.ids[None, 40:44])
    expected = -network.score(states, text.ids[44:])[0]
    cut = found["models"]["test"][CUT][0]
    assert math.log(cut["perplexity"]) == pytest.approx(expected, abs=1e-5)
    assert found["targets"] == found["documents"] == 1
    assert cut["standard_error"] is None


def test_the_same_seed_gives_the_same_figures_and_another_seed_others():
    architecture = tiny_architecture("gru")
    network = Network(architecture, tiny_weights(architecture))
    first, again, other = (
        measured(network, repeating(6), [3], targets=50, seed=it) for it in (0, 0, 1)
    )
    assert first == again
    assert first["models"] != other["models"]


def test_all_that_is_read_is_reported():
    seen = []
    context_costs(
        Echo(3),
        VOCABULARY,
        repeating(4),
        [2, 5],
        context=10,
        targets=100,
        seed=0,
        report=seen.append,
    )
    assert seen[-1] == words_to_read([2, 5], 10, 100)
    assert seen == sorted(seen)


def test_texts_that_are_too_short_are_named_with_what_to_do():
    with pytest.raises(UserError, match="the longest has 40. Give longer texts, or a"):
        measured(Echo(3), repeating(5), [2], context=50)
