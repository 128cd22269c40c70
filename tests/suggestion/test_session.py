"""A session gives after every key what reading the whole text anew would give."""

from __future__ import annotations

import dataclasses
import tracemalloc
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.language.network import Network
from app.suggestion.block_list import BlockList
from app.suggestion.decoding import read_context
from app.suggestion.next_tokens import next_log_probabilities
from app.suggestion.predictor import Predictor
from app.suggestion.prefix import split_prefix
from app.suggestion.readings import Readings, is_kept
from app.suggestion.session import Session
from app.text.tokenizer import Tokenizer
from tests.tiny import tiny_architecture, tiny_vocabulary, tiny_weights

# Words that the tiny vocabulary has and lacks, and all that makes tokens depend on
# what follows them.
PARTS = [
    *("the ", "clouds are ", "It", " is", "'s", "n't", "do", " can", "cat", ".", "..."),
    *(
        ". ",
        "?",
        '"',
        "(",
        "\n\n",
        " ",
        "U.S.",
        "Londo",
        "n",
        "ΟΔΟΣ",
        " Zyx",
        "e\u0301",
    ),
    *("we'll be in Paris ", "He said: ", "42", "-", "\u2026", "\U0001f468\u200d"),
]
texts = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)

NETWORKS = {
    "lstm": tiny_architecture("lstm"),
    "two grus": tiny_architecture("gru", layers=2),
    "classic": tiny_architecture("rnn", context_length=4),
    "attention": tiny_architecture("lstm", attention_length=3),
}


def predictor(kind: str = "lstm", tokenizer: Tokenizer | None = None) -> Predictor:
    model = Network(NETWORKS[kind], tiny_weights(NETWORKS[kind]))
    tokenizer = tokenizer or Tokenizer()
    vocabulary = dataclasses.replace(
        tiny_vocabulary(), pretokenized=tokenizer.pretokenized
    )
    return Predictor(vocabulary, tokenizer, model)


def check(session: Session, whole: Predictor) -> None:
    """Compares the caret's next words, and all its probabilities."""
    before = session.text[: session.caret]
    ids = whole.vocabulary.encode(whole.tokenizer.tokenize(before))
    expected = next_log_probabilities(whole.model, read_context(whole.model, ids))
    found = session.place().log_probabilities
    np.testing.assert_allclose(np.exp(found), np.exp(expected[0]), atol=1e-6)
    assert session.begin == len(split_prefix(before, whole.offers)[0])
    for typing in (True, False):
        answer = whole.complete(before, top=3, typing=typing)
        expected = answer["blanks"][0]["suggestions"]
        suggestions = session.complete(3, typing=typing)
        assert [it.word for it in suggestions] == [it["word"] for it in expected]
        np.testing.assert_allclose(
            [it.probability for it in suggestions],
            [it["probability"] for it in expected],
            atol=1e-6,
        )


@st.composite
def keys(draw) -> list[tuple[str, float, float, str]]:
    """What is done with a text, where and how far (shares), and what is written."""
    kind = st.sampled_from(["type", "type", "type", "delete", "move", "replace"])
    share = st.just(1.0) | st.floats(0, 1)
    step = st.tuples(kind, share, st.floats(0, 0.3), st.sampled_from(PARTS))
    return draw(st.lists(step, max_size=12))


def press(text: str, caret: int, key: tuple[str, float, float, str]) -> tuple[str, int]:
    """The text and the caret after a key."""
    kind, where, share, written = key
    place = round(where * len(text))
    if kind == "move":
        return text, place
    if kind == "type":
        return text[:caret] + written + text[caret:], caret + len(written)
    if kind == "delete":
        return text[: max(caret - 1, 0)] + text[caret:], max(caret - 1, 0)
    end = place + round(share * (len(text) - place))  # and the caret goes elsewhere
    text = text[:place] + written + text[end:]
    return text, min(caret, len(text))


