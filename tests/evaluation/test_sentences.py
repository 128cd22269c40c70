"""Sentences are cut as a reader would and shown with what the model held likely."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.sentences import (
    Explainer,
    Sentence,
    best_and_worst,
    sentence_bounds,
)
from app.language.network import Network
from app.text.encoding import EncodedText
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, RESERVED, Vocabulary
from tests.fakes import Oracle
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

WORDS = "a b c d e f g h i j k l m n o p".split()
MARKS = ". ! ? , ; ) ( ] [ ''".split() + ['"', "'", "”", "mr."]
TOKENS = (*RESERVED, *WORDS, *MARKS)
VOCABULARY = Vocabulary(TOKENS, np.arange(len(TOKENS), 0, -1), TOKENS, oov_types=8)


def text_of(*documents: str, vocabulary: Vocabulary = VOCABULARY) -> EncodedText:
    """Tokens parted by spaces; `/` ends a paragraph, and so does a document."""
    ids = [
        EOS if token == "/" else int(vocabulary.encode([token])[0])
        for document in documents
        for token in f"{document} /".split()
    ]
    lengths = [len(f"{document} /".split()) for document in documents]
    return EncodedText(np.array(ids, np.int32), np.cumsum(lengths))


def cut(*documents: str) -> list[str]:
    text = text_of(*documents)
    return [
        " ".join(TOKENS[it] for it in text.ids[begin:end])
        for begin, end in zip(*sentence_bounds(VOCABULARY, text), strict=True)
    ]


# -- where sentences end -------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "sentences"),
    [
        ("a b . c d !", ["a b .", "c d !"]),
        ("a b ? ! c", ["a b ? !", "c"]),
        ("a b / c d .", ["a b", "c d ."]),
        ("mr. a b , c ; d . e", ["mr. a b , c ; d .", "e"]),
        ('" a b . " c d .', ['" a b . "', "c d ."]),
        ('a b . " c d . " e .', ["a b .", '" c d . "', "e ."]),
        ('" a b . / " c d . "', ['" a b .', '" c d . "']),
        ("( a b . ) c . ( d . )", ["( a b . )", "c .", "( d . )"]),
        ("' a . ' b . ' c . '", ["' a . '", "b .", "' c . '"]),
        ("a . ” b . '' c", ["a . ”", "b . ''", "c"]),
        ('( " a . " ) b', ['( " a . " )', "b"]),
        ("/ / a / / b", ["a", "b"]),
        (". . a", [". .", "a"]),
    ],
)
def test_a_sentence_ends_with_its_stop_and_what_closes_after_it(document, sentences):
    assert cut(document) == sentences


def test_no_sentence_goes_over_the_end_of_a_document():
    assert cut("a b", "c .", "d e") == ["a b", "c .", "d e"]


@given(st.lists(st.lists(st.sampled_from([*WORDS[:3], *MARKS, "/"]), max_size=12)))
def test_every_token_but_the_ends_of_paragraphs_is_in_one_sentence(documents):
    texts = [" ".join(tokens) for tokens in documents] or ["a"]
    tokens = " / ".join(texts).split()
    sentences = cut(*texts)
    assert " ".join(sentences).split() == [it for it in tokens if it != "/"]
    assert "" not in sentences
    for one in sentences:
        # Up to the first stop there is none; behind it nothing but stops and closers.
        rest = one.split()
        while rest and rest[0] not in (".", "!", "?"):
            rest.pop(0)
        assert not {*rest} & {*WORDS, ",", ";", "(", "[", "mr."}


# -- which are shown -----------------------------------------------------------------


def test_the_easiest_and_the_hardest_by_bits_per_token():
    text = text_of("a b c d e . f g h i j . k l m n o . p a f k c .")
    losses = np.repeat([3.0, 1.0, 2.0, 4.0], 6).tolist() + [50.0]
    best, worst = best_and_worst(VOCABULARY, text, np.array(losses))
    assert [it.begin for it in best] == [6, 12]
    assert [it.begin for it in worst] == [18, 0]
    assert best[0].bits_per_token == pytest.approx(1 / math.log(2))


def test_long_sentences_are_weighed_by_token_and_lengths_have_bounds():
    short, long = "a b c d .", "a " * 60 + "."
    fit = "f g h i j k l m n ."
    text = text_of(f"{short} {long} {fit} o p o p o p .")
    best, worst = best_and_worst(VOCABULARY, text, np.ones(text.num_tokens))
    assert [(it.begin, it.end) for it in best] == [(66, 76)]
    assert [(it.begin, it.end) for it in worst] == [(76, 83)]


def test_unknown_words_are_charged_with_how_many_they_could_have_been():
    text = text_of("X Y Z a b . c d e f g .")
    best, worst = best_and_worst(VOCABULARY, text, np.ones(text.num_tokens))
    bits = 1 / math.log(2)
    assert best[0].bits_per_token == pytest.approx(bits)
    assert worst[0].bits_per_token == pytest.approx(bits + 3 * math.log2(8) / 6)


def test_nearly_the_same_sentence_is_not_shown_twice():
    same = "a b c d e f . a b c d e g . a b c d e f , ."
    other = "h i j k l m . n o p h i j . a h n b i . l m n o p ! c d ( k ) p ."
    text = text_of(f"{same} {other}")
    losses = np.concatenate([np.full(22, 0.1), np.full(text.num_tokens - 22, 2.0)])
    best, _ = best_and_worst(VOCABULARY, text, losses)
    assert best[0].begin == 0
    assert [it.begin for it in best[1:]] == [22, 29, 36, 42][: len(best) - 1]


def test_what_the_model_held_impossible_leaves_the_others_as_they_are():
    text = text_of("a b c d e . f g h i j . k l m n o . p a f k c .")
    losses = np.repeat([3.0, np.inf, 2.0, 4.0], 6).tolist() + [1.0]
    best, worst = best_and_worst(VOCABULARY, text, np.array(losses))
    assert ([it.begin for it in best], [it.begin for it in worst]) == ([12], [18])


@pytest.mark.parametrize("document", ["a", "a b c d e f .", "/ /"])
def test_a_text_of_one_sentence_or_less_has_no_best_one(document):
    text = text_of(document)
    assert best_and_worst(VOCABULARY, text, np.ones(text.num_tokens)) == ([], [])


@given(st.integers(0, 10**6))
def test_a_slow_independent_choice_agrees(seed):
    generator = np.random.default_rng(seed)
    words = [*WORDS, *".!?.!?/,", '"', "X"]
    documents = [" ".join(generator.choice(words, 60)) for _ in range(3)]
    text = text_of(*documents)
    losses = generator.gamma(1.0, size=text.num_tokens)
    bits = {}
    for begin, end in zip(*sentence_bounds(VOCABULARY, text), strict=True):
        of_tokens = [
            (losses[i] + math.log(8) * (text.ids[i] == OOV)) / math.log(2)
            for i in range(begin, end)
        ]
        if 6 <= len(of_tokens) <= 60:
            bits[begin] = float(np.mean(of_tokens))
    best, worst = best_and_worst(VOCABULARY, text, losses)
    for it in [*best, *worst]:
        assert it.bits_per_token == pytest.approx(bits[it.begin])
    if best:
        assert best[0].bits_per_token == pytest.approx(min(bits.values()))
        assert worst[0].bits_per_token == pytest.approx(max(bits.values()))
    assert not {it.begin for it in best} & {it.begin for it in worst}


# -- token by token ------------------------------------------------------------------


def slow_tokens(model, vocabulary, text, sentence) -> list[list[tuple[str, float]]]:
    """The alternatives of each token, its document read anew for every one."""
    ends = text.document_ends.tolist()
    start = max(end for end in [0, *ends] if end <= sentence.begin)
    found = []
    for place in range(sentence.begin, sentence.end):
        states = model.start(1)
        for token_id in text.ids[start:place]:
            states = model.advance(states, np.array([token_id], np.int32))
        probabilities = np.exp(model.log_probabilities(states)[0].astype(np.float64))
        probabilities[[PAD, BOS, BLANK]] = 0
        probabilities /= probabilities.sum()
        probabilities[OOV] = 0
        best = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[:5]
        found.append([(vocabulary.written[i], probabilities[i]) for i in best])
    return found


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_tokens_have_what_reading_the_whole_document_anew_gives(cell):
    vocabulary = tiny_vocabulary()
    architecture = tiny_architecture(cell)
    model = Network(architecture, tiny_weights(architecture))
    text = text_of(
        "the cat sat on the mat . it is so / we can run with her . Xyz",
        "the sky of london , and the dog ! she had clouds in her sky of rain .",
        vocabulary=vocabulary,
    )
    losses = np.linspace(0.1, 5, text.num_tokens)
    best, worst = best_and_worst(vocabulary, text, losses)
    names = [str(place) for place in range(text.num_tokens)]

    def written(begin: int, end: int) -> list[str]:
        return names[begin:end]

    explainer = Explainer(model, vocabulary, text, written, losses)
    assert len(best) == len(worst) == 2
    for sentence in sorted([*best, *worst]):
        shown = explainer.of(sentence)
        assert shown["bits_per_token"] == pytest.approx(sentence.bits_per_token, 1e-3)
        tokens = shown["tokens"]
        expected = slow_tokens(model, vocabulary, text, sentence)
        assert [it["token"] for it in tokens] == written(sentence.begin, sentence.end)
        for number, (token, alternatives) in enumerate(
            zip(tokens, expected, strict=True)
        ):
            place = sentence.begin + number
            is_unknown = bool(text.ids[place] == OOV)
            charge = 7 if is_unknown else 1
            assert token["is_unknown"] is is_unknown
            assert token["probability"] == pytest.approx(
                math.exp(-losses[place]) / charge, 1e-3
            )
            found = [(it["word"], it["probability"]) for it in token["alternatives"]]
            for (word, share), (other, expected_share) in zip(
                found, alternatives, strict=True
            ):
                name = "¶" if other == "<eos>" else other
                assert word.lower() == name.lower()
                assert share == pytest.approx(expected_share, 1e-3)


def explained(document: str, vocabulary: Vocabulary) -> list[dict]:
    text = text_of(document, vocabulary=vocabulary)
    tokens = document.split() + ["\n"]
    model = Oracle(vocabulary.size, text.ids)
    losses = np.zeros(text.num_tokens)
    explainer = Explainer(
        model, vocabulary, text, lambda begin, end: tokens[begin:end], losses
    )
    begins, ends = sentence_bounds(vocabulary, text)
    return explainer.of(Sentence(begins[0], ends[0], 0.0))["tokens"]


def test_alternatives_are_written_as_the_place_asks_for():
    document = '" the cat is in london . she had clouds in her sky .'
    tokens = explained(document, tiny_vocabulary())
    likeliest = [it["alternatives"][0]["word"] for it in tokens]
    # A quotation mark is no word of that vocabulary: what comes instead is capital.
    assert likeliest[1:] == ["The", "cat", "is", "in", "London", "."]
    assert [it["alternatives"][0]["probability"] for it in tokens[1:]] == [1.0] * 6


def test_given_tokens_keep_their_case_among_the_alternatives():
    names = (*RESERVED, "a", "b", "c", "d", "e", "f", ".")
    given_tokens = Vocabulary(names, np.ones(12, np.int64), names, pretokenized=True)
    tokens = explained("a b c d e f . f e d c b a .", given_tokens)
    assert tokens[0]["alternatives"][0]["word"] == "a"
