"""Blanks are answered as people are, and counted as anybody would by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.evaluation.blanks.cases import draw_cases
from app.evaluation.blanks.sampled import (
    BOTH_SIDES,
    LEFT_ONLY,
    TWO_SIDED_NETWORK,
    ask_all,
    evaluate_sampled_blanks,
    ways_to_ask,
)
from app.evaluation.blanks.table import sampled_blanks_table
from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import OOV, RESERVED, Vocabulary
from tests.evaluation.test_metrics import Bigrams
from tests.fakes import Oracle, Uniform
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
WORDS = "the cat and dog sat in london with clouds of rain on a mat"
ALL = 10**6


def predictor_of(model, vocabulary=VOCABULARY, two_sided=None) -> Predictor:
    tokenizer = Tokenizer(pretokenized=vocabulary.pretokenized)
    return Predictor(vocabulary, tokenizer, model, two_sided)


@pytest.fixture(scope="module")
def network() -> TwoSidedNetwork:
    architecture = tiny_architecture().for_blanks()
    return TwoSidedNetwork(architecture, tiny_weights(architecture, seed=5))


@pytest.fixture(scope="module")
def predictor(network) -> Predictor:
    architecture = tiny_architecture()
    model = Network(architecture, tiny_weights(architecture))
    return predictor_of(model, two_sided=network)


def some_text(seed: int, num_documents: int = 6) -> list[list[str]]:
    generator = np.random.default_rng(seed)
    words = [*WORDS.split(), "Zyzzyva", ",", "it's", "we", "42"]
    return [
        [" ".join(generator.choice(words, generator.integers(1, 15))) for _ in range(3)]
        for _ in range(num_documents)
    ]


def figures(model, documents, count=ALL, **options):
    found = evaluate_sampled_blanks(predictor_of(model), documents, count, **options)
    return found["by"]


# -- closed forms --------------------------------------------------------------------


def test_a_model_that_knows_the_text_fills_every_blank():
    oracle = Oracle(VOCABULARY.size, VOCABULARY.encode(WORDS.split()))
    by = figures(oracle, [[WORDS]])
    for way in (LEFT_ONLY, BOTH_SIDES):
        for kind, num_blanks in {"all": 14, "content": 7, "function": 7}.items():
            found = by[way][kind]
            assert found["blanks"] == num_blanks
            assert found["top_1_accuracy"] == found["candidates_accuracy"] == 1
            assert found["standard_errors"]["top_5_accuracy"] is None  # one paragraph


def test_a_model_that_knows_nothing_guesses_one_of_five():
    by = figures(Uniform(VOCABULARY.size), some_text(3, num_documents=40))
    for way in (LEFT_ONLY, BOTH_SIDES):
        found = by[way]["all"]
        error = np.sqrt(0.2 * 0.8 / found["blanks"])
        assert abs(found["candidates_accuracy"] - 0.2) < 3 * error
        assert found["blanks"] > 300


def test_both_sides_tell_what_the_left_side_cannot():
    # After "is" comes "red" more often than "wet"; "roses" are red, "rain" is wet.
    names = (*RESERVED, "is", "red", "wet", "roses", "rain", ".")
    vocabulary = Vocabulary(names, np.arange(len(names), 0, -1), names)
    after = {
        "is": {"red": 0.6, "wet": 0.4},
        "red": {"roses": 1.0},
        "wet": {"rain": 1.0},
        "roses": {".": 1.0},
        "rain": {".": 1.0},
        ".": {"is": 1.0},
    }
    probabilities = np.full((len(names), len(names)), 1e-9)
    for word, following in after.items():
        for other, probability in following.items():
            probabilities[names.index(word), names.index(other)] = probability
    by_right = predictor_of(Bigrams(probabilities), vocabulary)
    text = ["is wet rain . is wet rain . is wet rain ."]
    cases = [
        case
        for case in draw_cases([text], vocabulary, Tokenizer(), ALL, 0)
        if case.word == "wet"
    ]
    answered = ask_all(ways_to_ask(by_right), cases)
    assert answered[LEFT_ONLY].ranks.tolist() == [1, 1, 1]
    assert answered[LEFT_ONLY].candidate_ranks.tolist() == [1, 1, 1]
    assert answered[BOTH_SIDES].ranks.tolist() == [0, 0, 0]
    assert answered[BOTH_SIDES].candidate_ranks.tolist() == [0, 0, 0]
    gains = evaluate_sampled_blanks(by_right, [text])["gains"]
    assert gains["all"]["top_1_accuracy"] == pytest.approx(3 / 9)


def test_an_unknown_word_is_never_the_right_answer_but_one_of_five():
    text = "the cat and Zyzzyva sat in london with clouds"
    ids = VOCABULARY.encode(text.split())
    oracle = Oracle(VOCABULARY.size, ids)
    found = evaluate_sampled_blanks(predictor_of(oracle), [[text]])
    assert (found["blanks"], found["unknown_words"]) == (9, 1)
    left = found["by"][LEFT_ONLY]["all"]
    assert left["top_1_accuracy"] == left["top_5_accuracy"] == pytest.approx(8 / 9)
    assert left["candidates_accuracy"] == 1  # OOV is certain: it knew that much


# -- independently, slowly -----------------------------------------------------------


def test_answers_are_those_that_a_person_gets(predictor):
    documents = some_text(7)
    cases = draw_cases(documents, VOCABULARY, Tokenizer(), ALL, 0)
    ways = ways_to_ask(predictor)
    written = VOCABULARY.written

    def text_of(ids: np.ndarray) -> str:
        return " ".join("Zyzzyva" if it == OOV else written[it] for it in ids)

    for case in cases[::5]:
        sides = f"{text_of(case.left)} ___ {text_of(case.right)}"
        known = [it.word for it in case.candidates]
        for candidates in (None, known):
            given = None if candidates is None else case.candidates
            answer = predictor.fill(sides, candidates=candidates)["blanks"][0]
            words = [it["word"] for it in answer["suggestions"]]
            found = ways[BOTH_SIDES](case, given)
            assert [it.lower() for it in found] == [it.lower() for it in words]
        answer = predictor.complete(text_of(case.left))["blanks"][0]["suggestions"]
        found = ways[LEFT_ONLY](case, None)
        assert [it.lower() for it in found] == [it["word"].lower() for it in answer]


def test_the_two_sided_network_alone_ranks_words_by_its_own_probabilities(
    predictor, network
):
    cases = draw_cases(some_text(8), VOCABULARY, Tokenizer(), 20, 0)
    ask = ways_to_ask(predictor)[TWO_SIDED_NETWORK]
    for case in cases:
        table = network.fill(case.left[None], case.right[None])[0]
        ids = sorted(
            np.flatnonzero(VOCABULARY.is_suggestable), key=lambda it: (-table[it], it)
        )
        assert ask(case, None) == [VOCABULARY.written[it] for it in ids[:5]]
        table[OOV] -= np.log(VOCABULARY.oov_types)
        by_score = sorted(case.candidates, key=lambda it: -table[it.token_ids[0]])
        assert ask(case, case.candidates) == [it.word for it in by_score]


def test_shares_are_counted_as_by_hand(predictor):
    documents = some_text(9)
    found = evaluate_sampled_blanks(predictor, documents, 50, seed=4)
    cases = draw_cases(documents, VOCABULARY, Tokenizer(), 50, 4)
    assert found["blanks"] == len(cases)
    for way, ask in ways_to_ask(predictor).items():
        for kind, name in {"content": "CONTENT", "function": "FUNCTION"}.items():
            of_kind = [case for case in cases if case.word_class.name == name]
            answers = [(case.word, ask(case, None)) for case in of_kind]
            ranked = [(case.word, ask(case, case.candidates)[0]) for case in of_kind]
            by_hand = {
                "blanks": len(of_kind),
                "top_1_accuracy": np.mean([w == it[0] for w, it in answers]),
                "top_3_accuracy": np.mean([w in it[:3] for w, it in answers]),
                "top_5_accuracy": np.mean([w in it[:5] for w, it in answers]),
                "candidates_accuracy": np.mean([w == first for w, first in ranked]),
            }
            counted = dict(found["by"][way][kind])
            assert counted.pop("standard_errors").keys() == by_hand.keys() - {"blanks"}
            assert counted == pytest.approx(by_hand)


def test_the_order_of_documents_changes_no_figure(predictor):
    documents = some_text(10)
    one = evaluate_sampled_blanks(predictor, documents, 20, seed=1)
    other = evaluate_sampled_blanks(predictor, documents[::-1], 20, seed=1)
    assert one.pop("latency_ms").keys() == other.pop("latency_ms").keys()
    assert one == other


def test_the_standard_error_of_independent_blanks_is_that_of_a_share():
    # One content word a document; the model offers "cat" for each, as half of them are.
    documents = [
        [f"{'cat' if i % 2 else 'dog'} {i} , , , , , , , !"] for i in range(60)
    ]
    cat = int(VOCABULARY.encode(["cat"])[0])
    found = figures(Oracle(VOCABULARY.size, [cat]), documents)[LEFT_ONLY]["content"]
    assert (found["blanks"], found["top_1_accuracy"]) == (60, 0.5)
    error = found["standard_errors"]["top_1_accuracy"]
    assert error == pytest.approx(np.sqrt(0.25 / 60), rel=0.1)


def test_where_documents_are_few_paragraphs_are_drawn():
    model = Uniform(VOCABULARY.size)
    few, many = some_text(0, 19), some_text(0, 20)
    found = [evaluate_sampled_blanks(predictor_of(model), it, 10) for it in (few, many)]
    assert [it["resampled"] for it in found] == ["paragraphs", "documents"]


# -- what else can be met ------------------------------------------------------------


def test_without_a_two_sided_network_both_sides_are_read_all_the_same(predictor):
    alone = predictor_of(predictor.model)
    assert list(ways_to_ask(alone)) == [LEFT_ONLY, BOTH_SIDES]
    assert list(ways_to_ask(predictor)) == [LEFT_ONLY, BOTH_SIDES, TWO_SIDED_NETWORK]


@pytest.mark.parametrize("documents", [[], [[]], [[""], ["too short a line"]]])
def test_a_text_without_blanks_has_no_shares(documents):
    done: list[float] = []
    predictor = predictor_of(Uniform(VOCABULARY.size))
    found = evaluate_sampled_blanks(predictor, documents, report=done.append)
    assert found["blanks"] == 0
    assert found["by"][LEFT_ONLY]["all"]["top_1_accuracy"] is None
    assert found["gains"]["all"]["top_1_standard_error"] is None
    json.dumps(found, allow_nan=False)
    assert "No word could be blanked out" in sampled_blanks_table(found)
    assert not done


def test_other_languages_have_no_content_and_function_words():
    names = (*RESERVED, "katze", "hund", "sonne", ".")
    vocabulary = Vocabulary(names, np.arange(len(names), 0, -1), names)
    model = predictor_of(Uniform(len(names)), vocabulary)
    found = evaluate_sampled_blanks(model, [["katze hund " * 5]])
    assert list(found["by"][LEFT_ONLY]) == ["all"]
    assert "content" not in sampled_blanks_table(found)


def test_progress_is_reported_up_to_the_end():
    done: list[float] = []
    predictor = predictor_of(Uniform(VOCABULARY.size))
    evaluate_sampled_blanks(predictor, [[WORDS]], 50, report=done.append)
    assert done == sorted(done)
    assert done[-1] == 50


def test_figures_hold_no_word_of_the_text(predictor):
    found = evaluate_sampled_blanks(predictor, some_text(2), 20)
    told = json.dumps(found, allow_nan=False)
    assert not [word for word in ("cat", "london", "Zyzzyva") if word in told]


def test_the_table_says_what_the_right_side_is_worth(predictor):
    found = evaluate_sampled_blanks(predictor, some_text(2), 40)
    found["gains"]["all"] = {"top_1_accuracy": 0.1, "top_1_standard_error": 0.02}
    table = sampled_blanks_table(found)
    assert "40 words blanked out, " in table
    assert "two-sided network alone" in table
    assert "right word is first more often: 10.0 points ± 2.0" in table
    found["gains"]["all"]["top_1_accuracy"] = 0.03
    assert "cannot be told" in sampled_blanks_table(found)
    assert max(map(len, table.split("\n"))) <= 100


def test_a_single_paragraph_has_no_standard_errors():
    predictor = predictor_of(Uniform(VOCABULARY.size))
    table = sampled_blanks_table(evaluate_sampled_blanks(predictor, [[WORDS]]))
    assert "None" not in table
    assert "cannot be told from one paragraph." in table