@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=60)
@given(text=texts, script=keys(), steps=st.sampled_from([(1000, 500), (6, 3)]))
def test_a_session_equals_reading_anew(kind, text, script, steps):
    whole = predictor(kind)
    session, caret = whole.session(), len(text)
    with (
        patch("app.suggestion.readings.RECENT", 3),  # short texts have gaps, too
        patch("app.suggestion.readings._SHARE", 2),
        patch("app.suggestion.readings.MOST_STATES", 4),
        patch("app.text.edited_text.PIECE_LENGTH", 8),
        patch("app.suggestion.decoding.MAX_CONTEXT_TOKENS", steps[0]),
        patch("app.suggestion.decoding.CONTEXT_STEP", steps[1]),
    ):
        session.set(text)
        check(session, whole)
        for key in script:
            text, caret = press(text, caret, key)
            session.set(text, caret)
            assert (session.text, session.caret) == (text, caret)
            check(session, whole)


def test_real_text_typed_letter_by_letter_with_second_thoughts():
    whole = predictor()
    session = whole.session()
    text = "It's raining in London. We can't see the U.S. flag, so we'll do"
    for end in range(len(text) + 1):
        session.set(text[:end])
        check(session, whole)
    for caret in range(len(text), 0, -5):
        session.set(text, caret)
        check(session, whole)
    for end in range(len(text), 20, -1):
        session.set(text[:end])
        check(session, whole)


def test_a_pretokenized_session_cuts_and_capitalises_nothing():
    whole = predictor(tokenizer=Tokenizer(pretokenized=True))
    session = whole.session()
    session.set("the cat . can't")
    check(session, whole)


def test_what_was_passed_over_is_not_offered_again_in_the_same_word():
    session, whole = predictor().session(), predictor()
    passed_over: set[str] = set()
    for typed in ("the cat ", "the cat s", "the cat sa"):
        session.set(typed)
        shown = [it.word for it in session.complete(2, typing=True, once=True)]
        answer = whole.complete(typed, top=60, typing=True)["blanks"][0]["suggestions"]
        words = [it["word"] for it in answer if it["word"].lower() not in passed_over]
        assert shown == words[:2]
        passed_over |= {word.lower() for word in shown}
    session.set("the cat s")  # a letter is taken back: what it showed then is back
    again = [it.word for it in session.complete(2, typing=True, once=True)]
    session.set("the cat ")
    first = [it.word for it in session.complete(2, typing=True, once=True)]
    assert not {it.lower() for it in first} & {it.lower() for it in again}
    assert first == [it.word for it in session.complete(2, typing=True)]
    session.set("the cat sat ")  # a new word may be anything
    assert session.complete(2, typing=True, once=True) == session.complete(
        2, typing=True
    )


class Counting(Network):
    """A network that counts the tokens it reads and the distributions it computes."""

    tokens = distributions = 0

    def read(self, states, token_ids):
        self.tokens += token_ids.size
        return super().read(states, token_ids)

    def log_probabilities(self, states):
        self.distributions += 1
        return super().log_probabilities(states)


def counting_session() -> tuple[Session, Counting]:
    model = Counting(NETWORKS["lstm"], tiny_weights(NETWORKS["lstm"]))
    return Predictor(tiny_vocabulary(), Tokenizer(), model).session(), model


def test_a_letter_inside_a_word_asks_the_model_for_contractions_alone_and_once():
    session, model = counting_session()
    session.set("The clouds are ")
    session.complete(typing=True)
    read, asked = model.tokens, model.distributions
    for _ in range(2):
        for text in ("The clouds are d", "The clouds are do", "The clouds are don"):
            session.set(text)
            session.complete(typing=True)
    assert model.tokens == read
    assert model.distributions <= asked + 2
    session.complete()  # the whole text: another place
    assert model.tokens == read + 1


def test_unknown_words_are_those_of_the_text_as_it_is_now():
    session = predictor().session()
    for name in ("Zaphod", "Zarniwoop", "Zaphod"):  # to the model they are all the same
        session.set(f"{name} is in London and z")
        assert name in [it.word for it in session.complete(typing=True)]


def test_a_blocked_phrase_is_not_completed():
    whole = predictor()
    whole = whole.offering(block_list=BlockList(["the cat"], whole.tokenizer))
    session = whole.session()
    for text in ("it is the ", "it is the c"):
        session.set(text)
        check(session, whole)
        words = [it.word for it in session.complete(100, typing=True)]
        assert "can" in words
        assert "cat" not in words


