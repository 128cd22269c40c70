"""Perplexity, accuracy and rank, against numbers worked out by hand and slowly."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from app.errors import UserError
from app.evaluation.measuring import evaluate
from app.language.network import Network
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED, Vocabulary
from tests.fakes import Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

NEVER = (PAD, BOS, BLANK)
A, B, C, COMMA = 5, 6, 7, 8


class Bigrams:
    """A language model that remembers one token: float32 [last id, next id]."""

    def __init__(self, probabilities) -> None:
        with np.errstate(divide="ignore"):
            self.table = np.log(np.asarray(probabilities, np.float64)).astype("f4")
        self.vocabulary_size = len(self.table)

    def start(self, batch):
        return (np.full(batch, BOS),)

    def advance(self, states, token_ids):
        return (np.array(token_ids),)

    def log_probabilities(self, states):
        return self.table[states[0]]

    def score(self, states, token_ids):
        return self.table[states[0], token_ids]


def vocabulary_of(*words: str, oov_types: int = 0) -> Vocabulary:
    tokens = (*RESERVED, *words)
    counts = np.arange(len(tokens), 0, -1)
    return Vocabulary(tokens, counts, tokens, oov_types=oov_types)


def text_of(*documents: list[int]) -> EncodedText:
    ids = np.array([i for document in documents for i in document], np.int32)
    return EncodedText(ids, np.cumsum([len(document) for document in documents]))


def always(row: dict[int, float], size: int) -> Bigrams:
    """The same probabilities whatever was read."""
    probabilities = np.zeros((size, size))
    for token_id, probability in row.items():
        probabilities[:, token_id] = probability
    return Bigrams(probabilities)


ABC = vocabulary_of("a", "b", "c", ",", oov_types=4)


def test_a_uniform_models_perplexity_is_the_vocabulary_without_pad_bos_blank():
    size = 50
    vocabulary = vocabulary_of(*(f"w{i}" for i in range(size - 5)))
    text = text_of([10, 20, 30, EOS], [7, OOV, EOS])
    possible = {i: 1 / (size - 3) for i in range(size) if i not in NEVER}
    for model in (always(possible, size), Uniform(size)):
        figures = evaluate(model, vocabulary, text)
        assert figures["perplexity"] == pytest.approx(size - 3)
        assert figures["loss_nats"] == pytest.approx(math.log(size - 3))


def test_an_oracles_perplexity_is_1_and_it_is_always_right():
    ids = [A, COMMA, C, B, EOS, A, A, EOS]
    figures = evaluate(Oracle(9, ids), ABC, text_of(ids, ids[:3]))
    for key in ("perplexity", "perplexity_charged", "perplexity_known"):
        assert figures[key] == pytest.approx(1)
    assert figures["loss_nats"] == pytest.approx(0)
    assert figures["top_1_accuracy"] == figures["mean_reciprocal_rank"] == 1
    assert figures["words_only"] == {
        "tokens": 7,
        "top_1_accuracy": 1,
        "top_3_accuracy": 1,
        "top_5_accuracy": 1,
        "top_10_accuracy": 1,
    }


def test_a_language_of_two_words_worked_out_by_hand():
    model = always({A: 1 / 2, B: 1 / 4, EOS: 1 / 4}, 9)
    figures = evaluate(model, ABC, text_of([A, B, A, EOS]))
    # 1/2 1/4 1/2 1/4: two times one bit and two times two bits, 6 / 4 in the mean
    assert figures["perplexity"] == pytest.approx(2**1.5)
    assert figures["loss_nats"] == pytest.approx(1.5 * math.log(2))
    # a comes first, then EOS, which has a lower id than the equally likely b
    assert figures["top_1_accuracy"] == 2 / 4
    assert figures["top_3_accuracy"] == 1
    assert figures["mean_reciprocal_rank"] == pytest.approx((1 + 1 / 3 + 1 + 1 / 2) / 4)


def test_unknown_words_are_charged_or_left_out_as_worked_out_by_hand():
    model = always({A: 1 / 2, OOV: 1 / 4, EOS: 1 / 4}, 9)
    figures = evaluate(model, ABC, text_of([A, OOV, EOS]))  # 4 types became OOV
    assert figures["oov_tokens"] == 1
    assert figures["perplexity"] == pytest.approx(2 ** (5 / 3))
    assert figures["perplexity_charged"] == pytest.approx(2 ** ((5 + 2) / 3))
    assert figures["perplexity_known"] == pytest.approx(2 ** (3 / 2))
    # OOV is a target, but no candidate: EOS comes second, and OOV is never right.
    assert figures["top_1_accuracy"] == pytest.approx(1 / 3)
    assert figures["top_3_accuracy"] == pytest.approx(2 / 3)
    assert figures["mean_reciprocal_rank"] == pytest.approx((1 + 0 + 1 / 2) / 3)


def test_where_no_type_became_oov_nothing_is_charged():
    vocabulary = vocabulary_of("a", "b", "c", ",", oov_types=0)
    figures = evaluate(always({A: 0.5, OOV: 0.5}, 9), vocabulary, text_of([A, OOV]))
    assert figures["perplexity_charged"] == figures["perplexity"] == pytest.approx(2)


def test_words_only_compares_words_with_words():
    model = always({COMMA: 0.5, EOS: 0.3, A: 0.15, B: 0.05}, 9)
    figures = evaluate(model, ABC, text_of([A, COMMA, B, EOS]))
    assert figures["top_1_accuracy"] == 1 / 4
    assert figures["top_3_accuracy"] == 3 / 4
    words = figures["words_only"]
    assert (words["tokens"], words["top_1_accuracy"]) == (2, 1 / 2)
    assert words["top_3_accuracy"] == 1


def test_what_can_never_be_a_target_is_no_candidate():
    model = always({PAD: 0.3, BOS: 0.3, BLANK: 0.2, OOV: 0.15, A: 0.05}, 9)
    assert evaluate(model, ABC, text_of([A, A]))["top_1_accuracy"] == 1


def test_of_equally_likely_candidates_the_lower_id_comes_first():
    model = always({A: 0.25, B: 0.25, C: 0.25, COMMA: 0.25}, 9)
    reciprocal = [
        evaluate(model, ABC, text_of([token_id]))["mean_reciprocal_rank"]
        for token_id in (A, B, C, COMMA)
    ]
    assert reciprocal == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])


def test_the_state_runs_on_over_paragraphs_and_begins_anew_with_each_document():
    # After BOS a is certain, after EOS b: two paragraphs differ from two documents.
    probabilities = np.zeros((9, 9))
    probabilities[BOS, A] = probabilities[EOS, B] = 1
    probabilities[[A, B], EOS] = 1
    model = Bigrams(probabilities)
    one = evaluate(model, ABC, text_of([A, EOS, B, EOS]))
    two = evaluate(model, ABC, text_of([A, EOS], [B, EOS]))
    assert (one["documents"], one["tokens"], one["perplexity"]) == (1, 4, 1)
    assert (two["documents"], two["tokens"], two["perplexity"]) == (2, 4, None)


def slow_figures(model, vocabulary, documents) -> dict:
    """The definitions once more, one target at a time, sorting everything."""
    never = set(NEVER)
    losses, charges, is_known, ranks, word_ranks, sure = [], [], [], [], [], []
    for document in documents:
        states = model.start(1)
        for target in document:
            logp = model.log_probabilities(states)[0].astype(np.float64)
            total = sum(math.exp(v) for i, v in enumerate(logp) if i not in never)
            losses.append(math.log(total) - logp[target])
            is_known.append(target != OOV)
            charges.append(0 if target != OOV else math.log(vocabulary.oov_types))
            order = sorted(range(len(logp)), key=lambda i: (-logp[i], i))
            candidates = [i for i in order if i not in never | {OOV}]
            words = [i for i in candidates if vocabulary.written[i][0].isalpha()]
            sure.append(math.exp(logp[candidates[0]]) / total)
            known = target != OOV
            ranks.append(candidates.index(target) + 1 if known else math.inf)
            if target in words:
                word_ranks.append(words.index(target) + 1)
            states = model.advance(states, np.array([target], np.int32))
    known_losses = [v for v, known in zip(losses, is_known, strict=True) if known]
    figures = {
        "documents": len(documents),
        "tokens": len(losses),
        "oov_tokens": len(losses) - sum(is_known),
        "characters": None,
        "mean_reciprocal_rank": np.mean([1 / rank for rank in ranks]),
        "words_only": {"tokens": len(word_ranks)},
    }
    charged = np.add(losses, charges)
    ways = {"": losses, "_charged": charged, "_known": known_losses}
    for ending, nats in ways.items():
        figures[f"perplexity{ending}"] = math.exp(np.mean(nats))
        figures[f"loss_nats{ending}"] = np.mean(nats)
        figures[f"bits_per_token{ending}"] = np.mean(nats) / math.log(2)
        figures[f"bits_per_character{ending}"] = None
    right = [rank == 1 for rank in ranks]
    figures["calibration"] = {"expected_calibration_error": slow_error(sure, right)}
    for top in (1, 3, 5, 10):
        key = f"top_{top}_accuracy"
        figures[key] = np.mean([rank <= top for rank in ranks])
        figures["words_only"][key] = np.mean([rank <= top for rank in word_ranks])
    return figures


def slow_error(sure: list[float], right: list[bool]) -> float:
    """Guo et al. 2017, equation 3, bin by bin."""
    error = 0.0
    for low in range(15):
        pairs = [
            it for it in zip(sure, right, strict=True) if low <= 15 * it[0] < low + 1
        ]
        if pairs:
            gap = np.mean([it[1] for it in pairs]) - np.mean([it[0] for it in pairs])
            error += abs(gap) * len(pairs) / len(sure)
    return error


def random_text(size: int, lengths: list[int], seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    possible = [i for i in range(size) if i not in NEVER]
    return [rng.choice(possible, length).tolist() + [EOS] for length in lengths]


def assert_same(figures: dict, expected: dict) -> None:
    # Both have tests of their own.
    figures.pop("standard_errors", None)
    figures.pop("bins", None)
    assert figures.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, dict):
            assert_same(figures[key], value)
        elif value is None:
            assert figures[key] is None, key
        else:
            assert figures[key] == pytest.approx(value, rel=1e-5), key


@pytest.mark.parametrize("has_ties", [False, True])
def test_a_slow_independent_implementation_agrees(has_ties):
    vocabulary = tiny_vocabulary()
    weights = np.random.default_rng(1).gamma(0.5, size=(vocabulary.size,) * 2)
    if has_ties:
        weights = np.ceil(2 * weights)  # a few different numbers, often equal
    model = Bigrams(weights / weights.sum(axis=1, keepdims=True))
    documents = random_text(vocabulary.size, [12, 0, 31, 7, 19])
    expected = slow_figures(model, vocabulary, documents)
    assert expected["oov_tokens"] > 0
    assert_same(evaluate(model, vocabulary, text_of(*documents), batch=3), expected)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_batch_size_and_the_order_of_documents_change_nothing(cell):
    vocabulary = tiny_vocabulary()
    architecture = tiny_architecture(cell)
    model = Network(architecture, tiny_weights(architecture))
    documents = random_text(vocabulary.size, [5, 40, 1, 17, 17, 8, 26], seed=2)
    expected = slow_figures(model, vocabulary, documents)
    for batch in (1, 2, 3, 64):
        for order in (documents, documents[::-1]):
            figures = evaluate(model, vocabulary, text_of(*order), batch=batch)
            assert_same(figures, expected)


def test_what_is_infinite_is_null_in_json():
    figures = evaluate(always({A: 1.0}, 9), ABC, text_of([A, B]))
    assert figures["perplexity"] is figures["loss_nats"] is None
    assert figures["top_1_accuracy"] == 1 / 2
    json.dumps(figures, allow_nan=False)


def test_a_text_of_unknown_words_only_has_no_known_perplexity():
    figures = evaluate(always({OOV: 0.5, A: 0.5}, 9), ABC, text_of([OOV, OOV]))
    assert figures["perplexity"] == pytest.approx(2)
    assert figures["perplexity_known"] is None
    assert figures["top_5_accuracy"] == 0
    assert figures["words_only"]["top_1_accuracy"] is None


def test_an_empty_text_is_refused():
    with pytest.raises(UserError, match="no tokens"):
        evaluate(always({A: 1.0}, 9), ABC, text_of([]))


def test_a_diverged_model_is_refused_rather_than_ranked_first():
    model = always({A: 1.0}, 9)
    model.table[:] = np.nan
    with pytest.raises(UserError, match="diverged"):
        evaluate(model, ABC, text_of([A, EOS]))


def test_progress_is_reported_up_to_the_last_target():
    done: list[float] = []
    documents = random_text(9, [3, 9, 4, 4])
    model = always({i: 1 / 6 for i in range(9) if i not in NEVER}, 9)
    evaluate(model, ABC, text_of(*documents), batch=2, report=done.append)
    assert done == sorted(done)
    assert done[-1] == sum(map(len, documents))
