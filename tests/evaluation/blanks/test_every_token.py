"""One side against both sides, on the same targets, as `fill` would be asked."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.blanks.every_token import blank_figures, observe_blanks
from app.evaluation.contenders import TEST, Contenders, observe
from app.evaluation.measuring import evaluate
from app.evaluation.metrics import Target
from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS
from tests.fakes import Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

DOCUMENTS = [[7, 9, 30, EOS, 31, 33, EOS], [12, 8, EOS]]
NEVER = [0, 2, 4]  # PAD, BOS, BLANK
VOCABULARY = tiny_vocabulary()
SIZE = VOCABULARY.size


@pytest.fixture(scope="module")
def network() -> TwoSidedNetwork:
    architecture = tiny_architecture().for_blanks()
    return TwoSidedNetwork(architecture, tiny_weights(architecture))


def text_of(documents: list[list[int]]) -> EncodedText:
    ids = np.concatenate(documents).astype(np.int32)
    return EncodedText(ids, np.cumsum([len(document) for document in documents]))


def both_figures(model: LanguageModel, network: TwoSidedNetwork, text: EncodedText):
    left = observe(Contenders({TEST: model}), VOCABULARY, text)[TEST]
    both = observe_blanks(network, VOCABULARY, text)
    target = Target.all_of(text, VOCABULARY)
    return blank_figures(left, both, target, VOCABULARY)


def test_every_token_but_the_ends_is_a_blank_between_all_others(network):
    found = both_figures(Uniform(SIZE), network, text_of(DOCUMENTS))
    losses = []
    for document in DOCUMENTS:
        ids = np.array([document])
        for place, token_id in enumerate(document):
            if token_id != EOS:
                filled = network.fill(ids[:, :place], ids[:, place + 1 :])
                losses.append(-filled[0, token_id])
    both, left = found["both_sides"], found["left_only"]
    assert both["tokens"] == left["tokens"] == len(losses) == 7
    assert both["documents"] == left["documents"] == 2
    assert both["loss_nats"] == pytest.approx(np.mean(losses), abs=1e-5)
    assert left["perplexity"] == pytest.approx(SIZE - len(NEVER), rel=1e-4)


def test_one_side_is_measured_as_the_language_model_it_is(network):
    document = DOCUMENTS[0][:3]
    text = text_of([document])
    oracle = Oracle(SIZE, document)
    found = both_figures(oracle, network, text)["left_only"]
    assert found == evaluate(oracle, VOCABULARY, text)
    assert found["top_1_accuracy"] == 1


def test_progress_is_reported_up_to_the_end(network):
    text, done = text_of(DOCUMENTS), []
    observe_blanks(network, VOCABULARY, text, done.append)
    assert done == sorted(done)
    assert done[-1] == text.num_tokens


def test_a_text_of_nothing_but_ends_has_no_blanks(network):
    found = both_figures(Uniform(SIZE), network, text_of([[EOS]]))
    assert found["both_sides"]["tokens"] == 0
    assert found["both_sides"]["perplexity"] is None