def test_a_word_costs_the_reading_of_a_word():
    session, model = counting_session()
    text = "the cat is in london " * 60
    session.set(text)
    session.place()
    assert model.tokens == 300
    session.set(text + "and ")
    session.place()
    session.set(text + "and i")
    session.place()
    session.set(text + "and it ")
    session.place()
    assert model.tokens == 303


def test_half_a_word_in_the_midst_does_not_wipe_out_what_stands_behind_it():
    session, model = counting_session()
    text = "the cat is in london " * 60
    session.set(text)
    session.place()
    model.tokens = 0
    middle = text.index("london", 600)
    for caret in range(middle, middle + 7):  # the caret goes right, letter by letter
        session.set(text, caret)
        session.place()
    assert model.tokens < 30
    model.tokens = 0
    session.set(text)
    session.place()
    assert model.tokens == 0


def test_a_text_longer_than_the_context_is_seldom_read_anew():
    session, model = counting_session()
    text = "the cat is in london " * 1000
    num_keys = 1200
    for _ in range(num_keys):
        text += "and "
        session.set(text)
        session.place()
    assert model.tokens < num_keys + 4 * 1500


@given(st.lists(st.integers(0, 1499), min_size=1, max_size=30))
def test_few_states_are_kept_wherever_the_caret_goes(carets):
    model = Counting(NETWORKS["lstm"], tiny_weights(NETWORKS["lstm"]))
    readings = Readings(model)
    ids = np.random.default_rng(0).integers(5, 40, 1499)
    for caret in [*carets, 1499]:
        readings.states(ids[:caret])
        kept = {id(it) for each in readings._readings for it in each.states.values()}
        assert len(kept) <= 310
    model.tokens = 0
    readings.states(ids[:1300])  # a jump back
    assert model.tokens <= 200 // 8


def test_what_is_kept_was_kept_before():
    for end in range(1, 1500):
        now = {n for n in range(end) if is_kept(n, end)}
        assert now <= {n for n in range(end) if is_kept(n, end - 1)}
        assert len(now) < 80


def test_the_memory_of_a_long_session_is_bounded():
    session, _ = counting_session()
    text = "the cat is in london and so on " * 200
    session.set(text)
    session.complete()
    tracemalloc.start()
    for end in range(len(text) - 1000, len(text)):
        session.set(text[:end])
        session.complete()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 500_000


def test_a_caret_outside_the_text_is_refused():
    session = predictor().session()
    with pytest.raises(ValueError, match="the caret is at 4, the text ends at 3"):
        session.set("the", 4)


def test_what_is_no_character_is_refused_and_the_old_text_stays():
    session = predictor().session()
    session.set("the cat")
    with pytest.raises(UserError, match="at character 5, which is no character"):
        session.set("the \udcff")
    assert session.text == "the cat"


def test_the_log_probabilities_of_a_place_cannot_be_spoilt():
    session = predictor().session()
    with pytest.raises(ValueError, match="read-only"):
        session.place().log_probabilities[0] = 0.0


def test_a_half_typed_word_is_finished_at_the_caret():
    session = predictor().session()
    session.set("Zaphod said (zap cat", caret=16)
    assert [it.word for it in session.complete(typing=True)] == ["Zaphod"]
    session.set("Zaphod said (zap lodn")
    assert session.complete(typing=True) == []
    assert session.complete(1, typing=True, forgiving=True)[0].word == "London"


@pytest.mark.parametrize(
    ("before", "letters"),
    [("The cl", "cl"), ("The ", ""), ("", ""), ("say (Lon", "Lon"), ("'T", "T")]
    + [("it's 'Lon", "Lon"), ("\U0001f468 d", "d"), ("a " * 500 + "\n\nwo", "wo")],
)
def test_it_tells_which_letters_a_suggestion_replaces(before, letters):
    session = predictor().session()
    session.set(before + "behind", len(before))
    assert session.text[session.begin : session.caret] == letters
    session.set(session.text, 0)
    assert session.begin == 0


def test_names_that_the_text_does_not_have_are_finished_too():
    whole = predictor()
    knowing = Predictor(
        whole.vocabulary, whole.tokenizer, whole.model, names=["Zaphod", "Zaphod"]
    )
    session = knowing.session()
    session.set("We had Zap")
    assert [it.word for it in session.complete(3, typing=True)] == ["Zaphod"]
    check(session, knowing)
