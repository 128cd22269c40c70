"""The printed tables."""

from __future__ import annotations

import pytest

from app.evaluation.table import (
    comparison_table,
    measured_table,
    strata_tables,
    verdicts,
)


def figures(perplexity: float | None, accuracy: float) -> dict:
    accuracies = {f"top_{k}_accuracy": k * accuracy for k in (1, 3, 5)}
    return {
        "documents": 352,
        "tokens": 50_189,
        "oov_tokens": 1_214,
        "perplexity": perplexity,
        "perplexity_charged": perplexity and perplexity + 20,
        "perplexity_known": perplexity and perplexity + 1,
        **accuracies,
        "words_only": {"tokens": 40_000, **accuracies},
    }


def compared(nats: float | None, error: float | None, **others) -> dict:
    return {
        "better": "test",
        "than": "kneser_ney_5",
        "nats": nats,
        "standard_error": error,
        "perplexity_ratio": 2.0,
        "top_1_accuracy": 0.081,
        "top_1_standard_error": error and 0.003,
        **others,
    }


def test_the_table_shows_every_model_and_stars_the_best():
    metrics = {
        "test": figures(77.24, 0.0601),
        "baselines": {
            "kneser_ney_5": figures(107.8, 0.05),
            "most_common_word": figures(None, 0.08),
        },
        "comparisons": [compared(0.333, 0.021)],
    }
    assert measured_table(metrics) == TABLE


TABLE = """\
50,189 tokens of 352 documents, 1,214 of them unknown (2.4%)

                   perplexity   charged   known   right first   among 3   among 5   \
words: first   among 3
this model               77.2*     97.2*   78.2*        6.0 %    18.0 %    30.0 %   \
       6.0 %    18.0 %
Kneser-Ney 5-gram       107.8     127.8   108.8         5.0 %    15.0 %    25.0 %   \
       5.0 %    15.0 %
most common word            -         -       -         8.0 %*   24.0 %*   40.0 %*  \
       8.0 %*   24.0 %*

* the best of its column. charged: an unknown word costs the choice among all
that became unknown in training; known: unknown words left out. Right first and
among: unknown words are wrong; words: words are compared with words only.

this model beats Kneser-Ney 5-gram: 0.333 nats a token ± 0.021, perplexity 2.00 \
times lower, +8.1 points right first ± 0.3."""


def test_nothing_is_best_where_all_are_equal():
    """A star on 0.0 % said that a model won which was as bad as the others."""
    ours, theirs = figures(70, 0.0), figures(80, 0.0)
    shown = comparison_table({"ours": ours, "theirs": theirs})
    assert "0.0 %*" not in shown
    assert "70.0*" in shown
    table, _, _ = comparison_table({"ours": ours, "theirs": ours}).partition("\n\n*")
    assert "*" not in table


def test_one_document_is_not_one_documents():
    alone = {**figures(70, 0.1), "documents": 1, "tokens": 1, "oov_tokens": 0}
    shown = comparison_table({"ours": alone, "theirs": figures(80, 0.0)})
    assert shown.startswith("1 token of 1 document, 0 of them")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (
            compared(0.5, 0.1, better="kneser_ney_5", than="test"),
            "kneser_ney_5 beats test: 0.500 nats a token ± 0.100, perplexity 2.00 "
            "times lower, +8.1 points right first ± 0.3.",
        ),
        (
            compared(0.015, 0.01),
            "test and kneser_ney_5 are level: 0.015 nats a token ± 0.010, "
            "+8.1 points right first ± 0.3.",
        ),
        (
            compared(None, None),
            "test against kneser_ney_5: +8.1 points right first; no perplexity to "
            "compare.",
        ),
        (
            compared(0.5, None),
            "test beats kneser_ney_5: 0.500 nats a token, perplexity 2.00 times lower, "
            "+8.1 points right first.",
        ),
    ],
)
def test_who_wins_is_said_in_words_also_when_the_n_grams_do(comparison, expected):
    assert verdicts([comparison]) == [expected]


def test_strata_stand_one_below_the_other():
    stratum = {
        "stratum": "content words",
        "tokens": 1_000,
        "perplexity": 138.71,
        "top_1_accuracy": 0.22,
        "top_3_accuracy": 0.339,
        "mean_reciprocal_rank": 0.3,
    }
    letters = {**stratum, "stratum": "2 letters", "perplexity": None}
    strata = {"word_class": [stratum], "first_letters_typed": [letters]}
    assert strata_tables({"strata": strata}) == STRATA


STRATA = """\
by kind of word  tokens   perplexity   right first   among 3
  content words   1,000        138.7        22.0 %    33.9 %

words, when so much has been typed  tokens   perplexity   right first   among 3
  2 letters                          1,000            -        22.0 %    33.9 %"""
