"""Keystroke savings: what the figures are made of, and how the sample is drawn."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.savings import figures, measure_keystrokes, sample
from app.evaluation.keystrokes.table import keystrokes_table
from app.evaluation.keystrokes.words import Found, TypedDocument, TypedWord
from tests.evaluation.keystrokes import typing

SENTENCE = "The cat sat on the mat."


def test_the_savings_of_an_oracle_are_those_worked_out_by_hand():
    measured = measure_keystrokes(typing.oracle(SENTENCE), [[SENTENCE]])
    assert measured["characters"] == 24  # 23, and the key that ends it
    assert measured["words"] == 6
    assert measured["savings"] == {"1": 16 / 24, "3": 16 / 24, "5": 16 / 24}
    assert measured["ceilings"]["perfect"] == measured["savings"]
    assert measured["ceilings"]["vocabulary"] == measured["savings"]
    assert measured["standard_errors"] == {"1": None, "3": None, "5": None}
    assert measured["by_document"] == [
        {"characters": 24, "savings": measured["savings"]}
    ]
    assert measured["latency_ms"]["word"]["n"] == 6
    assert measured["latency_ms"]["letter"] == {
        "median": None,
        "p90": None,
        "p99": None,
        "n": 0,
    }
    assert measured["peak_memory_bytes"] > 10_000_000


def test_unknown_words_stay_in_the_denominator():
    text = f"{SENTENCE} Zyxqwertz."
    measured = measure_keystrokes(typing.oracle(text), [[text]])
    # " Zyxqwertz." are eleven keys more, and none of them can be saved but by a
    # predictor that knows every word.
    assert measured["characters"] == 24 + 11
    assert measured["savings"]["1"] == 16 / 35
    assert measured["ceilings"]["vocabulary"]["1"] == 16 / 35
    assert measured["ceilings"]["perfect"]["1"] == (16 + 8) / 35


def test_the_ceiling_after_the_first_letter_is_a_letter_lower():
    rules = TypistRules(before_first_letter=False)
    measured = measure_keystrokes(typing.oracle(SENTENCE), [[SENTENCE]], rules)
    assert measured["ceilings"]["perfect"]["5"] == measured["savings"]["5"] == 10 / 24


def test_documents_count_by_their_length():
    saving = TypedWord(5, 1, True, (Found(0, 1),))
    lost = TypedWord(5, 1, True, (None,))
    typed = [TypedDocument(10, (saving,)), TypedDocument(30, (lost, saving, lost))]
    found = figures(typed, TypistRules(slots=(2,)))
    assert found["savings"] == {"2": 10 / 40}
    assert [it["savings"]["2"] for it in found["by_document"]] == [5 / 10, 5 / 30]
    assert 0 < found["standard_errors"]["2"] < 0.2


def test_where_there_is_no_word_to_type_there_are_no_figures():
    for documents in ([], [[]], [["", " "]], [["...", "?"]]):
        assert measure_keystrokes(typing.predictor(), documents) is None


def test_no_word_of_the_text_is_in_the_figures():
    measured = measure_keystrokes(typing.predictor(), [["Zaphod sat in London."]])
    assert "Zaphod" not in json.dumps(measured, allow_nan=False)


def test_progress_is_reported_in_characters():
    done: list[float] = []
    documents = [[SENTENCE], [SENTENCE, SENTENCE]]
    measure_keystrokes(typing.predictor(), documents, report=done.append)
    assert sorted(done) == done
    assert done[-1] == 3 * 23


@settings(max_examples=30, deadline=None)
@given(documents=typing.documents, rules=typing.rules)
def test_savings_lie_between_nothing_and_the_ceiling_and_grow_with_the_slots(
    documents, rules
):
    if not any(rules.as_typed(text) for document in documents for text in document):
        return
    found = measure_keystrokes(typing.predictor(), documents, rules, characters=10**6)
    savings = list(found["savings"].values())
    assert savings == sorted(savings)
    assert 0 <= savings[0]
    assert savings[-1] <= found["ceilings"]["perfect"][str(rules.slots[-1])] < 1
    assert json.loads(json.dumps(found, allow_nan=False)) == found


lengths = st.lists(
    st.lists(st.integers(0, 60), max_size=4), max_size=12
)  # of paragraphs


@given(lengths=lengths, characters=st.integers(0, 300), seed=st.integers(0, 3))
def test_a_sample_is_made_of_beginnings_of_documents_and_no_longer_than_asked(
    lengths, characters, seed
):
    documents = [
        [(f"word{i} " * 20)[:length].strip() for length in document]
        for i, document in enumerate(lengths)
    ]
    drawn = list(sample(documents, characters, seed))
    assert sum(len(text) for document in drawn for text in document) <= characters
    assert drawn == list(sample(documents, characters, seed))
    for document in drawn:
        whole = ["\n".join(filter(None, it)) for it in documents]
        assert any(it.startswith("\n".join(document)) for it in whole)


def test_whole_documents_are_drawn_in_an_order_that_the_seed_decides():
    documents = [[f"document {i}"] for i in range(10)]
    drawn = list(sample(documents, 10**6, seed=1))
    assert sorted(drawn) == documents
    assert drawn != documents


def test_a_text_that_is_short_enough_is_typed_to_its_end():
    documents = [["a word " * 100], ["short"], ["and another"]]
    drawn = list(sample(documents, sum(len(it) for [it] in documents), seed=0))
    assert sorted(drawn) == sorted(documents)


def test_one_long_document_does_not_make_the_whole_sample():
    """Of 36 novels a sample of 50,000 characters would have been one chapter."""
    documents = [["a word " * 100] * 50 for _ in range(7)]
    drawn = list(sample(documents, 10_000, seed=0))
    assert len(drawn) >= 5
    assert all(sum(map(len, document)) <= 2_000 for document in drawn)


def test_the_table_tells_what_was_typed_and_what_it_saved():
    table = keystrokes_table(measure_keystrokes(typing.oracle(SENTENCE), [[SENTENCE]]))
    assert "24 characters" in table
    assert "66.7 %" in table
    assert table == table.rstrip()
    assert all(line == line.rstrip() for line in table.splitlines())
