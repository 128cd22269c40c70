"""All that is known of a model on one text, whatever the text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.evaluation.measuring import evaluate, measure, measure_alone
from app.evaluation.metrics import Target
from app.evaluation.subject import Subject
from app.evaluation.table import measured_text, short_text
from app.language.kneser_ney import estimate
from app.language.ngram import NGramModel
from app.language.two_sided import TwoSidedNetwork
from app.settings import Amounts
from app.suggestion.predictor import Predictor
from app.text.encoding import EncodedText, encode
from app.text.readers import Document
from app.text.tokenizer import Tokenizer
from tests.evaluation.test_contenders import mixture as mixture
from tests.evaluation.test_contenders import network as network
from tests.evaluation.test_contenders import ngrams as ngrams
from tests.texts import tokenized
from tests.tiny import tiny_architecture, tiny_text, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
PARAGRAPH = "The cat sat on the mat. It is in London, and the dog isn't at Zanzibar."
AMOUNTS = Amounts(keystrokes=500, blanks=10)


def text_of(folder, *paragraphs: str) -> EncodedText:
    documents = [Document("d", (paragraph,)) for paragraph in paragraphs]
    part = tokenized(documents).all()
    return encode(part, VOCABULARY, folder, "test", keep_written=True)


@pytest.fixture
def subject(mixture, ngrams, tmp_path) -> Subject:
    estimate(tiny_text(), VOCABULARY.size, tmp_path, order=2)
    vectors = tiny_weights(tiny_architecture())["embedding"]
    predictor = Predictor(VOCABULARY, Tokenizer(), mixture)
    return Subject(predictor, vectors, ngrams, NGramModel.load(tmp_path))


def test_everything_is_measured_at_once(subject, mixture, tmp_path):
    text = text_of(tmp_path, PARAGRAPH, f"{PARAGRAPH} {PARAGRAPH}")
    metrics, examples = measure(subject, text, AMOUNTS)
    assert metrics.keys() == {
        *("test", "network_only", "baselines", "comparisons", "keystrokes", "blanks")
    }
    assert list(metrics["baselines"]) == [
        *("kneser_ney_5", "kneser_ney_3", "cache", "unigram", "most_common_word")
    ]
    assert [(it["better"], it["than"]) for it in metrics["comparisons"]][-1] in (
        ("network_only", "kneser_ney_5"),
        ("kneser_ney_5", "network_only"),
    )
    alone = evaluate(mixture, VOCABULARY, text)
    assert {key: metrics["test"][key] for key in alone} == alone
    assert metrics["keystrokes"]["characters"] > 100
    assert metrics["blanks"]["sampled"]["blanks"] == 10
    assert metrics["test"]["bits_per_character"] == pytest.approx(
        metrics["test"]["loss_nats"] * text.num_tokens
        / np.log(2) / (3 * len(PARAGRAPH) + 3)
    )  # fmt: skip
    assert "Zanzibar" not in json.dumps(metrics, allow_nan=False)
    assert "Zanzibar" in json.dumps(examples, allow_nan=False)
    shown = measured_text(metrics, examples)
    assert "this model" in shown
    assert "Most often not among the first 5: " in shown


def test_a_model_is_measured_without_its_baselines(subject, mixture, tmp_path):
    text = text_of(tmp_path, PARAGRAPH)
    target = Target.all_of(text, VOCABULARY)
    figures, outcomes = measure_alone(subject, text, target, AMOUNTS)
    assert figures["perplexity"] == evaluate(mixture, VOCABULARY, text)["perplexity"]
    assert len(outcomes.losses) == text.num_tokens
    assert figures["keystroke_savings"].keys() == {"1", "3", "5"}


def test_both_sides_of_every_token_are_measured_where_a_network_reads_them(
    mixture, tmp_path
):
    architecture = tiny_architecture().for_blanks()
    two_sided = TwoSidedNetwork(architecture, tiny_weights(architecture))
    predictor = Predictor(VOCABULARY, Tokenizer(), mixture, two_sided)
    vectors = np.zeros((VOCABULARY.size, 2), np.float32)
    text = text_of(tmp_path, PARAGRAPH)
    blanks = measure(Subject(predictor, vectors), text, AMOUNTS).metrics["blanks"]
    assert blanks["both_sides"]["tokens"] == text.num_tokens - 1  # but the end
    assert blanks["sampled"]["by"].keys() == {
        *("left_only", "both_sides", "two_sided_network")
    }


@pytest.mark.parametrize(
    "paragraphs", [["."], ["Zanzibar"], ["? !", "..."], ["the " * 40]], ids=str
)
def test_hardly_any_text_is_measured_as_far_as_it_goes(subject, tmp_path, paragraphs):
    text = text_of(tmp_path, *paragraphs)
    metrics, examples = measure(subject, text, AMOUNTS)
    json.dumps([metrics, examples], allow_nan=False)
    assert measured_text(metrics, examples)
    assert short_text(metrics)


def test_what_is_not_wanted_is_left_out(subject, tmp_path):
    text = text_of(tmp_path, PARAGRAPH)
    metrics, _ = measure(subject, text, Amounts(keystrokes=0, blanks=0))
    assert not {"keystrokes", "blanks"} & metrics.keys()
    assert "keystroke_savings" not in metrics["test"]


def test_a_text_without_its_letters_is_measured_in_tokens_alone(subject):
    metrics, examples = measure(subject, tiny_text(), AMOUNTS)
    assert metrics["test"]["characters"] is None
    assert not {"keystrokes", "blanks"} & metrics.keys()
    assert examples == {}
