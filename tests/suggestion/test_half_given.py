"""Letters right beside a blank restrict the words for it."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.language.network import Network
from app.suggestion import blank_candidates, hypotheses
from app.suggestion.decoding import propose, read_context
from app.suggestion.half_given import BLANK, Letters, split_at_blanks
from app.suggestion.offers import Offers
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.fakes import Next
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

VOCABULARY = tiny_vocabulary()
MODEL = Network(tiny_architecture(), tiny_weights(tiny_architecture()))


def predictor(model=MODEL) -> Predictor:
    return Predictor(VOCABULARY, Tokenizer(), model)


def words(answer, blank: int = 0) -> list[str]:
    return [it["word"] for it in answer["blanks"][blank]["suggestions"]]


def probabilities(answer, blank: int = 0) -> list[float]:
    return [it["probability"] for it in answer["blanks"][blank]["suggestions"]]


@pytest.mark.parametrize(
    ("text", "pieces", "letters"),
    [
        ("the ___ sat", ["the ", " sat"], ["___"]),
        ("the sk___ is", ["the ", " is"], ["sk___"]),
        ("the ___ing is", ["the ", " is"], ["___ing"]),
        ("un___ly", ["", ""], ["un___ly"]),
        ("sk_____, cat", ["", ", cat"], ["sk___"]),
        ("(Lon___)", ["(", ")"], ["Lon___"]),
        ('"___"', ['"', '"'], ["___"]),
        ("cat,___ dog", ["cat,", " dog"], ["___"]),
        ("it.___", ["it.", ""], ["___"]),
        ("a--___", ["a--", ""], ["___"]),
        ("a mother-in-___", ["a ", ""], ["mother-in-___"]),
        ("he didn'___", ["he ", ""], ["didn'___"]),
        ("didn’___ go", ["", " go"], ["didn’___"]),
        ("it is___n't so", ["it ", " so"], ["is___n't"]),
        ("the ___'s", ["the ", "'s"], ["___"]),
        ("___-year-old", ["", "-year-old"], ["___"]),
        ("in 19___", ["in ", ""], ["19___"]),
        ("the e\u0301c___", ["the ", ""], ["e\u0301c___"]),
        ("a___b___c", ["", "", ""], ["a___b", "___c"]),
        ("sk__ ___", ["sk__ ", ""], ["___"]),
        ("no blank", ["no blank"], []),
    ],
)
def test_letters_beside_a_blank_are_cut_from_the_text(text, pieces, letters):
    found = split_at_blanks(text)
    assert (found[0], [str(it) for it in found[1]]) == (pieces, letters)


@given(st.text(alphabet="ab'-_ .é", max_size=60))
def test_no_character_is_lost(text):
    pieces, letters = split_at_blanks(text)
    assert len(pieces) == len(letters) + 1
    rest = zip(letters, pieces[1:], strict=True)
    joined = [pieces[0], *(it.prefix + it.suffix + piece for it, piece in rest)]
    assert "".join(joined) == "".join(BLANK.split(text))


@pytest.mark.parametrize("side", ["{}___", "___{}", "{}___{}"])
def test_100000_letters_beside_a_blank_fit_nothing(side):
    letters = "a" * 100_000
    assert words(predictor().answer(f"the {side.format(letters, letters)} cat")) == []


def alone(found: list[str]) -> list[str]:
    """Those that are no contractions."""
    return sorted(word for word in found if "'" not in word)


def test_a_prefix_leaves_the_words_that_begin_with_it():
    answer = predictor().answer("the C___ sat on the mat", top=100)
    assert alone(words(answer)) == ["Can", "Cat", "Clouds"]
    assert "Can't" in words(answer)
    assert all(word.startswith("C") for word in words(answer))
    assert sum(probabilities(answer)) == pytest.approx(1.0)
    assert answer["blanks"][0]["unexamined"] == pytest.approx(0.0, abs=1e-6)


def test_a_suffix_leaves_the_words_that_end_in_it():
    found = words(predictor().answer("we ___AT there", top=100))
    assert sorted(found) == ["at", "cat", "mat", "sat", "that"][: len(found)]
    contractions = words(predictor().answer("it ___n't so", top=100))
    assert contractions and all(it.endswith("n't") for it in contractions)
    assert {"won't", "can't"} <= set(contractions)


def test_both_ends_must_have_room():
    assert alone(words(predictor().answer("the c___t sat", top=99))) == ["cat"]
    assert alone(words(predictor().answer("the cat___ sat", top=99))) == ["cat"]
    assert alone(words(predictor().answer("we at___at there", top=99))) == []


def test_the_ratios_are_those_of_the_whole_blank(monkeypatch):
    monkeypatch.setattr(hypotheses, "KEPT", 10_000)
    monkeypatch.setattr(blank_candidates, "BEAM", 10_000)
    every, some = (
        predictor().answer(f"the cat {it}___ on the mat", top=1000) for it in ("", "s")
    )
    of_every = dict(zip(words(every), probabilities(every), strict=True))
    of_some = dict(zip(words(some), probabilities(some), strict=True))
    ratios = [of_some[word] / of_every[word] for word in of_some]
    assert len(ratios) > 2
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-3)


def test_at_the_end_of_a_text_the_words_that_fit_sum_to_1():
    """Contractions lie inside the share of their hosts, where these fit alone."""
    answer = predictor().answer("the cat ca___", top=100)
    found = dict(zip(words(answer), probabilities(answer), strict=True))
    states = read_context(MODEL, VOCABULARY.encode(["the", "cat"]))
    every = propose(MODEL, Offers.of(VOCABULARY), states, 999)
    exact = {it.word: np.exp(it.log_prior) for it in every if it.word in found}
    # The host of "can't" is "ca", which is no word.
    inside = [
        it for it in found if it[:3] in ("can", "cat") and it[3:] not in ("", "'t")
    ]
    total = sum(exact.values()) - sum(exact[word] for word in inside)
    assert found == pytest.approx({it: exact[it] / total for it in found}, rel=1e-4)
    assert {"can", "cat", "can't"} <= found.keys()
    assert "unexamined" not in answer["blanks"][0]


def test_what_fits_nothing_is_empty_and_other_blanks_are_answered():
    answer = predictor().answer("the xyz___ sat on ___ mat", top=3)
    assert words(answer, 0) == [] and len(words(answer, 1)) == 3
    assert sum(probabilities(predictor().answer("xyz___ on ___ mat", top=999), 1)) == (
        pytest.approx(1.0)
    )
    assert words(predictor().answer("the xyz___")) == []


def test_letters_alone_are_enough_for_an_answer(caplog):
    assert words(predictor().answer("c___", top=1))[0].startswith("C")
    assert "no word to go by" in caplog.text


def test_a_capital_that_was_given_is_kept():
    found = predictor().answer("the S___ and the s___ .", top=9)
    assert all(it.startswith("S") for it in words(found, 0))
    assert all(it.startswith("s") for it in words(found, 1))


def test_the_right_side_decides_among_the_words_that_fit():
    model = predictor(Next(VOCABULARY.size))
    assert words(model.answer("the c___ dog", top=1)) == ["cat"]


def test_candidates_must_fit_the_letters():
    answer = predictor().answer("the c___ sat", candidates=["Cat", "clouds", "czar"])
    assert sorted(words(answer)) == ["Cat", "clouds", "czar"]
    with pytest.raises(UserError, match="'dog' does not fit 'c___'"):
        predictor().answer("the c___ sat", candidates=["cat", "dog"])


def test_given_tokens_are_completed_as_they_are():
    cased = VOCABULARY.__class__(
        VOCABULARY.tokens, VOCABULARY.counts, VOCABULARY.written, pretokenized=True
    )
    model = Predictor(cased, Tokenizer(pretokenized=True), MODEL)
    logging.disable()
    assert sorted(words(model.answer("the lon___ sat"))) == ["London"]
    logging.disable(logging.NOTSET)


def test_letters_are_what_they_look_like():
    assert str(Letters("sk", "")) == "sk___" and not Letters("", "")
