"""The simulated typist presses the keys that somebody would press."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.typist import Typist
from app.settings.typist import check_typist
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.evaluation.keystrokes import typing
from tests.fakes import Uniform
from tests.tiny import tiny_vocabulary

SENTENCE = "The cat sat on the mat."  # 23 characters, and the key that ends it


def keys(predictor: Predictor, rules: TypistRules, *paragraphs: str) -> list[int]:
    """Keys pressed for a document, by number of slots."""
    typed = Typist(predictor, rules).type(paragraphs)
    return [
        typed.characters - sum(word.saved_by(slot) for word in typed.words)
        for slot in range(len(rules.slots))
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 8),  # six selections, the full stop, the end
        ({"before_first_letter": False}, 14),  # six letters more
        ({"selection_adds_space": False}, 13),  # five spaces
        ({"marks_take_space_back": False}, 9),  # the space behind "mat" is deleted
        ({"end_key": False}, 7),
        ({"match_case": False}, 8),
        ({"words_only": True}, 7),  # "mat " ends without a full stop
    ],
)
def test_an_oracle_needs_the_keys_counted_by_hand(changed, expected):
    rules = dataclasses.replace(TypistRules(), **changed)
    assert keys(typing.oracle(SENTENCE), rules, SENTENCE) == [expected] * 3


def test_a_quotation_mark_and_a_slash_cost_a_deletion():
    text = 'The "cat" sat/sat on'
    # The, quote, cat, deleted, quote and space, sat, deleted, slash, s a t and space,
    # on, the end: behind a slash no word begins for the session.
    assert keys(typing.oracle(text), TypistRules(), text) == [1 + 5 + 3 + 4 + 1 + 1] * 3


def test_a_short_word_before_a_mark_is_not_taken_where_that_saves_nothing():
    assert keys(typing.oracle('a"'), TypistRules(end_key=False), 'a"') == [2] * 3


def test_a_model_that_never_offers_the_right_word_saves_nothing():
    text = "Zyx qwertz zzz"
    typed = Typist(typing.predictor(), TypistRules()).type([text])
    assert keys(typing.predictor(), TypistRules(), text) == [15] * 3
    assert [word.in_vocabulary for word in typed.words] == [False] * 3


def test_an_unknown_word_is_offered_when_the_text_has_it_already():
    # Nine keys the first time, with the space; then "Z" and a selection.
    text = "Zaphodio Zaphodio "
    rules = TypistRules(end_key=False, words_only=True)
    assert keys(typing.predictor(), rules, text) == [9 + 2] * 3


def test_a_document_begins_anew_unless_all_is_one_text():
    for one_text, expected in ((False, 9), (True, 2)):
        rules = TypistRules(end_key=False, words_only=True, one_text=one_text)
        typist = Typist(typing.predictor(), rules)
        typist.type(["Zaphodio"])
        [word] = typist.type(["Zaphodio"]).words
        assert word.letters + 1 - word.saved_by(0) == expected


def test_a_memory_remembers_the_documents_before():
    for memory, expected in ((False, 9), (True, 2)):
        rules = TypistRules(end_key=False, words_only=True, memory=memory)
        typist = Typist(typing.predictor(), rules)
        typist.type(["Zaphodio"])
        [word] = typist.type(["Zaphodio"]).words
        assert word.letters + 1 - word.saved_by(0) == expected


def test_case_matters_unless_it_is_ignored():
    text = "The CAT"
    asked = typing.oracle("the cat")
    assert keys(asked, TypistRules(), text) == [1 + 3 + 1] * 3
    assert keys(asked, TypistRules(match_case=False), text) == [1 + 1 + 1] * 3


def test_a_typographic_apostrophe_is_an_apostrophe():
    for text in ("It's on", "It\u2019s on"):
        # "It" comes first, as likely as "It's": with one slot I, t and ' are typed.
        assert keys(typing.oracle(text), TypistRules(), text) == [6, 3, 3]


def test_given_tokens_are_words_or_marks_between_spaces():
    vocabulary = dataclasses.replace(tiny_vocabulary(), pretokenized=True)
    tokenizer = Tokenizer(pretokenized=True)
    asked = Predictor(vocabulary, tokenizer, typing.oracle("the cat , sat .").model)
    # Each mark is typed with its space; the last one ends the paragraph.
    assert keys(asked, TypistRules(), "the cat , sat .") == [1 + 1 + 2 + 1 + 1 + 1] * 3


def test_the_places_of_a_word_in_the_list_decide_for_each_number_of_slots():
    """Equally likely words are offered by their ids: the, of, and, to, a."""
    asked = typing.predictor(Uniform(tiny_vocabulary().size))
    rules = TypistRules(slots=(1, 2, 3), match_case=False)
    typed = Typist(asked, rules).type(["and the"])
    found = [[place and tuple(place) for place in word.found] for word in typed.words]
    # "a" and "and" begin with a, and "and" has the smaller id.
    assert found == [[(1, 1), (1, 1), (0, 3)], [(0, 1)] * 3]


@settings(max_examples=80, deadline=None)
@given(documents=typing.documents, rules=typing.rules)
def test_one_pass_equals_a_slow_typist_who_asks_anew_for_each_key(documents, rules):
    whole = typing.predictor()
    typist, front = Typist(whole, rules), ""
    for document in documents:
        typed, expected, characters = typist.type(document), [0] * len(rules.slots), 0
        front = front if rules.one_text else ""
        for text in filter(None, map(rules.as_typed, document)):
            characters += len(text) + rules.end_key
            for slot, size in enumerate(rules.slots):
                expected[slot] += typing.slow_keys(whole, front, text, size, rules)
            front += text + "\n"
        saved = [
            sum(it.saved_by(slot) for it in typed.words)
            for slot in range(len(expected))
        ]
        assert typed.characters == characters
        assert [characters - it for it in saved] == expected
        assert saved == sorted(saved), "more slots never save less"
        assert saved[0] >= 0


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(
        st.one_of(st.characters(codec=None), st.sampled_from("'-. \"#@catTheis\u00ad")),
        max_size=30,
    ),
    pretokenized=st.booleans(),
    rules=typing.rules,
)
def test_any_characters_can_be_typed(text, pretokenized, rules):
    vocabulary = dataclasses.replace(tiny_vocabulary(), pretokenized=pretokenized)
    tokenizer = Tokenizer(pretokenized=pretokenized)
    asked = Predictor(vocabulary, tokenizer, typing.predictor().model)
    typed = Typist(asked, rules).type([text, text])
    saved = [
        sum(word.saved_by(slot) for word in typed.words)
        for slot in range(len(rules.slots))
    ]
    assert saved == sorted(saved)
    assert 0 <= saved[0] <= saved[-1] <= typed.characters


def test_rules_that_make_no_sense_are_refused():
    for slots in ((), (0, 1), (3, 1), (1, 1)):
        with pytest.raises(ValueError, match="slots"):
            TypistRules(slots=slots)


def test_the_rules_of_a_command_line_add_up():
    assert TypistRules.of() == TypistRules()
    assert TypistRules.of("presage", "5,3") == TypistRules(
        slots=(3, 5),
        end_key=False,
        match_case=False,
        one_text=True,
        offer_once=True,
        words_only=True,
    )
    assert TypistRules.of("after-first-letter, no-space").as_json() == {
        **TypistRules().as_json(),
        "before_first_letter": False,
        "selection_adds_space": False,
    }


@pytest.mark.parametrize(
    ("keystrokes", "slots", "rules", "words"),
    [
        (-1, "1", "own", "--keystrokes -1"),
        (9, "one", "own", "--slots 'one'"),
        (9, "0,1", "own", "numbers from 1 to 100"),
        (9, "1", "own,mine", "no rule 'mine'"),
    ],
)
def test_what_a_typist_cannot_do_is_refused_in_words(keystrokes, slots, rules, words):
    with pytest.raises(UserError, match=words):
        check_typist(keystrokes, slots, rules)


def test_a_file_with_bytes_that_are_no_characters_is_typed_all_the_same():
    text = "the caf\udce9\u00a0is"  # read from Latin-1
    assert TypistRules().as_typed(text) == "the caf\ufffd is"
    assert keys(typing.predictor(), TypistRules(slots=(5,)), text)[0] > 0
    words = Typist(typing.predictor(), TypistRules.presage()).type([text]).words
    assert [word.letters for word in words] == [3, 3, 2]


def test_a_word_without_end_is_asked_for_only_while_something_fits():
    typist = Typist(typing.predictor(), TypistRules())
    [word] = typist.type(["catz" * 5_000]).words
    assert word.empty_at == 4
    assert len(typist.word_seconds + typist.letter_seconds) == 5


def test_presage_reads_words_only_and_counts_a_space_for_each():
    text = "A surgeon's well-known, 3-D device."
    typed = TypistRules.presage().as_typed(text)
    assert typed == "A surgeon s well known 3 D device "
